"""The billing roles of a Microsoft Customer Agreement, with their well-known GUIDs."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["account", "profile", "section"]

_PREFIX: dict[Level, str] = {"account": "5", "profile": "4", "section": "3"}


@dataclass(frozen=True)
class Role:
    """One role definition; the GUID is the same in every billing account.

    Attributes:
        key: how the project calls it, e.g. ``billing-profile-owner``.
        guid: last part of the role definition's id.
        level: the only kind of scope it can be assigned at.
        reads: whether it shows invoices, payment methods and role assignments.
        pays: whether it may pay an invoice with a card.
    """

    key: str
    guid: str
    level: Level
    reads: bool
    pays: bool

    @property
    def name(self) -> str:
        """The name shown to people, e.g. ``Billing profile owner``."""
        return self.key.replace("-", " ").capitalize()


def _role(key: str, level: Level, number: int, may: str = "") -> Role:
    guid = f"{_PREFIX[level]}0000000-aaaa-bbbb-cccc-1{number:011d}"
    return Role(key, guid, level, reads="read" in may, pays="pay" in may)


ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        _role("billing-account-owner", "account", 0, "read, pay"),
        _role("billing-account-contributor", "account", 1, "read, pay"),
        _role("billing-account-reader", "account", 2, "read"),
        _role("basic-purchaser", "account", 3),
        _role("billing-profile-owner", "profile", 0, "read, pay"),
        _role("billing-profile-contributor", "profile", 1, "read, pay"),
        _role("billing-profile-reader", "profile", 2, "read"),
        _role("invoice-manager", "profile", 4, "read, pay"),
        _role("invoice-section-owner", "section", 0),
        _role("invoice-section-contributor", "section", 1),
        _role("invoice-section-reader", "section", 2),
        _role("azure-subscription-creator", "section", 6),
    )
}
