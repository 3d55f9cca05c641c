"""A person's step on somebody's payment: made once, shown on the card, told in its thread."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bot.domain.invoice import Invoice
from bot.domain.payment import Payment, State, step
from bot.ports import Clock, Payments
from bot.services.cards import CardDesk
from bot.services.settlement import Settlement
from bot.services.telling import Telling


class Stepping:
    """Makes steps, and sees to it that everybody learns of them.

    Args:
        payments: the store.
        settle: ends a payment that Azure shows as ended.
        desk: shows cards anew.
        tell: sends off what belongs into the card's thread.
        clock: dates the steps.
        later: runs work after the present one.
    """

    def __init__(
        self,
        *,
        payments: Payments,
        settle: Settlement,
        desk: CardDesk,
        tell: Telling,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._payments, self._settle, self._desk = payments, settle, desk
        self._tell, self._clock, self._later = tell, clock, later

    async def payment(self, number: str) -> Payment | None:
        """The invoice's latest payment as it stands. Raises ``StoreUnavailable``."""
        return (await self._payments.current([number])).get(number)

    async def settled(self, payment: Payment, invoice: Invoice) -> Payment | None:
        """The payment in the light of a fresh reading: as it was, or ended by it.

        Raises ``StoreUnavailable``.
        """
        there = await self._settle(payment, invoice)
        if there != payment:
            self._show(invoice)
        return there

    async def __call__(
        self,
        before: Payment,
        state: State,
        invoice: Invoice | None = None,
        *,
        operation: str,
        event: str,
        facts: Mapping[str, str],
        **changes: Any,  # noqa: ANN401  # fields of Payment
    ) -> Payment | None:
        """Take the payment to ``state`` if it still stands like ``before``.

        Args:
            before: the payment as it was read.
            state: where to.
            invoice: as just read, if it was.
            operation: names the step, so that making it twice is harmless.
            event: what the audit trail calls it.
            facts: what else it keeps of it.
            changes: what else changes.

        Returns:
            The payment as it stands afterwards: with this operation, or as somebody else left it.

        Raises:
            StoreUnavailable: the outcome is not known; the same step may be made again.
        """
        after = step(before, state, operation=operation, at=self._clock.now(), **changes)
        moved = await self._payments.move(before, after, event=event, story=True, **facts)
        if moved is None:
            return None
        if moved.payment.operation == operation:
            self._show(invoice, before.invoice)
        return moved.payment

    def _show(self, invoice: Invoice | None, number: str = "") -> None:
        self._later(self._show_and_tell(invoice.number if invoice else number, invoice))

    async def _show_and_tell(self, number: str, invoice: Invoice | None) -> None:
        """The card first: what is told is worded by the invoice that it shows."""
        try:
            await self._desk.refresh(number, invoice)
        finally:
            await self._tell()
