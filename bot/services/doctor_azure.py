"""What ``doctor`` looks at in Azure and Microsoft Graph."""

from collections.abc import Iterable

from bot.domain.invoice import Invoice
from bot.domain.people import EntraUser
from bot.domain.roles import Assignment, of_home_tenant
from bot.errors import AzureDenied, AzureError, AzureMalformed, AzureNotFound, SetupError
from bot.ports import Account, Directory, Invoices, Paynow, People, Roles
from bot.services.alerts import NO_ACCOUNT
from bot.services.doctor import Doubt, Named
from bot.services.rehearsal import first_invoice

_MOST_TRIED = 10  # people
_NOBODY = "nobody@example.invalid"
_NO_GROUP = "00000000-0000-0000-0000-000000000000"


class AzureCheckup:
    """Sign-in, invoices, roles, people, groups, ways to pay; one profile of each account.

    Args:
        invoices, roles, directory: Azure and Graph.
        paynow: Azure's preview, where the bot is to pay by it, else None.
        people: Slack's accounts.
        payer_roles: the role keys that may pay.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        roles: Roles,
        directory: Directory,
        paynow: Paynow | None,
        people: People,
        payer_roles: frozenset[str],
    ) -> None:
        self._invoices, self._roles, self._directory = invoices, roles, directory
        self._paynow, self._people, self._payer_roles = paynow, people, payer_roles
        # What each check has found, for those after it; None where it has not.
        self._signed_in = False
        self._samples: list[Invoice] | None = None  # of each account that has one
        self._accounts: tuple[Account, ...] = ()
        self._assignments: list[Assignment] | None = None
        self._user: EntraUser | None = None

    def checks(self) -> list[Named]:
        """What is to be looked at, in order: each builds on what those before it have found."""
        preview: list[Named] = [("Pay-now preview", self._preview)] if self._paynow else []
        return [
            ("Azure sign-in", self._sign_in),
            ("Azure billing", self._billing),
            ("Azure roles", self._both_lists),
            ("Microsoft Graph", self._graph),
            ("Who may pay", self._somebody),
            ("Entra groups", self._groups),
            ("Payment methods", self._methods),
            *preview,
        ]

    async def _sign_in(self) -> str:
        tenant = await self._directory.tenant()
        self._signed_in = True
        return f"signed in to tenant {tenant}." if tenant else "signed in."

    async def _billing(self) -> str | None:
        if not self._signed_in:
            return None
        self._accounts = await self._invoices.accounts()
        if not self._accounts:
            raise SetupError(NO_ACCOUNT)
        found = []
        for account in self._accounts:
            try:
                invoice = await first_invoice(self._invoices, account.name)
            except AzureDenied as error:
                raise SetupError(_denied("no invoices of", account)) from error
            if invoice:
                found.append(invoice)
        self._samples = found
        names = ", ".join(account.display_name or account.name for account in self._accounts)
        return f"{len(self._accounts)} billing account(s) readable: {names}."

    async def _both_lists(self) -> str | None:
        if self._samples is None:
            return None
        found: list[Assignment] = []
        for account in self._accounts:
            try:
                found += await self._roles.at_account(account.name)
                for one in self._samples:
                    if one.billing_account.lower() == account.name.lower():
                        found += await self._roles.at_profile(account.name, one.billing_profile)
            except AzureDenied as error:
                raise SetupError(_denied("no role assignments of", account)) from error
        self._assignments = found
        if not self._samples:
            return "those of the account are readable; no invoice yet, so no profile's were tried."
        return "those of account and profile are readable."

    async def _graph(self) -> str | None:
        if not self._signed_in:
            return None
        try:
            await self._directory.matches(_NOBODY)
        except AzureDenied as error:
            raise SetupError(
                "Microsoft Graph does not let the bot look up users: give its application the "
                "permission User.Read.All and consent to it as an administrator."
            ) from error
        return "users can be looked up."

    async def _somebody(self) -> str | Doubt | None:
        """Whether one payer is known everywhere: the first found in Azure, Entra and Slack."""
        if self._assignments is None:
            return None
        home = await self._directory.tenant()
        paying = [
            one
            for one in of_home_tenant(self._assignments, home)
            if one.role and one.role.key in self._payer_roles
        ]
        if not paying:
            raise SetupError(
                "Nobody of this directory holds a paying role: give somebody one of "
                f"{', '.join(sorted(self._payer_roles))} in Azure."
            )
        known = 0
        for principal in _people(paying):
            user = await self._directory.user(principal)
            self._user = self._user or user
            if user is None or not user.enabled or not user.mail:
                continue
            known += 1
            if slack := await self._people.user_by_email(user.mail):
                return f"{user.display_name or user.id} may pay, and is {slack} in Slack."
        if known:
            raise SetupError(
                f"None of {known} people with a paying role has a Slack account with the same "
                "e-mail address: let them use their work address in Slack."
            )
        return Doubt(
            "No person with a paying role was found in Entra; groups may hold them. Have somebody "
            "who should be able to pay press the button of doctor --rehearse."
        )

    async def _groups(self) -> str | Doubt | None:
        if self._assignments is None:
            return None
        user = self._user or await self._any_user(self._assignments)
        if user is None:
            return Doubt("No person holds a billing role, so reading their groups was not tried.")
        try:
            await self._directory.groups_of(user.id, [_NO_GROUP])
        except AzureDenied:
            words = (
                "Microsoft Graph does not let the bot read who is in which group: give its "
                "application the permission GroupMember.Read.All and consent to it."
            )
            if any(one.principal_type == "group" for one in self._assignments):
                raise SetupError(words) from None
            return Doubt(f"{words} Until then roles held through a group do not count.")
        return "memberships can be read."

    async def _any_user(self, assignments: Iterable[Assignment]) -> EntraUser | None:
        for principal in _people(assignments):
            if user := await self._directory.user(principal):
                return user
        return None

    async def _methods(self) -> str | Doubt | None:
        if self._samples is None:
            return None
        if not self._samples:
            return "no invoice yet, so none were tried."
        one = self._samples[0]
        try:
            methods = await self._invoices.methods(one.billing_account, one.billing_profile)
        except AzureError as error:
            return Doubt(f"{error.sentence} The confirmation will not show how to pay.")
        return f"{len(methods)} on billing profile {one.billing_profile}."

    async def _preview(self) -> str | Doubt | None:
        """Whether the tenant has the preview at all; the question moves no money."""
        if self._samples is None or self._paynow is None:
            return None
        if not self._samples:
            return "no invoice yet, so it was not tried."
        one = self._samples[0]
        portal = "Payers are led to the Azure portal instead."
        try:
            where = (one.billing_account, one.billing_profile, one.number)
            told = await self._paynow.eligibility(*where)
        except AzureDenied:
            return Doubt(f"Azure does not let the bot's application use it. {portal}")
        except (AzureNotFound, AzureMalformed):
            return Doubt(f"Azure does not have it for this tenant. {portal}")
        except AzureError as error:
            return Doubt(f"{error.sentence} {portal}")
        if told.reason == "InsufficientPermissions":
            return Doubt(
                "Azure has it, but the bot holds no paying role: give its enterprise application "
                f"Billing profile contributor on {one.billing_profile}. {portal}"
            )
        return "Azure has it for this tenant."


def _people(assignments: Iterable[Assignment]) -> list[str]:
    """The first principals that may be people, each once."""
    found = dict.fromkeys(one.principal for one in assignments if one.could_be("user"))
    return list(found)[:_MOST_TRIED]


def _denied(what: str, account: Account) -> str:
    return (
        f"Azure shows the bot {what} {account.display_name or account.name}: give its enterprise "
        "application the role Billing account reader on it (README, Granting access)."
    )
