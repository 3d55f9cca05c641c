"""Taking over somebody's payment, or giving one's own back: who may, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied, HandedOff
from bot.domain.payment import Payment, State

LONGEST_REASON = 300  # characters

CAN_BE_TAKEN = frozenset({State.HANDED_OFF, State.WIRE_SENT, State.UNCLEAR})
"""Not ``submitted``, which Azure is charging, and not a request, which is withdrawn or declined."""


class Second(StrEnum):
    """Why a payment above the four-eyes amount cannot have this person for its payer."""

    WAS_APPROVER = "was_approver"
    """They have approved it, and it needs two."""
    UNAPPROVED = "unapproved"
    """Nobody is known to have approved it."""


def second_payer_missing(payment: Payment, entra_id: str, *, needed: bool) -> Second | None:
    """Why this person (Entra object id) cannot take the payment over, or None.

    An approval stands for the amount: it holds for whoever pays it, but for the approver.
    ``needed`` tells whether the amount needs two people by today's settings.
    """
    if payment.approver_entra_id == entra_id and entra_id:
        return Second.WAS_APPROVER
    return Second.UNAPPROVED if needed and not payment.approver_entra_id else None


@dataclass(frozen=True, slots=True)
class MayTakeOver:
    """May take the payment over from who is paying."""

    payment: Payment
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class MayGiveBack:
    """It is their own, and they may give it back."""

    payment: Payment
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Given back; Pay now is back on the card."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class NeedsAnother:
    """May pay, but not this one: it needs two people."""

    why: Second


@dataclass(frozen=True, slots=True)
class Moved:
    """The payment is no longer what they were shown: as it stands, None where there is none."""

    payment: Payment | None


LookResult = MayTakeOver | MayGiveBack | NeedsAnother | Moved | Denied
TakeOverResult = HandedOff | GivenBack | NeedsAnother | Moved | Denied
