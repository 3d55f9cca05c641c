"""How often one person may click, and what becomes of a request at the door."""

from enum import StrEnum

MOST_CLICKS = 100
"""Clicks and commands of one person within ``CLICK_SECONDS``: more than fingers can do."""

CLICK_SECONDS = 10


class Entry(StrEnum):
    """What the door knows of a request: new, seen before, or its sender's ``MOST_CLICKS`` are used up."""

    FIRST = "first"
    SEEN = "seen"
    OVER = "over"
