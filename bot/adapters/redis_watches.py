"""What is under way and when to look at it, in Redis.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    watch:payments    zset    payments in flight by when to look; an entry ends with its payment
    watch:offers      zset    offers on people's screens by when they end; an entry ends with it
    shown:<token>     string  the view an offer is shown in; ten minutes longer than the offer
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.ports import Clock

_SHOWN_KEPT = 600  # seconds past the offer's end
_LATE = 2.0  # seconds past an offer's end before anybody is told, so that it has surely ended


class RedisWatches:
    """The port ``Watches``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
        clock: tells what is due.
    """

    def __init__(self, client: Any, team: str, clock: Clock) -> None:  # noqa: ANN401
        self._redis, self._clock = client, clock
        keys = Keys(team)
        self._payments, self._offers = keys.of("watch", "payments"), keys.of("watch", "offers")
        self._keys = keys

    async def due_payments(self, most: int) -> Sequence[str]:
        """The invoice numbers of payments in flight whose time has come."""
        return await self._due(self._payments, most)

    async def watch_payment(self, number: str, when: datetime | None) -> None:
        """Look at this payment then, or never again; one that has ended meanwhile stays ended."""
        async with store_errors():
            if when is None:
                await self._redis.zrem(self._payments, number)
            else:
                await self._redis.zadd(self._payments, {number: when.timestamp()}, xx=True)

    async def watch_offer(self, token: str, view: str, ttl: int) -> None:
        """The offer shown in this view ends in ``ttl`` seconds."""
        ends = self._clock.now().timestamp() + ttl + _LATE
        async with store_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(self._keys.of("shown", token), view, ex=ttl + _SHOWN_KEPT)
            pipe.zadd(self._offers, {token: ends})
            await pipe.execute()

    async def expired_offers(self, most: int) -> Sequence[tuple[str, str]]:
        """(token, view id) of offers that have run out unused while they were shown."""
        tokens = await self._due(self._offers, most)
        async with store_errors():
            views = [await self._redis.get(self._keys.of("shown", token)) for token in tokens]
        return [(token, str(view or "")) for token, view in zip(tokens, views, strict=True)]

    async def forget_offer(self, token: str) -> None:
        """The offer needs no more looking after."""
        async with store_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(self._offers, token)
            pipe.delete(self._keys.of("shown", token))
            await pipe.execute()

    async def _due(self, key: str, most: int) -> list[str]:
        now = self._clock.now().timestamp()
        async with store_errors():
            return list(await self._redis.zrangebyscore(key, 0, now, start=0, num=most))
