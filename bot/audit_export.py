"""The audit trail as files: CSV for people with a spreadsheet, JSON lines for programs and for proof."""

import csv
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from enum import StrEnum

from bot.domain.chain import Entry, Place, Seal, position

COLUMNS = (
    "time",
    "event",
    "actor",
    "entra_id",
    "invoice",
    "billing_profile",
    "billing_account",
    "decision",
    "role",
    "scope",
    "reason",
    "amount",
    "currency",
    "payment",
    "request_id",
    "hash",
)
"""The columns of an export; JSON lines have whatever else an entry says, too."""

_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")
"""What makes a spreadsheet take a text for a formula (OWASP, "CSV injection")."""
_RISKY = (" ", *_FORMULA)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_AUDIT = re.compile(r"""(?<=[\s"'])audit(?=[\s"'\\])""")
_ID = re.compile(r"\bid\W{1,6}(\d+-\d+)\b", re.ASCII)
_HASH = re.compile(r"\bhash\W{1,6}([0-9a-f]{64})\b", re.ASCII)


_NONSENSE = (ValueError, KeyError, AttributeError, TypeError, RecursionError)


class Shape(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"


async def lines(shape: Shape, places: AsyncIterator[Place], start: str) -> AsyncIterator[str]:
    """The lines of an export, one an entry, each with its line end; CSV begins with its column names.

    Args:
        shape: CSV or JSON lines.
        places: the entries; places that have lost theirs are left out.
        start: the hash that the first of them builds upon.
    """
    row = csv.writer(_Line()).writerow
    if shape is Shape.CSV:
        yield str(row(COLUMNS))
    previous = start
    async for place in places:
        if place.entry is None:
            continue
        told = dict.fromkeys(COLUMNS, "") | dict(place.entry.fields) | {"hash": place.hash}
        if shape is Shape.CSV:
            yield str(row([_harmless(told[name]) for name in COLUMNS]))
        else:
            proof = {"id": place.id, "previous": previous}
            yield json.dumps(told | proof, ensure_ascii=True) + "\n"
        previous = place.hash or previous


def exported(text: Iterable[str]) -> Iterator[tuple[str, Place]]:
    """Each line of an export in JSON lines: the hash it builds upon, and its place.

    Raises ``ValueError`` with the line's number for one that is no such line.
    """
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            identity, previous, digest = (told.pop(name) for name in ("id", "previous", "hash"))
            position(identity)
            fields = {str(name): str(value) for name, value in told.items()}
            place = Place(identity, Entry(identity, fields), str(digest))
        except _NONSENSE as error:
            raise ValueError(f"Line {number} is no line of an export in JSON lines.") from error
        yield str(previous), place


def mirrored(text: Iterable[str]) -> Iterator[Seal]:
    """The seals in a log of the bot's, whatever else is in it and whoever has wrapped its lines."""
    for line in text:
        if not _AUDIT.search(line):
            continue
        told = _object(line)
        if told.get("event", "audit") != "audit":
            continue  # another line, which may well hold somebody's words
        identity, digest = _ID.search(line), _HASH.search(line)
        if identity and digest:
            yield Seal(identity[1], digest[1])


def _object(line: str) -> dict[str, object]:
    """The JSON object that the line is; {} where it is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _harmless(cell: str) -> str:
    """A text is marked as text where a spreadsheet would compute it; a number may be negative."""
    if not cell.startswith(_RISKY):
        return cell
    risky = cell.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell


class _Line:
    """Where a CSV writer writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line
