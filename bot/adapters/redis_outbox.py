"""The outbox, its pace, and the memory of scans, in Redis.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    outbox:channels   set     channels with alerts; emptied as they are delivered
    outbox:<channel>  zset    alerts by when they were put in; emptied as they are delivered
    summary:<id>      string  120 days, the longest a lost store is rebuilt over
    digest:<channel>  string  120 days; the next one tells what has changed since
    pace:<channel>    string  a minute past its last turn
    scans             hash    the last complete reading of each account; as long as the bot lives
    alarm             string  while scans do not come through
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.domain.alert import Alert, Summary
from bot.domain.digest import Digest
from bot.ports import Clock

_SUMMARY_KEPT = _DIGEST_KEPT = 120 * 86_400
_GAP = 1000  # ms between two messages in one channel (Slack: about one a second)
_SUMMARY, _DIGEST = TypeAdapter(Summary), TypeAdapter(Digest)

_TURN = """
-- KEYS: pace of a channel  ARGV: gap (ms), pause at least (ms)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local turn = math.max(now + tonumber(ARGV[2]), tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', turn + ARGV[1]), 'PX', turn + ARGV[1] - now + 60000)
return turn - now
"""

_PUT = """
-- KEYS: channels, alerts  ARGV: channel, now (ms), how many go, those that go, alerts in order
-- Scores are moments, in order. A later milestone takes the place of an earlier one of the same
-- kind and invoice, and the first alert that of those it stands for.
redis.call('SADD', KEYS[1], ARGV[1])
local first, freed = 4 + ARGV[3], nil
for i = 4, first - 1 do
  local place = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[i]) or nil)
  if place then freed = math.min(place, freed or place) end
  redis.call('ZREM', KEYS[2], ARGV[i])
end
local waiting, places, last = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES'), {}, 0
for i = 1, #waiting, 2 do
  last = tonumber(waiting[i + 1])
  places[string.match(waiting[i], '^(.*)|')] = {waiting[i], last}
end
local start = math.max(last, ARGV[2] - 1)
for i = first, #ARGV do
  local place = places[string.match(ARGV[i], '^(.*)|')]
  if place and place[1] ~= ARGV[i] then redis.call('ZREM', KEYS[2], place[1]) end
  local score = place and place[2] or i == first and freed or start + i - first + 1
  redis.call('ZADD', KEYS[2], 'NX', string.format('%.0f', score), ARGV[i])
end
"""

_DONE = """
-- KEYS: channels, alerts  ARGV: channel, alert
redis.call('ZREM', KEYS[2], ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end
"""


class RedisOutbox:
    """The ports ``Outbox``, ``Summaries``, ``Digests``, ``Pace`` and ``ScanTimes``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
        clock: dates scans.
    """

    def __init__(self, client: Any, team: str, clock: Clock) -> None:  # noqa: ANN401
        self._redis, self._clock = client, clock
        self._keys = Keys(team)
        self._turn = client.register_script(_TURN)
        self._put = client.register_script(_PUT)
        self._done = client.register_script(_DONE)

    async def put(
        self, channel: str, alerts: Sequence[Alert], *, instead_of: Sequence[Alert] = ()
    ) -> None:
        """Append those that are not in it yet; a later milestone replaces an earlier one.

        ``instead_of`` are taken out in the same step.
        """
        if alerts:
            now = int(self._clock.now().timestamp() * 1000)
            keys = [alert.key for alert in (*instead_of, *alerts)]
            async with store_errors():
                await self._put(
                    keys=self._of_channel(channel), args=[channel, now, len(instead_of), *keys]
                )

    async def first(self, channel: str, *, after: int = 0) -> Alert | None:
        """The alert to be delivered next, passing over so many, or None."""
        async with store_errors():
            found = await self._redis.zrange(self._keys.of("outbox", channel), after, after)
        return Alert.of(found[0]) if found else None

    async def waiting(self, channel: str) -> Sequence[tuple[Alert, datetime]]:
        """All alerts of a channel in order, each with when it was put in."""
        key = self._keys.of("outbox", channel)
        async with store_errors():
            found = await self._redis.zrange(key, 0, -1, withscores=True)
        return [(Alert.of(a), datetime.fromtimestamp(ms / 1000, UTC)) for a, ms in found]

    async def done(self, channel: str, alert: Alert) -> None:
        """Take an alert out."""
        async with store_errors():
            await self._done(keys=self._of_channel(channel), args=[channel, alert.key])

    async def channels(self) -> Mapping[str, int]:
        """How many alerts wait for each channel that has any."""
        async with store_errors():
            names = await self._redis.smembers(self._keys.of("outbox", "channels"))
            counts = {n: await self._redis.zcard(self._keys.of("outbox", n)) for n in sorted(names)}
        return {name: count for name, count in counts.items() if count}

    async def save_summary(self, summary: Summary) -> None:
        """Keep the record."""
        key = self._keys.of("summary", summary.id)
        async with store_errors():
            await self._redis.set(key, _SUMMARY.dump_json(summary), ex=_SUMMARY_KEPT)

    async def summary(self, identity: str) -> Summary | None:
        """The record, or None."""
        async with store_errors():
            raw = await self._redis.get(self._keys.of("summary", identity))
        return _SUMMARY.validate_json(raw) if raw else None

    async def save_digest(self, digest: Digest) -> None:
        """Keep it in the place of the channel's earlier one."""
        key = self._keys.of("digest", digest.channel)
        async with store_errors():
            await self._redis.set(key, _DIGEST.dump_json(digest), ex=_DIGEST_KEPT)

    async def digest(self, channel: str) -> Digest | None:
        """The channel's latest, or None; one that makes no sense is none."""
        async with store_errors():
            raw = await self._redis.get(self._keys.of("digest", channel))
        try:
            return _DIGEST.validate_json(raw) if raw else None
        except ValueError:
            return None

    async def turn(self, channel: str) -> float:
        """Take the channel's next free second by the server's clock; seconds until it comes."""
        async with store_errors():
            wait = await self._turn(keys=[self._keys.of("pace", channel)], args=[_GAP, 0])
        return int(wait) / 1000

    async def slow_down(self, channel: str, seconds: float) -> None:
        """Let nobody post in this channel for so long."""
        pause = int(seconds * 1000)
        async with store_errors():
            await self._turn(keys=[self._keys.of("pace", channel)], args=[0, pause])

    async def scanned(self, accounts: Iterable[str]) -> None:
        """These accounts have just been read completely."""
        now = self._clock.now().isoformat()
        times = dict.fromkeys(accounts, now)
        if times:
            async with store_errors():
                await self._redis.hset(self._keys.of("scans"), mapping=times)

    async def scan_times(self) -> Mapping[str, datetime]:
        """The last complete reading of each account, aware UTC."""
        async with store_errors():
            raw = await self._redis.hgetall(self._keys.of("scans"))
        return {account: datetime.fromisoformat(moment) for account, moment in raw.items()}

    async def alarm(self, *, on: bool) -> bool:
        """Raise or lower the alarm; whether that changed anything."""
        key = self._keys.of("alarm")
        async with store_errors():
            if on:
                return bool(await self._redis.set(key, self._clock.now().isoformat(), nx=True))
            return bool(await self._redis.delete(key))

    def _of_channel(self, channel: str) -> list[str]:
        return [self._keys.of("outbox", "channels"), self._keys.of("outbox", channel)]
