"""One process in the race for a payment: two threads, each with its own loop and connection.

Run as ``python -m tests.race_worker <redis url> <team> <name> <confirms a round>``; a round begins
when its number comes in over ``race:<name>-<thread>``, and ends with what was won on ``race:done``.
"""

import asyncio
import json
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from bot.adapters.redis_together import Together
from bot.domain.outcome import HandedOff, Taken
from bot.domain.people import Presence
from tests.payment_world import Azure, Process
from tests.town import HandClock


def number_of(turn: int) -> str:
    """The invoice of a round."""
    return f"G{100_000_000 + turn}"


async def race(url: str, team: str, name: str, confirms: int) -> None:
    """Confirm in every round all one's offers at once; -1 ends it."""
    azure = Azure(HandClock(datetime.now(UTC)))
    options: Any = {"decode_responses": True, "socket_timeout": 90}
    redis: Any = Redis.from_url(url, **options)
    line: Any = Together.from_url(url, **options)
    async with redis, line:
        process = Process(line, team, azure)
        while (turn := int((await redis.blpop(f"race:{name}", timeout=60))[1])) >= 0:
            azure.bill(number_of(turn))
            mine = [(f"U{name}-{n}", f"{turn}-{name}-{n}") for n in range(confirms)]
            azure.payers = {user for user, _ in mine}
            answers = await asyncio.gather(
                *(process.desk.confirm(Presence(user, "T1"), token) for user, token in mine)
            )
            assert all(isinstance(answer, HandedOff | Taken) for answer in answers), answers
            won = [a.payment.payer for a in answers if isinstance(a, HandedOff)]
            seen = {a.payment.payer for a in answers if isinstance(a, HandedOff | Taken)}
            await redis.rpush("race:done", json.dumps([won, sorted(seen)]))


def main() -> None:
    """Two threads."""
    url, team, name, confirms = sys.argv[1:]
    threads = [
        threading.Thread(
            target=lambda at=at: asyncio.run(race(url, team, f"{name}-{at}", int(confirms)))
        )
        for at in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
