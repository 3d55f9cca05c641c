"""The audit trail's proof in Redis: seals beside its entries, and trimming by age.

An entry is written by one XADD, alone or within a payment's own script; here a second stream gets
a hash for it under the same id. Keys, all under ``aib:{<team id>}:``, and how long they live:

    journal:seals   stream  one seal an entry; goes with it, after 400 days
    journal:head    hash    id and hash of the last seal: for ever, it tells where the trail ends
    journal:anchor  hash    the same of the last entry that went by age: for ever, the chain's start
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.domain.chain import GENESIS, Entry, Place, Seal, position, seals
from bot.domain.mirror import mirror
from bot.ports import AuditEnds

_PAGE = 1000  # entries read or trimmed in one step
_SEALED_AT_ONCE = 500
_ID = re.compile(r"\d+-\d+", re.ASCII)

_SEAL = """
-- KEYS: seals, head  ARGV: the head's id and hash ('' for none), then id and hash of each seal
local head = redis.call('HMGET', KEYS[2], 'id', 'hash')
if (head[1] or '') ~= ARGV[1] or (head[2] or '') ~= ARGV[2] then return 0 end
for i = 3, #ARGV, 2 do redis.call('XADD', KEYS[1], ARGV[i], 'hash', ARGV[i + 1]) end
redis.call('HSET', KEYS[2], 'id', ARGV[#ARGV - 1], 'hash', ARGV[#ARGV])
return 1
"""

_TRIM = """
-- KEYS: journal, seals, anchor  ARGV: the first id to keep, how many go at most
local old = redis.call('XRANGE', KEYS[2], '-', '(' .. ARGV[1], 'COUNT', ARGV[2])
if #old == 0 then return 0 end
local last = old[#old]
local ms, n = string.match(last[1], '^(%d+)%-(%d+)$')
local kept = ms .. '-' .. string.format('%.0f', n + 1)
redis.call('HSET', KEYS[3], 'id', last[1], 'hash', last[2][2])
redis.call('XTRIM', KEYS[2], 'MINID', '=', kept)
redis.call('XTRIM', KEYS[1], 'MINID', '=', kept)
return #old
"""

_log = structlog.get_logger("bot.audit")


class RedisAuditLog:
    """The ports ``Sealing`` and ``AuditLog``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
    """

    def __init__(self, client: Any, team: str) -> None:  # noqa: ANN401
        self._redis, keys = client, Keys(team)
        self._journal, self._seals = keys.of("journal"), keys.of("journal", "seals")
        self._head, self._anchor = keys.of("journal", "head"), keys.of("journal", "anchor")
        self._seal, self._trim = client.register_script(_SEAL), client.register_script(_TRIM)
        self._known = ""  # how far this process has seen the trail sealed

    async def seal(self) -> int:
        """Seal what has no seal yet, oldest first; how many entries this process sealed."""
        sealed = 0
        while True:
            ends = await self.ends()
            if not self._trusted(ends):
                return sealed
            head = ends.head or Seal("", "")
            first = f"({head.id}" if head.id else "-"
            entries = await self._page(self._journal, first, "+", _SEALED_AT_ONCE)
            if not entries:
                return sealed
            made = seals(head.hash or GENESIS, entries)
            # First, so that no sealed entry lacks its line; one that comes twice says the same.
            for entry, seal in zip(entries, made, strict=True):
                told = mirror(entry.fields.get("event", ""), entry.fields)
                _log.info("audit", id=seal.id, hash=seal.hash, **told)
            if await self._add(head, made):
                sealed += len(made)
                self._known = made[-1].id

    async def _add(self, head: Seal, made: Sequence[Seal]) -> bool:
        """Whether they are in by this; False where another process, or a lost try, was quicker."""
        args = [part for seal in (head, *made) for part in (seal.id, seal.hash)]
        async with store_errors():
            return bool(await self._seal(keys=[self._seals, self._head], args=args))

    def _trusted(self, ends: AuditEnds) -> bool:
        """Whether the trail ends where its seals do; going on elsewhere would bless what was done."""
        head = ends.head.id if ends.head else ""
        if head != ends.last:
            _log.error("audit_chain_broken", head=head, last_seal=ends.last)
            return False
        if self._known and (not head or position(head) < position(self._known)):
            _log.error("audit_chain_rewound", head=head, sealed_before=self._known)
        self._known = head
        return True

    async def trim(self, oldest: datetime) -> int:
        """Let sealed entries from before ``oldest`` (aware UTC) go; how many went."""
        first_kept, gone = str(int(oldest.timestamp() * 1000)), 0
        while True:
            async with store_errors():
                keys = [self._journal, self._seals, self._anchor]
                went = int(await self._trim(keys=keys, args=[first_kept, _PAGE]))
            gone += went
            if went < _PAGE:
                return gone

    async def ends(self) -> AuditEnds:
        """Where the trail begins and ends, all as of one moment."""
        async with store_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(self._anchor)
            pipe.hgetall(self._head)
            pipe.xrevrange(self._seals, count=1)
            anchor, head, newest = await pipe.execute()
        start = _end(anchor)
        last = newest[0][0] if newest else start.id if start else ""
        return AuditEnds(start, _end(head), last)

    async def places(self, first: str = "-", last: str = "+") -> AsyncIterator[Place]:
        """Entries beside their seals in order, between two ids; either may be missing.

        An id may be ``<ms>`` alone, ``(<id>`` leaves it out itself, ``-`` and ``+`` are the ends.
        """
        entries, sealed = (
            self._pages(self._journal, first, last),
            self._pages(self._seals, first, last),
        )
        entry, seal = await anext(entries, None), await anext(sealed, None)
        while entry or seal:
            here = _first(entry, seal)
            its = entry if entry and entry.id == here else None
            mark = seal if seal and seal.id == here else None
            yield Place(here, its, mark.fields.get("hash", "") if mark else "")
            entry = await anext(entries, None) if its else entry
            seal = await anext(sealed, None) if mark else seal

    async def hashes(self, ids: Sequence[str]) -> Sequence[str]:
        """The hashes of these entries; "" where there is no seal."""
        async with store_errors(), self._redis.pipeline(transaction=False) as pipe:
            for identity in ids:
                pipe.xrange(self._seals, identity, identity)
            return [found[0][1].get("hash", "") if found else "" for found in await pipe.execute()]

    async def before(self, first: str) -> str:
        """The hash that the first entry from this id on builds upon."""
        async with store_errors():
            found = await self._redis.xrevrange(self._seals, f"({first}", "-", count=1)
            anchor = await self._redis.hget(self._anchor, "hash")
        return str(found[0][1].get("hash", "") if found else anchor or GENESIS)

    async def _pages(self, key: str, first: str, last: str) -> AsyncIterator[Entry]:
        while page := await self._page(key, first, last, _PAGE):
            for entry in page:
                yield entry
            first = f"({page[-1].id}"

    async def _page(self, key: str, first: str, last: str, most: int) -> list[Entry]:
        async with store_errors():
            page = await self._redis.xrange(key, first, last, count=most)
        return [Entry(identity, fields) for identity, fields in page]


def _first(entry: Entry | None, seal: Entry | None) -> str:
    """The id that comes first; almost always it is the same."""
    if entry is None or seal is None:
        return entry.id if entry else seal.id if seal else ""
    return entry.id if entry.id == seal.id else min(entry.id, seal.id, key=position)


def _end(fields: Mapping[str, str]) -> Seal | None:
    if not fields:
        return None
    identity = fields.get("id", "")
    return Seal(identity if _ID.fullmatch(identity) else "0-0", fields.get("hash", ""))
