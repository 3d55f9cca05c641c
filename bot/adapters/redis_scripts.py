"""The atomic steps on a payment, each one Lua script behind a typed function.

All keys of one workspace share a hash tag, so a script may change a payment, spend its offer,
mark its card and write the journal in one step, on a single server and on Cluster alike.
Sending the same operation again changes nothing and answers as the first time. A step by which
somebody may begin to pay is refused where the ledger is missing: the store has lost its memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoScriptError

_DURABLE_MS = 1500
_STORY_KEPT = 30 * 86_400

_OFFER = """
-- KEYS: offer, payment, ledger, journal, watched offers, the offer it replaces (or itself)
-- ARGV: in-flight states joined by commas, ttl (s), ends at (epoch s), watch entry, watch entry of
--       the replaced one, offer fields (n), offer fields, journal fields
if redis.call('EXISTS', KEYS[3]) == 0 then return {'lost', ''} end
local state = redis.call('HGET', KEYS[2], 'state')
if not (state and string.find(',' .. ARGV[1] .. ',', ',' .. state .. ',', 1, true)) then
  local n = tonumber(ARGV[6])
  redis.call('DEL', KEYS[6])
  redis.call('ZREM', KEYS[5], ARGV[5])
  redis.call('HSET', KEYS[1], unpack(ARGV, 7, 6 + n))
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('ZADD', KEYS[5], ARGV[3], ARGV[4])
  redis.call('XADD', KEYS[4], '*', unpack(ARGV, 7 + n))
end
return redis.call('HGETALL', KEYS[2])
"""

_CLAIM = """
-- KEYS: offer, payment, ledger, journal, watched offers, stale cards, watched payments, stories, story
-- ARGV: operation, user, invoice, in-flight states joined by commas, when to look at it (epoch s),
--       watch entry of the offer, how long its story is kept (s) or 0 for none,
--       journal fields (n), journal fields, payment fields
if redis.call('EXISTS', KEYS[3]) == 0 then return {'lost', ''} end
local now = redis.call('HMGET', KEYS[2], 'state', 'operation')
if now[2] == ARGV[1] then return redis.call('HGETALL', KEYS[2]) end
if now[1] and string.find(',' .. ARGV[4] .. ',', ',' .. now[1] .. ',', 1, true) then
  return redis.call('HGETALL', KEYS[2])
end
local offer = redis.call('HMGET', KEYS[1], 'user', 'invoice')
if offer[1] ~= ARGV[2] or offer[2] ~= ARGV[3] then return {} end
local n = tonumber(ARGV[8])
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 9 + n))
redis.call('ZREM', KEYS[5], ARGV[6])
redis.call('SADD', KEYS[6], ARGV[3])
redis.call('ZADD', KEYS[7], ARGV[5], ARGV[3])
redis.call('XADD', KEYS[4], '*', unpack(ARGV, 9, 8 + n))
if ARGV[7] ~= '0' then
  redis.call('HSET', KEYS[9], unpack(ARGV, 9 + n))
  redis.call('EXPIRE', KEYS[9], ARGV[7])
  redis.call('SADD', KEYS[8], ARGV[3] .. '|' .. ARGV[1])
end
return redis.call('HGETALL', KEYS[2])
"""

_MOVE = """
-- KEYS: payment, journal, stale cards, watched payments, stories, story
-- ARGV: expected state, expected operation, operation, invoice, when to look at it (epoch s) or '',
--       keep for (s) or 0 for ever, how long its story is kept (s) or 0 for none,
--       journal fields (n), journal fields, payment fields
local now = redis.call('HMGET', KEYS[1], 'state', 'operation')
if now[2] ~= ARGV[3] then
  if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] then return redis.call('HGETALL', KEYS[1]) end
  local n = tonumber(ARGV[8])
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], unpack(ARGV, 9 + n))
  if ARGV[6] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[6]) end
  redis.call('SADD', KEYS[3], ARGV[4])
  if ARGV[5] == '' then
    redis.call('ZREM', KEYS[4], ARGV[4])
  else
    redis.call('ZADD', KEYS[4], ARGV[5], ARGV[4])
  end
  redis.call('XADD', KEYS[2], '*', unpack(ARGV, 9, 8 + n))
  if ARGV[7] ~= '0' then
    redis.call('HSET', KEYS[6], unpack(ARGV, 9 + n))
    redis.call('EXPIRE', KEYS[6], ARGV[7])
    redis.call('SADD', KEYS[5], ARGV[4] .. '|' .. ARGV[3])
  end
