"""Who of the cast holds which billing role, and changing that."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.azure import AzureTenant
from sandbox.azure.billing import Account, Assignment, Profile
from sandbox.azure.roles import ROLES, Role
from sandbox.company import FABRIKAM_TENANT
from sandbox.page.fields import Fields, NotDone
from sandbox.people import Person
from sandbox.slack.records import Json
from sandbox.stage import CAST


@dataclass(frozen=True)
class Holding:
    """One role of one person: ``via`` is a group's id, or None for a direct assignment."""

    user: str
    assignment: Assignment
    via: str | None


class RoleBook:
    """The roles of the cast; remembers how everything was at the start."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant
        self._first_assignments = list(tenant.assignments)
        self._first_members = {one.id: set(one.members) for one in tenant.groups.values()}
        self._first = {user: self._of(user) for user in CAST}

    def as_json(self) -> list[Json]:
        """Every role held by somebody of the cast, groups resolved."""
        return [self._row(one) for user in CAST for one in self._of(user)]

    def words(self, user: str) -> str:
        """Somebody's standing in Azure as it is now."""
        held = self._of(user)
        if held == self._first[user]:
            return CAST[user].azure
        rows = [self._row(one) for one in held]
        return "; ".join(f"{row['role']} of {row['scope']}" for row in rows) or "No billing role"

    def revoke(self, given: Fields) -> str:
        """Take roles from ``person``: all, or those of ``role`` and ``scope``; what was done."""
        user = _person(given)
        role, scope = given.text("role", ""), given.text("scope", "")
        taken = [
            one
            for one in self._of(user)
            if role in ("", one.assignment.role.key, one.assignment.role.name)
            and scope in ("", one.assignment.scope, self._scope_name(one.assignment.scope))
        ]
        if not taken:
            raise NotDone(f"{CAST[user].name} holds no such role.")
        for one in taken:
            self._take(one)
        names = ", ".join(f"{row['role']} of {row['scope']}" for row in map(self._row, taken))
        return f"{CAST[user].name} is no longer {names}."

    def grant(self, given: Fields) -> str:
        """Give ``person`` a ``role`` on the account or profile ``scope``; what was done.

        Without a scope it is that of the invoice ``number``, else the first profile or account.
        """
        user = _person(given)
        role = _role(given.text("role", "billing-profile-contributor"))
        account, profile = self._place(given)
        tenant = FABRIKAM_TENANT if CAST[user].slack == "stranger" else None
        self._tenant.assign(
            role.key,
            self._object_id(CAST[user]),
            account.name,
            profile.name if role.level == "profile" else None,
            tenant_id=tenant,
        )
        where = profile.display_name if role.level == "profile" else account.display_name
        return f"{CAST[user].name} is {role.name} of {where} now."

    def restore(self) -> str:
        """Let everybody hold again what they held at the start."""
        self._tenant.assignments = list(self._first_assignments)
        for group, members in self._first_members.items():
            self._tenant.groups[group].members = set(members)
        self._tenant.announce("role", scope="", principal="")
        return "Everybody has the roles of the beginning again."

    def _of(self, user: str) -> list[Holding]:
        own = self._object_id(CAST[user])
        groups = self._tenant.groups_of(own)
        return [
            Holding(user, one, None if one.principal_id == own else one.principal_id)
            for one in self._tenant.assignments
            if one.principal_id == own or one.principal_id in groups
        ]

    def _row(self, one: Holding) -> Json:
        via = "directly"
        if one.via:
            via = f"through the group {self._tenant.groups[one.via].display_name}"
        elif one.assignment.tenant_id != self._tenant.tenant_id:
            via = "from another company’s directory"
        return {
            "person": one.user,
            "role": one.assignment.role.name,
            "scope": self._scope_name(one.assignment.scope),
            "via": via,
        }

    def _take(self, one: Holding) -> None:
        """End a direct assignment, or the membership that leads to the group's."""
        if one.via is None:
            self._tenant.assignments = [
                kept for kept in self._tenant.assignments if kept is not one.assignment
            ]
            self._tenant.announce("role", scope=one.assignment.scope, principal=one.user)
            return
        own = self._object_id(CAST[one.user])
        for group in self._tenant.groups.values():
            leads_there = group.id == one.via or one.via in self._tenant.groups_of(group.id)
            if own in group.members and leads_there:
                self._tenant.leave(group.id, own)

    def _place(self, given: Fields) -> tuple[Account, Profile]:
        """The account and profile that ``scope`` or ``number`` names."""
        scope = given.text("scope", "")
        invoice = self._tenant.invoices.get(given.text("number", ""))
        for account, profile in self._profiles():
            names = {account.name, account.display_name, profile.name, profile.display_name}
            of_invoice = invoice is not None and invoice.profile == profile.name
            if scope in names or (not scope and (of_invoice or invoice is None)):
                return account, profile
        raise NotDone(f"There is no billing account or profile “{scope}”.")

    def _profiles(self) -> Iterator[tuple[Account, Profile]]:
        for account in self._tenant.accounts.values():
            for profile in account.profiles.values():
                yield account, profile

    def _scope_name(self, scope: str) -> str:
        for account, profile in self._profiles():
            if scope in (account.id, profile.id):
                return account.display_name if scope == account.id else profile.display_name
        return scope

    def _object_id(self, person: Person) -> str:
        user = self._tenant.find_user(person.upn) if person.upn else None
        return user.id if user else self._tenant.guid("stranger", person.email)


def _person(given: Fields) -> str:
    user = given.text("person")
    if user not in CAST:
        raise NotDone("There is no such person.")
    return user


def _role(name: str) -> Role:
    for role in ROLES.values():
        if name in (role.key, role.name) and role.level != "section":
            return role
    raise NotDone(f"There is no role “{name}” on billing accounts and profiles.")
