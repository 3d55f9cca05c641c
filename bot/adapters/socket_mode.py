"""Socket Mode: Slack's requests over a connection the bot opens, so that it needs no address."""

import asyncio
import logging
from contextlib import suppress
from time import time
from types import TracebackType
from typing import Protocol, Self

import structlog
from slack_bolt.adapter.socket_mode.async_internals import (
    run_async_bolt_app,
    send_async_response,
)
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.background import Background, Work
from bot.domain.admission import Entry
from bot.errors import SlackUnavailable
from bot.slack_request import clicker, event_mark

_log = structlog.get_logger(__name__)


class _Admission(Protocol):
    """Knows what was seen before and who clicks too often (``bot.services.admission``)."""

    def glance(self, mark: str, user: str) -> Entry: ...
    def ask(self, mark: str, user: str) -> asyncio.Task[Entry]: ...
    def admit(self, asking: asyncio.Task[Entry], user: str, works: list[Work]) -> None: ...


class SocketMode:
    """Keeps a connection while inside; it connects and reconnects in the background.

    Args:
        app: answers the requests.
        app_token: the app-level token, ``xapp-…``.
        api_url: Slack's Web API address.
        background: where listeners put their work.
        admission: knows what was seen before and who clicks too often.
        beat: seconds between two signs of life; a dead connection is noticed within as many.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        api_url: str,
        background: Background,
        admission: _Admission,
        beat: float = 5.0,
    ) -> None:
        self._app, self._token, self._api_url = app, app_token, api_url
        self._background, self._admission, self._beat = background, admission, beat
        self._client: SocketModeClient | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        client = SocketModeClient(
            self._token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=AsyncWebClient(base_url=self._api_url),
            ping_interval=self._beat,
        )
        client.socket_mode_request_listeners.append(self._answer)
        self._client = client
        connecting = client.connect()  # type: ignore[no-untyped-call]
        self._tasks = [asyncio.create_task(work) for work in (connecting, self._watch(client))]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def ready(self) -> None:
        """Return if Slack's requests reach the bot. Raises ``SlackUnavailable``."""
        if self._client is None or not await self._client.is_connected():
            raise SlackUnavailable(
                "Socket Mode is not connected: if that lasts, check SLACK_APP_TOKEN.",
                code="not_connected",
            )

    async def _answer(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Answer one envelope; the listeners' work starts when the answer is out, as over HTTP."""
        started = time()
        mark = event_mark(request.payload) or f"envelope-{request.envelope_id}"
        user = clicker(request.payload)
        try:
            if self._admission.glance(mark, user) is not Entry.FIRST:
                await send_async_response(client, request, BoltResponse(status=200), started)
                return
            asking = self._admission.ask(mark, user)
            with self._background.held() as works:
                answer = await run_async_bolt_app(self._app, request)
            await send_async_response(client, request, answer, started)
        except Exception:  # noqa: BLE001  # logged; Slack tells the person that nothing happened
            _log.exception("request_not_answered", kind=request.type)
            return
        self._admission.admit(asking, user, works)

    async def _watch(self, client: SocketModeClient) -> None:
        """Log how the connection fares, and have it made anew where the SDK would not.

        The SDK tries an address again and again that Slack has long given up; it asks for a new
        one only where it has none.
        """
        was = None
        while True:
            await asyncio.sleep(self._beat)
            now = await client.is_connected()
            if not now:
                client.wss_uri = None
            if now and now is not was:
                _log.info("socket_mode_connected")
            elif now is not was:
                _log.warning("socket_mode_not_connected", fix="if it lasts: check SLACK_APP_TOKEN")
            was = now
