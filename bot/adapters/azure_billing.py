"""Azure's billing API, read only: accounts, invoices, their PDFs, payment methods, role assignments.

All is read as JSON through the SDK's own pipeline, since building its models costs several times
the reading.
"""

import asyncio
from collections.abc import AsyncIterator, Container, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from azure.core.credentials_async import AsyncTokenCredential
from azure.mgmt.billing.aio import BillingManagementClient

from bot.adapters.azure_clouds import Cloud
from bot.adapters.azure_download import signed_link
from bot.adapters.azure_errors import azure_errors
from bot.adapters.azure_invoices import settled_number, to_invoice, told_number
from bot.adapters.azure_pipeline import PATIENCE, TUNING, AnswersSeen, JsonReader
from bot.adapters.azure_profiles import AzureProfiles
from bot.adapters.azure_transport import transport
from bot.domain.document import SignedLink
from bot.domain.invoice import Invoice
from bot.domain.roles import Assignment, Scope
from bot.domain.ways import PaymentMethod
from bot.errors import AzureDenied, AzureMalformed, AzureNotFound
from bot.ports import Account, Clock, InvoicePage, Unreadable

_API = {"api-version": "2024-04-01"}
_ROOT = "/providers/Microsoft.Billing/billingAccounts"
_AZURE = "Azure"
_LOOK_BACK = timedelta(days=800)
_PAGE_SECONDS = 90
_LONGEST_ID = 100
_PDF_PATIENCES = 2.2  # Azure asks to wait for 10 s between two looks; a person sees that it works
_METHOD_NAMES = {"visa": "Visa", "mc": "Mastercard", "amex": "American Express"}


class AzureBilling:
    """The ports ``Invoices``, ``Documents`` and ``Roles`` over azure-mgmt-billing.

    Args:
        credential: any async token credential.
        cloud: where this Azure lives.
        management_url: an address to use in the cloud's place, or "".
        watched: billing account names to watch; empty for all that can be read.
        clock: tells today.
        patience: seconds for an answer that a person waits for.

    Attributes:
        profiles: the port ``Profiles``.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        *,
        cloud: Cloud,
        management_url: str,
        watched: tuple[str, ...],
        clock: Clock,
        patience: float = PATIENCE,
    ) -> None:
        base = (management_url or cloud.management).rstrip("/")
        # The billing level has no subscription, but the SDK insists on one.
        self._client = BillingManagementClient(
            credential,
            "-",
            base,
            credential_scopes=[cloud.management_scope],
            per_call_policies=[AnswersSeen()],
            transport=transport(**TUNING),
            **TUNING,
        )
        self._credential, self._scope = credential, cloud.management_scope
        self._json = JsonReader(self._client, base, _AZURE, patience=patience)
        self.profiles = AzureProfiles(self._json)
        self._watched, self._clock, self._patience = watched, clock, patience

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.close()

    async def sign_in(self) -> None:
        """Get a token now, so that the next question need not wait for one. Raises ``AzureError``."""
        async with azure_errors(_AZURE, self._patience):
            await self._credential.get_token(self._scope)

    async def accounts(self) -> tuple[Account, ...]:
        """The configured accounts, or every customer agreement the bot can read; maybe empty."""
        if self._watched:
            return tuple(Account(name) for name in self._watched)
        found = []
        async for page in self._json.pages(_ROOT, _API, seconds=_PAGE_SECONDS):
            found += [_account(item) for item in page if isinstance(item, Mapping)]
        return tuple(a for a in found if a.agreement in ("", "MicrosoftCustomerAgreement"))

    async def stream(
        self, account: str, *, following: Container[str] | None = None
    ) -> AsyncIterator[InvoicePage]:
        """Every invoice of the account whose billing period touches the last 26 months.

        Where ``following`` is given, what is plainly settled and not in it is only counted.
        """
        today = self._clock.now().date()
        # The period is the billing period, so an old unpaid invoice needs a wide window.
        window = {
            "periodStartDate": (today - _LOOK_BACK).isoformat(),
            "periodEndDate": (today + timedelta(days=1)).isoformat(),
            "top": "50",
        }
        path = f"{_ROOT}/{_segment(account)}/invoices"
        async for page in self._json.pages(path, _API | window, seconds=_PAGE_SECONDS):
            yield _invoice_page(page, following)

    async def read(self, account: str, number: str) -> Invoice:
        """One invoice of an account, fresh from Azure."""
        path = f"{_ROOT}/{_segment(account)}/invoices/{_segment(number)}"
        return _one(await self._json.get(path, _API), number)

    async def find(self, number: str) -> Invoice:
        """One invoice by number, asked of Azure at large first and then of each watched account.

        Raises:
            AzureNotFound: no watched account has it.
        """
        try:
            path = f"{_ROOT}/default/invoices/{_segment(number)}"
            invoice = _one(await self._json.get(path, _API), number)
        except (AzureNotFound, AzureDenied, AzureMalformed):
            return await self._find_in_accounts(number)
        watched = {name.lower() for name in self._watched}
        if not watched or invoice.billing_account.lower() in watched:
            return invoice
        raise AzureNotFound("No watched billing account has this invoice.")

    async def _find_in_accounts(self, number: str) -> Invoice:
        accounts = await self.accounts()
        tries = await asyncio.gather(
            *(self.read(account.name, number) for account in accounts), return_exceptions=True
        )
        for answer in tries:
            if isinstance(answer, Invoice):
                return answer
        for answer in tries:
            if isinstance(answer, BaseException) and not isinstance(answer, AzureNotFound):
                raise answer
        raise AzureNotFound("No watched billing account has this invoice.")

    async def methods(self, account: str, profile: str) -> tuple[PaymentMethod, ...]:
        """The active payment methods linked to a billing profile."""
        path = f"{_ROOT}/{_segment(account)}/billingProfiles/{_segment(profile)}/paymentMethodLinks"
        found: list[PaymentMethod] = []
        async for page in self._json.pages(path, _API):
            found += [m for item in page if (m := _method(item)) is not None]
        return tuple(found)

    async def pdf(self, account: str, number: str) -> SignedLink:
        """Where the invoice's PDF can be had for a while."""
        within = _PDF_PATIENCES * self._patience
        return await signed_link(self._json, account, number, within=within)

    async def at_account(self, account: str) -> tuple[Assignment, ...]:
        """The role assignments made at the billing account."""
        return await self._assignments(f"{_ROOT}/{_segment(account)}", Scope.ACCOUNT)

    async def at_profile(self, account: str, profile: str) -> tuple[Assignment, ...]:
        """The role assignments made at the billing profile."""
        path = f"{_ROOT}/{_segment(account)}/billingProfiles/{_segment(profile)}"
        return await self._assignments(path, Scope.PROFILE)

    async def _assignments(self, scope_path: str, scope: Scope) -> tuple[Assignment, ...]:
        found: list[Assignment] = []
        async for page in self._json.pages(f"{scope_path}/billingRoleAssignments", _API):
            found += [a for item in page if (a := _assignment(item, scope)) is not None]
        return tuple(found)


