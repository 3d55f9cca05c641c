"""Resource Manager: listing and reading invoices."""

import re
from datetime import date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.azure.arm_access import (
    account_invoice,
    may_list,
    must_read,
    named_account,
    named_profile,
    profile_of,
)
from sandbox.azure.arm_accounts import ACCOUNT, PROFILE
from sandbox.azure.arm_errors import ArmError, no_such
from sandbox.azure.arm_paging import page
from sandbox.azure.billing import PROVIDER
from sandbox.azure.invoice_json import invoice_json
from sandbox.azure.invoices import Invoice
from sandbox.azure.tenant import AzureTenant

_DATE_FORMATS = ("%Y-%m-%d", "%m-%d-%Y", "%Y-%m-%d %H:%M:%SZ")
_STATUS_FILTER = re.compile(r"(?:properties/)?status eq '(\w+)'")


class InvoiceRoutes:
    """The request handlers over one tenant."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        """The paths of invoices; ``default`` before the account it would else be taken for."""
        return [
            Route(PROVIDER + "/default/invoices/{invoice}", self.invoice_anywhere),
            Route(ACCOUNT + "/invoices", self.of_account),
            Route(PROFILE + "/invoices", self.of_profile),
            Route(ACCOUNT + "/invoices/{invoice}", self.invoice),
        ]

    async def of_account(self, request: Request) -> Response:
        """An account's invoices; only for a role on the account itself."""
        account = named_account(self._tenant, request).name
        return self._listing(request, account, None)

    async def of_profile(self, request: Request) -> Response:
        """A profile's invoices."""
        account = named_account(self._tenant, request)
        return self._listing(request, account.name, named_profile(account, request).name)

    def _listing(self, request: Request, account: str, profile: str | None) -> Response:
        first, last = _period(request)
        shown = may_list(self._tenant, account, profile)
        invoices = [
            invoice
            for invoice in self._tenant.invoices.values()
            if invoice.account == account
            and profile in (None, invoice.profile)
            and invoice.period[0].date() <= last
            and invoice.period[1].date() >= first
        ]
        listed = [*self._raw(account), *self._shown(invoices, request)] if shown else []
        repeat = {
            "periodStartDate": f"{first} 00:00:00Z",
            "periodEndDate": f"{last} 00:00:00Z",
        }
        if "filter" in request.query_params:
            repeat["filter"] = request.query_params["filter"]
        return JSONResponse(page(request, listed, self._tenant.switches.page_size, repeat))

    def _raw(self, account: str) -> list[Any]:
        def belongs(item: object) -> bool:
            of = str(item.get("id", "")) if isinstance(item, dict) else ""
            return "/billingAccounts/" not in of or f"/{account}/" in of

        return [item for item in self._tenant.raw_invoices if belongs(item)]

    def _shown(self, invoices: list[Invoice], request: Request) -> list[dict[str, Any]]:
        status = _status(request)
        newest_first = sorted(invoices, key=lambda one: (one.issued, one.number), reverse=True)
        return [
            invoice_json(invoice, profile_of(self._tenant, invoice))
            for invoice in newest_first
            if status in (None, invoice.status)
        ]

    async def invoice(self, request: Request) -> Response:
        """One invoice of an account."""
        account = named_account(self._tenant, request).name
        number = request.path_params["invoice"]
        raw = _named(self._raw(account), number)
        if raw is not None:
            must_read(self._tenant, account)
            return JSONResponse(raw)
        invoice = account_invoice(self._tenant, account, number)
        return JSONResponse(invoice_json(invoice, profile_of(self._tenant, invoice)))

    async def invoice_anywhere(self, request: Request) -> Response:
        """One invoice by its number alone, in whichever account the bot reads."""
        number = request.path_params["invoice"]
        raw = _named(self._tenant.raw_invoices, number)
        if raw is not None:
            return JSONResponse(raw)
        invoice = self._tenant.invoices.get(number)
        if invoice is None:
            raise no_such("invoice", number)
        must_read(self._tenant, invoice.account, invoice.profile)
        return JSONResponse(invoice_json(invoice, profile_of(self._tenant, invoice)))


def _named(items: list[Any], number: str) -> dict[str, Any] | None:
    named = (item for item in items if isinstance(item, dict) and item.get("name") == number)
    return next(named, None)


def _period(request: Request) -> tuple[date, date]:
    """First and last day of the billing periods asked for; ArmError 400 without or beyond sense."""
    first, last = (_day(request, name) for name in ("periodStartDate", "periodEndDate"))
    if first > last:
        raise ArmError(400, "BadRequest", "The period must not start after its end.")
    return first, last


def _day(request: Request, name: str) -> date:
    text = request.query_params.get(name, "")
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no time zone
        except ValueError:
            continue
    raise ArmError(400, "BadRequest", f"The query parameter '{name}' is required, as MM-DD-YYYY.")


def _status(request: Request) -> str | None:
    """The status the filter asks for; ArmError 400 for what this service does not understand."""
    for option in ("orderBy", "search"):
        if option in request.query_params:
            raise ArmError(400, "BadRequest", f"The query option '{option}' is not supported.")
    text = request.query_params.get("filter")
    if text is None:
        return None
    match = _STATUS_FILTER.fullmatch(text)
    if not match:
        raise ArmError(400, "BadRequest", f"The filter '{text}' is not supported.")
    return match[1]
