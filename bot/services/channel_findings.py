"""What ``doctor`` tells of a channel: who else could read the invoices there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.channels import REFUSED, channel_facts, concern_words, concerns
from bot.domain.people import SlackPerson
from bot.errors import SlackError

_MOST_MEMBERS = 100  # each costs a call, and Slack allows about as many a minute
_AT_ONCE = 5


class Members(Protocol):
    """Who is in a channel. Every method may raise ``SlackError``."""

    async def members(self, channel: str, most: int) -> tuple[str, ...]:
        """The user ids of at most so many members."""

    async def person(self, user: str) -> SlackPerson:
        """A Slack account, fresh."""


@dataclass(frozen=True, slots=True)
class ChannelFindings:
    """Sentences for the operator, each with its fix: why nothing is posted, and what is doubtful."""

    refusals: tuple[str, ...]
    doubts: tuple[str, ...]


async def channel_findings(
    channel: Mapping[str, Any], slack: Members, allowed: frozenset[str]
) -> ChannelFindings:
    """Who else could read what is posted there.

    Args:
        channel: Slack's channel object (``conversations.info``).
        slack: tells who is in it.
        allowed: ids and names, as ``ALLOW_SHARED_CHANNELS`` has them.

    Raises:
        SlackError: its members could not be told.
    """
    facts = channel_facts(channel)
    known = concerns(facts, allowed, has_guests=True)  # whether guests would matter at all
    has_guests = bool(known) and await _has_guests(facts.id, slack)
    found = concerns(facts, allowed, has_guests=has_guests)
    return ChannelFindings(
        refusals=tuple(concern_words(one, facts) for one in found if one in REFUSED),
        doubts=tuple(concern_words(one, facts) for one in found if one not in REFUSED),
    )


async def _has_guests(channel: str, slack: Members) -> bool:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def is_guest(user: str) -> bool:
        async with gate:
            try:
                return (await slack.person(user)).is_guest
            except SlackError:
                return False  # somebody of another company, say, whom Slack does not show

    users = await slack.members(channel, _MOST_MEMBERS)
    return any(await asyncio.gather(*(is_guest(user) for user in users)))
