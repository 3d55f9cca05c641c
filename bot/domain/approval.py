"""What came of answering a request for approval: one type for each way it can end."""

from dataclasses import dataclass

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied
from bot.domain.payment import Payment
from bot.domain.policy import Grant


@dataclass(frozen=True, slots=True)
class MayAnswer:
    """May approve or decline: the request and the invoice as they are now, and by which role."""

    payment: Payment
    invoice: Invoice
    grant: Grant


@dataclass(frozen=True, slots=True)
class Approved:
    """Approved by this person; the payment has gone on."""

    payment: Payment
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Declined:
    """Declined by this person, or withdrawn by who had asked; Pay now is back."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """Nobody approves or declines what they have asked for themselves."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class NotYours:
    """Nobody withdraws what somebody else has asked for."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class PayerLost:
    """Who had asked may not pay any more, so there is nothing to approve."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class Over:
    """There is nothing to be done any more: the payment as it stands, None where it is forgotten.

    ``asked`` is the id of the payment that was meant.
    """

    payment: Payment | None
    asked: str


AnswerResult = MayAnswer | Approved | Declined | OwnRequest | PayerLost | Over | Denied
WithdrawResult = Declined | NotYours | Over
