"""Leave an invoice's reminders out for a while, and what ends that early: pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.domain.outcome import Denied, NotPayable
from bot.domain.profile import Flag


class Ending(StrEnum):
    """Why a snooze is over."""

    BY_HAND = "by hand"
    DATE = "date reached"
    STATUS = "status changed"
    AMOUNT = "amount changed"
    PAYMENT = "payment failed"
    FLAGGED = "profile flagged"


@dataclass(frozen=True, slots=True)
class Snooze:
    """Reminders of an invoice are held back; payments are not.

    Attributes:
        by: the payer's Slack user id.
        until: the day on which reminders come back, in the channel's time zone.
        reason: in their own words.
        status, overdue, amount, failures: how the invoice stood then: its status, whether its day
            had passed, what was due, how many payments had failed.
    """

    by: str
    until: date
    reason: str
    status: Status
    overdue: bool
    amount: Money
    failures: int = 0

    @classmethod
    def of(cls, invoice: Invoice, by: str, until: date, reason: str, today: date) -> "Snooze":
        """A snooze of the invoice as it stands today."""
        return cls(
            by,
            until,
            reason,
            invoice.status,
            invoice.is_overdue(today),
            invoice.amount_due,
            len(invoice.failed_payments),
        )

    def ended(self, invoice: Invoice, flag: Flag | None, today: date) -> Ending | None:
        """Why it holds no longer, or None while it does."""
        changed = invoice.status is not self.status or invoice.is_overdue(today) != self.overdue
        checks = (
            (flag is not None, Ending.FLAGGED),
            (changed or not invoice.is_payable, Ending.STATUS),
            (invoice.amount_due != self.amount, Ending.AMOUNT),
            (len(invoice.failed_payments) > self.failures, Ending.PAYMENT),
            (today >= self.until, Ending.DATE),
        )
        return next((ending for over, ending in checks if over), None)


@dataclass(frozen=True, slots=True)
class Window:
    """The days a snooze may last until."""

    first: date
    last: date

    @classmethod
    def of(cls, today: date, most_days: int) -> "Window":
        """From tomorrow to ``most_days`` from today."""
        return cls(today + timedelta(days=1), today + timedelta(days=most_days))

    def holds(self, day: date) -> bool:
        """Whether a snooze may last until this day."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class MaySnooze:
    """May snooze this invoice's reminders until a day of the window; ``now`` is the one in force."""

    invoice: Invoice
    window: Window
    now: Snooze | None


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Snoozed."""

    invoice: Invoice
    snooze: Snooze


@dataclass(frozen=True, slots=True)
class Woken:
    """Reminders are on (again)."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """Azure already acts on the unpaid invoice: nobody may silence that."""

    flag: Flag


SnoozeResult = MaySnooze | Snoozed | Woken | Flagged | Denied | NotPayable
