"""Cards, locks and the journal in Redis.

Every write here is safe to send twice, so the client may resend after a lost answer. Keys and
how long they live (all under ``aib:{<team id>}:``):

    card:<number>     string  open: as long as the invoice is unpaid; closed: 90 days
    cards:open        set     open cards, an index of the above
    cards:stale       set     cards to be shown anew; emptied by whoever shows them
    lock:<name>       string  15 s, renewed by its holder
    journal           stream  the audit trail; entries are kept for 400 days
    memory            string  since when this store has served; its absence means it lost everything
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from pydantic import TypeAdapter
from redis.exceptions import LockError

from bot.adapters.redis_connection import FAILURES, store_errors
from bot.adapters.redis_scripts import Keys
from bot.domain.card import Card
from bot.evidence import request_ids
from bot.ports import Clock

_DAY = 86_400
_CLOSED_KEPT = 90 * _DAY
_LOCK_SECONDS, _RENEW_SECONDS = 15.0, 5.0
_CARD = TypeAdapter(Card)


class RedisStore:
    """The ports ``Cards``, ``StaleCards``, ``Locks``, ``Journal`` and ``Memory``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
        clock: dates the journal.
    """

    def __init__(self, client: Any, team: str, clock: Clock) -> None:  # noqa: ANN401
        self._redis, self._clock = client, clock
        self._keys = Keys(team)

    async def ping(self) -> None:
        """Return if Redis answers. Raises ``StoreUnavailable``."""
        async with store_errors():
            await self._redis.ping()

    # Cards

    async def load(self, numbers: Iterable[str]) -> Mapping[str, Card]:
        """The records of these invoices that have one, in one round trip."""
        wanted = list(numbers)
        if not wanted:
            return {}
        async with store_errors():
            raw = await self._redis.mget([self._keys.of("card", n) for n in wanted])
        return {n: _CARD.validate_json(r) for n, r in zip(wanted, raw, strict=True) if r}

    async def begin(self, card: Card) -> bool:
        """Write the intent to post this card; False where the invoice has a record already."""
        async with store_errors():
            written = await self._redis.set(
                self._keys.of("card", card.invoice.number), _CARD.dump_json(card), nx=True
            )
            await self._redis.sadd(self._keys.of("cards", "open"), card.invoice.number)
        return bool(written)

    async def save(self, card: Card) -> None:
        """Keep the record and the index of open cards in step."""
        number, index = card.invoice.number, self._keys.of("cards", "open")
        async with store_errors(), self._redis.pipeline(transaction=True) as pipe:
            expiry = _CLOSED_KEPT if card.closed else None
            pipe.set(self._keys.of("card", number), _CARD.dump_json(card), ex=expiry)
            (pipe.srem if card.closed else pipe.sadd)(index, number)
            await pipe.execute()

    async def open_numbers(self) -> frozenset[str]:
        """The invoice numbers of all open cards."""
        return await self._members(self._keys.of("cards", "open"))

    async def stale(self) -> frozenset[str]:
        """The invoice numbers whose cards are to be shown anew."""
        return await self._members(self._keys.of("cards", "stale"))

    async def touch(self, number: str, *, stale: bool) -> None:
        """Say that a card must be shown anew, or no longer."""
        key = self._keys.of("cards", "stale")
        async with store_errors():
            await (self._redis.sadd if stale else self._redis.srem)(key, number)

    # Locks

    @asynccontextmanager
    async def hold(self, name: str, *, wait: float) -> AsyncIterator[bool]:
        """Hold the lock while inside; False where it was not to be had within ``wait`` seconds."""
        lock = self._redis.lock(
            self._keys.of("lock", name), timeout=_LOCK_SECONDS, sleep=0.1, blocking_timeout=wait
        )
        async with store_errors():
            held = await lock.acquire()
        if not held:
            yield False
            return
        renewing = asyncio.create_task(_renew(lock))
        try:
            yield True
        finally:
            renewing.cancel()
            with suppress(*FAILURES):  # a lock that cannot be freed runs out by itself
                await lock.release()

    # The journal, and what the store knows of itself

    async def note(self, event: str, **fields: str) -> None:
        """Append one entry to the audit trail."""
        async with store_errors():
            await self._redis.xadd(
                self._keys.of("journal"), journal_entry(self._clock, event, fields)
            )

    async def remembers_since(self) -> str:
        """When this store began to serve (ISO, UTC), or "" where it lost everything or is new."""
        async with store_errors():
            return str(await self._redis.get(self._keys.of("memory")) or "")

    async def begin_memory(self) -> None:
        """From now on the store's records are known to be whole."""
        async with store_errors():
            await self._redis.set(self._keys.of("memory"), self._clock.now().isoformat(), nx=True)

    async def _members(self, key: str) -> frozenset[str]:
        async with store_errors():
            return frozenset(await self._redis.smembers(key))


def card_record(card: Card) -> bytes:
    """A card's record as it is kept."""
    return _CARD.dump_json(card)


def journal_entry(clock: Clock, event: str, fields: Mapping[str, str]) -> dict[str, str]:
    """An entry of the journal: when, what, the ids of the Azure calls behind it, and the rest."""
    head = {"time": clock.now().isoformat(), "event": event, "request_id": request_ids()}
    return {name: value for name, value in (head | dict(fields)).items() if value}


async def _renew(lock: Any) -> None:  # noqa: ANN401  # redis-py's lock
    """Keep the lock; whoever loses it all the same is guarded by the records' own checks."""
    with suppress(LockError):
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(*FAILURES):
                await cast("Awaitable[bool]", lock.reacquire())
