"""Questions about invoices, and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.domain.payment import Payment

PAGE = 10
"""Invoices on one page of a listing."""


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
