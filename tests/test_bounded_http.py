"""What a stranger can send before anybody has looked at it: so much, and for so long."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from bot.adapters import bounded_http
from bot.adapters.bounded_http import BoundedHttp
from sandbox.faults import Faults
from sandbox.serving import Traffic, serve

Send = Callable[[bytes], Any]
REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def lengths(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers how long the body was."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@asynccontextmanager
async def line() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to it."""
    traffic = Traffic()
    async with serve(lengths, "app", faults=Faults(), traffic=traffic, http=BoundedHttp) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        yield reader, writer
        writer.close()


async def answer(pieces: Iterable[bytes]) -> bytes:
    """All that comes back until the server ends the connection, however long one would go on."""
    async with line() as (reader, writer), asyncio.timeout(20):

        async def send() -> None:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()

        sending = asyncio.create_task(send())
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def endless(piece: bytes, first: bytes) -> Iterable[bytes]:
    """Some 200 MiB: far more than the server is to take in."""
    yield first
    for _ in range(200 * 2**20 // len(piece)):
        yield piece


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"GET /", b"x" * 4096),
        (REQUEST, b"X-Name: " + b"x" * 4096 + b"\r\n"),
        (REQUEST + b"X-Name: ", b"x" * 4096),
        (REQUEST, b"A: b\r\n" * 500),
        (REQUEST + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 4096),
        (REQUEST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"A: b\r\n" * 500),
    ],
    ids=["path", "headers", "one header", "short headers", "chunk size", "trailers"],
)
async def test_nobody_can_fill_the_memory_without_a_body(first: bytes, piece: bytes) -> None:
    """What is no body ends after 64 KiB, wherever in the request it stands."""
    sent = 0

    def counted() -> Iterable[bytes]:
        nonlocal sent
        for one in endless(piece, first):
            sent += len(one)
            yield one

    came = await answer(counted())
    assert came == b"" or came.split()[1] in (b"400", b"431")  # lost where data was on its way
    assert sent < 20 * 2**20  # the rest is the system's, on its way


async def test_slack_can_send_what_it_sends() -> None:
    """Headers of 16 KiB and a body of 1 MiB, whole, in chunks, or byte by byte."""
    head = REQUEST + b"X-Name: " + b"x" * 16_000 + b"\r\n"
    body = b"x" * 2**20
    whole = head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    assert (await answer([whole, body])).endswith(b"1048576")
    chunked = head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    pieces = [b"1000\r\n" + b"x" * 4096 + b"\r\n" for _ in range(256)]
    assert (await answer([chunked, *pieces, b"0\r\n\r\n"])).endswith(b"1048576")
    small = REQUEST + b"Content-Length: 2\r\nConnection: close\r\n\r\nxx"
    assert (await answer(small[at : at + 1] for at in range(len(small)))).endswith(b"2")


async def test_slack_can_send_many_requests_on_one_connection() -> None:
    """Each begins to count anew, also where they come in one piece."""
    one = REQUEST + b"X-Name: " + b"x" * 40_000 + b"\r\nContent-Length: 1\r\n\r\nx"
    last = REQUEST + b"Content-Length: 1\r\nConnection: close\r\n\r\nx"
    assert (await answer([one] * 5 + [last])).count(b"200 OK") == 6
    assert (await answer([last.replace(b"Connection: close\r\n", b"") * 5 + last])).count(
        b"200 OK"
    ) == 6


@pytest.mark.parametrize("begun", [b"", b"POST / HT", REQUEST])
async def test_nobody_can_keep_a_line_without_saying_anything(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers that do not come are waited for only so long."""
    monkeypatch.setattr(bounded_http, "_PATIENCE", 0.05)
    assert (await answer([begun])).startswith(b"HTTP/1.1 408 ")


async def test_nobody_can_keep_a_line_after_a_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same for a second request on a connection."""
    monkeypatch.setattr(bounded_http, "_PATIENCE", 0.05)
    first = REQUEST + b"Content-Length: 1\r\n\r\nx"
    came = await answer([first, REQUEST])
    assert came.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in came


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Broken header\r\n\r\n",
        b"X: a\x00b\r\n\r\n",
    ],
)
async def test_nobody_can_smuggle_a_request(headers: bytes) -> None:
    """Two lengths, wrong lengths, broken headers: refused, and nothing after them is read."""
    hidden = REQUEST + b"Content-Length: 0\r\n\r\n"
    came = await answer([REQUEST + headers + hidden])
    assert came.split()[1] == b"400"
    assert came.count(b"HTTP/1.1 ") == 1


async def test_nobody_can_change_the_protocol() -> None:
    """A wish to speak something else is passed over."""
    upgrade = (
        b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    came = await answer([b"GET / HTTP/1.1\r\nHost: x\r\n" + upgrade])
    assert came.startswith(b"HTTP/1.1 200 ")
