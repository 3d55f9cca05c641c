"""Ways to pay an invoice, and how long each may take to show.

Source: Microsoft Learn, "Pay your Microsoft Customer Agreement bill": a card payment shows within 24
hours, a wire within ten business days; a card pays at most so much where the agreement was bought
through a representative.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.domain.money import Money

CARD_BOOKED_WITHIN = timedelta(hours=24)
WIRE_BOOKED_WITHIN = 10  # business days
_FAMILY_OF_WIRES = "checkwire"
_SATURDAY = 5


class Way(StrEnum):
    """How an invoice is paid."""

    CARD = "card"
    """By the payer, in the Azure portal."""
    WIRE = "wire"
    """By the payer's bank, to the account that the invoice names."""
    API = "api"
    """By the bot, through Azure's pay-now preview."""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay on a billing profile.

    Attributes:
        family: Azure's family in lower case: ``creditcard``, ``checkwire`` ...
        name: e.g. ``Visa`` or ``Check/wire transfer``.
        last_four: the last four digits, or "".
        expires: ``MM/YYYY`` as Azure writes it, or "".
        id: Azure's own name of it, or "".
        kind: Azure's type within the family in lower case: ``visa``, ``mc`` ...
    """

    family: str
    name: str
    last_four: str = ""
    expires: str = ""
    id: str = ""
    kind: str = ""

    @property
    def is_wire(self) -> bool:
        """Whether it is check or wire transfer."""
        return self.family == _FAMILY_OF_WIRES

    @property
    def label(self) -> str:
        """What tells it from the others, e.g. ``Visa 4242``."""
        return f"{self.name} {self.last_four}".strip()


def way_to_pay(
    methods: Sequence[PaymentMethod] | None, amount: Money, card_limit: Mapping[str, Decimal]
) -> Way:
    """By wire where the profile has nothing else or the amount is above what a card may pay.

    Args:
        methods: the profile's active methods, or None where they could not be read.
        amount: the amount due.
        card_limit: the most a card may pay, by currency; no limit for others.
    """
    limit = card_limit.get(amount.currency)
    only_wire = bool(methods) and all(method.is_wire for method in methods or ())
    return Way.WIRE if only_wire or (limit is not None and amount.amount > limit) else Way.CARD


def labels(methods: Sequence[PaymentMethod] | None) -> str:
    """The methods in one line, for comparing; "" where they could not be read."""
    return "; ".join(sorted(method.label for method in methods or ()))


def shown_by(way: Way, start: datetime) -> datetime:
    """When Azure should show a payment that was made at ``start`` (aware UTC)."""
    if way is not Way.WIRE:
        return start + CARD_BOOKED_WITHIN
    moment, left = start, WIRE_BOOKED_WITHIN
    while left:
        moment += timedelta(days=1)
        left -= moment.weekday() < _SATURDAY
    return moment
