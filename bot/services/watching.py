"""Look after what is under way between scans: payments in flight, confirmations left open."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.payment import APPROVAL_WITHIN, Payment, State
from bot.errors import AzureBusy, AzureError, SlackError
from bot.evidence import evidence
from bot.ports import Clock, Invoices, Modals, Payments, Watches
from bot.services.cards import CardDesk
from bot.services.following import Following
from bot.services.settlement import Settlement

_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_AT_ONCE = 20

_log = structlog.get_logger(__name__)


class Watching:
    """Follows payments from the hand-off to their end, and clears expired confirmations away.

    Args:
        watches: what is to be looked at when.
        invoices, payments: the ports.
        follow: asks after what Azure was to charge.
        settle: ends a payment that Azure shows as ended.
        desk: shows cards anew.
        modals: Slack's modals.
        expired: renders what an expired confirmation says.
        clock: tells now.
    """

    def __init__(
        self,
        *,
        watches: Watches,
        invoices: Invoices,
        payments: Payments,
        follow: Following,
        settle: Settlement,
        desk: CardDesk,
        modals: Modals,
        expired: Callable[[], dict[str, Any]],
        clock: Clock,
    ) -> None:
        self._watches, self._invoices = watches, invoices
        self._payments, self._follow = payments, follow
        self._settle, self._desk = settle, desk
        self._modals, self._expired, self._clock = modals, expired, clock

    async def payments(self) -> None:
        """Read the invoices of the payments whose time has come. Raises ``StoreUnavailable``."""
        for number in await self._watches.due_payments(_AT_ONCE):
            payment = (await self._payments.current([number])).get(number)
            if payment is None or not payment.is_in_flight:
                await self._watches.watch_payment(number, None)
                continue
            wait = await self._look(payment)
            await self._watches.watch_payment(number, self._clock.now() + wait)

    async def _look(self, payment: Payment) -> timedelta:
        """Look at one; how long to wait until the next time."""
        again = None
        try:
            with evidence():
                followed = await self._follow(payment)
                again = followed.again
                invoice = await self._invoices.read(payment.billing_account, payment.invoice)
                after = await self._settle(followed.payment, invoice)
            if after == payment:
                await self._remind(payment)
            else:
                await self._desk.refresh(payment.invoice, invoice)
        except AzureBusy as error:
            _log.warning("payment_not_watched", invoice=payment.invoice, error="AzureBusy")
            return max(self._pause(payment), timedelta(seconds=error.retry_after))
        except (AzureError, SlackError) as error:
            _log.warning("payment_not_watched", invoice=payment.invoice, error=type(error).__name__)
        return min(again, _LONGEST) if again else self._pause(payment)

    async def _remind(self, payment: Payment) -> None:
        """A request for approval is repeated once, at half time."""
        now = self._clock.now()
        waits = payment.state is State.AWAITING_APPROVAL and not payment.reminded
        if not waits or now - payment.since < APPROVAL_WITHIN / 2:
            return
        operation = f"reminded:{payment.operation}"
        again = replace(payment, operation=operation, reminded=True)
        await self._payments.move(payment, again, event="approval.reminded")

    def _pause(self, payment: Payment) -> timedelta:
        """Soon at first, then ever less often: a quarter of its age, a minute to an hour."""
        return min(max((self._clock.now() - payment.since) / 4, _FIRST), _LONGEST)

    async def offers(self) -> None:
        """Tell people whose confirmation has run out in front of them. Raises ``StoreUnavailable``."""
        for token, view in await self._watches.expired_offers(_AT_ONCE):
            try:
                await self._modals.show_modal(view, self._expired())
            except SlackError as error:
                # They have closed it, mostly: there is nobody to tell.
                _log.debug("expired_offer_not_shown", code=error.code)
            await self._watches.forget_offer(token, view)
