"""The managed-identity endpoint App Service gives to the apps it runs."""

from secrets import compare_digest

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.azure.tenant import AzureTenant
from sandbox.azure.tokens import GRAPH_AUDIENCES, MANAGEMENT_AUDIENCES

PATH = "/msi/token"
API_VERSION = "2019-08-01"


def identity_app(tenant: AzureTenant) -> ASGIApp:
    """The endpoint over a tenant."""

    async def token(request: Request) -> Response:
        secret = request.headers.get("x-identity-header", "")
        if not compare_digest(secret.encode(), tenant.identity_secret.encode()):
            return _refusal(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if request.query_params.get("api-version") != API_VERSION:
            return _refusal(400, f"The api-version must be {API_VERSION}.")
        if request.query_params.get("client_id", tenant.bot_client_id) != tenant.bot_client_id:
            return _refusal(400, "No user-assigned identity has this client id.")
        resource = request.query_params.get("resource", "")
        if resource.rstrip("/") not in MANAGEMENT_AUDIENCES | GRAPH_AUDIENCES:
            return _refusal(400, f"AADSTS500011: The resource '{resource}' was not found.")
        issued = tenant.tokens.issue(resource)
        return JSONResponse(
            {
                "access_token": issued.text,
                "expires_on": str(issued.expires),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": tenant.bot_client_id,
            }
        )

    return Starlette(routes=[Route(PATH, token)])


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"statusCode": status, "message": message}, status)
