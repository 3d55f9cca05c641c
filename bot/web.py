"""The ASGI app: guard in front, Slack endpoint, health, metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.adapters.background import Background, Work
from bot.errors import BotError
from bot.guard import MOST_BYTES, Guard
from bot.ports import Clock

_DRAIN_SECONDS = 7.0  # platforms kill 10 s after asking politely
_log = structlog.get_logger(__name__)


def web_app(
    *,
    slack: AsyncApp,
    guard: Guard | None,
    background: Background,
    clock: Clock,
    ready: Callable[[], Awaitable[dict[str, str]]],
    before_metrics: Callable[[], Awaitable[None]],
    beside: AbstractAsyncContextManager[object] | None = None,
) -> Starlette:
    """The web application.

    Args:
        slack: the Bolt app; its own checks of the signature are off, the guard has done them.
        guard: None in Socket Mode, where nothing comes in over HTTP.
        background: where listeners put their work; drained on shutdown.
        clock: for the guard.
        ready: returns what there is to know if the bot could serve a click now, else raises
            ``BotError``.
        before_metrics: brings shared metrics up to date; may raise ``BotError``.
        beside: runs while the app does, e.g. the Socket Mode connection.
    """
    endpoint = _SlackEndpoint(slack, guard, background, clock)

    async def readyz(_: Request) -> Response:
        try:
            known = await ready()
        except BotError as error:
            return JSONResponse({"ready": False, "why": error.sentence}, 503)
        return JSONResponse({"ready": True, **known})

    async def metrics(_: Request) -> Response:
        try:
            await before_metrics()
        except BotError:
            _log.warning("shared_metrics_out_of_date")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if beside is None:
            yield
        else:
            async with beside:
                yield
        await background.drain(_DRAIN_SECONDS)

    routes = [
        Route("/healthz", _healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
    if guard is not None:
        routes.append(Route("/slack/events", endpoint, methods=["POST"]))
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False  # one address; Slack would not follow to another
    return app


class _SlackEndpoint:
    """``POST /slack/events``: guard, Bolt, and the listeners' work once the answer is out."""

    def __init__(
        self, slack: AsyncApp, guard: Guard | None, background: Background, clock: Clock
    ) -> None:
        self._slack, self._guard = slack, guard
        self._background, self._clock = background, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as the ASGI protocol has it."""
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        allowed = self._guard is not None and self._guard.lets_in(
            timestamp=request.headers.get("x-slack-request-timestamp", ""),
            signature=request.headers.get("x-slack-signature", ""),
            body=body,
            now=self._clock.now().timestamp(),
        )
        if not allowed:
            return Response(status_code=401)
        with self._background.held() as works:
            try:
                answer = await self._slack.async_dispatch(to_async_bolt_request(request, body))
            except Exception:  # noqa: BLE001  # signed, yet no request of any kind Slack sends
                _log.exception("request_not_understood")
                return Response(status_code=400)
        response = to_starlette_response(answer)
        response.background = BackgroundTask(self._start, works)
        return response

    async def _start(self, works: list[Work]) -> None:
        for work in works:
            self._background.start(work)


async def _body(request: Request) -> bytes | None:
    """The raw body, or None where it is too large; read no further than that."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                return None
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")
