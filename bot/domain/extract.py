"""Invoices as rows of a table that leaves the bot: one row an invoice, one column a fact."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from bot.domain.invoice import Invoice, Status
from bot.domain.listing import Query

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice; its fields are the columns in their order.

    Attributes:
        status: as people judge it: due past its date is overdue.
        days_overdue: whole days past the due date, 0 before it; None where nothing is owed.
        amount_due, total: exact, at least two decimals, both in ``currency``.
        paid_on: the day (UTC) of the last payment of a paid one.
        method: how that was paid, in Azure's word, or "".
    """

    invoice: str
    status: Status
    billing_profile: str
    billing_account: str
    invoice_date: date | None
    due_date: date | None
    days_overdue: int | None
    amount_due: Decimal
    total: Decimal | None
    currency: str
    purchase_order: str
    paid_on: date | None
    method: str


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class Extract:
    """What somebody asked to take along.

    Attributes:
        rows: all that match, in the query's order.
        today: the day "overdue" was judged by.
        read_at: when Azure was read, aware UTC.
        unread: display names of accounts that could not be read.
        is_cut: whether there were more invoices than the bot reads.
    """

    query: Query
    rows: tuple[Row, ...]
    today: date
    read_at: datetime
    unread: tuple[str, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file for somebody: its name with the ending, its bytes."""

    name: str
    content: bytes


def row(invoice: Invoice, today: date) -> Row:
    """The row of an invoice as of ``today``."""
    due, total = invoice.amount_due, invoice.total
    last = invoice.payments[-1] if invoice.status is Status.PAID and invoice.payments else None
    return Row(
        invoice=invoice.number,
        status=Status.OVERDUE if invoice.is_overdue(today) else invoice.status,
        billing_profile=invoice.billing_profile_name or invoice.billing_profile,
        billing_account=invoice.billing_account,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        days_overdue=invoice.days_overdue(today) if invoice.is_unpaid else None,
        amount_due=_at_least_two_decimals(due.amount),
        # One currency column: a total in another currency would be read in this one.
        total=_at_least_two_decimals(total.amount)
        if total and total.currency == due.currency
        else None,
        currency=due.currency,
        purchase_order=invoice.purchase_order,
        paid_on=last.date.date() if last and last.date else None,
        method=last.method if last else "",
    )


def _at_least_two_decimals(amount: Decimal) -> Decimal:
    """The same amount, never rounded."""
    cents = amount.quantize(_CENT)
    return cents if cents == amount else amount
