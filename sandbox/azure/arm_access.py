"""Who may read what: the bot's roles at the scope a request names."""

import re

from starlette.requests import Request

from sandbox.azure.arm_errors import ArmError, denied, no_such
from sandbox.azure.billing import Account, Profile
from sandbox.azure.invoices import Invoice
from sandbox.azure.tenant import AzureTenant

_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ACCOUNT_NAME = re.compile(
    rf"[0-9]+|[Pp][Cc][Nn]\.[A-Za-z0-9]+|{_GUID}(:{_GUID}_\d{{4}}-\d\d-\d\d)?"
)


def named_account(tenant: AzureTenant, request: Request) -> Account:
    """The account in the path; ArmError 400 for a name of the wrong form, 404 for an unknown one."""
    name = request.path_params["account"]
    if not _ACCOUNT_NAME.fullmatch(name):
        raise ArmError(400, "BadRequest", "Invalid billing account name.")
    if name not in tenant.accounts:
        raise no_such("billing account", name)
    return tenant.accounts[name]


def named_profile(account: Account, request: Request) -> Profile:
    """The profile in the path; ArmError 404 for an unknown one."""
    name = request.path_params["profile"]
    if name not in account.profiles:
        raise no_such("billing profile", name)
    return account.profiles[name]


def reads(tenant: AzureTenant, account: str, profile: str | None = None) -> bool:
    """Whether the bot holds a reading role on the account, or on the profile where one is named."""
    return any(role.reads for role in tenant.roles_of(tenant.bot_id, account, profile))


def must_read(tenant: AzureTenant, account: str, profile: str | None = None) -> None:
    """Raise the ordered refusal where the bot does not read this scope."""
    if not reads(tenant, account, profile):
        raise denied(tenant.switches.denial)


def may_list(tenant: AzureTenant, account: str, profile: str | None = None) -> bool:
    """Whether a listing shows anything; False means empty, any other refusal is raised."""
    if tenant.switches.denial == "empty":
        return reads(tenant, account, profile)
    must_read(tenant, account, profile)
    return True


def readable_profiles(tenant: AzureTenant, account: Account) -> list[Profile]:
    """The account's profiles the bot reads, by its own role there or by one on the account."""
    return [
        profile
        for profile in account.profiles.values()
        if reads(tenant, account.name, profile.name)
    ]


def profile_of(tenant: AzureTenant, invoice: Invoice) -> Profile:
    """The billing profile of an invoice."""
    return tenant.accounts[invoice.account].profiles[invoice.profile]


def account_invoice(tenant: AzureTenant, account: str, number: str) -> Invoice:
    """An invoice of the account, which the bot must be allowed to read; ArmError else."""
    invoice = tenant.invoices.get(number)
    if invoice is None or invoice.account != account:
        if not readable_profiles(tenant, tenant.accounts[account]):
            must_read(tenant, account)
        raise no_such("invoice", number)
    must_read(tenant, account, invoice.profile)
    return invoice
