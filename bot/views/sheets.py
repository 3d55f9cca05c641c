"""Rows of invoices as CSV and JSON, for programs: the same in every language."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bot.domain.extract import COLUMNS, Row

Cell = str | int | Decimal | date | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula (OWASP, "CSV injection")."""


def as_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV under their column names.

    Amounts have a point and no separators, dates are ISO. A text that a spreadsheet would take for
    a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_harmless(cell) for cell in cells(row))
    return out.getvalue()


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON list of objects; amounts are strings, since JSON numbers are not exact."""
    made = [dict(zip(COLUMNS, map(_plain, cells(row)), strict=True)) for row in rows]
    return json.dumps(made, indent=2, ensure_ascii=False)


def cells(row: Row) -> list[Cell]:
    """The row's values in the order of ``COLUMNS``."""
    return [getattr(row, name) for name in COLUMNS]


def _plain(cell: Cell) -> str | int | None:
    match cell:
        case Decimal():
            return f"{cell:f}"
        case date():
            return cell.isoformat()
    return cell


def _harmless(cell: Cell) -> str | int | None:
    """A text is marked as text where a spreadsheet would compute it; a number may be negative."""
    plain = _plain(cell)
    return f"'{plain}" if isinstance(cell, str) and cell.startswith(_FORMULA) else plain
