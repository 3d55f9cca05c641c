"""A document of an invoice, behind an address that opens it for whoever has it."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignedLink:
    """An address with a signature in it: as good as the document itself, so never printed.

    Attributes:
        url: shown to one person and kept nowhere.
        expires: when it stops working, aware UTC, or None where Azure does not say.
    """

    url: str = field(repr=False)
    expires: datetime | None = None
