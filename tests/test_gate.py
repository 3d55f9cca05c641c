"""What the front door remembers, when many come at once."""

import asyncio
from collections import Counter
from uuid import uuid4

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.adapters.redis_connection import connect
from bot.adapters.redis_gate import RedisGate
from bot.adapters.redis_together import Together
from bot.domain.admission import MOST_CLICKS, Entry
from bot.errors import StoreUnavailable


async def test_people_can_click_at_once_without_being_mistaken_for_each_other(
    redis_url: str,
) -> None:
    """Each of a hundred requests, sent twice, is let in once."""
    client = await connect(redis_url)
    gate = RedisGate(client, f"T{uuid4().hex}")
    marks = [f"{serial:02x}" for serial in range(100)] * 2
    entries = await asyncio.gather(*(gate.enter(mark, f"U{mark}") for mark in marks))
    await client.aclose()
    assert Counter(entries) == {Entry.FIRST: 100, Entry.SEEN: 100}
    assert entries[:100] == [Entry.FIRST] * 100


async def test_somebody_who_clicks_too_often_cannot_hold_up_others(redis_url: str) -> None:
    """Only the clicks of the person with too many are refused, and events are nobody's."""
    client = await connect(redis_url)
    gate = RedisGate(client, f"T{uuid4().hex}")
    eager = [gate.enter(f"e{n}", "UEAGER") for n in range(MOST_CLICKS + 5)]
    calm = [gate.enter(f"c{n}", user) for n, user in enumerate(["UCALM", "", "", "UOTHER"])]
    entries = await asyncio.gather(*eager, *calm)
    await client.aclose()
    assert Counter(entries[: len(eager)]) == {Entry.FIRST: MOST_CLICKS, Entry.OVER: 5}
    assert entries[len(eager) :] == [Entry.FIRST] * len(calm)


async def test_everybody_can_be_told_when_the_memory_does_not_answer() -> None:
    """A question that is lost is an error for each who asked, and the next one is asked anew."""
    nowhere = Together(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))
    gate = RedisGate(nowhere, "T1")
    for _ in range(2):
        asked = (gate.enter(f"m{n}", "UADA") for n in range(3))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in answers] == [StoreUnavailable] * 3
