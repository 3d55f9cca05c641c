"""Microsoft Graph v1.0: users, groups, and who is in what."""

import json
import re
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.azure.directory import Permission, User
from sandbox.azure.graph_errors import (
    GraphError,
    answer_graph_error,
    answer_unknown_path,
    not_found,
)
from sandbox.azure.graph_filter import FilterError, parse_filter
from sandbox.azure.graph_json import user_json
from sandbox.azure.tenant import AzureTenant
from sandbox.azure.tokens import GRAPH_AUDIENCES, TokenRejectedError

MOST_GROUP_IDS = 20
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def graph_app(tenant: AzureTenant) -> ASGIApp:
    """The Graph endpoint over a tenant; its paths start with ``/v1.0``."""
    routes = GraphRoutes(tenant)
    app = Starlette(
        routes=[
            Route("/v1.0/users", routes.users),
            Route("/v1.0/users/{user}", routes.user),
            Route("/v1.0/users/{user}/checkMemberGroups", routes.check_groups, methods=["POST"]),
            Route("/v1.0/groups/{group}", routes.group),
        ],
        exception_handlers={GraphError: answer_graph_error, HTTPException: answer_unknown_path},
    )
    return _Stamped(app)


class _Stamped:
    """ASGI wrapper: every answer has a request id; an error has put its own one in already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as the ASGI protocol has it."""

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("request-id", str(uuid4()))
            await send(message)

        await self._app(scope, receive, stamped)


class GraphRoutes:
    """The request handlers over one tenant."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant

    def _enter(self, request: Request, *needed: Permission) -> None:
        """Raise GraphError 401 for a bad token, 403 without one of the permissions."""
        try:
            self._tenant.tokens.check(request.headers.get("authorization", ""), GRAPH_AUDIENCES)
        except TokenRejectedError as rejected:
            message = {
                "missing": "Access token is empty.",
                "unknown": "IDX14100: JWT is not well formed.",
                "expired": "Lifetime validation failed, the token is expired.",
                "audience": "Access token validation failure. Invalid audience.",
            }[rejected.flaw]
            raise GraphError(401, "InvalidAuthenticationToken", message) from rejected
        if not self._tenant.permissions.issuperset(needed):
            raise GraphError(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            )

    def _user(self, request: Request) -> User:
        reference = request.path_params["user"]
        user = self._tenant.find_user(reference)
        if user is None:
            raise not_found(reference)
        return user

    async def user(self, request: Request) -> Response:
        """One user by object id or UPN."""
        self._enter(request, "User.Read.All")
        shown = user_json(self._user(request), request.query_params.get("$select"))
        return JSONResponse({"@odata.context": _context(request, "users/$entity"), **shown})

    async def users(self, request: Request) -> Response:
        """All users, or those the filter lets through."""
        self._enter(request, "User.Read.All")
        chosen = self._chosen(request)
        answer: dict[str, Any] = {"@odata.context": _context(request, "users")}
        if _is_counted(request):
            answer["@odata.count"] = len(chosen)
        select = request.query_params.get("$select")
        answer["value"] = [user_json(user, select) for user in chosen]
        return JSONResponse(answer)

    def _chosen(self, request: Request) -> list[User]:
        text = request.query_params.get("$filter")
        if text is None:
            return list(self._tenant.users.values())
        is_advanced = _is_counted(request) and (
            request.headers.get("consistencylevel", "").lower() == "eventual"
        )
        if "proxyAddresses/any" in text and not is_advanced:
            raise GraphError(
                400,
                "Request_UnsupportedQuery",
                "Unsupported or invalid query filter clause specified for property "
                "'proxyAddresses' of resource 'User'.",
            )
        try:
            test = parse_filter(text)
        except FilterError as error:
            raise GraphError(400, "BadRequest", str(error)) from error
        return [user for user in self._tenant.users.values() if test(user)]

    async def check_groups(self, request: Request) -> Response:
        """Which of the groups the user is in, directly or not; ids of no group are passed over."""
        self._enter(request, "User.Read.All", "GroupMember.Read.All")
        user = self._user(request)
        asked = await _group_ids(request)
        mine = self._tenant.groups_of(user.id)
        value = [group for group in asked if group.lower() in mine]
        context = _context(request, "Collection(Edm.String)")
        return JSONResponse({"@odata.context": context, "value": value})

    async def group(self, request: Request) -> Response:
        """One group by object id."""
        self._enter(request, "GroupMember.Read.All")
        reference = request.path_params["group"]
        if not _GUID.fullmatch(reference):
            message = f"Invalid object identifier '{reference}'."
            raise GraphError(400, "Request_BadRequest", message)
        group = self._tenant.groups.get(reference.lower())
        if group is None:
            raise not_found(reference)
        return JSONResponse(
            {
                "@odata.context": _context(request, "groups/$entity"),
                "id": group.id,
                "displayName": group.display_name,
                "mailEnabled": False,
                "securityEnabled": True,
                "groupTypes": [],
            }
        )


def _context(request: Request, what: str) -> str:
    return f"{request.base_url}v1.0/$metadata#{what}"


def _is_counted(request: Request) -> bool:
    return request.query_params.get("$count", "").lower() == "true"


async def _group_ids(request: Request) -> list[str]:
    """The ``groupIds`` of the body; GraphError 400 for none, too many, or a malformed one."""
    try:
        ids = json.loads(await request.body())["groupIds"]
    except (KeyError, TypeError, ValueError) as error:
        raise GraphError(400, "Request_BadRequest", "The body needs groupIds.") from error
    if not isinstance(ids, list) or not ids or len(ids) > MOST_GROUP_IDS:
        message = f"The number of groupIds must be from 1 to {MOST_GROUP_IDS}."
        raise GraphError(400, "Request_BadRequest", message)
    for one in ids:
        if not isinstance(one, str) or not _GUID.fullmatch(one):
            raise GraphError(400, "Request_BadRequest", f"Invalid GUID:{one}")
    return ids
