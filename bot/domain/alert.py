"""What the outbox holds: alerts to be delivered, each for one milestone of one invoice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from bot.domain.card import Card, alert_id

MOST_SINGLE = 10
"""More new cards, or more reminders, than this in one channel and scan come as one summary."""


class Kind(StrEnum):
    """What is delivered."""

    SUMMARY = "summary"
    CARD = "card"
    REMINDER = "reminder"
    STORY = "story"
    REMARK = "remark"
    DIRECT = "direct"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Alert:
    """One entry of the outbox.

    Attributes:
        kind: what is delivered.
        subject: the invoice number, or the summary's or digest's id.
        milestone: days relative to the due date; 0 for a summary or digest.
    """

    kind: Kind
    subject: str
    milestone: int = 0

    @property
    def key(self) -> str:
        """The entry's name: the same alert is never twice in the outbox."""
        return f"{self.kind}|{self.subject}|{self.milestone}"

    @classmethod
    def of(cls, key: str) -> "Alert":
        """The alert with this key. Raises ``ValueError`` for anything else."""
        kind, subject, milestone = key.split("|")
        return cls(Kind(kind), subject, int(milestone))

    @classmethod
    def story(cls, number: str, operation: str) -> "Alert":
        """A step of the invoice's payment, to be told in its card's thread."""
        return cls(Kind.STORY, f"{number}/{operation}")

    @classmethod
    def remark(cls, number: str, step: str) -> "Alert":
        """What somebody has said of the invoice, to be told there, too."""
        return cls(Kind.REMARK, f"{number}/{step}")

    @classmethod
    def direct(cls, number: str, user: str, *, step: str = "", milestone: int = 0) -> "Alert":
        """A direct message: on a remark that concerns this person, or a reminder."""
        return cls(Kind.DIRECT, f"{number}/{user}/{step}", milestone)

    @property
    def invoice(self) -> str:
        """The invoice number; "" for a summary."""
        return "" if self.kind is Kind.SUMMARY else self.subject.partition("/")[0]

    @property
    def operation(self) -> str:
        """Which step a story, a remark or a direct message tells of; "" for none."""
        rest = self.subject.partition("/")[2]
        return rest.partition("/")[2] if self.kind is Kind.DIRECT else rest

    @property
    def person(self) -> str:
        """The Slack user id of whoever gets a direct message."""
        return self.subject.partition("/")[2].partition("/")[0]

    @property
    def alert_id(self) -> str:
        """What its message carries as metadata, so that it can be found again."""
        if self.kind in (Kind.STORY, Kind.REMARK):
            return f"{self.kind}:{self.operation}"
        if self.kind is Kind.DIRECT:
            return f"{self.kind}:{self.subject}:{self.milestone}"
        if self.kind in (Kind.SUMMARY, Kind.DIGEST):
            return f"{self.kind}:{self.subject}"
        if self.kind is Kind.REMINDER:
            return f"{alert_id(self.subject)}:{self.milestone}"
        return alert_id(self.subject)


@dataclass(frozen=True, slots=True)
class Summary:
    """One message in place of many.

    Attributes:
        id: its own.
        channel: Slack channel id.
        numbers: the invoices it tells of, in order.
        reminds: whether it stands for reminders; else the new cards follow in its thread.
        ts: Slack's message id; "" while its posting is not known to have happened.
        intent: when posting was begun, epoch seconds.
        reached: the milestone of each of the numbers, in their order.
    """

    id: str
    channel: str
    numbers: tuple[str, ...]
    reminds: bool = False
    ts: str = ""
    intent: float = 0.0
    reached: tuple[int, ...] = ()

    @classmethod
    def of(cls, channel: str, milestones: Mapping[str, int], *, reminds: bool) -> "Summary":
        """The summary of these invoices (number → milestone reached) in this channel.

        Its id says what it tells of: the same once more is the same, and anything else another.
        """
        told = [
            channel,
            str(reminds),
            *sorted(f"{n}:{reached}" for n, reached in milestones.items()),
        ]
        identity = hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
        return cls(
            identity, channel, tuple(milestones), reminds, reached=tuple(milestones.values())
        )

    @property
    def milestones(self) -> dict[str, int]:
        """Which milestone each of its invoices had reached."""
        return dict(zip(self.numbers, self.reached, strict=False))


@dataclass(slots=True)
class Backlog:
    """Reminders that wait in a channel's outbox, and which milestone of which invoice they tell of."""

    alerts: list[Alert] = field(default_factory=list)
    milestones: dict[str, int] = field(default_factory=dict)

    def add(self, alert: Alert, milestones: Mapping[str, int]) -> None:
        """Count one alert among them; the latest milestone of an invoice holds."""
        self.alerts.append(alert)
        for number, reached in milestones.items():
            self.milestones[number] = max(reached, self.milestones.get(number, reached))

    def besides(self, alert: Alert) -> list[Alert]:
        """All of them but this one."""
        return [one for one in self.alerts if one != alert]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When people are left alone, in the channel's time zone.

    Attributes:
        start, end: the quiet time of each day, over midnight where start is later; None for none.
        weekends: whether Saturdays and Sundays are quiet altogether.
    """

    start: time | None = None
    end: time | None = None
    weekends: bool = False

    @classmethod
    def of(cls, text: str) -> "QuietHours":
        """``18:00-08:00,weekends`` → quiet hours; either part may be left out.

        Raises:
            ValueError: it is neither.
        """
        start = end = None
        weekends = False
        for word in (part.strip().lower() for part in text.split(",") if part.strip()):
            if word == "weekends":
                weekends = True
                continue
            first, dash, last = word.partition("-")
            start, end = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
            if not dash or start == end or start.tzinfo or end.tzinfo:
                raise ValueError("it is no span of time")
        return cls(start, end, weekends)

    def covers(self, local: datetime) -> bool:
        """Whether people are left alone at this moment of their own time."""
        saturday = 5
        if self.weekends and local.weekday() >= saturday:
            return True
        if self.start is None or self.end is None:
            return False
        now = local.time()
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


def needed(
    card: Card | None,
    reached: int | None,
    *,
    overdue: bool,
    in_flight: bool,
    snoozed: bool,
    quiet: bool,
) -> Kind | None:
    """What an invoice calls for now, or None.

    Args:
        card: its record; None or without a ts where nothing is known to have been posted.
        reached: the latest milestone it has reached.
        overdue: whether it is overdue: its first alert waits for nobody's working hours.
        in_flight: whether somebody is paying it: then nobody is reminded.
        snoozed: whether a payer has put its reminders off.
        quiet: whether people are left alone now; what is postponed comes with a later scan.
    """
    if reached is None:
        return None
    if card is None or not card.ts:
        return Kind.CARD if overdue or not quiet else None
    if card.closed or in_flight or snoozed or quiet:
        return None
    return Kind.REMINDER if card.milestone is None or reached > card.milestone else None
