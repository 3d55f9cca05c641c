"""What is under way and when to look at it, in Redis.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    watch:payments    zset    payments in flight by when to look; an entry ends with its payment
    watch:offers      zset    offers and the views they are shown in by when they end, and with them
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.ports import Clock


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

    async def expired_offers(self, most: int) -> Sequence[tuple[str, str]]:
        """(token, view id) of offers that have run out unused while they were shown."""
        entries = await self._due(self._offers, most)
        return [(token, view) for token, _, view in (entry.partition(" ") for entry in entries)]

    async def forget_offer(self, token: str, view: str) -> None:
        """The offer needs no more looking after."""
        async with store_errors():
            await self._redis.zrem(self._offers, f"{token} {view}")

    async def _due(self, key: str, most: int) -> list[str]:
        now = self._clock.now().timestamp()
        async with store_errors():
            return list(await self._redis.zrangebyscore(key, 0, now, start=0, num=most))
