"""What the terminal shows of a scan."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from bot.services.alerts import Progress
from bot.services.report import ScanReport
from bot.views.language import Language

_DRY = {
    "posted": "would be posted",
    "updated": "would be updated",
    "closed": "would be closed",
}


@contextmanager
def scan_progress(console: Console) -> Iterator[Progress]:
    """A line per account with what has been read so far; nothing where nobody looks on."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed} read")
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        lines: dict[str, TaskID] = {}

        def progress(account: str, invoices: int) -> None:
            line = lines.setdefault(account, TaskID(-1))
            if line < 0:
                lines[account] = line = bar.add_task(escape(account), total=None)
            bar.update(line, completed=invoices)

        yield progress


def print_report(console: Console, report: ScanReport, language: Language) -> None:
    """Print the table of invoices that need attention, then the summary."""
    lines = [line for line in report.lines if line.done != "not yet" or report.dry_run]
    if lines:
        table = Table(title="Dry run: nothing was posted" if report.dry_run else "Scan")
        for heading in ("Invoice", "Billing profile"):
            table.add_column(heading)
        table.add_column("Amount due", justify="right")
        for heading in ("Due date", "Status", "Card"):
            table.add_column(heading)
        for line in sorted(lines, key=lambda x: (str(x.invoice.due_date), x.invoice.number)):
            done = _DRY.get(line.done, line.done) if report.dry_run else line.done
            table.add_row(
                Text(line.invoice.number),
                Text(line.invoice.billing_profile_name),
                language.money(line.invoice.amount_due),
                language.day(line.invoice.due_date),
                str(line.invoice.status),
                done,
            )
        console.print(table)
    _print_summary(console, report)


def _print_summary(console: Console, report: ScanReport) -> None:
    invoices = sum(read.invoices for read in report.accounts)
    words = f"{len(report.accounts)} billing account(s), {invoices} invoice(s) read"
    if not report.dry_run:
        words += "".join(
            f", {report.count(done)} {done}"
            for done in ("posted", "reminded", "found again", "updated", "closed", "unchanged")
            if report.count(done) or done in ("posted", "updated", "closed")
        )
    console.print(Text(words + "."))
    for read in report.accounts:
        if not read.invoices and not read.failure:
            name = read.account.display_name or read.account.name
            console.print(
                Text(f"{name}: Azure shows no invoice here; perhaps the bot holds no role on it.")
            )
    for one in report.unreadable:
        console.print(Text(f"Invoice {one.number} skipped: {one.why}."))
    for line in report.lines:
        if line.done == "not chased":
            console.print(Text(f"Invoice {line.invoice.number} not chased: {line.why}."))
    for failure in report.failures:
        console.print(Text(failure), style="red")
