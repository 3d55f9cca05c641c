"""A plain Bolt app that acknowledges the click and does nothing else; says its address.

``python -m benchmarks.click_server after|before``: before is ``process_before_response=True``.
"""

import os
import socket
import sys

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def _app(*, before: bool) -> Starlette:
    client = AsyncWebClient(os.environ["TOKEN"], base_url=os.environ["API"])
    bolt = AsyncApp(
        client=client, signing_secret=os.environ["SECRET"], process_before_response=before
    )

    @bolt.action("pay.open")
    @bolt.action("portal.open")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(bolt)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


def main() -> None:
    """Serve as the bot does until killed."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events", flush=True)
    config = uvicorn.Config(
        _app(before=sys.argv[1] == "before"),
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
