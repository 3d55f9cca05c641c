"""Questions about invoices, and their answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.domain.payment import Payment

PAGE = 10
"""Invoices on one page of a listing."""

LONGEST_TEXT = 100
"""Characters of a text to look for."""


class Filter(StrEnum):
    """Which invoices to list; ``UNPAID`` is what one gets without a word."""

    UNPAID = "unpaid"
    OVERDUE = "overdue"
    DUE = "due"
    PAID = "paid"
    VOID = "void"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Answer:
    """One invoice and its latest payment through the bot, if any."""

    invoice: Invoice
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class NotFound:
    """No watched account has this invoice."""

    number: str


@dataclass(frozen=True, slots=True)
class Query:
    """A list query: filter, free text ("" for none), page from 0."""

    filter: Filter
    text: str = ""
    page: int = 0


def query_of(words: str) -> Query:
    """``overdue contoso`` → a query; a first word that is no filter belongs to the text."""
    first, _, rest = words.partition(" ")
    if first.lower() in list(Filter):
        return Query(Filter(first.lower()), rest.strip()[:LONGEST_TEXT])
    return Query(Filter.UNPAID, words[:LONGEST_TEXT])


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of matching invoices.

    Attributes:
        invoices: the page's rows.
        count: how many match in all.
        sums: the amounts due of all matches, one per currency.
        today: the day "overdue" was judged by.
        read_at: when Azure was read, aware UTC.
        unread: display names of accounts that could not be read.
    """

    query: Query
    invoices: tuple[Invoice, ...]
    count: int
    sums: tuple[Money, ...]
    today: date
    read_at: datetime
    unread: tuple[str, ...] = ()


def select(invoices: Iterable[Invoice], query: Query, today: date) -> list[Invoice]:
    """Those that match the query, on all pages: what presses most first, the newest of what is over."""
    return sorted((i for i in invoices if _matches(i, query, today)), key=_order(query.filter))


def _matches(invoice: Invoice, query: Query, today: date) -> bool:
    by_filter: dict[Filter, Callable[[], bool]] = {
        Filter.UNPAID: lambda: invoice.is_unpaid,
        Filter.OVERDUE: lambda: invoice.is_overdue(today),
        Filter.DUE: lambda: invoice.is_payable and not invoice.is_overdue(today),
        Filter.PAID: lambda: invoice.status is Status.PAID,
        Filter.VOID: lambda: invoice.status is Status.VOID,
        Filter.ALL: lambda: True,
    }
    if not by_filter[query.filter]():
        return False
    places = (invoice.number, invoice.billing_profile_name, invoice.purchase_order)
    return any(query.text.casefold() in place.casefold() for place in places)


def _order(chosen: Filter) -> Callable[[Invoice], tuple[int, str]]:
    """The longest due of unpaid ones come first, of the others the newest."""
    if chosen in (Filter.PAID, Filter.VOID, Filter.ALL):
        return lambda i: (-(i.invoice_date or date.min).toordinal(), i.number)
    return lambda i: ((i.due_date or date.max).toordinal(), i.number)
