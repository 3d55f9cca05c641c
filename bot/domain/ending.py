"""How a payment ends: by what Azure shows of its invoice, or by time."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.invoice import Invoice, Status
from bot.domain.payment import Payment, State


@dataclass(frozen=True, slots=True)
class End:
    """What Azure's view, or time, makes of a payment, and the word why.

    ``reason`` is Azure's own for a failure (``CardExpired`` ...); ``paid``, ``partly paid``,
    ``amount changed``, ``replaced`` or ``not payable`` where it was superseded; else "".
    """

    state: State
    reason: str = ""


def outcome(payment: Payment, invoice: Invoice, now: datetime) -> End | None:
    """The end that Azure's present view of the invoice brings about, or None to go on waiting.

    Args:
        payment: a payment that is not over.
        invoice: the same invoice, just read.
        now: aware UTC.
    """
    waiting = payment.state is State.AWAITING_APPROVAL
    if invoice.status is Status.PAID:
        return End(State.SUPERSEDED, "paid") if waiting else End(State.SETTLED)
    if payment.state is State.STALLED:
        return None
    if not invoice.is_payable or invoice.amount_due != payment.amount:
        return End(State.SUPERSEDED, _moved(payment, invoice))
    if len(invoice.failed_payments) > payment.failures_before and not waiting:
        return End(State.FAILED, invoice.failed_payments[-1].reason)
    if payment.deadline is not None and now > payment.deadline:
        return End(State.EXPIRED if waiting else State.STALLED)
    return None


def _moved(payment: Payment, invoice: Invoice) -> str:
    """Why the confirmed amount is not the one to be paid any more."""
    if invoice.replaced_by:
        return "replaced"
    if not invoice.is_payable:
        return "not payable"
    due = invoice.amount_due
    less = due.currency == payment.amount.currency and due.amount < payment.amount.amount
    if less and len(invoice.payments) > payment.payments_before:
        return "partly paid"
    return "amount changed"
