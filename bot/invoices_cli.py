"""``invoices``: what Azure shows, in the terminal or for another program."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from bot.domain.listing import Filter, query_of, select
from bot.domain.money import totals
from bot.terminal import FAILED, carry_out, console, examples, given_settings

if TYPE_CHECKING:
    from datetime import date

    from bot.config import Settings
    from bot.domain.invoice import Invoice
    from bot.services.reading import Reading

_EXAMPLES = examples(
    "invoices",
    "invoices overdue contoso",
    "invoices all --format csv > invoices.csv",
    "invoices due --format json | jq '.[].invoice'",
)


class Format(StrEnum):
    """How the list is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Make it a command of ``app``."""
    app.command("invoices", epilog=_EXAMPLES)(_invoices)


def _filters(incomplete: str) -> list[str]:
    """For the shell's Tab key."""
    return [str(one) for one in Filter if one.startswith(incomplete.lower())]


def _invoices(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILTER] [TEXT]",
            help="unpaid (unless told), overdue, due, paid, void or all; and a text to find in "
            "number, billing profile or purchase order.",
            show_default=False,
            autocompletion=_filters,
        ),
    ] = None,
    *,
    shape: Annotated[
        Format, typer.Option("--format", "-f", help="A table to read, or CSV or JSON for programs.")
    ] = Format.TABLE,
) -> None:
    """List the invoices that Azure shows the bot, in the terminal or for another program."""
    settings = given_settings()
    reading, today = carry_out(_read(settings))
    found = select(reading.invoices, query_of(" ".join(words or [])), today)
    if shape is Format.TABLE:
        _print_table(found, today, settings.locale)
    else:
        _write(found, today, shape)
    for name in reading.unread:
        words_ = f"{name} could not be read; its invoices are missing."
        console(stderr=True).print(Text(words_), style="red")
    raise typer.Exit(FAILED if reading.unread else 0)


async def _read(settings: "Settings") -> "tuple[Reading, date]":
    """All invoices and the day; neither Slack nor the store is asked for anything."""
    from bot.adapters.clock import SystemClock  # noqa: PLC0415  # each command imports only its own
    from bot.services.reading import Reader  # noqa: PLC0415
    from bot.vendors import azure_billing, azure_credential  # noqa: PLC0415

    clock = SystemClock()
    async with azure_credential(settings) as credential:
        billing = azure_billing(settings, credential, clock)
        try:
            reading = await Reader(invoices=billing, clock=clock).all()
        finally:
            await billing.close()
    return reading, reading.read_at.astimezone(ZoneInfo(settings.timezone)).date()


def _write(found: "list[Invoice]", today: "date", shape: Format) -> None:
    from bot.domain.extract import row  # noqa: PLC0415
    from bot.views.sheets import as_csv, as_json  # noqa: PLC0415

    rows = [row(invoice, today) for invoice in found]
    text = as_csv(rows) if shape is Format.CSV else as_json(rows) + "\n"
    # As bytes, since both formats fix their encoding and CSV its line ends, too.
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _print_table(found: "list[Invoice]", today: "date", locale: str) -> None:
    from bot.domain.extract import row  # noqa: PLC0415
    from bot.views.language import Language  # noqa: PLC0415

    language = Language(locale)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Invoice", "Status"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Amount due", justify="right", no_wrap=True)
    table.add_column("Due date", no_wrap=True)
    table.add_column("Days overdue", justify="right")
    table.add_column("Billing profile")
    for invoice in found:
        one = row(invoice, today)
        table.add_row(
            Text(invoice.number),
            Text(one.status, style={"overdue": "red", "paid": "green"}.get(one.status, "")),
            language.money(invoice.amount_due),
            language.day(invoice.due_date) if invoice.due_date else "",
            str(one.days_overdue or ""),
            Text(one.billing_profile),
        )
    if found:
        console().print(table)
    console().print(Text(f"{len(found)} invoice(s)."))
    for total in totals(invoice.amount_due for invoice in found if invoice.is_unpaid):
        console().print(Text(f"Amount due in all: {language.money(total)}"))
