"""What Resource Manager asks of every request before a provider sees it."""

from urllib.parse import parse_qs
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.azure.arm_errors import ArmError
from sandbox.azure.tenant import AzureTenant
from sandbox.azure.tokens import MANAGEMENT_AUDIENCES, TokenRejectedError

STABLE = "2024-04-01"
PREVIEW = "2024-08-01-preview"
DOCUMENTS = "/documents/"
"""Below this path lies blob storage: its addresses carry their own signature."""


class ArmGate:
    """ASGI wrapper: request ids on every answer, then the token, then the api-version."""

    def __init__(self, app: ASGIApp, tenant: AzureTenant) -> None:
        self._app, self._tenant = app, tenant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as the ASGI protocol has it."""
        if scope["type"] != "http" or scope["path"].startswith(DOCUMENTS):
            await self._app(scope, receive, send)
            return
        request_id = str(uuid4())
        asked = Headers(scope=scope)

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-ms-request-id"] = request_id
                headers["x-ms-correlation-request-id"] = asked.get(
                    "x-ms-correlation-request-id", request_id
                )
            await send(message)

        try:
            self._check_token(asked.get("authorization", ""))
            self._check_version(scope["query_string"].decode())
        except ArmError as error:
            await error.response()(scope, receive, stamped)
        else:
            await self._app(scope, receive, stamped)

    def _check_token(self, authorization: str) -> None:
        try:
            self._tenant.tokens.check(authorization, MANAGEMENT_AUDIENCES)
        except TokenRejectedError as rejected:
            code, message = {
                "missing": (
                    "AuthenticationFailed",
                    "Authentication failed. The 'Authorization' header is missing.",
                ),
                "unknown": ("InvalidAuthenticationToken", "The access token is invalid."),
                "expired": (
                    "ExpiredAuthenticationToken",
                    "The access token expiry is earlier than the current time.",
                ),
                "audience": (
                    "InvalidAuthenticationTokenAudience",
                    f"The access token has been obtained for wrong audience '{rejected.audience}'.",
                ),
            }[rejected.flaw]
            challenge = (
                'Bearer authorization_uri="https://login.microsoftonline.com/'
                f'{self._tenant.tenant_id}", error="invalid_token"'
            )
            raise ArmError(401, code, message, {"WWW-Authenticate": challenge}) from rejected

    def _check_version(self, query: str) -> None:
        version = parse_qs(query).get("api-version", [""])[0]
        known = [STABLE]
        if self._tenant.switches.paynow != "unsupported":
            known.append(PREVIEW)
        if not version:
            raise ArmError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        if version not in known:
            raise ArmError(
                400,
                "InvalidResourceType",
                "The resource type could not be found in the namespace 'Microsoft.Billing' for api "
                f"version '{version}'. The supported api-versions are '{','.join(known)}'.",
            )
