"""Who may pay and who may look: pure decisions. In doubt the answer is no."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.people import EntraUser, Presence, SlackPerson, Workspace
from bot.domain.roles import Holding, Role


class Reason(StrEnum):
    """Why somebody is refused."""

    OTHER_COMPANY = "other_company"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GUEST = "guest"
    NOT_JOINED = "not_joined"
    EMAIL_UNCONFIRMED = "email_unconfirmed"
    NO_EMAIL = "no_email"
    NOT_IN_ENTRA = "not_in_entra"
    AMBIGUOUS_IN_ENTRA = "ambiguous_in_entra"
    DISABLED_IN_ENTRA = "disabled_in_entra"
    NO_ROLE = "no_role"
    ROLE_TOO_LOW = "role_too_low"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no with its reason.

    Attributes:
        reason: why.
        role: the best role they do hold, for ``ROLE_TOO_LOW``.
        payers: mrkdwn-safe mentions or names of people who could do it, maybe empty.
    """

    reason: Reason
    role: Role | None = None
    payers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """A yes with its evidence: the Entra object id and the role that allowed it, and how held."""

    entra_id: str
    holding: Holding


def stranger(presence: Presence, home: Workspace) -> Refusal | None:
    """Refuse a request that comes from another company's workspace (Slack Connect)."""
    if presence.team == home.team:
        return None
    if home.enterprise and presence.enterprise == home.enterprise:
        return None
    return Refusal(Reason.OTHER_COMPANY)


def hygiene(person: SlackPerson, home: Workspace) -> Refusal | None:
    """Refuse a Slack account that cannot vouch for a colleague; None lets it go on.

    Source: the fields of Slack's user object (docs.slack.dev, "User object").
    """
    same_company = person.team == home.team or bool(
        home.enterprise and person.enterprise == home.enterprise
    )
    checks = (
        (person.deleted, Reason.DEACTIVATED),
        (person.is_bot, Reason.BOT),
        (person.is_stranger or not same_company, Reason.OTHER_COMPANY),
        (person.is_guest, Reason.GUEST),
        (person.is_invited, Reason.NOT_JOINED),
        (not person.email, Reason.NO_EMAIL),
        (not person.email_confirmed, Reason.EMAIL_UNCONFIRMED),
    )
    return next((Refusal(reason) for failed, reason in checks if failed), None)


def the_one(matches: Iterable[EntraUser]) -> EntraUser | Refusal:
    """The single enabled directory user among ``matches`` (the same id twice is one)."""
    users = {user.id: user for user in matches}
    if not users:
        return Refusal(Reason.NOT_IN_ENTRA)
    if len(users) > 1:
        return Refusal(Reason.AMBIGUOUS_IN_ENTRA)
    (user,) = users.values()
    return user if user.enabled else Refusal(Reason.DISABLED_IN_ENTRA)


def decide(user: EntraUser, held: tuple[Holding, ...], allowed: frozenset[str]) -> Grant | Refusal:
    """Whether one of the roles held is among the ``allowed`` role keys; which one, or why not.

    The strongest evidence is named: a role held directly before one through a group.
    """
    fitting = sorted(
        (h for h in held if h.role.key in allowed), key=lambda holding: holding.through_group
    )
    if fitting:
        return Grant(user.id, fitting[0])
    if held:
        return Refusal(Reason.ROLE_TOO_LOW, role=held[0].role)
    return Refusal(Reason.NO_ROLE)
