"""Read an Excel workbook the way a spreadsheet does, as far as the tests need it."""

import io
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree as ET

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FIRST_DAY = date(1899, 12, 30)


@dataclass(frozen=True)
class Book:
    """The first sheet of a workbook.

    Attributes:
        rows: texts as str, numbers as float, dates as date, empty cells as None.
        formulas: how many cells hold a formula.
        frozen: how many rows stay in sight when one scrolls.
    """

    rows: list[list[str | float | date | None]]
    formulas: int
    frozen: int


def read_book(content: bytes) -> Book:
    """The workbook in these bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))
        strings = ET.fromstring(parts.read("xl/sharedStrings.xml"))
        styles = ET.fromstring(parts.read("xl/styles.xml"))
    texts = ["".join(one.itertext()) for one in strings.iter(f"{_MAIN}si")]
    formats = {f.get("numFmtId"): f.get("formatCode") or "" for f in styles.iter(f"{_MAIN}numFmt")}
    cell_formats = styles.find(f"{_MAIN}cellXfs")
    assert cell_formats is not None
    styled = [formats.get(xf.get("numFmtId"), "") for xf in cell_formats]
    pane = next(sheet.iter(f"{_MAIN}pane"), None)
    return Book(
        [_row(row, texts, styled) for row in sheet.iter(f"{_MAIN}row")],
        formulas=len(list(sheet.iter(f"{_MAIN}f"))),
        frozen=int(pane.get("ySplit") or 0) if pane is not None else 0,
    )


def _row(row: ET.Element, texts: list[str], styled: list[str]) -> list[str | float | date | None]:
    made: list[str | float | date | None] = []
    for cell in row.iter(f"{_MAIN}c"):
        column = ord((cell.get("r") or "A")[0]) - ord("A")
        made += [None] * (column - len(made))
        made.append(_value(cell, texts, styled))
    return made


def _value(cell: ET.Element, texts: list[str], styled: list[str]) -> str | float | date | None:
    value = cell.findtext(f"{_MAIN}v")
    if value is None:
        return None
    if cell.get("t") == "s":
        return texts[int(value)]
    assert cell.get("t") is None
    if "yyyy" in styled[int(cell.get("s") or 0)]:
        return _FIRST_DAY + timedelta(days=int(value))
    return float(value)
