"""Whose an unpaid invoice is to look after, and who can be chosen for that: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied, NotPayable
from bot.domain.people import SlackPerson, Workspace
from bot.domain.policy import Reason, hygiene

LONGEST_WHY = 300  # characters


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who looks after an invoice; that gives them no right at all.

    Attributes:
        user: their Slack user id.
        by: the Slack user id of whoever has asked them to.
        step: which step that was.
    """

    user: str
    by: str
    step: str = ""

    @property
    def second_copy(self) -> dict[str, str]:
        """What the card carries unseen, so that it is not forgotten with the store."""
        return {"assignee": self.user, "assigned_by": self.by}

    @classmethod
    def found(cls, about: Mapping[str, str]) -> "Assignee | None":
        """The assignee in what a card carries, or None."""
        user = about.get("assignee", "")
        return cls(user, about.get("assigned_by", "")) if user else None


class Unfit(StrEnum):
    """Why nobody can assign an invoice to this person."""

    OUTSIDER = "outsider"
    DEACTIVATED = "deactivated"
    APP = "app"
    GUEST = "guest"
    NOT_JOINED = "not_joined"
    NOT_IN_CHANNEL = "not_in_channel"


_UNFIT = {
    Reason.OTHER_COMPANY: Unfit.OUTSIDER,
    Reason.DEACTIVATED: Unfit.DEACTIVATED,
    Reason.BOT: Unfit.APP,
    Reason.GUEST: Unfit.GUEST,
    Reason.NOT_JOINED: Unfit.NOT_JOINED,
}


def unfit(person: SlackPerson, home: Workspace, *, in_channel: bool) -> Unfit | None:
    """Why this person cannot look after an invoice, or None where they can.

    They need no e-mail address, since nothing is allowed to them for being assigned.
    """
    refusal = hygiene(person, home)
    if refusal is not None and refusal.reason in _UNFIT:
        return _UNFIT[refusal.reason]
    return None if in_channel else Unfit.NOT_IN_CHANNEL


@dataclass(frozen=True, slots=True)
class MayAssign:
    """May assign the invoice; ``now`` is who has it already."""

    invoice: Invoice
    now: Assignee | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """The invoice is this person's to look after; ``already`` where it was before."""

    user: str
    already: bool = False


@dataclass(frozen=True, slots=True)
class Unassigned:
    """Nobody in particular looks after the invoice (any more)."""


@dataclass(frozen=True, slots=True)
class CannotHave:
    """This person cannot be assigned; nothing has changed."""

    user: str
    why: Unfit


AssignResult = MayAssign | Assigned | Unassigned | CannotHave | Denied | NotPayable
