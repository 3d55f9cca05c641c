"""The front door: only Slack gets in, and answers come before the work."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.guard import MOST_BYTES, Guard
from tests.door import FORM, Door, command, front_door, replies, signature
from tests.redis_line import redis_line
from tests.town import FINANCE, SECRET, Town, told
from tests.waiting import until

NOW = 1_790_000_000


@pytest.fixture
async def door(contoso: Town) -> AsyncIterator[Door]:
    """Contoso's bot and its door."""
    async with front_door(contoso) as made:
        yield made


# Who gets in


async def test_slack_can_verify_the_address(contoso: Town, door: Door) -> None:
    """The challenge comes back when the request URL is entered in Slack."""
    ada = await contoso.person("U0ADA", door.bot)
    receipt = await ada.verify_url()
    assert (receipt.status, receipt.trouble) == (200, "")


@pytest.mark.parametrize("seconds", [0, -299, 299])
async def test_slack_can_send_what_it_signed_lately(
    contoso: Town, door: Door, seconds: int
) -> None:
    """Clocks may differ by up to five minutes."""
    assert await door.signed(command(contoso), at=str(door.now + seconds)) == (200, "")
    await door.bot.settle()
    assert len(replies(contoso)) == 1


STAMPS: dict[str, Callable[[int], str]] = {
    "old": lambda now: str(now - 301),
    "future": lambda now: str(now + 301),
    "zero": lambda _: "0",
    "negative": lambda now: f"-{now}",
    "signed": lambda now: f"+{now}",
    "fraction": lambda now: f"{now}.0",
    "underscore": lambda now: f"{now // 1000}_{now % 1000:03}",
    "words": lambda _: "just now",
    "huge": lambda _: "9" * 4000,
    "exponent": lambda _: "1e9",
    "other digits": lambda now: "".join(chr(0x660 + int(digit)) for digit in str(now)),
    "infinity": lambda _: "inf",
}


@pytest.mark.parametrize("stamp", STAMPS)
async def test_nobody_can_replay_or_invent_a_time(contoso: Town, door: Door, stamp: str) -> None:
    """Even with the right signature over it, a time that is not now is refused."""
    assert await door.signed(command(contoso), at=STAMPS[stamp](door.now)) == (401, "")
    await door.bot.settle()
    assert replies(contoso) == []


async def test_nobody_can_get_in_without_the_right_signature(contoso: Town, door: Door) -> None:
    """Unsigned, half signed, signed by another app or changed on the way: refused, nothing done."""
    body, stamp = command(contoso), str(door.now)
    right = signature(body, stamp)
    named = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    for headers in (
        {},
        {named[0]: stamp},
        {named[1]: right},
        {named[0]: stamp, named[1]: ""},
        {named[0]: stamp, named[1]: "v0="},
        {named[0]: stamp, named[1]: right.upper()},
        {named[0]: stamp, named[1]: right.removeprefix("v0=")},
        {named[0]: stamp, named[1]: right.replace("v0=", "v1=")},
        {named[0]: stamp, named[1]: right + "0"},
        {named[0]: stamp, named[1]: "v0=ünïcödé"},
        {named[0]: stamp, named[1]: signature(body, stamp, "another app's secret")},
        {named[0]: stamp, named[1]: signature(body + b"&text=all", stamp)},
        {named[0]: str(int(stamp) + 1), named[1]: right},
    ):
        assert await door.send(body, headers) == (401, ""), headers
    await door.bot.settle()
    assert replies(contoso) == []


