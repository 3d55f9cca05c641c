"""How often one person may click, and what becomes of a request at the door."""

from enum import StrEnum

MOST_CLICKS = 30
"""Clicks, commands and modals of one person within ``CLICK_SECONDS``."""

CLICK_SECONDS = 10


class Entry(StrEnum):
    """What the door knows of a request: new, seen before, or its sender's ``MOST_CLICKS`` are used up."""

    FIRST = "first"
    SEEN = "seen"
    OVER = "over"
