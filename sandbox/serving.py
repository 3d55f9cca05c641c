"""Serve a pretend service on loopback: real HTTP, every request seen, faults on order."""

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.faults import Fault, Faults

# Once, not for each server: a level that is set makes every logger look its own up again.
logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
_open_connections: dict[tuple[str, int], asyncio.Transport] = {}


@dataclass(frozen=True)
class Exchange:
    """One request a pretend server saw: ``at`` in epoch seconds, ``status`` 0 where it was cut."""

    at: float
    server: str
    method: str
    path: str
    status: int
    ms: float


@dataclass
class Traffic:
    """The last exchanges of all servers, oldest first, bounded; ``on_note`` is told of each."""

    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=5000))
    on_note: list[Callable[[Exchange], None]] = field(default_factory=list)

    def note(self, exchange: Exchange) -> None:
        """Keep one more, and tell everyone who listens."""
        self.exchanges.append(exchange)
        for listen in list(self.on_note):
            listen(exchange)

    def count(self, ending: str) -> int:
        """How many requests had a path with this ending."""
        return sum(1 for exchange in self.exchanges if exchange.path.endswith(ending))


class _Droppable(HttpToolsProtocol):
    """Remembers its transport, so that a fault can cut the connection under a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            _open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            _open_connections.pop(self.client, None)
        super().connection_lost(exc)


class Observed:
    """ASGI wrapper: notes each exchange in ``traffic`` and lets the ordered ``faults`` strike."""

    def __init__(self, app: ASGIApp, name: str, faults: Faults, traffic: Traffic) -> None:
        self._app, self._name, self._faults, self._traffic = app, name, faults, traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as the ASGI protocol has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, at = time.perf_counter(), time.time()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        fault = self._faults.take(f"{scope['method']} {scope['path']}")
        try:
            await self._serve(fault, scope, receive, noted)
        finally:
            took = (time.perf_counter() - started) * 1000
            self._traffic.note(
                Exchange(at, self._name, scope["method"], scope["path"], status, took)
            )

    async def _serve(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind in ("delay", "hold"):
            # Taken in whole first: a caller that goes away meanwhile does not undo its request.
            whole = await _taken_in(receive)
            await (
                asyncio.sleep(fault.seconds) if fault.kind == "delay" else self._faults.cleared()
            )
            await self._app(scope, whole, send)
        elif fault.kind == "throttle":
            await _answer(send, 429, b"{}", [(b"retry-after", b"%d" % fault.seconds)])
        elif fault.kind == "status":
            await _answer(send, fault.status, b"{}", _raw(fault.headers))
        elif fault.kind in ("drop_before", "hang_before"):
            if fault.kind == "hang_before":
                await asyncio.sleep(fault.seconds)
            _cut(scope)
        else:
            body = await self._work_unseen(scope, receive)
            await self._spoil(fault, body, scope, send)

    async def _work_unseen(self, scope: Scope, receive: Receive) -> bytes:
        """Let the app do its work and keep what it would have answered."""
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            parts.append(message.get("body", b""))

        await self._app(scope, receive, keep)
        return b"".join(parts)

    async def _spoil(self, fault: Fault, body: bytes, scope: Scope, send: Send) -> None:
        if fault.kind in ("drop_after", "hang_after"):
            if fault.kind == "hang_after":
                await asyncio.sleep(fault.seconds)
            _cut(scope)
            return
        if fault.kind == "status_after":
            await _answer(send, fault.status, b"{}", _raw(fault.headers))
            return
        spoilt = {"malformed": b"<html>oops</html>", "empty": b""}.get(
            fault.kind, body[: len(body) // 2]
        )
        await _answer(send, 200, spoilt)


async def _taken_in(receive: Receive) -> Receive:
    """Read a request to its end; what gives it to an app later on."""
    waiting: deque[Message] = deque()
    more = True
    while more:
        waiting.append(await receive())
        more = bool(waiting[-1].get("more_body"))

    async def again() -> Message:
        return waiting.popleft() if waiting else await receive()

    return again


async def _answer(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    body = b"" if status == HTTPStatus.NO_CONTENT else body
    base = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": base + (headers or [])})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _cut(scope: Scope) -> None:
    transport = _open_connections.get(tuple(scope["client"]))
    if transport is not None:
        transport.abort()


@asynccontextmanager
async def serve(
    app: ASGIApp,
    name: str,
    *,
    faults: Faults,
    traffic: Traffic,
    port: int = 0,
    http: type[asyncio.Protocol] | None = None,
) -> AsyncIterator[str]:
    """Serve ``app`` on 127.0.0.1 and yield its address, e.g. ``http://127.0.0.1:40123``.

    Args:
        app: the pretend service.
        name: how the traffic view calls it.
        faults: struck before the app sees a request.
        traffic: where exchanges are noted.
        port: 0 lets the system choose.
        http: speaks HTTP in place of the sandbox's own protocol, which can cut connections.

    Raises:
        OSError: the port is taken.
    """
    # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is named.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    config = uvicorn.Config(
        Observed(app, name, faults, traffic),
        http=http or _Droppable,
        ws="none",
        lifespan="off",
        log_config=None,  # whoever runs the process has set logging up
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110  # uvicorn has no event
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()
        await task
        listener.close()


class _Quiet(uvicorn.Server):
    """Leaves signals to whoever runs the process, and stops at once when told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Serve no longer."""
        self._stop.set()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def main_loop(self) -> None:
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=1)
        for task in set(self.server_state.tasks):
            task.cancel()