async def test_nobody_can_send_too_much(door: Door) -> None:
    """Over 1 MiB is refused, unread where its length is told, and as soon as it is read where not."""
    host, port = door.bot.url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    length = MOST_BYTES + 1
    writer.write(
        f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    async def pieces(number: int) -> AsyncIterator[bytes]:
        for _ in range(number):
            yield b"x" * (MOST_BYTES // 4)

    assert (await door.send(pieces(5), {}))[0] == 413
    assert (await door.send(pieces(4), {}))[0] == 401  # small enough to look at its signature
    assert (await door.signed(b"x" * MOST_BYTES))[0] not in (401, 413)


async def test_nobody_can_find_another_door(door: Door) -> None:
    """One path, one method; everything else does not exist."""
    base = door.bot.url.removesuffix("/slack/events")
    wanted = {
        ("GET", "/slack/events"): 405,
        ("PUT", "/slack/events"): 405,
        ("POST", "/"): 404,
        ("POST", "/slack/events/"): 404,
        ("POST", "/slack/install"): 404,
        ("GET", "/.env"): 404,
        ("POST", "/healthz"): 405,
    }
    for (method, path), status in wanted.items():
        async with door.session.request(method, base + path, allow_redirects=False) as answer:
            assert answer.status == status, path


SIGNED = Guard((SECRET,))


@given(timestamp=st.text(), mark=st.text(), body=st.binary())
def test_nobody_can_guess_a_way_through_the_guard(timestamp: str, mark: str, body: bytes) -> None:
    """Any other headers over any body are refused, and none upsets the guard."""
    assert SIGNED.refusal(timestamp=timestamp, signature=mark, body=body, now=NOW)


@given(late=st.integers(-2_000, 2_000), body=st.binary(), flip=st.integers(0))
def test_only_the_signed_bytes_of_the_last_minutes_get_through(
    late: int, body: bytes, flip: int
) -> None:
    """The right signature opens for five minutes, and for exactly these bytes."""
    stamp = str(NOW - late)
    mark = signature(body, stamp)
    refusal = SIGNED.refusal(timestamp=stamp, signature=mark, body=body, now=NOW)
    assert (refusal is None) is (abs(late) <= 300)
    changed = bytearray(body + b"\0")
    changed[flip % len(changed)] ^= 1
    assert SIGNED.refusal(timestamp=stamp, signature=mark, body=bytes(changed), now=NOW)
    for others in (("",), (), ("another secret", SECRET[:-1])):
        assert Guard(others).refusal(timestamp=stamp, signature=mark, body=body, now=NOW)


# Answers come first


async def test_a_click_can_be_acknowledged_before_azure_answers(contoso: Town, door: Door) -> None:
    """Slack waits three seconds at most; Azure may take longer."""
    number = contoso.invoice()
    await door.bot.scan()
    contoso.fault(f"GET */{number}", "delay", seconds=1.5)
    ada = await contoso.person("U0ADA", door.bot)
    before = contoso.traffic.count(number)
    receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    assert (receipt.status, receipt.trouble) == (200, "")
    assert contoso.traffic.count(number) == before
    assert receipt.seconds < 1
    await door.bot.settle()
    assert contoso.traffic.count(number) > before


async def test_work_can_only_begin_when_the_answer_is_out(contoso: Town, door: Door) -> None:
    """While the answer is still on its way to Slack, nothing is done that could slow it down."""
    app, body, stamp = door.bot.house.web(), command(contoso, contoso.invoice()), str(door.now)
    headers = {
        "content-type": FORM,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature(body, stamp),
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/slack/events",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sending, taken = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sending.set()
            await taken.wait()

    before = len(contoso.traffic.exchanges)
    serving = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait_for(sending.wait(), 5)
    await door.bot.settle()  # waits for whatever had begun
    assert (len(contoso.traffic.exchanges), replies(contoso)) == (before, [])
    taken.set()
    await serving
    await door.bot.settle()
    assert "12,340.00" in replies(contoso)[-1]


async def test_a_click_can_be_acknowledged_while_redis_stalls(
    contoso: Town, redis_url: str
) -> None:
    """The bot's memory may be slow; the click is answered, and done when it flows again."""
    number = contoso.invoice()
    async with redis_line(redis_url) as line:
        bot = await contoso.bot(redis_url=SecretStr(line.url))
        await bot.scan()
        ada = await contoso.person("U0ADA", bot)
        line.stall()
        receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        assert receipt.seconds < 1
        line.flow()
        await told(ada, "4242")
        await bot.settle()


async def test_a_platform_can_see_that_redis_is_gone(contoso: Town, redis_url: str) -> None:
    """Readiness ends and comes back with Redis, health stays; a click is answered and refused."""
    number = contoso.invoice()
    async with redis_line(redis_url) as line, aiohttp.ClientSession() as session:
        bot = await contoso.bot(redis_url=SecretStr(line.url))
        await bot.scan()
        base = bot.url.removesuffix("/slack/events")

        async def status(page: str) -> int:
            async with session.get(base + page) as answer:
                return answer.status

        assert await status("/readyz") == 200
        line.cut()
        assert (await status("/readyz"), await status("/healthz")) == (503, 200)
        ada = await contoso.person("U0ADA", bot)
        receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        await bot.settle()
        assert "memory" in replies(contoso)[-1]
        line.flow()

        async def is_ready() -> bool:
            return await status("/readyz") == 200

        await until(is_ready)
