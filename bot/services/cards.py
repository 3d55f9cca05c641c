"""Keep each invoice's card showing the truth."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.domain.alert import Alert, Summary
from bot.domain.card import Card, CardState, Message
from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.errors import SlackRefused, StoreUnavailable
from bot.ports import Cards, Channels, Clock, Locks, Payments, RenderCard, StaleCards

_ROUNDS = 5
_LOCK_WAIT = 5.0  # seconds
_FACES = 20_000  # remembered; about 1 KB each with the state it belongs to

_log = structlog.get_logger(__name__)


class CardDesk:
    """Renders cards and brings their Slack messages up to date.

    Args:
        cards, stale, payments, locks: the store.
        channels: Slack.
        render: how a card looks.
        clock, zone: which day it is in the channel.
        changed: is told whenever an invoice or its payment has changed, whether it has a card or not.
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
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._changed = changed
        self._cards, self._stale, self._payments, self._locks = cards, stale, payments, locks
        self._channels, self._render, self._clock, self._zone = channels, render, clock, zone
        # A card looks the same for the same state, and most scans of a day see the same states.
        self._face = lru_cache(_FACES)(lambda state: face(render(state)))

    async def state(self, card: Card, invoice: Invoice | None = None) -> CardState:
        """What the card depends on; ``invoice`` is a newer reading than the record's, if any.

        Raises ``StoreUnavailable``.
        """
        invoice = invoice or card.invoice
        payments = await self._payments.current([invoice.number])
        return self._state(card, invoice, payments.get(invoice.number))

    def message(self, state: CardState) -> Message:
        """What the card says."""
        return self._render(state)

    def reminder(self, state: CardState, alert: Alert) -> Message:
        """What a reminder in its thread says."""
        return self._render.reminder(state, alert)

    def summary(self, summary: Summary, states: Sequence[CardState]) -> Message:
        """What one message in place of many says."""
        return self._render.summary(summary, states)

    def shows_truth(self, card: Card, invoice: Invoice, payment: Payment | None) -> bool:
        """Whether the message already shows exactly this, so that nothing is to be done."""
        return (
            card.invoice == invoice
            and card.closed is invoice.is_over
            and card.face == self._face(self._state(card, invoice, payment))
        )

    async def amend(self, number: str, **changes: Any) -> Card | None:  # noqa: ANN401  # fields of Card
        """Change a card's record without losing what others change at the same time.

        Returns the record as it is then, None where there is none.

        Raises:
            StoreUnavailable: also where somebody else holds the card for long.
        """
        return await self._amend(number, lambda card: replace(card, **changes))

    async def drop(self, number: str, invoice: Invoice) -> Card | None:
        """Forget a card that was never posted, for an invoice that needs none any more.

        One that is in Slack meanwhile is marked to be shown anew, and one that may be there stays
        open until that is known. Returns the record. Raises ``StoreUnavailable``.
        """
        card = await self._amend(
            number, lambda card: replace(card, invoice=invoice, closed=not (card.ts or card.intent))
        )
        if card is not None and card.ts:
            await self.mark(number)
        return card

    async def _amend(self, number: str, change: Callable[[Card], Card]) -> Card | None:
        async with self._locks.hold(f"card:{number}", wait=_LOCK_WAIT) as held:
            if not held:
                raise StoreUnavailable("This card is being changed by somebody else.")
            card = (await self._cards.load([number])).get(number)
            if card is not None:
                await self._cards.save(card := change(card))
            return card

    async def mark(self, number: str) -> None:
        """Have the card shown anew by whoever looks next. Raises ``StoreUnavailable``."""
        await self._stale.touch(number, stale=True)

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
                finally:
                    await self._changed()
            invoice = None
            if number not in await self._stale.stale():
                return

    async def _show(self, number: str, invoice: Invoice | None) -> None:
        card = (await self._cards.load([number])).get(number)
        if card is None or not card.ts:
            return
        state = await self.state(card, invoice)
        message = self._render(state)
        closed = state.invoice.is_over
        shown = replace(card, invoice=state.invoice, face=face(message), closed=closed)
        shown = replace(shown, assignee=state.assignee)
        if shown == card:
            return
        if shown.face != card.face and not await self._update(card, message):
            # Somebody has deleted it: the next scan posts a new one.
            shown = replace(shown, ts="", face="", thread="", intent=self._now())
        await self._cards.save(shown)

    async def _update(self, card: Card, message: Message) -> bool:
        """Whether the message is there to be updated."""
        try:
            await self._channels.update(card.channel, card.ts, message)
        except SlackRefused as error:
            if error.code != "message_not_found":
                raise
            _log.warning("card_deleted", invoice=card.invoice.number, channel=card.channel)
            return False
        return True

    def _state(self, card: Card, invoice: Invoice, payment: Payment | None) -> CardState:
        today = self._clock.now().astimezone(self._zone).date()
        over = card.snooze is None or card.snooze.ended(invoice, card.flag, today)
        snooze = None if over else card.snooze
        assignee = None if invoice.is_over else card.assignee
        return CardState(invoice, payment, today, card.flag, snooze, assignee)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def face(message: Message) -> str:
    """A digest of what a message shows and carries."""
    shown = json.dumps(
        [message.text, message.blocks, message.metadata], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(shown.encode()).hexdigest()[:32]
