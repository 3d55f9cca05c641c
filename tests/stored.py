"""An offer, a payment and a card as the tests of the store put them in."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.domain.card import Card
from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.domain.offer import Offer
from bot.domain.payment import Payment, State
from tests.town import HandClock

EUR = Money(Decimal("12340.00"), "EUR")
NUMBER = "G100000001"
CLOCK = HandClock()


def offer(token: str = "token", **changes: Any) -> Offer:
    """Ada's offer to pay 12,340.00 EUR."""
    made = Offer(token, "T1", "U0ADA", NUMBER, "account", "profile", EUR, Status.OVERDUE)
    return replace(made, **changes)


def payment(of: Offer, **changes: Any) -> Payment:
    """The payment that confirming the offer would start."""
    made = Payment(
        of.invoice, State.HANDED_OFF, of.token, of.user, "entra", "owner", of.amount, CLOCK.now()
    )
    return replace(made, **changes)


def card(**changes: Any) -> Card:
    """A posted card."""
    invoice = Invoice(NUMBER, "account", "profile", "Finance", Status.OVERDUE, EUR)
    return replace(Card(invoice, "C0FINANCE", ts="1.000001", intent=1.5, face="face"), **changes)
