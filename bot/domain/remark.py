"""What people say of an invoice in its card's thread, through the bot: pure."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied

LONGEST_NOTE = 2000  # characters

_TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
"""Characters that make text read in another order than it is written."""
_BREAKS = {"\u2028": "\n", "\u2029": "\n", "\t": " "}


class Said(StrEnum):
    """What a remark says."""

    NOTED = "noted"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Remark:
    """One of them, told in the thread once.

    Attributes:
        step: its id, made with the form it was filled in on: the form sent twice is one remark.
        kind: what it says.
        invoice: the invoice number.
        by: the Slack user id of whoever says it.
        user: who the invoice is assigned to, or "".
        former: who it was assigned to before, or "".
        words: in their own words, cleaned, maybe none; a note's are forgotten once it is told.
        begun: when posting was begun, epoch seconds, or 0.
        ts: Slack's message id; "" while its posting is not known to have happened.
    """

    step: str
    kind: Said
    invoice: str
    by: str
    user: str = ""
    former: str = ""
    words: str = ""
    begun: float = 0.0
    ts: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Who is told by a direct message: those it concerns, not who has said it."""
        concerned = dict.fromkeys((self.user, self.former))
        return tuple(user for user in concerned if user not in ("", self.by))


@dataclass(frozen=True, slots=True)
class MayNote:
    """May add a note to the thread of the invoice's card."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Noted:
    """The note is told in the thread."""


NoteResult = MayNote | Noted | Denied


def clean(text: str, most: int) -> str:
    """A person's words as they are kept: at most ``most`` characters, nothing invisible that misleads.

    Line breaks stay, two empty lines in a row do not; "" where there is nothing to be read.
    """
    unified = "".join(_BREAKS.get(c, c) for c in text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        c
        for c in unified
        if c == "\n" or not (c in _TURNING or unicodedata.category(c) in ("Cc", "Cs"))
    )
    while "\n\n\n" in kept:
        kept = kept.replace("\n\n\n", "\n\n")
    kept = kept.strip()[:most].rstrip()
    return kept if any(unicodedata.category(c)[0] not in "CZ" for c in kept) else ""
