"""Tell a step of a payment in the thread of its invoice's card."""

from contextlib import suppress

import structlog

from bot.domain.alert import Alert
from bot.domain.card import Card
from bot.domain.payment import Payment, State
from bot.errors import SlackRefused
from bot.ports import Cards, Channels, Clock, RenderStory, Stories
from bot.services.cards import CardDesk
from bot.services.posting import Posting

_WITH_BUTTONS = (State.AWAITING_APPROVAL, State.HANDED_OFF)

_log = structlog.get_logger(__name__)


class StoryPosting:
    """Posts stories once, and takes the buttons from those that something has come of.

    Args:
        stories, cards: the store.
        posting, channels: Slack.
        desk: tells how the card stands.
        render: words stories.
        clock: dates the intents.
    """

    def __init__(
        self,
        *,
        stories: Stories,
        cards: Cards,
        posting: Posting,
        channels: Channels,
        desk: CardDesk,
        render: RenderStory,
        clock: Clock,
    ) -> None:
        self._stories, self._cards = stories, cards
        self._posting, self._channels = posting, channels
        self._desk, self._render, self._clock = desk, render, clock

    async def __call__(self, channel: str, alert: Alert) -> None:
        """Post the story that this alert stands for. Raises ``SlackError``, ``StoreUnavailable``."""
        card = (await self._cards.load([alert.invoice])).get(alert.invoice)
        told = await self._stories.story(alert.operation)
        if card is None or told is None or not card.ts or card.channel != channel:
            return
        await self._post(card, alert, told)
        if told.state is not State.AWAITING_APPROVAL:
            for earlier in {told.id, told.previous} - {told.operation, ""}:
                await self._close(card, earlier)

    async def _post(self, card: Card, alert: Alert, told: Payment) -> None:
        number, unclear = card.invoice.number, card.reminding
        await self._desk.amend(number, reminding=unclear or self._clock.now().timestamp())
        message = self._render(await self._desk.state(card), told)
        there, _ = await self._posting.once(
            card.channel, message, alert.alert_id, thread=card.thread or card.ts, since=unclear
        )
        await self._stories.told(alert.operation, there.ts)
        await self._desk.amend(number, reminding=0.0)
        _log.info("story_told", invoice=number, state=told.state)

    async def _close(self, card: Card, operation: str) -> None:
        """An earlier step's message keeps its words and loses its buttons, if it had any."""
        earlier, ts = await self._stories.story(operation), await self._stories.told_at(operation)
        if earlier is None or earlier.state not in _WITH_BUTTONS or not ts:
            return
        message = self._render(await self._desk.state(card), earlier)
        with suppress(SlackRefused):  # somebody has deleted it
            await self._channels.update(card.channel, ts, message)
