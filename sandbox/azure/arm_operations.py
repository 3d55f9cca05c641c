"""Resource Manager: what starts long-running operations, and what becomes of them."""

import secrets
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.azure.arm_access import account_invoice, named_account
from sandbox.azure.arm_accounts import ACCOUNT
from sandbox.azure.arm_errors import ArmError, no_such
from sandbox.azure.arm_gate import DOCUMENTS, STABLE
from sandbox.azure.billing_json import instant
from sandbox.azure.operations import Operation
from sandbox.azure.paynow import finish_paynow
from sandbox.azure.pdf import invoice_pdf
from sandbox.azure.tenant import AzureTenant

INVOICE = ACCOUNT + "/invoices/{invoice}"


def accepted(tenant: AzureTenant, location: str) -> Response:
    """202: come back to ``location``."""
    headers = {"Location": location, "Retry-After": str(tenant.switches.retry_after)}
    return Response(status_code=202, headers=headers)


class OperationRoutes:
    """The request handlers over one tenant."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        """Downloads, the results of all operations, and the documents themselves."""
        return [
            Route(INVOICE + "/download", self.download, methods=["POST"]),
            Route(INVOICE + "/operationResults/{operation}", self.result),
            Route(ACCOUNT + "/operationResults/{operation}", self.result),
            Route(DOCUMENTS + "{invoice}.pdf", self.document),
        ]

    async def download(self, request: Request) -> Response:
        """Ask for a document of an invoice; its own one where none is named."""
        account = named_account(self._tenant, request).name
        invoice = account_invoice(self._tenant, account, request.path_params["invoice"])
        wanted = request.query_params.get("documentName")
        if wanted not in (None, f"D{invoice.number}"):
            raise no_such("document", str(wanted))
        operation = Operation(
            f"invoiceDownload_{uuid4()}",
            "download",
            invoice.number,
            self._tenant.now(),
            self._tenant.switches.polls,
        )
        self._tenant.keep_operation(operation)
        at = f"{request.base_url}{request.scope['path'].strip('/').removesuffix('/download')}"
        return accepted(
            self._tenant, f"{at}/operationResults/{operation.name}?api-version={STABLE}"
        )

    async def result(self, request: Request) -> Response:
        """202 until the operation has had its polls, then 200 with its result, for ever."""
        account = named_account(self._tenant, request).name
        operation = self._tenant.operations.get(request.path_params["operation"])
        if operation is None:
            raise no_such("operation", request.path_params["operation"])
        account_invoice(self._tenant, account, operation.invoice)
        if operation.polls_left > 0:
            operation.polls_left -= 1
            return accepted(self._tenant, str(request.url))
        if operation.result is None:
            operation.result = self._finish(operation, str(request.base_url))
            self._tenant.keep_operation(operation)
        return JSONResponse(operation.result)

    def _finish(self, operation: Operation, base_url: str) -> dict[str, Any]:
        if operation.kind == "paynow":
            return finish_paynow(self._tenant, operation)
        expires = self._tenant.now() + self._tenant.switches.download_lifetime
        signature = secrets.token_urlsafe(24)
        self._tenant.signatures[signature] = (operation.invoice, expires)
        query = urlencode({"se": instant(expires), "sp": "r", "sig": signature})
        url = f"{base_url.rstrip('/')}{DOCUMENTS}{operation.invoice}.pdf?{query}"
        return {"url": self._tenant.switches.document_url or url, "expiryTime": instant(expires)}

    async def document(self, request: Request) -> Response:
        """The PDF behind a signed address; 403 as blob storage says it without a good one."""
        number = request.path_params["invoice"]
        signature = request.query_params.get("sig", "")
        signed, expires = self._tenant.signatures.get(signature, ("", self._tenant.now()))
        if signed != number or expires <= self._tenant.now():
            error = "<Error><Code>AuthenticationFailed</Code></Error>"
            return Response(error, 403, media_type="application/xml")
        invoice = self._tenant.invoices.get(number)
        if invoice is None:
            raise ArmError(404, "BlobNotFound", "The specified blob does not exist.")
        return Response(invoice_pdf(invoice), media_type="application/pdf")
