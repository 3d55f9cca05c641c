"""Billing accounts, billing profiles and role assignments on top of the directory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.azure.directory import Directory
from sandbox.azure.roles import ROLES, Role

PROVIDER = "/providers/Microsoft.Billing/billingAccounts"

PrincipalType = Literal[
    "Unknown", "None", "User", "Group", "DirectoryRole", "ServicePrincipal", "Everyone"
]


@dataclass
class PaymentMethod:
    """A way to pay linked to a billing profile; ``expiration`` is ``month/year``, cards only."""

    name: str
    family: str
    type: str
    display_name: str
    last_four: str | None = None
    expiration: str | None = None
    holder: str | None = None
    status: str = "active"


def card(
    name: str, last_four: str, *, kind: str = "visa", expiration: str = "12/2032"
) -> PaymentMethod:
    """A credit card; ``name`` is twelve letters and digits in the live service."""
    return PaymentMethod(
        name, "CreditCard", kind, kind.capitalize(), last_four, expiration, "Contoso Finance"
    )


def wire(name: str) -> PaymentMethod:
    """Payment by check or wire transfer."""
    return PaymentMethod(name, "CheckWire", "check", "Check or wire transfer")


@dataclass
class Profile:
    """A billing profile; ``reason`` is the ``statusReasonCode``, e.g. ``PastDue``."""

    name: str
    account: str
    display_name: str
    currency: str
    payment_methods: dict[str, PaymentMethod] = field(default_factory=dict)
    status: str = "Active"
    reason: str | None = None
    invoice_day: int = 5
    po: str | None = None

    @property
    def id(self) -> str:
        """The resource id."""
        return f"{PROVIDER}/{self.account}/billingProfiles/{self.name}"


@dataclass
class Account:
    """A billing account with its profiles by name."""

    name: str
    display_name: str
    agreement_type: str
    profiles: dict[str, Profile] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The resource id."""
        return f"{PROVIDER}/{self.name}"


@dataclass
class Assignment:
    """A role given to a principal at exactly one scope.

    ``principal_type`` None gives the shape of the live service, which names the principal's tenant
    and not its type; otherwise the shape of the specification, which does the opposite.
    ``raw`` has the last word on the JSON properties.
    """

    role: Role
    principal_id: str
    scope: str
    tenant_id: str
    principal_type: PrincipalType | None
    created_on: datetime
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Role GUID and principal, as Azure names assignments."""
        return f"{self.role.guid}_{self.principal_id}"


@dataclass
class Billing(Directory):
    """Accounts by name, profiles within them, and who holds which role where."""

    accounts: dict[str, Account] = field(default_factory=dict, kw_only=True)
    assignments: list[Assignment] = field(default_factory=list, kw_only=True)

    def add_account(
        self, display_name: str, agreement_type: str = "MicrosoftCustomerAgreement"
    ) -> str:
        """Add a billing account and return its name, ``<guid>:<guid>_2019-05-31``."""
        first, second = (self.guid(part, display_name) for part in ("account", "organization"))
        account = Account(f"{first}:{second}_2019-05-31", display_name, agreement_type)
        self.accounts[account.name] = account
        self.announce("account", account=account.name)
        return account.name

    def add_profile(
        self,
        account: str,
        display_name: str,
        name: str | None = None,
        *,
        currency: str = "USD",
        payment_methods: Iterable[PaymentMethod] = (),
        status: str = "Active",
        reason: str | None = None,
        po: str | None = None,
    ) -> str:
        """Add a billing profile and return its name, e.g. ``TIIZ-Q3Y4-BG7-TGB``.

        Args:
            account: name of the billing account.
            display_name: shown to people.
            name: made up in the live form when None.
            currency: ISO code all its invoices are billed in.
            payment_methods: what it can pay with, the default one first.
            status: ``Active``, ``Warned``, ``Disabled``, ...
            reason: ``statusReasonCode`` that goes with the status.
            po: default purchase order number.
        """
        if name is None:
            letters = self.guid("profile", f"{account}/{display_name}").replace("-", "").upper()
            name = f"{letters[:4]}-{letters[4:8]}-{letters[8:11]}-{letters[11:14]}"
        methods = {method.name: method for method in payment_methods}
        self.accounts[account].profiles[name] = Profile(
            name, account, display_name, currency, methods, status, reason, po=po
        )
        self.announce("profile", account=account, profile=name)
        return name

    def set_profile_status(
        self, account: str, profile: str, status: str, reason: str | None = None
    ) -> None:
        """Warn, disable or reactivate a billing profile."""
        found = self.accounts[account].profiles[profile]
        found.status, found.reason = status, reason
        self.announce("profile", account=account, profile=profile)

    def assign(
        self,
        role_key: str,
        principal_id: str,
        account: str,
        profile: str | None = None,
        *,
        section: str | None = None,
        principal_type: PrincipalType | None = None,
        tenant_id: str | None = None,
        raw: dict[str, Any] | None = None,
    ) -> None:
        """Give a role; giving it again replaces the assignment.

        Args:
            role_key: a key of ``roles.ROLES``.
            principal_id: object id of a user, group or service principal.
            account: name of the billing account.
            profile: name of the billing profile, for profile and section roles.
            section: name of the invoice section, for section roles.
            principal_type: the assignment's shape, see ``Assignment``.
            tenant_id: the principal's tenant, this one when None.
            raw: JSON properties that replace the usual ones, for odd or malformed answers.

        Raises:
            KeyError: no such role, account or profile.
            ValueError: the role does not belong at this kind of scope.
        """
        role = ROLES[role_key]
        scope = self.scope(account, profile, section)
        level = "section" if section else "profile" if profile else "account"
        if role.level != level:
            raise ValueError(f"{role.key} is assigned at a billing {role.level}, not {level}")
        self._forget(role, principal_id, scope)
        self.assignments.append(
            Assignment(
                role,
                principal_id,
                scope,
                tenant_id or self.tenant_id,
                principal_type,
                self.now(),
                raw or {},
            )
        )
        self.announce("role", scope=scope, principal=principal_id)

    def revoke(
        self,
        role_key: str,
        principal_id: str,
        account: str,
        profile: str | None = None,
        *,
        section: str | None = None,
    ) -> None:
        """Take a role away; raises LookupError where it was not held at exactly this scope."""
        scope = self.scope(account, profile, section)
        if not self._forget(ROLES[role_key], principal_id, scope):
            raise LookupError(f"{principal_id} does not hold {role_key} there")
        self.announce("role", scope=scope, principal=principal_id)

    def _forget(self, role: Role, principal_id: str, scope: str) -> bool:
        kept = [
            one
            for one in self.assignments
            if (one.role, one.principal_id, one.scope) != (role, principal_id, scope)
        ]
        found = len(kept) < len(self.assignments)
        self.assignments = kept
        return found

    def scope(self, account: str, profile: str | None = None, section: str | None = None) -> str:
        """Resource id of an account, profile or invoice section; KeyError where there is none."""
        if profile is None:
            return self.accounts[account].id
        of_profile = self.accounts[account].profiles[profile].id
        return f"{of_profile}/invoiceSections/{section}" if section else of_profile

    def roles_of(self, principal_id: str, account: str, profile: str | None = None) -> set[Role]:
        """Roles in force for a principal of this tenant: inherited from the account, or by group."""
        scopes = {self.scope(account), self.scope(account, profile)}
        principals = {principal_id} | self.groups_of(principal_id)
        return {
            one.role
            for one in self.assignments
            if one.scope in scopes
            and one.principal_id in principals
            and one.tenant_id == self.tenant_id
        }
