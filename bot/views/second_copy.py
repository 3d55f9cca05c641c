"""What a card carries unseen, so that what hangs on it is not forgotten with the store."""

from bot.domain.card import CardState
from bot.domain.payment import NOT_OVER, Payment


def second_copy(state: CardState) -> dict[str, str]:
    """What a lost store needs to know again of a card in this state."""
    assigned = state.assignee.second_copy if state.assignee else {}
    return _of_payment(state.payment) | assigned


def _of_payment(payment: Payment | None) -> dict[str, str]:
    """What a lost store needs to know of a payment that is not over (``services.recovery``).

    Every app in the channel can read it, so it holds no more than the card itself shows.
    """
    if payment is None or payment.state not in NOT_OVER:
        return {}
    return {
        "payment_state": payment.state,
        "payment_id": payment.id,
        "payment_operation": payment.operation,
        "payer": payment.payer,
        "team": payment.team,
        "since": payment.since.isoformat(),
        "changed": payment.began.isoformat(),
        "amount": str(payment.amount.amount),
        "currency": payment.amount.currency,
        "way": payment.way,
        "failures_before": str(payment.failures_before),
        "payments_before": str(payment.payments_before),
        "billing_account": payment.billing_account,
        "billing_profile": payment.billing_profile,
    }
