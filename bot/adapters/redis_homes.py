"""Whose Home tab shows what, in Redis.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    homes             zset    people by the change that their Home tab shows; a day after the last opening
    home:<user>       hash    how somebody looks at theirs; 8 hours, then it is brought up to date no more
    homes:changes     string  how often anything has changed; 30 days after the last change
"""

from collections.abc import Sequence
from typing import Any

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.domain.home import Look
from bot.domain.listing import Filter
from bot.domain.people import Presence

_LOOKS, _PEOPLE, _CHANGES = 8 * 3600, 86_400, 30 * 86_400  # seconds


class RedisHomes:
    """The port ``Homes``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
    """

    def __init__(self, client: Any, team: str) -> None:  # noqa: ANN401  # single server or Cluster
        self._redis, self._keys = client, Keys(team)
        self._people = self._keys.of("homes")
        self._changes = self._keys.of("homes", "changes")

    async def remember(self, presence: Presence, look: Look) -> None:
        """This person looks at their Home tab like this."""
        key = self._keys.of("home", presence.user)
        kept = {
            "team": presence.team,
            "enterprise": presence.enterprise,
            "filter": str(look.filter),
            "profile": look.profile,
            "page": str(look.page),
        }
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping=kept)
            pipe.expire(key, _LOOKS)
            await pipe.execute()

    async def recall(self, user: str) -> tuple[Look, int]:
        """How they look at it, and how many changes there have been."""
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(self._keys.of("home", user))
            pipe.get(self._changes)
            kept, changes = await pipe.execute()
        return _look(kept), int(changes or 0)

    async def change(self) -> None:
        """Something has changed."""
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(self._changes)
            pipe.expire(self._changes, _CHANGES)
            await pipe.execute()

    async def shown(self, user: str, changes: int | None) -> None:
        """Their Home tab shows the truth up to this change; None: it is not to be looked after."""
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            if changes is None:
                pipe.zrem(self._people, user)
            else:
                pipe.zadd(self._people, {user: changes})
                pipe.expire(self._people, _PEOPLE)
            await pipe.execute()

    async def outdated(self, most: int) -> Sequence[Presence]:
        """Some of the people whose Home tab does not show the last change."""
        async with store_errors():
            changes = int(await self._redis.get(self._changes) or 0)
            users = await self._redis.zrangebyscore(
                self._people, "-inf", f"({changes}", start=0, num=most
            )
            found = [
                (user, await self._redis.hgetall(self._keys.of("home", user))) for user in users
            ]
            gone = [user for user, kept in found if not kept]
            if gone:
                await self._redis.zrem(self._people, *gone)
        return [Presence(user, kept["team"], kept["enterprise"]) for user, kept in found if kept]


def _look(kept: dict[str, str]) -> Look:
    if not kept:
        return Look()
    return Look(Filter(kept["filter"]), kept["profile"], int(kept["page"]))
