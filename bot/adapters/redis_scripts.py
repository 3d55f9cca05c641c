"""The atomic steps on a payment, each one Lua script behind a typed function.

All keys of one workspace share a hash tag, so a script may change a payment, spend its offer,
mark its card and write the journal in one step, on a single server and on Cluster alike.
Sending the same operation again changes nothing and answers as the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CLAIM = """
-- KEYS: offer, payment, stale cards, journal, watched payments, watched offers
-- ARGV: operation, user, invoice, in-flight states joined by commas, when to look at it (epoch s),
--       journal fields (n), payment fields
local now = redis.call('HMGET', KEYS[2], 'state', 'operation')
if now[2] == ARGV[1] then return redis.call('HGETALL', KEYS[2]) end
if now[1] and string.find(',' .. ARGV[4] .. ',', ',' .. now[1] .. ',', 1, true) then
  return redis.call('HGETALL', KEYS[2])
end
local offer = redis.call('HMGET', KEYS[1], 'user', 'invoice')
if offer[1] ~= ARGV[2] or offer[2] ~= ARGV[3] then return {} end
local n = tonumber(ARGV[6])
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 7 + n))
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('ZADD', KEYS[5], ARGV[5], ARGV[3])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('XADD', KEYS[4], '*', unpack(ARGV, 7, 6 + n))
return redis.call('HGETALL', KEYS[2])
"""

_END = """
-- KEYS: payment, stale cards, journal, watched payments
-- ARGV: expected state, expected operation, new state, new operation, ended at, keep for (s),
--       invoice, journal fields
local now = redis.call('HMGET', KEYS[1], 'state', 'operation')
if now[2] == ARGV[4] then return 1 end
if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'operation', ARGV[4], 'ended', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('SADD', KEYS[2], ARGV[7])
redis.call('ZREM', KEYS[4], ARGV[7])
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 8))
return 1
"""

_WITHDRAW = """
-- KEYS: offer, watched offers  ARGV: user, token
if redis.call('HGET', KEYS[1], 'user') ~= ARGV[1] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])
"""


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
        self._keys = keys
        self._claim = client.register_script(_CLAIM)
        self._end = client.register_script(_END)
        self._withdraw = client.register_script(_WITHDRAW)

    async def claim(
        self,
        *,
        token: str,
        user: str,
        payment: Mapping[str, str],
        in_flight: str,
        look_at: float,
        entry: Mapping[str, str],
    ) -> dict[str, str]:
        """Spend offer ``token`` of ``user`` and store ``payment``, unless another is in flight.

        Returns:
            The payment's fields afterwards (ours or the rival's), {} where there was no such offer.
        """
        invoice, of = payment["invoice"], self._keys.of
        journal = _flat(entry)
        answer = await self._claim(
            keys=[
                of("offer", token),
                of("payment", invoice),
                of("cards", "stale"),
                of("journal"),
                of("watch", "payments"),
                of("watch", "offers"),
            ],
            args=[
                payment["operation"],
                user,
                invoice,
                in_flight,
                look_at,
                len(journal),
                *journal,
                *_flat(payment),
            ],
        )
        return dict(zip(answer[::2], answer[1::2], strict=True))

    async def end(
        self,
        *,
        payment: Mapping[str, str],
        state: str,
        operation: str,
        ended: str,
        keep: int,
        entry: Mapping[str, str],
    ) -> bool:
        """Move ``payment`` from its state to ``state``; whether it is there now by this operation."""
        invoice, of = payment["invoice"], self._keys.of
        answer = await self._end(
            keys=[
                of("payment", invoice),
                of("cards", "stale"),
                of("journal"),
                of("watch", "payments"),
            ],
            args=[
                *(payment["state"], payment["operation"], state, operation, ended, keep, invoice),
                *_flat(entry),
            ],
        )
        return bool(answer)

    async def withdraw(self, token: str, user: str) -> bool:
        """Delete the offer if it is the user's; whether it was there."""
        return bool(
            await self._withdraw(
                keys=[self._keys.of("offer", token), self._keys.of("watch", "offers")],
                args=[user, token],
            )
        )


def _flat(fields: Mapping[str, str]) -> list[str]:
    return [part for pair in fields.items() for part in pair]
