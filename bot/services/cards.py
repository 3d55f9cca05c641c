"""Keep each invoice's card showing the truth."""

import hashlib
import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from bot.domain.card import Card, CardState, Message
from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.errors import SlackRefused
from bot.ports import Cards, Channels, Clock, Locks, Payments, RenderCard, StaleCards

_ROUNDS = 5
_LOCK_WAIT = 5.0  # seconds

_log = structlog.get_logger(__name__)


class CardDesk:
    """Renders cards and brings their Slack messages up to date.

    Args:
        cards, stale, payments, locks: the store.
        channels: Slack.
        render: how a card looks.
        clock, zone: which day it is in the channel.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        stale: StaleCards,
        payments: Payments,
        locks: Locks,
        channels: Channels,
        render: RenderCard,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._cards, self._stale, self._payments, self._locks = cards, stale, payments, locks
        self._channels, self._render, self._clock, self._zone = channels, render, clock, zone

    def message(self, invoice: Invoice, payment: Payment | None) -> Message:
        """What the invoice's card says today."""
        today = self._clock.now().astimezone(self._zone).date()
        return self._render(CardState(invoice, payment, today))

    def shows_truth(self, card: Card, invoice: Invoice, payment: Payment | None) -> bool:
        """Whether the message already shows exactly this, so that nothing is to be done."""
        return (
            card.invoice == invoice
            and card.closed is invoice.is_over
            and card.face == face(self.message(invoice, payment))
        )

    async def refresh(self, number: str, invoice: Invoice | None = None) -> None:
        """Show the card anew; ``invoice`` is a newer reading than the record's, if there is one.

        One process at a time shows a card, and whoever changed it meanwhile has marked it stale,
        so the last message always shows the last state. Raises ``SlackError``, ``StoreUnavailable``:
        then the card stays marked and the next scan shows it.
        """
        await self._stale.touch(number, stale=True)
        for _ in range(_ROUNDS):
            async with self._locks.hold(f"card:{number}", wait=_LOCK_WAIT) as held:
                if not held:
                    return  # its holder, or the next scan, finds the mark
                await self._stale.touch(number, stale=False)
                try:
                    await self._show(number, invoice)
                except BaseException:
                    await self._stale.touch(number, stale=True)
                    raise
            invoice = None
            if number not in await self._stale.stale():
                return

    async def _show(self, number: str, invoice: Invoice | None) -> None:
        card = (await self._cards.load([number])).get(number)
        if card is None or not card.ts:
            return
        invoice = invoice or card.invoice
        payment = (await self._payments.current([number])).get(number)
        message = self.message(invoice, payment)
        shown = replace(card, invoice=invoice, face=face(message), closed=invoice.is_over)
        if shown == card:
            return
        if shown.face != card.face and not await self._update(card, message):
            shown = replace(shown, ts="", face="", intent=self._clock.now().timestamp())
        await self._cards.save(shown)

    async def _update(self, card: Card, message: Message) -> bool:
        """Whether the message is there to be updated; somebody may have deleted it."""
        try:
            await self._channels.update(card.channel, card.ts, message)
        except SlackRefused as error:
            if error.code != "message_not_found":
                raise
            _log.warning("card_deleted", invoice=card.invoice.number, channel=card.channel)
            return False
        return True


def face(message: Message) -> str:
    """A digest of what a message shows."""
    shown = json.dumps([message.text, message.blocks], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(shown.encode()).hexdigest()[:32]
