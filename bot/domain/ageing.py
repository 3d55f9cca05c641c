"""How long unpaid invoices have been overdue."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from bot.domain.invoice import Invoice
from bot.domain.money import Money


class Bucket(StrEnum):
    """A span of days after the due date; the value is stable and fit for storing."""

    NOT_DUE = "not_due"
    D1_30 = "1-30"
    D31_60 = "31-60"
    D61_90 = "61-90"
    OVER_90 = "90+"


_UP_TO = ((0, Bucket.NOT_DUE), (30, Bucket.D1_30), (60, Bucket.D31_60), (90, Bucket.D61_90))

Ageing = Mapping[tuple[str, str], Mapping[Bucket, Money]]
"""What is owed, by (billing profile's name, currency) and by bucket."""


def bucket(days_overdue: int) -> Bucket:
    """The bucket for so many whole days past the due date; 0 or fewer is not due yet."""
    return next((one for most, one in _UP_TO if days_overdue <= most), Bucket.OVER_90)


def bucket_of(invoice: Invoice, today: date) -> Bucket:
    """The invoice's bucket; one that Azure calls overdue is so by at least a day, whatever its date."""
    days = invoice.days_overdue(today)
    return bucket(max(1, days) if invoice.is_overdue(today) else days)


def ageing(invoices: Iterable[Invoice], today: date) -> dict[tuple[str, str], dict[Bucket, Money]]:
    """What is owed on the unpaid ones of ``invoices``; currencies are never added together.

    Args:
        invoices: any invoices; those that are over (paid, void, credited, replaced) are left out.
        today: the calendar day to judge by.

    Returns:
        (billing profile's name, currency) → bucket → amount, in the order of name, currency and
        lateness; only buckets with an invoice in them. Profiles of one name share a row.
    """
    rows: dict[tuple[str, str], dict[Bucket, Money]] = defaultdict(dict)
    for invoice in invoices:
        if not invoice.is_over:
            name = invoice.billing_profile_name or invoice.billing_profile
            row, age = rows[name, invoice.amount_due.currency], bucket_of(invoice, today)
            row[age] = row[age] + invoice.amount_due if age in row else invoice.amount_due
    return {key: {b: rows[key][b] for b in Bucket if b in rows[key]} for key in sorted(rows)}
