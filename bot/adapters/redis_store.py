"""Offers, payments, cards, locks and the journal in Redis.

Every write here is safe to send twice, so the client may resend after a lost answer. Keys and
how long they live (all under ``aib:{<team id>}:``):

    offer:<token>     hash    CONFIRMATION_TTL_SECONDS
    payment:<number>  hash    in flight: for ever, it guards money; ended: 400 days
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
from datetime import timedelta
from typing import Any, cast

from pydantic import TypeAdapter
from redis.exceptions import LockError

from bot.adapters.redis_connection import FAILURES, store_errors
from bot.adapters.redis_records import about, offer_fields, offer_of, payment_fields, payment_of
from bot.adapters.redis_scripts import Keys, Scripts
from bot.domain.card import Card
from bot.domain.payment import IN_FLIGHT, Offer, Payment, State
from bot.ports import Clock

_DAY = 86_400
_ENDED_KEPT, _CLOSED_KEPT = 400 * _DAY, 90 * _DAY
_JOURNAL_KEPT = timedelta(days=400)
_FIRST_LOOK = 60.0  # seconds after the hand-off
_LOCK_SECONDS, _RENEW_SECONDS = 15.0, 5.0
_CARD = TypeAdapter(Card)


class RedisStore:
    """The ports ``Offers``, ``Payments``, ``Cards``, ``Locks`` and ``Journal``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
        clock: dates the journal.
    """

    def __init__(self, client: Any, team: str, clock: Clock) -> None:  # noqa: ANN401
        self._redis, self._clock = client, clock
        self._keys = Keys(team)
        self._scripts = Scripts(client, self._keys)

    async def ping(self) -> None:
        """Return if Redis answers. Raises ``StoreUnavailable``."""
        async with store_errors():
            await self._redis.ping()

    # Offers

    async def make(self, offer: Offer, ttl: int) -> None:
        """Keep the offer for ``ttl`` seconds."""
        key = self._keys.of("offer", offer.token)
        async with store_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping=offer_fields(offer))
            pipe.expire(key, ttl)
            await pipe.execute()

    async def read(self, token: str) -> Offer | None:
        """The offer, or None once it is gone."""
        async with store_errors():
            fields = await self._redis.hgetall(self._keys.of("offer", token))
        return offer_of(token, fields) if fields else None

    async def withdraw(self, token: str, user: str) -> bool:
        """End the offer if it is this user's."""
        async with store_errors():
            return await self._scripts.withdraw(token, user)

    # Payments

    async def current(self, numbers: Iterable[str]) -> Mapping[str, Payment]:
        """The latest payment of each of these invoices that ever had one, in one round trip."""
        wanted = list(numbers)
        answers = await self._many("hgetall", [self._keys.of("payment", n) for n in wanted])
        return {n: payment_of(f) for n, f in zip(wanted, answers, strict=True) if f}

    async def claim(self, offer: Offer, payment: Payment) -> Payment | None:
        """Spend the offer and hand the invoice to this payer in one step."""
        entry = {"amount": str(payment.amount.amount), "currency": payment.amount.currency}
        async with store_errors():
            fields = await self._scripts.claim(
                token=offer.token,
                user=offer.user,
                payment=payment_fields(payment),
                in_flight=",".join(IN_FLIGHT),
                look_at=payment.since.timestamp() + _FIRST_LOOK,
                entry=self._entry("payment.handed_off", about(payment) | entry),
            )
        return payment_of(fields) if fields else None

    async def end(self, payment: Payment, state: State, operation: str) -> bool:
        """Move a payment in flight to an end state."""
        async with store_errors():
            return await self._scripts.end(
                payment=payment_fields(payment),
                state=state,
                operation=operation,
                ended=self._clock.now().isoformat(),
                keep=_ENDED_KEPT,
                entry=self._entry(f"payment.{state}", about(payment)),
            )

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
            # Trimmed by age as it grows; entries are 400 days old at least before they go.
            oldest = int((self._clock.now() - _JOURNAL_KEPT).timestamp() * 1000)
            entry = self._entry(event, fields)
            await self._redis.xadd(self._keys.of("journal"), entry, minid=oldest, approximate=True)

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

    async def _many(self, command: str, keys: list[str]) -> list[Any]:
        if not keys:
            return []
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                getattr(pipe, command)(key)
            return cast("list[Any]", await pipe.execute())

    def _entry(self, event: str, fields: Mapping[str, str]) -> dict[str, str]:
        return {"time": self._clock.now().isoformat(), "event": event, **fields}


async def _renew(lock: Any) -> None:  # noqa: ANN401  # redis-py's lock
    """Keep the lock; whoever loses it all the same is guarded by the records' own checks."""
    with suppress(LockError):
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(*FAILURES):
                await cast("Awaitable[bool]", lock.reacquire())
