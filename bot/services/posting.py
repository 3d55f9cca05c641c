"""Post a message once, as people see it.

Slack has no idempotency key. So the intent is written down first, the message carries an alert
id as metadata, and whenever the outcome of a post is not known the channel's or the thread's
history is searched for that id before anything is posted again.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.card import Message
from bot.errors import SlackBusy, SlackLate, SlackUnclear
from bot.ports import Channels, Clock, Found, Pace

_CLOCKS_APART = 300.0  # seconds that Slack's clock and ours may differ
_TRIES = 5  # of one message that Slack throttles

_log = structlog.get_logger(__name__)


class Posting:
    """Posts at the channel's pace, and looks before it posts again.

    Args:
        channels: Slack.
        pace: one message a second per channel.
        clock: dates the posts.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        *,
        channels: Channels,
        pace: Pace,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._channels, self._pace, self._clock, self._sleep = channels, pace, clock, sleep

    async def once(
        self, channel: str, message: Message, identity: str, *, thread: str = "", since: float = 0.0
    ) -> tuple[Found, bool]:
        """The message as it is in Slack, posted unless an earlier, unclear try has posted it.

        ``since`` is when such a try was begun, 0 where there was none. Also tells whether the
        message was there already. Raises ``SlackError``, ``StoreUnavailable``.
        """
        found = await self.look(channel, identity, thread, since) if since else None
        if found is not None:
            return found, True
        began = self._clock.now().timestamp()
        try:
            return Found(await self._post(channel, message, thread), thread), False
        except SlackLate:
            raise  # it may still come, so looking at once would tell nothing
        except SlackUnclear:
            _log.warning("post_unclear", alert=identity, channel=channel)
            found = await self.look(channel, identity, thread, began)
            if found is not None:
                return found, False
            return Found(await self._post(channel, message, thread), thread), False

    async def look(self, channel: str, identity: str, thread: str, since: float) -> Found | None:
        """The message that a try begun then (epoch seconds) has posted, if it has.

        Raises ``SlackError``.
        """
        earliest = max(0.0, since - _CLOCKS_APART)
        if thread:
            return (await self._channels.replies(channel, thread, earliest)).get(identity)
        return (await self._channels.alerts(channel, earliest)).get(identity)

    async def _post(self, channel: str, message: Message, thread: str) -> str:
        """Wait for the channel's turn and post; a throttled message was not posted and may be again."""
        for _ in range(_TRIES - 1):
            await self._sleep(await self._pace.turn(channel))
            try:
                return await self._channels.post(channel, message, thread=thread)
            except SlackBusy as error:
                await self._pace.slow_down(channel, error.retry_after)
        await self._sleep(await self._pace.turn(channel))
        return await self._channels.post(channel, message, thread=thread)
