"""Slack's side of many clicks: signs and sends them over plain sockets, at little cost of its own.

``python -m benchmarks.presser`` reads one JSON line and prints what it measured as one:

    {"secret": ..., "targets": {name: url}, "bodies": {name: [body, ...]}, "turns": pause}
    {"secret": ..., "targets": {name: url}, "bodies": {name: [body, ...]},
     "parallel": connections, "seconds": ..., "rounds": ..., "rest": ...}

In turns: each body once, one target after the other, with ``pause`` seconds after each click; the
seconds of each click by target. In parallel: the first body again and again, as many people's
different clicks; for each target the clicks per second of each round. After each round a rest of
some seconds, so that nobody shares the machine with what another one does after its answers.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

ANYBODY = "UBENCH0000"
"""The Slack user id in a body that stands for a thousand people."""


class Line(asyncio.Protocol):
    """One kept connection to an app; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._got = b""
        self._answered: Callable[[int], None] = lambda _: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Call back with the status once the answer is whole."""
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) >= int(length or 0):
            self._got = b""
            self._answered(int(head.split(b" ", 2)[1]))

    def send(self, request: bytes, answered: Callable[[int], None]) -> None:
        """Write a request; ``answered`` is told the status."""
        self._answered = answered
        assert self._transport is not None
        self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()

    async def ask(self, request: bytes) -> float:
        """How many seconds the answer took. Raises ``RuntimeError`` where it is not 200."""
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self.send(request, told.set_result)
        status = await asyncio.wait_for(told, 10)
        if status != 200:
            raise RuntimeError(f"answered {status}")
        return time.perf_counter() - began


def signed(url: str, secret: str, body: bytes) -> bytes:
    """The whole request, signed for this second."""
    now, where = int(time.time()), urlsplit(url)
    mark = hmac.new(secret.encode(), b"v0:%d:%b" % (now, body), hashlib.sha256).hexdigest()
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={mark}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _line(url: str) -> Line:
    host, _, port = urlsplit(url).netloc.partition(":")
    _, line = await asyncio.get_running_loop().create_connection(Line, host, int(port))
    return line


async def _in_turns(
    secret: str, targets: dict[str, str], bodies: dict[str, list[str]], pause: float
) -> dict[str, list[float]]:
    lines = {name: await _line(url) for name, url in targets.items()}
    took: dict[str, list[float]] = {name: [] for name in targets}
    for turn in range(min(map(len, bodies.values()))):
        for name, url in targets.items():
            request = signed(url, secret, bodies[name][turn].encode())
            took[name].append(await lines[name].ask(request))
            await asyncio.sleep(pause)
    return took


async def _in_parallel(secret: str, url: str, body: str, connections: int, seconds: float) -> float:
    """Clicks a second."""
    ends = time.perf_counter() + seconds
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    running, serials, answers = connections, itertools.count(), 0

    def click(line: Line) -> None:
        serial = next(serials)
        whose = body.replace(ANYBODY, f"{ANYBODY[:-4]}{serial % 1000:04d}")

        def answered(status: int) -> None:
            nonlocal running, answers
            answers += 1
            if status != 200 and not done.done():
                done.set_exception(RuntimeError(f"answered {status}"))
            if time.perf_counter() < ends:
                click(line)
                return
            running -= 1
            if not running and not done.done():
                done.set_result(None)

        unique = f"{whose}&serial={time.time_ns()}"  # else it is a repetition, and turned away
        line.send(signed(url, secret, unique.encode()), answered)

    began, lines = time.perf_counter(), [await _line(url) for _ in range(connections)]
    for line in lines:
        click(line)
    await done
    for line in lines:
        line.close()
    return answers / (time.perf_counter() - began)


async def _main(asked: dict[str, Any]) -> dict[str, list[float]]:
    secret, targets, bodies = asked["secret"], asked["targets"], asked["bodies"]
    if "turns" in asked:
        return await _in_turns(secret, targets, bodies, asked["turns"])
    found: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(asked["rounds"]):
        for name, url in targets.items():
            body, at_once = bodies[name][0], asked["parallel"]
            found[name].append(await _in_parallel(secret, url, body, at_once, asked["seconds"]))
            await asyncio.sleep(asked["rest"])
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(json.loads(sys.stdin.readline())))))
