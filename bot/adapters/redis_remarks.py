"""What people have said of invoices, and which direct messages were sent, in Redis.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    remark:<step>     string  30 days: what was said, without a note's words once it is told
    remarks           set     remarks to be taken up into the outbox; emptied as they are
    letter:<id>       string  120 days: a direct message is begun once and never again
"""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.adapters.redis_store import card_record, journal_entry
from bot.domain.card import Card
from bot.domain.remark import Remark, Said
from bot.ports import Clock

_REMARK_KEPT, _LETTER_KEPT = 30 * 86_400, 120 * 86_400
_REMARK = TypeAdapter(Remark)
_EVENTS = {
    Said.NOTED: "note.added",
    Said.ASSIGNED: "assignment.made",
    Said.UNASSIGNED: "assignment.ended",
}

_KEEP = """
-- KEYS: remark, remarks, journal, card  ARGV: remark, how long it is kept (s), its name among the
--       untold, card or '' where it stays as it is, journal fields
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', KEYS[4], ARGV[4], 'KEEPTTL') end
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 5))
return 1
"""


class RedisRemarks:
    """The ports ``Remarks`` and ``Letters``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
        clock: dates the audit trail.
    """

    def __init__(self, client: Any, team: str, clock: Clock) -> None:  # noqa: ANN401
        self._redis, self._clock = client, clock
        self._keys = Keys(team)
        self._keep = client.register_script(_KEEP)

    async def keep(self, remark: Remark, card: Card | None = None, **facts: str) -> bool:
        """Keep it, its audit entry and the card's record in one step; False where it was before."""
        number = remark.invoice
        names = [("remark", remark.step), ("remarks",), ("journal",), ("card", number)]
        about = {"actor": remark.by, "invoice": number, "operation": remark.step}
        entry = journal_entry(self._clock, _EVENTS[remark.kind], about | facts)
        args = [
            _REMARK.dump_json(remark),
            _REMARK_KEPT,
            f"{number} {remark.step}",
            card_record(card) if card else "",
            *(text for field in entry.items() for text in field),
        ]
        async with store_errors():
            return bool(await self._keep(keys=[self._keys.of(*n) for n in names], args=args))

    async def read(self, step: str) -> Remark | None:
        """The remark, or None."""
        async with store_errors():
            raw = await self._redis.get(self._keys.of("remark", step))
        return _REMARK.validate_json(raw) if raw else None

    async def amend(self, remark: Remark) -> None:
        """Keep how far its telling has got, for as long as it was to be kept."""
        key = self._keys.of("remark", remark.step)
        async with store_errors():
            await self._redis.set(key, _REMARK.dump_json(remark), keepttl=True, xx=True)

    async def untold(self) -> Sequence[tuple[str, str]]:
        """(invoice number, step) of those that are not in the outbox yet."""
        async with store_errors():
            entries = sorted(await self._redis.smembers(self._keys.of("remarks")))
        return [(number, step) for number, _, step in (entry.partition(" ") for entry in entries)]

    async def taken_up(self, number: str, step: str) -> None:
        """It waits in the outbox now."""
        async with store_errors():
            await self._redis.srem(self._keys.of("remarks"), f"{number} {step}")

    async def begin_letter(self, identity: str) -> bool:
        """It is being sent now; False where it was before."""
        key, now = self._keys.of("letter", identity), self._clock.now().isoformat()
        async with store_errors():
            return bool(await self._redis.set(key, now, nx=True, ex=_LETTER_KEPT))

    async def unsent(self, identity: str) -> None:
        """It surely was not sent after all."""
        async with store_errors():
            await self._redis.delete(self._keys.of("letter", identity))
