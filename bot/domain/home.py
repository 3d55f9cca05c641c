"""What one person's Home tab shows."""

from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.ageing import Ageing
from bot.domain.invoice import Invoice
from bot.domain.listing import Filter
from bot.domain.money import Money
from bot.domain.payment import Payment
from bot.domain.roles import Role

PAGE = 8
"""Invoices on one page of the Home tab."""

FILTERS = (Filter.UNPAID, Filter.OVERDUE, Filter.DUE)
"""What the Home tab can be narrowed to."""


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at their Home tab: filter, billing profile's id ("" for all), page from 0."""

    filter: Filter = Filter.UNPAID
    profile: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """An unpaid invoice that nobody is paying yet, whether this person may, and looks after it."""

    invoice: Invoice
    may_pay: bool
    is_theirs: bool = False


@dataclass(frozen=True, slots=True)
class Flight:
    """An invoice with its payment in flight."""

    invoice: Invoice
    payment: Payment


@dataclass(frozen=True, slots=True)
class Held:
    """A role this person holds, on the billing account or profile that people call ``place``."""

    role: Role
    place: str
    through_group: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on one person's Home tab; all of it lies on scopes where they hold a role.

    Attributes:
        look: as it was asked for, its page one that is there.
        needs: the page's invoices, those assigned to them and then what presses most first.
        count, sums: how many there are on all pages, and what is due on them by currency.
        approvals: payments of others that wait for a second payer like this person.
        flights: the other payments in flight.
        ageing: all that is unpaid, whatever the filter.
        roles: as the bot sees them.
        profiles: (id, name) of the billing profiles to choose from.
        today: the day "overdue" was judged by.
        read_at: when Azure was read, aware UTC.
        scanned_at: when the last complete scan was, aware UTC, or None.
        unread: display names of accounts that could not be read.
    """

    look: Look
    needs: tuple[Need, ...]
    count: int
    sums: tuple[Money, ...]
    approvals: tuple[Flight, ...]
    flights: tuple[Flight, ...]
    ageing: Ageing
    roles: tuple[Held, ...]
    profiles: tuple[tuple[str, str], ...]
    today: date
    read_at: datetime
    scanned_at: datetime | None = None
    unread: tuple[str, ...] = field(default=())
