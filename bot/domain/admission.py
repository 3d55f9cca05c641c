"""How often one person may click, and what becomes of a request at the door."""

from enum import StrEnum

MOST_CLICKS = 30
"""Clicks, commands and modals of one person within ``CLICK_SECONDS``."""

CLICK_SECONDS = 10


class Entry(StrEnum):
    """What the door's memory says of a request.

    ``OVER`` is the first beyond ``MOST_CLICKS``, whose sender is told; ``WELL_OVER`` all after it.
    """

    FIRST = "first"
    SEEN = "seen"
    OVER = "over"
    WELL_OVER = "well over"


def entry(clicks: int) -> Entry:
    """What the person's count within ``CLICK_SECONDS``, this one included, makes of a new request."""
    if clicks <= MOST_CLICKS:
        return Entry.FIRST
    return Entry.OVER if clicks == MOST_CLICKS + 1 else Entry.WELL_OVER
