"""What a payer tells of a wire: when it was sent, and by which reference it can be found."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

OLDEST = 30  # days
LONGEST_REFERENCE = 140
"""As long as the details of a SEPA transfer may be."""


class Fault(StrEnum):
    """What is wrong with what was told."""

    MISSING = "missing"
    FUTURE = "future"
    TOO_OLD = "too old"
    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire as told; the reference is one line, maybe ""."""

    day: date
    reference: str = ""

    @classmethod
    def told(cls, day: str, reference: str, today: date) -> "Wire | dict[str, Fault]":
        """The wire, or what is wrong with the ``day`` (ISO) and the ``reference``."""
        faults: dict[str, Fault] = {}
        line = " ".join("".join(c if c.isprintable() else " " for c in reference).split())
        if len(line) > LONGEST_REFERENCE:
            faults["reference"] = Fault.TOO_LONG
        try:
            sent = date.fromisoformat(day)
        except ValueError:
            return faults | {"day": Fault.MISSING}
        if sent > today:
            faults["day"] = Fault.FUTURE
        elif sent < today - timedelta(days=OLDEST):
            faults["day"] = Fault.TOO_OLD
        return faults or cls(sent, line)
