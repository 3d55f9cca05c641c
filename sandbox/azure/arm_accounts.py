"""Resource Manager: billing accounts and profiles, their role assignments and payment methods."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.azure.arm_access import (
    may_list,
    must_read,
    named_account,
    named_profile,
    readable_profiles,
    reads,
)
from sandbox.azure.arm_body import json_object
from sandbox.azure.arm_errors import ArmError, denied
from sandbox.azure.arm_paging import page
from sandbox.azure.billing import PROVIDER
from sandbox.azure.billing_json import (
    account_json,
    assignment_json,
    payment_method_json,
    profile_json,
)
from sandbox.azure.tenant import AzureTenant

ACCOUNT = PROVIDER + "/{account}"
PROFILE = ACCOUNT + "/billingProfiles/{profile}"
SECTION = PROFILE + "/invoiceSections/{section}"


class AccountRoutes:
    """The request handlers over one tenant."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        """All paths below billing accounts and profiles, invoices excepted."""
        return [
            Route(PROVIDER, self.accounts),
            Route(ACCOUNT, self.account),
            Route(ACCOUNT + "/billingProfiles", self.profiles),
            Route(PROFILE, self.profile),
            Route(PROFILE + "/paymentMethodLinks", self.payment_methods),
            *(
                Route(at + "/billingRoleAssignments", self.assignments)
                for at in (ACCOUNT, PROFILE, SECTION)
            ),
            *(
                Route(at + "/checkAccess", self.check_access, methods=["POST"])
                for at in (ACCOUNT, PROFILE)
            ),
        ]

    async def accounts(self, request: Request) -> Response:
        """Accounts on which, or within which, the bot has a role; without one an empty list."""
        found = [
            account_json(
                account, self._tenant.tenant_id, readable=reads(self._tenant, account.name)
            )
            for account in self._tenant.accounts.values()
            if reads(self._tenant, account.name) or readable_profiles(self._tenant, account)
        ]
        return JSONResponse(page(request, found, self._tenant.switches.page_size))

    async def account(self, request: Request) -> Response:
        """One account."""
        account = named_account(self._tenant, request)
        readable = reads(self._tenant, account.name)
        if not readable and not readable_profiles(self._tenant, account):
            raise denied(self._tenant.switches.denial)
        return JSONResponse(account_json(account, self._tenant.tenant_id, readable=readable))

    async def profiles(self, request: Request) -> Response:
        """The account's profiles the bot reads."""
        account = named_account(self._tenant, request)
        found = readable_profiles(self._tenant, account)
        if not found:
            may_list(self._tenant, account.name)
        listed = [profile_json(profile) for profile in found]
        return JSONResponse(page(request, listed, self._tenant.switches.page_size))

    async def profile(self, request: Request) -> Response:
        """One profile."""
        account = named_account(self._tenant, request)
        profile = named_profile(account, request)
        must_read(self._tenant, account.name, profile.name)
        return JSONResponse(profile_json(profile))

    async def payment_methods(self, request: Request) -> Response:
        """The payment methods linked to a profile."""
        account = named_account(self._tenant, request)
        profile = named_profile(account, request)
        shown = may_list(self._tenant, account.name, profile.name)
        methods = profile.payment_methods.values() if shown else ()
        listed = [payment_method_json(profile, method) for method in methods]
        return JSONResponse(page(request, listed, self._tenant.switches.page_size))

    async def assignments(self, request: Request) -> Response:
        """The assignments made at exactly this scope; those of other scopes are not repeated."""
        account = named_account(self._tenant, request)
        profile = named_profile(account, request).name if "profile" in request.path_params else None
        shown = may_list(self._tenant, account.name, profile)
        scope = self._tenant.scope(account.name, profile, request.path_params.get("section"))
        found = [one for one in self._tenant.assignments if shown and one.scope == scope]
        listed = [assignment_json(one) for one in found]
        return JSONResponse(page(request, listed, self._tenant.switches.page_size))

    async def check_access(self, request: Request) -> Response:
        """Whether the caller, never somebody else, may do the actions it lists."""
        account = named_account(self._tenant, request)
        profile = named_profile(account, request).name if "profile" in request.path_params else None
        actions = (await json_object(request)).get("actions")
        if not isinstance(actions, list):
            raise ArmError(400, "BadRequest", "The property 'actions' is required.")
        roles = self._tenant.roles_of(self._tenant.bot_id, account.name, profile)
        may_read, may_write = (any(r.reads for r in roles), any(r.pays for r in roles))
        return JSONResponse(
            [
                {
                    "accessDecision": "Allowed"
                    if (may_read if str(action).endswith("/read") else may_write)
                    else "NotAllowed",
                    "action": action,
                }
                for action in actions
            ]
        )
