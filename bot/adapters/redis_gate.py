"""What the front door remembers, in Redis: requests seen, and how often each person clicks.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    seen:<mark>       string  11 minutes: longer than a signature is good for
    clicks:<user>     string  10 s
"""

import secrets
from typing import Any

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.domain.admission import CLICK_SECONDS, MOST_CLICKS, Entry

# A signature is good from five minutes before its timestamp until five minutes after it.
_SEEN_SECONDS = 660

_ENTER = """
-- KEYS: this request, its sender's clicks ("" for nobody's)
-- ARGV: which try this is, how long to remember the request (s), how long to count clicks (s)
local try = redis.call('GET', KEYS[1])
if try and try ~= ARGV[1] then return -1 end
if not try then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
if not KEYS[2] then return 0 end
-- The client may send this twice after a lost answer: it is still one click.
if try then return tonumber(redis.call('GET', KEYS[2]) or '1') end
local clicks = redis.call('INCR', KEYS[2])
if clicks == 1 then redis.call('EXPIRE', KEYS[2], ARGV[3]) end
return clicks
"""


class RedisGate:
    """The port ``Gate``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
    """

    def __init__(self, client: Any, team: str) -> None:  # noqa: ANN401  # single server or Cluster
        self._keys = Keys(team)
        self._enter = client.register_script(_ENTER)

    async def enter(self, mark: str, user: str) -> Entry:
        """Note a request and its sender's click in one step and one round trip."""
        keys = [self._keys.of("seen", mark)]
        if user:
            keys.append(self._keys.of("clicks", user))
        async with store_errors():
            clicks = await self._enter(
                keys=keys, args=[secrets.token_hex(8), _SEEN_SECONDS, CLICK_SECONDS]
            )
        if clicks < 0:
            return Entry.SEEN
        return Entry.OVER if clicks > MOST_CLICKS else Entry.FIRST
