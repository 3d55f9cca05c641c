"""Resource Manager: the pay-now preview on an invoice of a billing profile."""

from decimal import Decimal
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.azure.arm_access import must_read, named_account, named_profile
from sandbox.azure.arm_accounts import PROFILE
from sandbox.azure.arm_body import json_object
from sandbox.azure.arm_errors import ArmError, denied, no_such
from sandbox.azure.arm_gate import PREVIEW
from sandbox.azure.arm_operations import accepted
from sandbox.azure.billing import PROVIDER
from sandbox.azure.invoices import Invoice
from sandbox.azure.operations import Operation
from sandbox.azure.paynow import eligibility, finish_paynow
from sandbox.azure.tenant import AzureTenant

INVOICE = PROFILE + "/invoices/{invoice}"


class PaynowRoutes:
    """The request handlers over one tenant."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        """The two paths of the preview."""
        return [
            Route(INVOICE + "/validatePaynowEligibility", self.validate, methods=["POST"]),
            Route(INVOICE + "/paynow", self.pay, methods=["POST"]),
        ]

    def _enter(self, request: Request) -> Invoice | None:
        """The invoice of the path, or None; ArmError where the tenant does not offer this."""
        version = request.query_params["api-version"]
        if self._tenant.switches.paynow == "missing" or version != PREVIEW:
            message = f"The operation could not be found for api version '{version}'."
            raise ArmError(404, "InvalidResourceType", message)
        if self._tenant.switches.paynow == "forbidden":
            raise denied("forbidden")
        account = named_account(self._tenant, request)
        profile = named_profile(account, request)
        must_read(self._tenant, account.name, profile.name)
        invoice = self._tenant.invoices.get(request.path_params["invoice"])
        if invoice and (invoice.account, invoice.profile) == (account.name, profile.name):
            return invoice
        return None

    async def validate(self, request: Request) -> Response:
        """Whether the caller could pay the invoice now, and with what; nothing moves."""
        return JSONResponse(eligibility(self._tenant, self._enter(request)))

    async def pay(self, request: Request) -> Response:
        """Start a payment. Asked twice it starts two, as nothing promises otherwise."""
        invoice = self._enter(request)
        if invoice is None:
            raise no_such("invoice", request.path_params["invoice"])
        roles = self._tenant.roles_of(self._tenant.bot_id, invoice.account, invoice.profile)
        if not any(role.pays for role in roles):
            raise denied("forbidden")
        amount, method = await self._order(request, invoice)
        operation = Operation(
            f"paynow_{uuid4()}",
            "paynow",
            invoice.number,
            self._tenant.now(),
            self._tenant.switches.polls,
            amount,
            method,
        )
        if self._tenant.switches.paynow_at_once:
            operation.polls_left, operation.result = 0, finish_paynow(self._tenant, operation)
            self._tenant.keep_operation(operation)
            return JSONResponse(operation.result)
        self._tenant.keep_operation(operation)
        at = f"{str(request.base_url).rstrip('/')}{PROVIDER}/{invoice.account}/operationResults"
        return accepted(self._tenant, f"{at}/{operation.name}?api-version={PREVIEW}")

    async def _order(self, request: Request, invoice: Invoice) -> tuple[Decimal, str]:
        body = await json_object(request)
        amount, method = body.get("amount"), body.get("paymentMethodName")
        if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
            raise ArmError(400, "InvalidRequestContent", "The property 'amount' must be a number.")
        profile = self._tenant.accounts[invoice.account].profiles[invoice.profile]
        if method not in profile.payment_methods:
            raise ArmError(400, "BadRequest", "The payment method is not linked to the profile.")
        return Decimal(amount), str(method)
