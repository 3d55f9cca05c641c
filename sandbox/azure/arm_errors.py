"""Errors in the envelope of Azure Resource Manager."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox.azure.switches import Denial


class ArmError(Exception):
    """Ends a request with ``{"error": {"code", "message"}}``."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers

    def response(self) -> JSONResponse:
        """The HTTP answer."""
        body = {"error": {"code": self.code, "message": str(self)}}
        return JSONResponse(body, self.status, self.headers)


def no_such(what: str, name: str) -> ArmError:
    """404 for a thing of Microsoft.Billing that does not exist."""
    return ArmError(404, "NotFound", f"The {what} '{name}' was not found.")


def denied(denial: Denial) -> ArmError:
    """What a caller without a role gets where an empty list is no answer."""
    if denial == "unauthorized":
        return ArmError(401, "401", "No claims present for the caller in the system")
    if denial == "forbidden":
        return ArmError(
            403,
            "AuthorizationFailed",
            "The client does not have authorization to perform this action over this scope.",
        )
    return ArmError(404, "NotFound", "The resource was not found.")


async def answer_arm_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for ArmError."""
    if not isinstance(error, ArmError):
        raise error
    return error.response()


async def answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for unknown paths and methods."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        message = f"The requested resource does not support http method '{request.method}'."
        return ArmError(405, "MethodNotAllowed", message, dict(error.headers or {})).response()
    message = f"No resource type was found at '{request.url.path}'."
    return ArmError(error.status_code, "InvalidResourceType", message).response()
