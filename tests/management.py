"""A management endpoint that answers as a test tells it to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Faults
from sandbox.serving import serve
from tests.town import Town

Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class Endpoint:
    """A server and the requests it saw, as (path with query, Authorization header)."""

    url: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)


@asynccontextmanager
async def management(town: Town, answer: Handler) -> AsyncIterator[Endpoint]:
    """Serve ``answer`` for every path."""
    endpoint = Endpoint()

    async def noted(request: Request) -> Response:
        path = f"{request.url.path}?{request.url.query}"
        endpoint.seen.append((path, request.headers.get("authorization", "")))
        return await answer(request)

    app = Starlette(routes=[Route("/{path:path}", noted, methods=["GET", "POST"])])
    async with serve(app, "other", faults=Faults(), traffic=town.traffic) as url:
        endpoint.url = url
        yield endpoint


def answer_json(body: Any) -> Handler:
    """Always this JSON."""

    async def answer(_: Request) -> Response:
        return JSONResponse(body)

    return answer


def pages_of(town: Town, page: Callable[[Request], dict[str, Any]]) -> Handler:
    """One account whose invoice listing is what ``page`` makes of each request."""
    account = {
        "name": town.account,
        "properties": {
            "displayName": "Contoso",
            "agreementType": "MicrosoftCustomerAgreement",
        },
    }

    async def answer(request: Request) -> Response:
        if request.url.path.endswith("/billingAccounts"):
            return JSONResponse({"value": [account]})
        return JSONResponse(page(request))

    return answer
