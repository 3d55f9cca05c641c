"""Billing roles of a Microsoft Customer Agreement and who holds them.

The role definition ids are the same in every agreement (Microsoft's REST examples
``billingRoleDefinitionListBy{BillingAccount,BillingProfile}``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where a role is held."""

    ACCOUNT = "billing account"
    PROFILE = "billing profile"


@dataclass(frozen=True, slots=True)
class Role:
    """A billing role: its setting key, its scope and the name people know it by."""

    key: str
    scope: Scope
    label: str


_ACCOUNT = "50000000-aaaa-bbbb-cccc-1000000000"
_PROFILE = "40000000-aaaa-bbbb-cccc-1000000000"

ROLES: dict[str, Role] = {
    _ACCOUNT + "00": Role("billing-account-owner", Scope.ACCOUNT, "Billing account owner"),
    _ACCOUNT + "01": Role(
        "billing-account-contributor", Scope.ACCOUNT, "Billing account contributor"
    ),
    _ACCOUNT + "02": Role("billing-account-reader", Scope.ACCOUNT, "Billing account reader"),
    _PROFILE + "00": Role("billing-profile-owner", Scope.PROFILE, "Billing profile owner"),
    _PROFILE + "01": Role(
        "billing-profile-contributor", Scope.PROFILE, "Billing profile contributor"
    ),
    _PROFILE + "02": Role("billing-profile-reader", Scope.PROFILE, "Billing profile reader"),
    _PROFILE + "04": Role("invoice-manager", Scope.PROFILE, "Invoice manager"),
}

PAYING_ROLES = (
    "billing-account-owner",
    "billing-account-contributor",
    "billing-profile-owner",
    "billing-profile-contributor",
)
"""The default ``PAYER_ROLES``."""

MAY_BE_PAYING_ROLES = (*PAYING_ROLES, "invoice-manager")
"""What ``PAYER_ROLES`` may name: Microsoft lets an invoice manager pay, too."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role assignment as Azure listed it.

    Attributes:
        scope: the scope whose list it came from (each list holds only its own).
        definition: the last path segment of the role definition id, lower case.
        principal: the Entra object id, lower case.
        principal_type: ``user``, ``group``, another word, or "" where the service left it out.
        tenant: the principal's tenant id, lower case, or "" where left out.
    """

    scope: Scope
    definition: str
    principal: str
    principal_type: str = ""
    tenant: str = ""

    @property
    def role(self) -> Role | None:
        """The role it grants, or None where the definition is unknown or of another scope."""
        role = ROLES.get(self.definition)
        return role if role is not None and role.scope is self.scope else None

    def could_be(self, kind: str) -> bool:
        """Whether the principal is of this kind (``user`` or ``group``), or of an untold one."""
        return self.principal_type in ("", kind)


@dataclass(frozen=True, slots=True)
class Holding:
    """A role a person was found to hold, and how: directly, or through a group."""

    role: Role
    through_group: bool


def of_home_tenant(assignments: Iterable[Assignment], home: str) -> tuple[Assignment, ...]:
    """The assignments whose principal lives in the directory Graph was asked in.

    An object id is only meaningful in its own tenant, so an assignment of another tenant can
    never match a person looked up in ``home``. Where the service leaves the tenant out, the id
    alone decides; ``home`` "" (unknown) keeps all.
    """
    return tuple(a for a in assignments if not home or a.tenant in ("", home.lower()))


def group_candidates(assignments: Iterable[Assignment]) -> tuple[str, ...]:
    """The principals that may be groups, each once, in order: to be asked of Graph."""
    return tuple(dict.fromkeys(a.principal for a in assignments if a.role and a.could_be("group")))


def holdings(
    assignments: Iterable[Assignment], user: str, groups: frozenset[str]
) -> tuple[Holding, ...]:
    """The roles that ``user`` (Entra object id) holds directly or through one of ``groups``."""
    found = []
    for assignment in assignments:
        role = assignment.role
        if role is None:
            continue
        if assignment.could_be("user") and assignment.principal == user.lower():
            found.append(Holding(role, through_group=False))
        elif assignment.could_be("group") and assignment.principal in groups:
            found.append(Holding(role, through_group=True))
    return tuple(found)
