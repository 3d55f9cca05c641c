"""A plain Bolt app that acknowledges the click and does nothing else; says its address.

``python -m benchmarks.click_server after|before [uvicorn]``: before is
``process_before_response=True``. It is served by ``AsyncApp.start()``'s own server, as the
documentation's first example has it, or by the server that the bot runs on.
"""

import os
import socket
import sys

import uvicorn
from aiohttp import web
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.bounded_http import BoundedHttp

_PATH = "/slack/events"


def _bolt(*, before: bool) -> AsyncApp:
    client = AsyncWebClient(os.environ["TOKEN"], base_url=os.environ["API"])
    bolt = AsyncApp(
        client=client, signing_secret=os.environ["SECRET"], process_before_response=before
    )

    @bolt.action("pay.open")
    @bolt.action("portal.open")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return bolt


def _on_starlette(bolt: AsyncApp) -> Starlette:
    handler = AsyncSlackRequestHandler(bolt)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route(_PATH, endpoint, methods=["POST"])])


def main() -> None:
    """Serve until killed."""
    when, *server = sys.argv[1:]
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}{_PATH}", flush=True)
    bolt = _bolt(before=when == "before")
    if not server:
        # What `bolt.start()` does, but for its greeting and a port of its own choice.
        web.run_app(bolt.server(path=_PATH).web_app, sock=listener, print=lambda *_: None)
        return
    config = uvicorn.Config(
        _on_starlette(bolt),
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