def _segment(name: str) -> str:
    return quote(name, safe="")


def _properties(item: object) -> Mapping[str, Any]:
    properties = item.get("properties") if isinstance(item, Mapping) else None
    return properties if isinstance(properties, Mapping) else {}


def _account(item: Mapping[str, Any]) -> Account:
    fields = _properties(item)
    return Account(
        str(item.get("name") or ""),
        str(fields.get("displayName") or ""),
        str(fields.get("agreementType") or ""),
    )


def _invoice_page(items: list[Any], following: Container[str] | None) -> InvoicePage:
    wanted = items
    if following is not None:
        # Most invoices are long paid: mapping them all costs twice as much as reading them.
        wanted = [i for i in items if not (n := settled_number(i)) or n in following]
    read = [_invoice_or_why(item) for item in wanted]
    return InvoicePage(
        len(items),
        tuple(one for one in read if isinstance(one, Invoice)),
        tuple(one for one in read if isinstance(one, Unreadable)),
    )


def _invoice_or_why(item: object) -> Invoice | Unreadable:
    try:
        return to_invoice(item)  # type: ignore[arg-type]  # it checks for itself
    except (ValueError, OverflowError) as error:
        return Unreadable(told_number(item), str(error))


def _one(item: object, number: str) -> Invoice:
    """The invoice in an answer to a single read, which must be the one asked for."""
    mapped = _invoice_or_why(item)
    if isinstance(mapped, Unreadable):
        raise AzureMalformed(f"Azure's data of this invoice makes no sense: {mapped.why}.")
    if mapped.number != number:
        raise AzureMalformed("Azure answered with another invoice.")
    return mapped


def _assignment(item: object, scope: Scope) -> Assignment | None:
    """An assignment, or None for one without a principal or a role: it could grant nothing."""
    fields = _properties(item)
    principal = str(fields.get("principalId") or "").lower()
    definition = str(fields.get("roleDefinitionId") or "").rstrip("/").rpartition("/")[2].lower()
    if not principal or not definition:
        return None
    kind = fields.get("principalType")
    return Assignment(
        scope,
        definition,
        principal,
        str(kind).lower() if kind is not None else "",
        str(fields.get("principalTenantId") or "").lower(),
    )


def _method(item: object) -> PaymentMethod | None:
    """A usable method, or None for one that is not active."""
    fields = _properties(item)
    if str(fields.get("status") or "active").lower() != "active":
        return None
    kind = str(fields.get("paymentMethodType") or "")
    name = str(fields.get("displayName") or "") or _METHOD_NAMES.get(kind.lower(), kind)
    digits = str(fields.get("lastFourDigits") or "")
    return PaymentMethod(
        str(fields.get("family") or "").lower(),
        name[:60],
        digits[-4:] if digits.isdigit() else "",
        str(fields.get("expiration") or "")[:10],
        _method_id(item),
        kind.lower()[:60],
    )


def _method_id(item: object) -> str:
    """Azure's name of it; "" for none that can be right: money may be charged by it."""
    name = str(item.get("name") or "") if isinstance(item, Mapping) else ""
    return name if len(name) <= _LONGEST_ID and name.isascii() and name.isprintable() else ""
