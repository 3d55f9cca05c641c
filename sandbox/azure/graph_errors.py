"""Errors in the envelope of Microsoft Graph."""

from http import HTTPStatus
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class GraphError(Exception):
    """Ends a request with ``{"error": {"code", "message", "innerError"}}``."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def not_found(name: str) -> GraphError:
    """404 for an object that does not exist."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{name}' does not exist or one of its queried reference-property objects are "
        "not present.",
    )


def graph_error(status: int, code: str, message: str) -> JSONResponse:
    """The HTTP answer; 401 comes with its challenge."""
    request_id = str(uuid4())
    inner = {"request-id": request_id}
    body = {"error": {"code": code, "message": message, "innerError": inner}}
    headers = {"request-id": request_id}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="", error="invalid_token"'
    return JSONResponse(body, status, headers)


async def answer_graph_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for GraphError."""
    if not isinstance(error, GraphError):
        raise error
    return graph_error(error.status, error.code, str(error))


async def answer_unknown_path(request: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for unknown paths and methods: Graph says 400 and 405, never a bare 404."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return graph_error(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
    segment = request.url.path.rstrip("/").rpartition("/")[2]
    return graph_error(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
