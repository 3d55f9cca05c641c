"""When an invoice calls for attention."""

from datetime import date

from bot.domain.invoice import Invoice


def milestone(invoice: Invoice, today: date, remind_on: tuple[int, ...]) -> int | None:
    """The latest milestone an invoice has reached, or None before the first.

    Args:
        invoice: any invoice; one that is not payable never reaches a milestone.
        today: the calendar day in the channel's time zone.
        remind_on: days relative to the due date, e.g. ``(-3, 0, 1, 7, 14, 30)``.

    An invoice that Azure itself calls overdue counts as at least one day late, even where its
    date is missing or still to come.
    """
    if not invoice.is_payable:
        return None
    late = _days_late(invoice, today)
    if late is None:
        return None
    return max((day for day in remind_on if day <= late), default=None)


def _days_late(invoice: Invoice, today: date) -> int | None:
    by_date = (today - invoice.due_date).days if invoice.due_date else None
    if invoice.is_overdue(today):
        return max(1, by_date or 1)
    return by_date
