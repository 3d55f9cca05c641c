"""The pretend Slack's front door: ``/api/<method>``, ``/response/<id>``, ``/upload/v1/<ticket>``.

After the Slack documentation pages "Using the Slack Web API" (HTTP 200 with ``ok`` false for every
refusal), "Tokens", "Scopes" (``missing_scope``, ``x-oauth-scopes``) and "Rate limits" (429).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Faults
from sandbox.serving import Traffic, serve
from sandbox.slack import (
    chat_methods,
    conversation_methods,
    file_methods,
    people_methods,
    view_methods,
)
from sandbox.slack.arguments import Arguments, read_arguments
from sandbox.slack.method import Method
from sandbox.slack.records import Json
from sandbox.slack.refusal import Refused, Throttled
from sandbox.slack.response_urls import post_response
from sandbox.slack.workspace import SlackWorkspace

METHODS: dict[str, Method] = {
    **chat_methods.METHODS,
    **conversation_methods.METHODS,
    **file_methods.METHODS,
    **people_methods.METHODS,
    **view_methods.METHODS,
}
_OPEN_TO_ALL = {"api.test"}


def slack_app(workspace: SlackWorkspace) -> Starlette:
    """The web application that plays Slack over ``workspace``."""

    async def api(request: Request) -> Response:
        return await _answer(workspace, request)

    async def response(request: Request) -> Response:
        return await post_response(workspace, request)

    async def upload(request: Request) -> Response:
        return await file_methods.receive_file(workspace, request)

    return Starlette(
        routes=[
            Route("/api/{method}", api, methods=["GET", "POST"]),
            Route("/upload/v1/{ticket}", upload, methods=["POST"]),
            Route("/response/{id}", response, methods=["POST"]),
        ]
    )


@asynccontextmanager
async def serve_slack(
    workspace: SlackWorkspace,
    *,
    faults: Faults | None = None,
    traffic: Traffic | None = None,
    port: int = 0,
) -> AsyncIterator[str]:
    """Serve ``workspace`` on loopback; yields its address and notes it in ``workspace.url``."""
    served = serve(
        slack_app(workspace),
        "slack",
        faults=faults or Faults(),
        traffic=traffic or Traffic(),
        port=port,
    )
    async with served as url:
        workspace.url = url
        yield url


async def _answer(workspace: SlackWorkspace, request: Request) -> Response:
    name = request.path_params["method"]
    headers = {
        "date": formatdate(workspace.now(), usegmt=True),
        "x-oauth-scopes": ",".join(sorted(workspace.scopes)),
    }
    if name in METHODS and METHODS[name].scopes:
        headers["x-accepted-oauth-scopes"] = ",".join(METHODS[name].scopes)
    try:
        body = {"ok": True, **_call(workspace, name, request, await read_arguments(request))}
    except Throttled as throttled:
        headers["retry-after"] = str(throttled.seconds)
        return JSONResponse(throttled.as_json(), 429, headers)
    except Refused as refused:
        body = refused.as_json()
    return JSONResponse(body, headers=headers)


def _call(workspace: SlackWorkspace, name: str, request: Request, given: Json) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method", req_method=name)
    if name not in _OPEN_TO_ALL:
        _authorize(workspace, request, given)
        _check_scope(workspace, method)
    return method.run(workspace, Arguments(given))


def _authorize(workspace: SlackWorkspace, request: Request, given: Json) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else str(given.get("token", ""))
    if not token:
        raise Refused("not_authed")
    if token != workspace.bot_token:
        raise Refused("invalid_auth")


def _check_scope(workspace: SlackWorkspace, method: Method) -> None:
    if method.scopes and not workspace.scopes.intersection(method.scopes):
        raise Refused(
            "missing_scope",
            needed=method.scopes[0],
            provided=",".join(sorted(workspace.scopes)),
        )