end
return redis.call('HGETALL', KEYS[1])
"""

_WITHDRAW = """
-- KEYS: offer, watched offers, journal  ARGV: user, watch entry, journal fields
if redis.call('HGET', KEYS[1], 'user') ~= ARGV[1] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('DEL', KEYS[1])
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3))
return 1
"""

_RESTORE = """
-- KEYS: payment, journal, stale cards, watched payments
-- ARGV: invoice, when to look at it (epoch s), journal fields (n), journal fields, payment fields
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local n = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], unpack(ARGV, 4 + n))
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[2], ARGV[1])
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 4, 3 + n))
return 1
"""

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """The key names of one workspace; ``team`` is the Slack team id."""

    team: str

    def of(self, *parts: str) -> str:
        """A key, e.g. ``aib:{T0001}:payment:G123456789``."""
        return ":".join((f"aib:{{{self.team}}}", *parts))


class Scripts:
    """The scripts, registered with one client (EVALSHA, loaded again where a server lost them)."""

    def __init__(self, client: Any, keys: Keys) -> None:  # noqa: ANN401  # single server or Cluster
        self._client, self._keys = client, keys
        self._offer = client.register_script(_OFFER)
        self._claim = client.register_script(_CLAIM)
        self._move = client.register_script(_MOVE)
        self._withdraw = client.register_script(_WITHDRAW)
        self._restore = client.register_script(_RESTORE)

    async def offer(
        self,
        *,
        token: str,
        offer: Fields,
        in_flight: str,
        ttl: int,
        ends: float,
        replaces: tuple[str, str],
        entry: Fields,
    ) -> dict[str, str]:
        """Make the offer unless a payment of its invoice is in flight.

        ``ends`` is in epoch seconds; ``replaces`` are token and view of the offer it takes the place
        of, or two empty words.

        Returns:
            The fields of the invoice's payment, {} for none, ``{"lost": ""}`` without a ledger.
        """
        of, old = self._keys.of, replaces[0] or token
        fields = _flat(offer)
        answer = await self._offer(
            keys=[
                *(of("offer", token), of("payment", offer["invoice"]), of("ledger")),
                *(of("journal"), of("watch", "offers"), of("offer", old)),
            ],
            args=[
                *(in_flight, ttl, ends, f"{token} {offer['view']}", " ".join(replaces)),
                *(len(fields), *fields, *_flat(entry)),
            ],
        )
        return _dict(answer)

    async def claim(
        self,
        *,
        token: str,
        user: str,
        view: str,
        payment: Fields,
        in_flight: str,
        look_at: float,
        story: bool,
        entry: Fields,
    ) -> tuple[dict[str, str], bool]:
        """Spend offer ``token`` of ``user`` and store ``payment``, unless another is in flight.

        Returns:
            The payment's fields afterwards (ours or the rival's), {} where there was no such offer,
            ``{"lost": ""}`` without a ledger; and whether the step is known to be on disk.
        """
        of, invoice, operation = self._keys.of, payment["invoice"], payment["operation"]
        journal = _flat(entry)
        answer, durable = await self._durably(
            self._claim,
            [
                *(of("offer", token), of("payment", invoice), of("ledger"), of("journal")),
                *(of("watch", "offers"), of("cards", "stale"), of("watch", "payments")),
                *(of("stories"), of("story", operation)),
            ],
            [
                *(operation, user, invoice, in_flight, look_at),
                *(f"{token} {view}", _STORY_KEPT if story else 0),
                *(len(journal), *journal, *_flat(payment)),
            ],
        )
        return _dict(answer), durable

    async def move(
        self,
        *,
        before: tuple[str, str],
        after: Fields,
        look_at: float | None,
        keep: int,
        story: bool,
        entry: Fields,
    ) -> tuple[dict[str, str], bool]:
        """Put ``after`` in place if the payment stands at ``before``, a state and its operation.

        Returns:
            The payment's fields afterwards, and whether the step is known to be on disk.
        """
        of, invoice, operation = self._keys.of, after["invoice"], after["operation"]
        journal = _flat(entry)
        answer, durable = await self._durably(
            self._move,
            [
                *(of("payment", invoice), of("journal"), of("cards", "stale")),
                *(of("watch", "payments"), of("stories"), of("story", operation)),
            ],
            [
                *(*before, operation, invoice),
                *("" if look_at is None else look_at, keep, _STORY_KEPT if story else 0),
                *(len(journal), *journal, *_flat(after)),
            ],
            wait=look_at is not None,
        )
        return _dict(answer), durable

    async def withdraw(self, *, token: str, view: str, user: str, entry: Fields) -> bool:
        """Delete the offer if it is the user's; whether it was there."""
        of = self._keys.of
        answer = await self._withdraw(
            keys=[of("offer", token), of("watch", "offers"), of("journal")],
            args=[user, f"{token} {view}", *_flat(entry)],
        )
        return bool(answer)

    async def restore(self, *, payment: Fields, look_at: float, entry: Fields) -> bool:
        """Store a payment that was found elsewhere if the invoice has none; whether it had none."""
        of, journal = self._keys.of, _flat(entry)
        answer = await self._restore(
            keys=[
                *(of("payment", payment["invoice"]), of("journal")),
                *(of("cards", "stale"), of("watch", "payments")),
            ],
            args=[payment["invoice"], look_at, len(journal), *journal, *_flat(payment)],
        )
        return bool(answer)

    async def _durably(
        self,
        script: Any,  # noqa: ANN401  # redis-py's
        keys: Sequence[str],
        args: Sequence[Any],
        *,
        wait: bool = True,
    ) -> tuple[list[str], bool]:
        """Run a script and wait until the server has it on disk, in one round trip.

        On Cluster, whose pipelines know no such command, nothing is waited for.
        """
        durably = getattr(self._client, "durably", None)
        if not wait or durably is None:
            return await script(keys=keys, args=args), False
        command = ("EVALSHA", script.sha, len(keys), *keys, *args)
        try:
            answer, on_disk = await durably(*command, within=_DURABLE_MS)
        except NoScriptError:
            await self._client.script_load(script.script)
            answer, on_disk = await durably(*command, within=_DURABLE_MS)
        return answer, on_disk


def _flat(fields: Fields) -> list[str]:
    return [part for pair in fields.items() for part in pair]


def _dict(answer: Sequence[str]) -> dict[str, str]:
    return dict(zip(answer[::2], answer[1::2], strict=True))
