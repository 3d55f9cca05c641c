"""Offers, payments and their stories in Redis.

Every write here is safe to send twice, so the client may resend after a lost answer. Keys and
how long they live (all under ``aib:{<team id>}:``):

    offer:<token>     hash    CONFIRMATION_TTL_SECONDS
    payment:<number>  hash    in flight: for ever, it guards money; ended: 400 days
    story:<token>     hash    a payment as it stood at a step that is told in its card's thread; 30 days
    stories           set     stories that are not in the outbox yet; emptied within seconds
    ledger            string  since when the payments here are whole; its absence means they were lost
    ledger:lost       string  when earlier ones were found lost; 7 days, until Azure shows what was paid
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_records import (
    about,
    about_offer,
    offer_fields,
    offer_of,
    payment_fields,
    payment_of,
)
from bot.adapters.redis_scripts import Keys, Scripts
from bot.adapters.redis_store import journal_entry
from bot.domain.offer import Offer
from bot.domain.payment import IN_FLIGHT, Payment
from bot.errors import StoreForgot
from bot.ports import Claimed, Clock

_ENDED_KEPT = 400 * 86_400
_LOST_TOLD = 7 * 86_400  # longer than a wire takes to be shown by Azure
_FIRST_LOOK = 60.0  # seconds after a step
_LATE = 2.0  # seconds past an offer's end before anybody is told, so that it has surely ended
_IN_FLIGHT = ",".join(sorted(IN_FLIGHT))


class RedisPayments:
    """The ports ``Offers``, ``Payments``, ``Stories`` and ``Ledger``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
        clock: dates the journal.
    """

    def __init__(self, client: Any, team: str, clock: Clock) -> None:  # noqa: ANN401
        self._redis, self._clock = client, clock
        self._keys = Keys(team)
        self._scripts = Scripts(client, self._keys)

    # Offers

    async def make(
        self, offer: Offer, ttl: int, *, replaces: Offer | None = None, **facts: str
    ) -> Payment | None:
        """Keep the offer for ``ttl`` seconds, unless a payment of its invoice is in flight."""
        event = "payment.changed" if replaces else "payment.offered"
        async with store_errors():
            fields = await self._scripts.offer(
                token=offer.token,
                offer=offer_fields(offer),
                in_flight=_IN_FLIGHT,
                ttl=ttl,
                ends=self._now() + ttl + _LATE,
                replaces=(replaces.token, replaces.view) if replaces else ("", ""),
                entry=self._entry(event, about_offer(offer) | facts),
            )
        return _payment(fields)

    async def read(self, token: str) -> Offer | None:
        """The offer, or None once it is gone."""
        async with store_errors():
            fields = await self._redis.hgetall(self._keys.of("offer", token))
        return offer_of(token, fields) if fields else None

    async def withdraw(self, offer: Offer, **facts: str) -> bool:
        """End the offer."""
        async with store_errors():
            return await self._scripts.withdraw(
                token=offer.token,
                view=offer.view,
                user=offer.user,
                entry=self._entry("payment.cancelled", about_offer(offer) | facts),
            )

    # Payments

    async def current(self, numbers: Iterable[str]) -> Mapping[str, Payment]:
        """The latest payment of each of these invoices that ever had one, in one round trip."""
        wanted = list(numbers)
        if not wanted:
            return {}
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            for number in wanted:
                pipe.hgetall(self._keys.of("payment", number))
            answers = await pipe.execute()
        return {n: payment_of(f) for n, f in zip(wanted, answers, strict=True) if f}

    async def claim(
        self, offer: Offer, payment: Payment, *, story: bool = False, **facts: str
    ) -> Claimed | None:
        """Spend the offer and hand the invoice to this payer in one step."""
        ours = payment_fields(payment)
        async with store_errors():
            fields, durable = await self._scripts.claim(
                token=offer.token,
                user=offer.user,
                view=offer.view,
                payment=ours,
                in_flight=_IN_FLIGHT,
                look_at=self._now() + _FIRST_LOOK,
                story=story,
                entry=self._entry(f"payment.{payment.state}", about(payment) | facts),
            )
        there = payment if fields == ours else _payment(fields)
        return Claimed(there, durable) if there else None

    async def move(
        self, before: Payment, after: Payment, *, event: str = "", story: bool = True, **facts: str
    ) -> Claimed | None:
        """Put one state in the place of another in one step."""
        flying, ours = after.is_in_flight, payment_fields(after)
        async with store_errors():
            fields, durable = await self._scripts.move(
                before=(before.state, before.operation),
                after=ours,
                look_at=self._now() + _FIRST_LOOK if flying else None,
                keep=0 if flying else _ENDED_KEPT,
                story=story,
                entry=self._entry(event or f"payment.{after.state}", about(after) | facts),
            )
        there = after if fields == ours else _payment(fields)
        return Claimed(there, durable) if there else None

    async def restore(self, payment: Payment) -> bool:
        """Store a payment that was found in Slack, unless the invoice has one."""
        async with store_errors():
            return await self._scripts.restore(
                payment=payment_fields(payment),
                look_at=self._now(),
                entry=self._entry("payment.restored", about(payment)),
            )

    # Stories

    async def untold(self) -> Sequence[tuple[str, str]]:
        """(invoice number, operation) of the steps that wait to be told."""
        async with store_errors():
            names = await self._redis.smembers(self._keys.of("stories"))
        return [(number, operation) for number, _, operation in (n.partition("|") for n in names)]

    async def story(self, operation: str) -> Payment | None:
        """The payment as it stood after this step, or None once it is forgotten."""
        async with store_errors():
            fields = await self._redis.hgetall(self._keys.of("story", operation))
        fields.pop("told", None)
        return payment_of(fields) if fields else None

    async def taken_up(self, number: str, operation: str) -> None:
        """The step waits in the outbox now."""
        async with store_errors():
            await self._redis.srem(self._keys.of("stories"), f"{number}|{operation}")

    async def told(self, operation: str, ts: str) -> None:
        """The step was told in the message with this ts."""
        key = self._keys.of("story", operation)
        async with store_errors():
            if await self._redis.exists(key):
                await self._redis.hset(key, "told", ts)

    async def told_at(self, operation: str) -> str:
        """The ts of the message that told the step, or ""."""
        async with store_errors():
            return str(await self._redis.hget(self._keys.of("story", operation), "told") or "")

    # The ledger

    async def is_whole(self) -> bool:
        """Whether the payments here are all there are."""
        async with store_errors():
            return bool(await self._redis.exists(self._keys.of("ledger")))

    async def begin_ledger(self, *, lost: bool = False) -> None:
        """From now on they are; ``lost``: there were others before."""
        now = self._clock.now().isoformat()
        async with store_errors():
            if lost:
                await self._redis.set(self._keys.of("ledger", "lost"), now, ex=_LOST_TOLD)
            await self._redis.set(self._keys.of("ledger"), now, nx=True)

    async def lost_at(self) -> datetime | None:
        """When payments were found lost, if that was within a week."""
        async with store_errors():
            told = await self._redis.get(self._keys.of("ledger", "lost"))
        return datetime.fromisoformat(told) if told else None

    def _entry(self, event: str, fields: Mapping[str, str]) -> dict[str, str]:
        return journal_entry(self._clock, event, fields)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _payment(fields: Mapping[str, str]) -> Payment | None:
    if "lost" in fields:
        raise StoreForgot(
            "The bot's memory is new or was lost and is being rebuilt from Slack. Nothing was "
            "started; try again in a minute."
        )
    return payment_of(fields) if fields else None
