"""What the front door remembers, in Redis: requests seen, and how often each person clicks.

Keys, all under ``aib:{<team id>}:``, and how long they live:

    seen:<mark>       string  11 minutes: longer than a signature is good for
    clicks:<user>     string  10 s
"""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

from bot.adapters.redis_connection import store_errors
from bot.adapters.redis_scripts import Keys
from bot.domain.admission import CLICK_SECONDS, MOST_CLICKS, Entry
from bot.errors import StoreUnavailable

# A signature is good from five minutes before its timestamp until five minutes after it.
_SEEN_SECONDS = 660

_ENTER = """
-- KEYS: for each request itself, and its sender's clicks
-- ARGV: how long to remember requests (s), how long to count clicks (s), then for each request
--       which try this is, and its sender ("" for nobody)
local answers = {}
for i = 1, #KEYS / 2 do
  local request, counted, this = KEYS[2 * i - 1], KEYS[2 * i], ARGV[2 * i + 1]
  local try = redis.call('GET', request)
  if not try then redis.call('SET', request, this, 'EX', ARGV[1]) end
  if try and try ~= this then
    answers[i] = -1
  elseif ARGV[2 * i + 2] == '' then
    answers[i] = 0
  elseif try then
    -- The client may send this twice after a lost answer: it is still one click.
    answers[i] = tonumber(redis.call('GET', counted) or '1')
  else
    answers[i] = redis.call('INCR', counted)
    if answers[i] == 1 then redis.call('EXPIRE', counted, ARGV[2]) end
  end
end
return answers
"""


@dataclass(frozen=True, slots=True)
class _Question:
    mark: str
    user: str
    answer: asyncio.Future[int]


class RedisGate:
    """The port ``Gate``.

    Args:
        client: from ``connect``; the caller closes it.
        team: the Slack team id all keys belong to.
    """

    def __init__(self, client: Any, team: str) -> None:  # noqa: ANN401  # single server or Cluster
        self._keys = Keys(team)
        self._enter = client.register_script(_ENTER)
        self._waiting: list[_Question] = []
        self._asking: set[asyncio.Task[None]] = set()

    async def enter(self, mark: str, user: str) -> Entry:
        """Note a request and its sender's click in one step and one round trip.

        Requests that come at the same moment share both: under load this is what a click costs
        least of all.
        """
        question = _Question(mark, user, asyncio.get_running_loop().create_future())
        self._waiting.append(question)
        if len(self._waiting) == 1:
            # It begins when all that is ready now has had its turn, and so may have asked, too.
            asking = asyncio.create_task(self._ask_all())
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        clicks = await question.answer
        if clicks < 0:
            return Entry.SEEN
        return Entry.OVER if clicks > MOST_CLICKS else Entry.FIRST

    async def _ask_all(self) -> None:
        questions, self._waiting = self._waiting, []
        try:
            answers = await self._ask(questions)
        except StoreUnavailable as error:
            for question in questions:
                if not question.answer.done():
                    question.answer.set_exception(error)
            return
        for question, clicks in zip(questions, answers, strict=True):
            if not question.answer.done():  # its asker may have lost patience
                question.answer.set_result(clicks)

    async def _ask(self, questions: list[_Question]) -> list[int]:
        keys, args = list[str](), list[Any]([_SEEN_SECONDS, CLICK_SECONDS])
        for question in questions:
            keys += [self._keys.of("seen", question.mark), self._keys.of("clicks", question.user)]
            args += [secrets.token_hex(8), question.user]
        async with store_errors():
            answers: list[int] = await self._enter(keys=keys, args=args)
        return answers
