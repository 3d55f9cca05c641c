"""Whether the store keeps what it is told: asked at start and every hour."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from redis.asyncio import RedisCluster
from redis.exceptions import ResponseError

from bot.adapters.metrics import show_durability
from bot.adapters.redis_connection import connect, store_errors
from bot.domain.durability import Durability, durability
from bot.errors import StoreUnsafe
from bot.ports import Clock

_HOUR = timedelta(hours=1)
_WAY_OUT = "To run on it all the same, set ALLOW_VOLATILE_STORE=1 (docs/operations.md, Redis)."

_log = structlog.get_logger(__name__)


class StoreWatch:
    """Looks at the store's durability, at most once an hour unless told to.

    Args:
        client: from ``connect``; the caller closes it.
        clock: tells when an hour is over.
        allow_volatile: whether the operator takes the risk.
    """

    def __init__(self, client: Any, clock: Clock, *, allow_volatile: bool) -> None:  # noqa: ANN401
        self._client, self._clock, self._allowed = client, clock, allow_volatile
        self._found = Durability(safe=True, sentence="")
        self._looked: datetime | None = None

    async def insist(self) -> None:
        """Return if the store can be trusted, or the operator takes the risk.

        Raises:
            StoreUnsafe: with the fix.
            StoreUnavailable: it does not answer.
        """
        found = await self.look()
        if not found.safe and not self._allowed:
            raise StoreUnsafe(f"{found.sentence} {_WAY_OUT}")

    async def look(self) -> Durability:
        """Look now; what is unsafe is logged. Raises ``StoreUnavailable``."""
        self._found, self._looked = await _found(self._client), self._clock.now()
        show_durability(safe=self._found.safe)
        if self._found.safe:
            _log.info("store_checked", finding=self._found.sentence)
        else:
            _log.error("store_unsafe", finding=self._found.sentence, allowed=self._allowed)
        return self._found

    async def state(self) -> str:
        """What the last look has found, no older than an hour. Raises ``StoreUnavailable``."""
        if self._looked is None or self._clock.now() - self._looked >= _HOUR:
            await self.look()
        return self._found.sentence


async def durability_of(url: str) -> str:
    """What there is to know of the store at this address, in a sentence.

    Raises:
        StoreUnsafe: it may lose or evict what it is told; the sentence says how to mend that.
    """
    client = await connect(url)
    try:
        found = await _found(client)
    finally:
        await client.aclose()
    if not found.safe:
        raise StoreUnsafe(found.sentence)
    return found.sentence


async def _found(client: Any) -> Durability:  # noqa: ANN401  # a single server's or a cluster's
    """From INFO, since CONFIG may be forbidden. Raises ``StoreUnavailable``."""
    async with store_errors():
        try:
            return durability(await _servers(client))
        except ResponseError:  # the user may not even run INFO
            return durability([])


async def _servers(client: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """What each server that holds keys tells of itself."""
    if not isinstance(client, RedisCluster):
        return [await client.info()]
    told = await client.info(target_nodes=RedisCluster.PRIMARIES)
    # A cluster of one primary answers without its name.
    return list(told.values()) if all(isinstance(v, dict) for v in told.values()) else [told]
