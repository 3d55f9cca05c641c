"""Put what people should hear of into the outbox, for the threads of cards."""

from collections.abc import Awaitable, Callable

from bot.domain.alert import Alert
from bot.ports import Cards, Outbox, Stories


class Telling:
    """Takes up untold stories, and what else is to be told, and has them delivered.

    Args:
        stories, cards, outbox: the store.
        also: takes up what people have said; the channels that got something.
        deliver: delivers what waits for a channel.
    """

    def __init__(
        self,
        *,
        stories: Stories,
        cards: Cards,
        outbox: Outbox,
        also: Callable[[], Awaitable[frozenset[str]]],
        deliver: Callable[[str], Awaitable[None]],
    ) -> None:
        self._stories, self._cards, self._outbox = stories, cards, outbox
        self._also, self._deliver = also, deliver

    async def __call__(self) -> None:
        """Take up all there is and deliver it. Raises ``BotError``: then the worker does it."""
        for channel in await self.take_up():
            await self._deliver(channel)

    async def take_up(self) -> frozenset[str]:
        """Put every untold story into its channel's outbox; the channels that got one.

        One whose card is not posted waits. Raises ``StoreUnavailable``.
        """
        untold = await self._stories.untold()
        cards = await self._cards.load({number for number, _ in untold})
        channels = set()
        for number, operation in untold:
            card = cards.get(number)
            if card is not None and not card.ts:
                continue
            if card is not None:
                await self._outbox.put(card.channel, [Alert.story(number, operation)])
                channels.add(card.channel)
            await self._stories.taken_up(number, operation)
        return await self._also() | channels
