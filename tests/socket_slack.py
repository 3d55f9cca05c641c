"""The Socket Mode end of Slack, beside the pretend Web API.

After the Slack documentation pages "Using Socket Mode" and "apps.connections.open": an app token
opens an address that works once; each request comes in an envelope and is acknowledged by its id,
with a payload where an answer was asked for.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import aiohttp
from aiohttp import web

from sandbox.slack import SlackWorkspace

APP_TOKEN = "xapp-1-A0BOT-sandbox"
Json = dict[str, Any]


class SocketSlack:
    """Slack over a websocket. People send their acts to ``url``; they get what the app answered.

    Attributes:
        url: base of the Web API (``/api/``) and of ``/slack/events``, where people's acts go.
        links: the open connections, the newest last.
        opened: how many connections there ever were.
        acknowledged: every answer of the app, as it came.
        dead_links: how many of the next addresses given out lead nowhere.
    """

    def __init__(self, workspace: SlackWorkspace) -> None:
        self._workspace = workspace
        self.url = ""
        self.links: list[web.WebSocketResponse] = []
        self._transports: list[asyncio.BaseTransport | None] = []
        self.opened = 0
        self.acknowledged: list[Json] = []
        self.dead_links = 0
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    def app(self) -> web.Application:
        """The web application."""
        made = web.Application()
        made.router.add_post("/api/apps.connections.open", self._open)
        made.router.add_route("*", "/api/{method}", self._pass_on)
        made.router.add_get("/link/{ticket}", self._link)
        made.router.add_post("/slack/events", self._act)
        return made

    async def deliver(self, kind: str, payload: Json, within: float = 3.0) -> Json:
        """Send one request down the newest connection; the app's acknowledgement."""
        name = str(uuid4())
        envelope = {
            "envelope_id": name,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        answer = self._waiting[name] = asyncio.get_running_loop().create_future()
        await self.links[-1].send_json(envelope)
        return await asyncio.wait_for(answer, within)

    async def refresh(self) -> None:
        """Ask the app to connect anew, as Slack does every few hours some seconds before it ends."""
        reason = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
        await self.links[-1].send_json(reason)

    def cut(self) -> None:
        """Lose the newest connection without a word."""
        transport = self._transports[-1]
        assert isinstance(transport, asyncio.Transport)
        transport.abort()

    async def _open(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {APP_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        ticket = uuid4().hex
        if self.dead_links:
            self.dead_links -= 1
        else:
            self._tickets.add(ticket)
        address = f"ws{self.url.removeprefix('http')}/link/{ticket}"
        return web.json_response({"ok": True, "url": address})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["ticket"] not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(request.match_info["ticket"])
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello", "num_connections": len(self.links) + 1})
        self.links.append(link)
        self._transports.append(request.transport)
        self.opened += 1
        try:
            async for message in link:
                self._acknowledge(message.json())
        finally:
            place = self.links.index(link)
            del self.links[place], self._transports[place]
        return link

    def _acknowledge(self, answer: Json) -> None:
        self.acknowledged.append(answer)
        self._waiting.pop(answer["envelope_id"]).set_result(answer)

    async def _act(self, request: web.Request) -> web.Response:
        """Put a person's act into an envelope, and answer them what the app acknowledged it with."""
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        if "payload" in form:
            answer = await self.deliver("interactive", json.loads(form["payload"]))
        else:
            answer = await self.deliver("slash_commands", form)
        return web.json_response(answer["payload"]) if "payload" in answer else web.Response()

    async def _pass_on(self, request: web.Request) -> web.Response:
        """The rest of the Web API."""
        url = f"{self._workspace.url}{request.path_qs}"
        kept = ("Authorization", "Content-Type")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        body = await request.read()
        async with aiohttp.request(request.method, url, data=body, headers=headers) as answer:
            told = ("Content-Type", "Retry-After", "X-OAuth-Scopes")
            headers = {name: answer.headers[name] for name in told if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)


@asynccontextmanager
async def serve_socket_slack(workspace: SlackWorkspace) -> AsyncIterator[SocketSlack]:
    """Serve it on 127.0.0.1 until the block ends."""
    slack = SocketSlack(workspace)
    runner = web.AppRunner(slack.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield slack
    finally:
        for link in list(slack.links):
            await link.close()
        await runner.cleanup()
