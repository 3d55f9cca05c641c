"""Look after what is under way between scans: payments in flight, confirmations left open."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.errors import AzureError, SlackError
from bot.ports import Cards, Clock, Invoices, Modals, Payments, Watches
from bot.services.cards import CardDesk
from bot.services.settlement import Settlement

_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_AT_ONCE = 20

_log = structlog.get_logger(__name__)


class Watching:
    """Follows payments from the hand-off to their end, and clears expired confirmations away.

    Args:
        watches: what is to be looked at when.
        invoices, cards, payments: the ports.
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
        cards: Cards,
        payments: Payments,
        settle: Settlement,
        desk: CardDesk,
        modals: Modals,
        expired: Callable[[], dict[str, Any]],
        clock: Clock,
    ) -> None:
        self._watches, self._invoices, self._cards = watches, invoices, cards
        self._payments, self._settle, self._desk = payments, settle, desk
        self._modals, self._expired, self._clock = modals, expired, clock

    async def payments(self) -> None:
        """Read the invoices of the payments whose time has come. Raises ``StoreUnavailable``."""
        for number in await self._watches.due_payments(_AT_ONCE):
            payment = (await self._payments.current([number])).get(number)
            if payment is None or not payment.is_in_flight:
                await self._watches.watch_payment(number, None)
                continue
            await self._look(number)
            await self._watches.watch_payment(number, self._next(payment.since))

    async def _look(self, number: str) -> None:
        card = (await self._cards.load([number])).get(number)
        if card is None:
            return
        try:
            invoice = await self._invoices.read(card.invoice.billing_account, number)
            payment = (await self._payments.current([number])).get(number)
            after = await self._settle(payment, invoice)
            if after != payment or invoice != card.invoice:
                await self._desk.refresh(number, invoice)
        except (AzureError, SlackError) as error:
            _log.warning("payment_not_watched", invoice=number, error=type(error).__name__)

    def _next(self, since: datetime) -> datetime:
        """Soon at first, then ever less often: a quarter of its age, a minute to an hour."""
        now = self._clock.now()
        return now + min(max((now - since) / 4, _FIRST), _LONGEST)

    async def offers(self) -> None:
        """Tell people whose confirmation has run out in front of them. Raises ``StoreUnavailable``."""
        for token, view in await self._watches.expired_offers(_AT_ONCE):
            try:
                await self._modals.show_modal(view, self._expired())
            except SlackError as error:
                # They have closed it, mostly: there is nobody to tell.
                _log.debug("expired_offer_not_shown", code=error.code)
            await self._watches.forget_offer(token)
