"""Commands that travel to Redis together: each still has its own answer, error and patience."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import ResponseError

from bot.adapters.redis_connection import connect
from bot.adapters.redis_together import Together
from tests.redis_line import redis_line


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    """A client as the bot has it."""
    made = await connect(redis_url)
    yield made
    await made.aclose()


async def test_a_store_can_be_asked_much_at_once_without_more_round_trips(client: Any) -> None:
    """A thousand questions of one moment are a few readings of its socket, answered in order."""
    key = uuid4().hex
    before = (await client.info("stats"))["total_reads_processed"]
    answers = await asyncio.gather(*(client.setnx(f"{key}:{n % 500}", n) for n in range(1000)))
    after = (await client.info("stats"))["total_reads_processed"]
    kept = await client.mget([f"{key}:{n}" for n in range(500)])
    await client.delete(*(f"{key}:{n}" for n in range(500)))
    assert answers == [True] * 500 + [False] * 500
    assert kept == [str(n) for n in range(500)]
    assert after - before < 50


async def test_a_wrong_question_cannot_spoil_others(client: Any) -> None:
    """An error belongs to the command that made it; scripts the server forgot are loaded again."""
    key = uuid4().hex
    script = client.register_script("return ARGV[1] .. '!'")
    await client.set(key, "text", ex=60)
    await client.script_flush()
    asked = (client.incr(key), script(args=["a"]), client.get(key), script(args=["b"]))
    answers = list[Any](await asyncio.gather(*asked, return_exceptions=True))
    assert isinstance(answers[0], ResponseError)
    assert answers[1:] == ["a!", "text", "b!"]


async def test_a_payer_can_rely_on_a_step_that_is_said_to_be_on_disk(client: Any) -> None:
    """Each step of a moment is on disk when it is said to be, and an error stays its asker's."""
    key = uuid4().hex
    await client.set(key, "text", ex=60)
    steps = [client.durably("SET", f"{key}:{n}", n, "EX", 60, within=1000) for n in range(5)]
    asked = (*steps, client.durably("INCR", key, within=1000))
    *made, wrong = await asyncio.gather(*asked, return_exceptions=True)
    assert made == [(True, True)] * 5
    assert isinstance(wrong, ResponseError)


async def test_somebody_who_goes_away_cannot_take_others_along(client: Any) -> None:
    """Whoever loses patience leaves the answers of the others as they are."""
    key = uuid4().hex
    await client.set(key, "there", ex=60)
    gone, stays = (asyncio.ensure_future(client.get(key)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "there"
    assert gone.cancelled() or gone.cancelling()


async def test_everybody_can_be_told_when_the_line_is_cut(redis_url: str) -> None:
    """Each command fails without a line, and over a new one all are answered again."""
    async with redis_line(redis_url) as line:
        client = Together.from_url(line.url, retry=Retry(NoBackoff(), 0), decode_responses=True)
        key = uuid4().hex
        assert await client.set(key, "there", ex=60)
        line.cut()
        lost = await asyncio.gather(*(client.get(key) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in lost] == [NotConnected] * 3
        line.flow()
        assert await asyncio.gather(*(client.get(key) for _ in range(3))) == ["there"] * 3
        await client.aclose()
