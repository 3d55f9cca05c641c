"""The Bolt app, without the parts that cost or bite, and its Socket Mode connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import time
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import (
    run_async_bolt_app,
    send_async_response,
)
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.background import Background
from bot.domain.people import Workspace

_log = structlog.get_logger(__name__)


def slack_app(
    token: str, home: Workspace, *, api_url: str, session: aiohttp.ClientSession
) -> AsyncApp:
    """A Bolt app that answers within the request and knows its workspace from the start.

    The default runner polls for an acknowledgement every 10 ms; this one answers when the
    listener returns, so listeners put their work aside. Signatures are checked by the guard,
    over the raw body; Bolt would parse first.
    """

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=home.enterprise or None,
            team_id=home.team,
            bot_id=home.bot,
            bot_user_id=home.bot_user,
            bot_token=token,
        )

    client = AsyncWebClient(token, base_url=api_url, session=session, retry_handlers=[])
    return AsyncApp(
        client=client,
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )


class _SocketHandler(AsyncSocketModeHandler):
    """Starts the listeners' work only when the acknowledgement is out, as over HTTP."""

    def __init__(self, app: AsyncApp, app_token: str, api_url: str, background: Background) -> None:
        super().__init__(app, app_token, web_client=AsyncWebClient(base_url=api_url))
        self._background = background

    async def handle(self, client: Any, req: Any) -> None:  # noqa: ANN401  # the SDK's types
        """Answer one envelope."""
        started = time()
        with self._background.held() as works:
            answer = await run_async_bolt_app(self.app, req)
        await send_async_response(client, req, answer, started)
        for work in works:
            self._background.start(work)


@asynccontextmanager
async def socket_mode(
    app: AsyncApp, app_token: str, *, api_url: str, background: Background
) -> AsyncIterator[None]:
    """Keep a Socket Mode connection while inside; it connects and reconnects in the background."""
    handler = _SocketHandler(app, app_token, api_url, background)
    connecting = asyncio.create_task(_connect(handler))
    try:
        yield
    finally:
        connecting.cancel()
        with suppress(asyncio.CancelledError):
            await connecting
        await handler.close_async()  # type: ignore[no-untyped-call]


async def _connect(handler: _SocketHandler) -> None:
    """Connect for the first time, however long Slack needs; from then on the SDK reconnects."""
    pause = 1.0
    while True:
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001  # the SDK raises many kinds; all mean "not yet"
            _log.warning("socket_mode_not_connected", error=type(error).__name__, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60.0)
        else:
            _log.info("socket_mode_connected")
            return
