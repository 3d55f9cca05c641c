"""The ASGI app: guard in front, Slack endpoint, health, metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.adapters.background import Background
from bot.errors import BotError
from bot.slack_endpoint import SlackEndpoint

_DRAIN_SECONDS = 7.0  # platforms kill 10 s after asking politely
_log = structlog.get_logger(__name__)


def web_app(
    *,
    endpoint: SlackEndpoint | None,
    background: Background,
    ready: Callable[[], Awaitable[dict[str, Any]]],
    before_metrics: Callable[[], Awaitable[None]],
    beside: AbstractAsyncContextManager[object] | None = None,
) -> Starlette:
    """The web application.

    Args:
        endpoint: Slack's; None in Socket Mode, where nothing comes in over HTTP.
        background: where listeners put their work; drained on shutdown.
        ready: returns what there is to know if the bot could serve a click now, else raises
            ``BotError``.
        before_metrics: brings shared metrics up to date; may raise ``BotError``.
        beside: runs while the app does, e.g. the Socket Mode connection.
    """

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
    if endpoint is not None:
        routes.append(Route("/slack/events", endpoint, methods=["POST"]))
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False  # one address; Slack would not follow to another
    return app


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")
