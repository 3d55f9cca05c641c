"""The Entra half of the pretend tenant: users, groups, and what the bot may ask Graph."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

Clock = Callable[[], datetime]
Permission = Literal["User.Read.All", "GroupMember.Read.All"]
UserType = Literal["Member", "Guest"]


@dataclass
class User:
    """A user object; ``proxy_addresses`` look like ``SMTP:primary@x`` and ``smtp:other@x``."""

    id: str
    upn: str
    mail: str | None
    display_name: str
    enabled: bool = True
    proxy_addresses: list[str] = field(default_factory=list)
    other_mails: list[str] = field(default_factory=list)
    user_type: UserType = "Member"


@dataclass
class Group:
    """A security group; ``members`` are object ids of users, service principals or groups."""

    id: str
    display_name: str
    members: set[str] = field(default_factory=set)


@dataclass
class Directory:
    """Users and groups of one tenant.

    Attributes:
        tenant_id: GUID of the tenant.
        now: the clock, aware UTC.
        on_change: called with ``{"kind": …, …}`` after each change. Kinds: ``user`` (user),
            ``group`` (group), ``permission`` (permission), ``account`` (account), ``profile``
            (account, profile), ``role`` (scope, principal), ``invoice`` (invoice) and
            ``operation`` (operation, invoice).
        users: by object id.
        groups: by object id.
        permissions: the Graph application permissions the bot has consent for.
    """

    tenant_id: str
    now: Clock
    on_change: list[Callable[[dict[str, str]], None]] = field(default_factory=list, kw_only=True)
    users: dict[str, User] = field(default_factory=dict, kw_only=True)
    groups: dict[str, Group] = field(default_factory=dict, kw_only=True)
    permissions: set[Permission] = field(
        default_factory=lambda: {"User.Read.All", "GroupMember.Read.All"}, kw_only=True
    )

    def guid(self, kind: str, name: str) -> str:
        """A GUID that is the same for the same tenant, kind and name on every run."""
        return str(uuid5(NAMESPACE_URL, f"{self.tenant_id}/{kind}/{name}"))

    def announce(self, kind: str, **facts: str) -> None:
        """Tell everyone who listens that something changed."""
        for listen in list(self.on_change):
            listen({"kind": kind, **facts})

    def add_user(
        self,
        upn: str,
        mail: str | None = None,
        display_name: str = "",
        *,
        enabled: bool = True,
        proxy_addresses: Iterable[str] | None = None,
        other_mails: Iterable[str] = (),
        user_type: UserType = "Member",
    ) -> str:
        """Add a user and return the object id.

        Args:
            upn: user principal name, unique in the tenant.
            mail: the ``mail`` property; None leaves it null.
            display_name: the UPN's local part when empty.
            enabled: ``accountEnabled``.
            proxy_addresses: ``["SMTP:<mail>"]`` when None, as Exchange fills it.
            other_mails: addresses the user may have typed in; no proof of anything.
            user_type: ``Guest`` for B2B users.

        Raises:
            ValueError: the UPN is taken.
        """
        if self.find_user(upn):
            raise ValueError(f"{upn} exists already")
        if proxy_addresses is None:
            proxy_addresses = [f"SMTP:{mail}"] if mail else []
        user = User(
            id=self.guid("user", upn.lower()),
            upn=upn,
            mail=mail,
            display_name=display_name or upn.partition("@")[0],
            enabled=enabled,
            proxy_addresses=list(proxy_addresses),
            other_mails=list(other_mails),
            user_type=user_type,
        )
        self.users[user.id] = user
        self.announce("user", user=user.id)
        return user.id

    def remove_user(self, user_id: str) -> None:
        """Delete a user; memberships and role assignments stay behind, as in Azure."""
        del self.users[user_id]
        self.announce("user", user=user_id)

    def set_enabled(self, user_id: str, *, enabled: bool) -> None:
        """Block or unblock a user's sign-in."""
        self.users[user_id].enabled = enabled
        self.announce("user", user=user_id)

    def add_group(self, name: str, members: Iterable[str] = ()) -> str:
        """Add a group of users and groups (object ids) and return its object id."""
        group = Group(self.guid("group", f"{name}#{len(self.groups)}"), name, set(members))
        self.groups[group.id] = group
        self.announce("group", group=group.id)
        return group.id

    def join(self, group_id: str, member_id: str) -> None:
        """Make ``member_id`` a direct member of the group."""
        self.groups[group_id].members.add(member_id)
        self.announce("group", group=group_id)

    def leave(self, group_id: str, member_id: str) -> None:
        """End a direct membership; ending none is fine."""
        self.groups[group_id].members.discard(member_id)
        self.announce("group", group=group_id)

    def grant_permission(self, permission: Permission) -> None:
        """Consent to a Graph application permission."""
        self.permissions.add(permission)
        self.announce("permission", permission=permission)

    def revoke_permission(self, permission: Permission) -> None:
        """Take a Graph application permission back, with effect at once."""
        self.permissions.discard(permission)
        self.announce("permission", permission=permission)

    def find_user(self, reference: str) -> User | None:
        """The user with this object id or UPN, letter case ignored; a mail address is neither."""
        wanted = reference.lower()
        for user in self.users.values():
            if wanted in (user.id, user.upn.lower()):
                return user
        return None

    def groups_of(self, member_id: str) -> set[str]:
        """Ids of all groups the object is in, directly or through other groups."""
        found: set[str] = set()
        newest = {member_id}
        while newest:
            newest = {
                group.id
                for group in self.groups.values()
                if group.id not in found and group.members & newest
            }
            found |= newest
        return found
