"""One payment's life: from the hand-off to what Azure finally shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money

CARD_BOOKED_WITHIN = timedelta(hours=24)
"""The portal shows a card payment as paid within a day (Microsoft Learn, "Pay your bill")."""


class State(StrEnum):
    """Where a payment stands; see ``IN_FLIGHT`` for the states that withhold Pay now."""

    HANDED_OFF = "handed_off"
    SETTLED = "settled"
    FAILED = "failed"
    STALLED = "stalled"
    SUPERSEDED = "superseded"


IN_FLIGHT = frozenset({State.HANDED_OFF})
NOT_OVER = IN_FLIGHT | {State.STALLED}
"""What Azure may still settle: a stalled payment can turn out to have been made after all."""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay on a billing profile.

    Attributes:
        family: Azure's family in lower case: ``creditcard``, ``checkwire`` ...
        name: e.g. ``Visa`` or ``Check/wire transfer``.
        last_four: the last four digits, or "".
        expires: ``MM/YYYY`` as Azure writes it, or "".
    """

    family: str
    name: str
    last_four: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A pending confirmation: what one person was shown and may confirm once.

    Attributes:
        token: opaque, the only part that travels through Slack.
        team, user: the Slack ids it is bound to.
        invoice: the invoice number.
        billing_account, billing_profile: where it lies and where the role was found.
        amount: the amount due as shown.
        status: the invoice's status as shown.
    """

    token: str
    team: str
    user: str
    invoice: str
    billing_account: str
    billing_profile: str
    amount: Money
    status: Status


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that was handed off, and what became of it.

    Attributes:
        operation: the id of the transition that made this state, so that a resend is harmless.
        payer: the Slack user id.
        entra_id: the payer's Entra object id.
        role: the role key that allowed it.
        since: when it was handed off, aware UTC.
        failures_before: how many failed payments Azure showed at the hand-off.
    """

    invoice: str
    state: State
    operation: str
    payer: str
    entra_id: str
    role: str
    amount: Money
    since: datetime
    failures_before: int = 0

    @property
    def is_in_flight(self) -> bool:
        """Whether Pay now is withheld because of it."""
        return self.state in IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between what was shown and what Azure says now."""

    what: str
    old: Money | Status
    new: Money | Status


def changes(offer: Offer, invoice: Invoice) -> tuple[Change, ...]:
    """What has moved since the offer was made; empty means it may be confirmed as shown."""
    found: list[Change] = []
    if offer.amount != invoice.amount_due:
        found.append(Change("amount", offer.amount, invoice.amount_due))
    if offer.status is not invoice.status:
        found.append(Change("status", offer.status, invoice.status))
    return tuple(found)


def outcome(payment: Payment, invoice: Invoice, now: datetime) -> State | None:
    """The end state that Azure's present view of the invoice brings about, or None to go on waiting.

    Args:
        payment: a payment that is not over.
        invoice: the same invoice, just read.
        now: aware UTC.
    """
    if invoice.status is Status.PAID:
        return State.SETTLED
    if payment.state is State.STALLED:
        return None
    if not invoice.is_payable or invoice.amount_due != payment.amount:
        return State.SUPERSEDED
    if len(invoice.failed_payments) > payment.failures_before:
        return State.FAILED
    if now - payment.since > CARD_BOOKED_WITHIN:
        return State.STALLED
    return None
