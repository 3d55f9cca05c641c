"""Rows of invoices as an Excel workbook, for people: in their words, numbers and dates as such."""

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.domain.extract import COLUMNS, Row
from bot.domain.invoice import Status
from bot.views.language import Language
from bot.views.sheets import Cell, cells

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_WIDTHS = (15, 11, 26, 26, 12, 12, 9, 15, 15, 9, 20, 12, 20)
_LONGEST = 32_000  # Excel's cells hold 32,767 characters


def as_xlsx(rows: Sequence[Row], language: Language, made_at: datetime) -> bytes:
    """The workbook: one sheet, its heading frozen.

    Args:
        rows: at most a million.
        language: of the headings and statuses.
        made_at: when the workbook was made, aware UTC.
    """
    import xlsxwriter  # noqa: PLC0415  # 0.1 s, and most processes never make one

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": made_at.replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(language("Invoices")[:31])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    for column, (heading, width) in enumerate(zip(_headings(language), _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, bold)
    put = _Writer(book, sheet, _status_words(language))
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(cells(row)):
            put(line, column, cell)
    book.close()
    return out.getvalue()


class _Writer:
    """Puts each value into its cell as what it is."""

    def __init__(self, book: "Workbook", sheet: "Worksheet", statuses: dict[Status, str]) -> None:
        self._sheet, self._statuses = sheet, statuses
        self._amounts = book.add_format({"num_format": "#,##0.00"})
        self._days = book.add_format({"num_format": "yyyy-mm-dd"})

    def __call__(self, line: int, column: int, cell: Cell) -> None:
        match cell:
            case Status():
                self._sheet.write_string(line, column, self._statuses[cell])
            case str():  # never as a formula, whatever it begins with
                self._sheet.write_string(line, column, cell[:_LONGEST])
            case Decimal():  # a spreadsheet's numbers are floats
                self._sheet.write_number(line, column, float(cell), self._amounts)
            case int():
                self._sheet.write_number(line, column, cell)
            case date():
                midnight = datetime.combine(cell, time())
                self._sheet.write_datetime(line, column, midnight, self._days)


def _status_words(language: Language) -> dict[Status, str]:
    return {
        Status.DUE: language("due"),
        Status.OVERDUE: language("overdue"),
        Status.PAID: language("paid"),
        Status.VOID: language("void"),
        Status.LOCKED: language("locked"),
        Status.OTHER: language("other"),
        Status.UNKNOWN: language("unknown"),
    }


def _headings(lang: Language) -> tuple[str, ...]:
    """In the order of ``COLUMNS``."""
    return (
        lang("Invoice"),
        lang("Status"),
        lang("Billing profile"),
        lang("Billing account"),
        lang("Invoice date"),
        lang("Due date"),
        lang("Days overdue"),
        lang("Amount due"),
        lang("Total"),
        lang("Currency"),
        lang("Purchase order"),
        lang("Paid on"),
        lang("Payment method"),
    )
