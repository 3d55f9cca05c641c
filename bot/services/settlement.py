"""End payments by what Azure shows of their invoice."""

from bot.domain.ending import outcome
from bot.domain.invoice import Invoice
from bot.domain.payment import NOT_OVER, Payment, step
from bot.ports import Clock, Payments


class Settlement:
    """Compares a payment in flight with a fresh reading of its invoice.

    Args:
        payments: the store.
        clock: tells how long a payment has been under way.
    """

    def __init__(self, *, payments: Payments, clock: Clock) -> None:
        self._payments, self._clock = payments, clock

    async def __call__(self, payment: Payment | None, invoice: Invoice) -> Payment | None:
        """The payment as it is now, ended where Azure's view has ended it.

        Two processes may see the same end: the operation id makes it one. Raises
        ``StoreUnavailable``.
        """
        if payment is None or payment.state not in NOT_OVER:
            return payment
        now = self._clock.now()
        end = outcome(payment, invoice, now)
        if end is None:
            return payment
        operation = f"{end.state}:{payment.operation}"
        after = step(payment, end.state, operation=operation, at=now, reason=end.reason)
        moved = await self._payments.move(payment, after)
        return moved.payment if moved else None
