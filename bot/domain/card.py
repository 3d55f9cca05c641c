"""The living card of an invoice in its channel."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.domain.assigning import Assignee
from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.domain.profile import Flag
from bot.domain.snooze import Snooze


@dataclass(frozen=True, slots=True)
class Card:
    """The record of one card.

    Attributes:
        invoice: the invoice as last read.
        channel: Slack channel id.
        ts: Slack's message id; "" while its posting is not known to have happened.
        intent: when posting was begun, epoch seconds; the history is searched from here.
        face: a digest of what the message shows now; "" forces it to be shown again.
        closed: whether the invoice needs no more attention.
        milestone: the latest milestone people were told of, days relative to the due date.
        group: the id of the summary whose thread the card belongs in, or "".
        thread: the ts of the message whose thread it was posted in, or "".
        reminding: when a reminder was begun whose outcome is not known yet, epoch seconds, or 0.
        flag: what Azure has done to the billing profile, as last read.
        snooze: the latest snooze, until a scan has seen that it is over.
        assignee: who looks after the invoice, until it is over.
    """

    invoice: Invoice
    channel: str
    ts: str = ""
    intent: float = 0.0
    face: str = ""
    closed: bool = False
    milestone: int | None = None
    group: str = ""
    thread: str = ""
    reminding: float = 0.0
    flag: Flag | None = None
    snooze: Snooze | None = None
    assignee: Assignee | None = None

    @property
    def alert_id(self) -> str:
        """What the message carries as metadata: one alert per invoice."""
        return alert_id(self.invoice.number)

    def is_assigned_to(self, user: str) -> bool:
        """Whether this person (Slack user id) looks after the invoice."""
        return self.assignee is not None and self.assignee.user == user


def alert_id(number: str) -> str:
    """The id of an invoice's alert; stable, so that a lost record can be found again by it."""
    return f"invoice:{number}"


@dataclass(frozen=True, slots=True)
class CardState:
    """All that a card's face depends on: the invoice, its payment if any, and the day.

    ``flag`` is what Azure has done to the billing profile; ``snooze`` is one that still holds;
    ``assignee`` looks after it.
    """

    invoice: Invoice
    payment: Payment | None
    today: date
    flag: Flag | None = None
    snooze: Snooze | None = None
    assignee: Assignee | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A Slack message ready to send.

    Attributes:
        text: all of it in words, for screen readers and notifications.
        blocks: Block Kit blocks.
        metadata: Slack's ``{"event_type": ..., "event_payload": {...}}``, or {}.
    """

    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] = field(default_factory=dict)
