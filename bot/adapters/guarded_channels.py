"""Slack, but nothing is posted where another company would read it."""

import asyncio
from datetime import datetime, timedelta

import aiohttp
import structlog

from bot.adapters.slack_gateway import SlackGateway
from bot.domain.card import Message
from bot.domain.channels import REFUSED, channel_facts, concern_words, concerns
from bot.errors import ChannelRefused, SlackUnavailable, SlackUnclear
from bot.ports import Clock

_GOOD_FOR, _BAD_FOR = timedelta(minutes=5), timedelta(minutes=1)

_log = structlog.get_logger(__name__)


class GuardedSlack(SlackGateway):
    """A gateway that looks at a channel before it posts there, at most every few minutes.

    Args:
        token, api_url, session: as of ``SlackGateway``.
        allowed: ids and names of channels that are meant to be shared or public.
        clock: tells when to look again.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        allowed: frozenset[str],
        clock: Clock,
    ) -> None:
        super().__init__(token, api_url=api_url, session=session)
        self._allowed, self._clock = allowed, clock
        self._known: dict[str, tuple[str, datetime]] = {}  # why not, or "", and until when
        self._looking: dict[str, asyncio.Lock] = {}

    async def post(self, channel: str, message: Message, *, thread: str = "") -> str:
        """Post once; the message's ts. Raises ``ChannelRefused`` where others would read it."""
        async with self._looking.setdefault(channel, asyncio.Lock()):
            why_not = await self._why_not(channel)
        if why_not:
            raise ChannelRefused(why_not)
        return await super().post(channel, message, thread=thread)

    async def _why_not(self, channel: str) -> str:
        why_not, until = self._known.get(channel, ("", None))
        if until is None or self._clock.now() >= until:
            why_not = await self._look(channel)
            until = self._clock.now() + (_BAD_FOR if why_not else _GOOD_FOR)
            self._known[channel] = why_not, until
        return why_not

    async def _look(self, channel: str) -> str:
        try:
            facts = channel_facts(await self.channel(channel))
        except SlackUnclear as error:  # of a question nothing is unclear: nothing was posted
            raise SlackUnavailable(error.sentence, code=error.code) from error
        found = concerns(facts, self._allowed)
        refused = [concern_words(one, facts) for one in found if one in REFUSED]
        for one in set(found) - REFUSED:
            _log.warning("channel_concern", channel=channel, sentence=concern_words(one, facts))
        return refused[0] if refused else ""
