"""An audit trail in a real Redis, and somebody who may do there whatever they like."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.adapters.audit_log import RedisAuditLog
from bot.adapters.redis_connection import connect
from bot.adapters.redis_store import RedisStore
from bot.domain.chain import Entry
from bot.services.proof import Proof, Verdict
from tests.town import HandClock

Raw = list[tuple[str, dict[str, str]]]


@dataclass
class Trail:
    """One workspace's trail: who writes it, who seals it, and its bare keys."""

    client: Any
    team: str
    clock: HandClock
    log: RedisAuditLog
    store: RedisStore

    def key(self, *parts: str) -> str:
        """A bare key of the trail: ``key("seals")``."""
        return ":".join((f"aib:{{{self.team}}}:journal", *parts))

    async def write(self, *events: str, sealed: bool = True) -> list[str]:
        """Write an entry for each of these events; the ids of all entries there are."""
        for event in events:
            await self.store.note(event, actor="U0ADA", invoice="G100000001")
        if sealed:
            await self.log.seal()
        return [identity for identity, _ in await self.raw()]

    async def write_at(self, moments_ms: Iterable[int]) -> None:
        """Write entries as of these moments, in epoch milliseconds."""
        async with self.client.pipeline(transaction=False) as pipe:
            for ms in moments_ms:
                pipe.xadd(self.key(), {"event": "old", "time": str(ms)}, id=f"{ms}-0")
            await pipe.execute()

    async def raw(self, *parts: str) -> Raw:
        """The trail (or its ``seals``) as Redis has it."""
        found: Raw = await self.client.xrange(self.key(*parts))
        return found

    async def rewrite(self, raw: Raw, *parts: str) -> None:
        """Put this in place of the trail (or of its ``seals``), ids included."""
        await self.client.delete(self.key(*parts))
        for identity, fields in raw:
            await self.client.xadd(self.key(*parts), fields, id=identity)

    async def check(self, *wanted: str) -> Verdict:
        """What following the chain shows."""
        return await Proof(trail=self.log, clock=self.clock).check(frozenset(wanted))

    async def head(self) -> str:
        """The hash the trail says it ends with."""
        return str(await self.client.hget(self.key("head"), "hash"))

    async def entries(self) -> list[Entry]:
        """All entries as the adapter reads them."""
        return [place.entry async for place in self.log.places() if place.entry]


async def trail_in(url: str) -> Trail:
    """An empty trail of a workspace nobody else has; close its ``client`` at the end."""
    client, team, clock = await connect(url), f"T{uuid4().hex[:10].upper()}", HandClock()
    return Trail(client, team, clock, RedisAuditLog(client, team), RedisStore(client, team, clock))
