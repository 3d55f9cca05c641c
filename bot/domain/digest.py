"""What a channel is told by the clock: what is owed, since when, and what has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.ageing import Ageing, Bucket, ageing
from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money, totals

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Paid:
    """An invoice that was paid; ``payer`` is the Slack user who confirmed it here, or ""."""

    invoice: Invoice
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed on one billing profile in one currency, by age."""

    profile: str
    currency: str
    amounts: dict[Bucket, Money]


@dataclass(frozen=True, slots=True)
class Since:
    """What has become of a channel's invoices since an earlier moment (aware UTC).

    Attributes:
        fresh: how many are unpaid that were not then.
        paid: the first of those paid since; ``paid_in_all`` tells how many there are.
        otherwise: how many ended in another way: void, credited, replaced.
    """

    moment: datetime
    fresh: int
    paid: tuple[Paid, ...]
    paid_in_all: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the next digest compares with: the invoices unpaid at a moment, and those told as paid."""

    moment: datetime
    unpaid: frozenset[str]
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Digest:
    """One channel's digest.

    Attributes:
        channel: Slack channel id.
        tick: the moment of the clock it is for, aware UTC.
        today: the day that "overdue" is judged by.
        owed: what is owed, by profile, currency and age.
        unpaid, overdue: how many invoices.
        biggest: of each currency the invoice with the highest amount due.
        oldest: the invoice longest overdue, or None.
        since: what has changed, or None in a channel's first digest.
        unread: accounts that could not be read; what is known of their open cards is in it.
        here: what this digest found, ``before`` what it was compared with.
        ts: Slack's message id; "" while its posting is not known to have happened.
        chart: the id of the picture that was, or was about to be, shown below it; "" before.
    """

    channel: str
    tick: datetime
    today: date
    owed: tuple[Owed, ...]
    unpaid: int
    overdue: int
    biggest: tuple[Invoice, ...]
    oldest: Invoice | None
    since: Since | None
    unread: tuple[str, ...]
    here: Baseline
    before: Baseline | None = None
    ts: str = field(default="")
    chart: str = field(default="")

    @property
    def id(self) -> str:
        """Its name: one for each channel and tick."""
        return digest_id(self.channel, self.tick)

    @property
    def ageing(self) -> Ageing:
        """What is owed, by (billing profile's name, currency) and by age."""
        return {(one.profile, one.currency): one.amounts for one in self.owed}

    @property
    def baseline(self) -> Baseline | None:
        """What the next digest has to compare with: the last one that people have seen."""
        return self.here if self.ts else self.before

    @property
    def sums(self) -> tuple[Money, ...]:
        """What is owed in all, per currency."""
        return totals(money for one in self.owed for money in one.amounts.values())

    @property
    def sums_overdue(self) -> tuple[Money, ...]:
        """What of it is overdue, per currency."""
        return totals(
            money
            for one in self.owed
            for age, money in one.amounts.items()
            if age is not Bucket.NOT_DUE
        )


def digest_id(channel: str, tick: datetime) -> str:
    """The name of a channel's digest for a tick (aware UTC)."""
    return f"{channel}-{tick:%Y%m%dT%H%M%S}"


def digest(
    channel: str,
    tick: datetime,
    today: date,
    invoices: Iterable[Invoice],
    *,
    payers: Mapping[str, str],
    before: Baseline | None,
    made: datetime,
    unread: tuple[str, ...] = (),
) -> Digest:
    """The digest of a channel.

    Args:
        channel: Slack channel id.
        tick: the moment of the clock, aware UTC.
        today: the day that "overdue" is judged by.
        invoices: all that belong in the channel, paid ones included.
        payers: who confirmed the payment of an invoice here, by its number.
        before: what to compare with, if anything.
        made: when the invoices were read, aware UTC.
        unread: names of accounts that could not be read.
    """
    known = {invoice.number: invoice for invoice in invoices}
    unpaid = [invoice for invoice in known.values() if not invoice.is_over]
    overdue = [invoice for invoice in unpaid if invoice.is_overdue(today)]
    numbers = frozenset(invoice.number for invoice in unpaid)
    since, told = None, frozenset[str]()
    if before is not None:
        paid = paid_since(before, known.values())
        told = frozenset(invoice.number for invoice in paid)
        ended = [known[number] for number in before.unpaid - numbers if number in known]
        since = Since(
            before.moment,
            fresh=len(numbers - before.unpaid),
            paid=tuple(Paid(i, payers.get(i.number, "")) for i in paid[:_MOST_TOLD]),
            paid_in_all=len(paid),
            otherwise=sum(invoice.status is not Status.PAID for invoice in ended),
        )
        # What was not shown at all this time may be shown again the next.
        numbers |= before.unpaid - known.keys()
    return Digest(
        channel,
        tick,
        today,
        owed=tuple(Owed(*key, dict(row)) for key, row in ageing(unpaid, today).items()),
        unpaid=len(unpaid),
        overdue=len(overdue),
        biggest=_biggest(unpaid),
        oldest=min(overdue, key=_age, default=None),
        since=since,
        unread=unread,
        here=Baseline(made, numbers, told),
        before=before,
    )


def paid_since(before: Baseline, invoices: Iterable[Invoice]) -> list[Invoice]:
    """Those paid since then that no digest has told of yet, by number.

    Azure dates payments by the day only, so one of that very day counts unless it was told.
    """
    day = before.moment.date()
    return sorted(
        (
            invoice
            for invoice in invoices
            if invoice.status is Status.PAID
            and invoice.number not in before.told
            and (invoice.number in before.unpaid or _paid_on(invoice) >= day)
        ),
        key=lambda invoice: invoice.number,
    )


def _paid_on(invoice: Invoice) -> date:
    return max((made.date.date() for made in invoice.payments if made.date), default=date.min)


def _biggest(unpaid: list[Invoice]) -> tuple[Invoice, ...]:
    found: dict[str, Invoice] = {}
    for invoice in sorted(unpaid, key=_age):
        due = invoice.amount_due
        if due.currency not in found or due.amount > found[due.currency].amount_due.amount:
            found[due.currency] = invoice
    return tuple(found[currency] for currency in sorted(found))


def _age(invoice: Invoice) -> tuple[date, str]:
    return invoice.due_date or date.max, invoice.number
