"""The commands."""

import gc
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot import invoices_cli, setup_cli
from bot.audit_cli import app as audit
from bot.terminal import FAILED, carry_out, console, examples, given_settings

if TYPE_CHECKING:
    from bot.config import Settings

app = typer.Typer(
    name="azure-invoice-bot",
    help="Posts due and overdue Azure invoices to Slack and lets the right person pay them.",
    epilog=examples("init", "demo", "doctor", "scan --dry-run", "run", "scan --help"),
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
setup_cli.add_to(app)
app.add_typer(audit, name="audit")


def main() -> None:
    """The console script ``azure-invoice-bot``."""
    app()


@app.command(epilog=examples("run"))
def run() -> None:
    """Run everything on this machine: web (or Socket Mode), worker, and the store."""
    settings = given_settings()
    from bot.supervise import supervise  # noqa: PLC0415  # each command imports only its own

    supervise(settings.log_level, settings.log_format, "web", "--with-worker")


@app.command(epilog=examples("web"))
def web(
    *,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Do the worker's work as well, in one process.")
    ] = False,
) -> None:
    """Serve Slack's requests (or hold the Socket Mode connection)."""
    gc.disable()  # what is read now stays; `serve` collects again once it is ready
    settings = given_settings()
    from bot.serving import serve  # noqa: PLC0415

    carry_out(serve(settings, with_worker=with_worker))


@app.command(epilog=examples("worker"))
def worker() -> None:
    """Scan Azure by the clock and keep the cards true."""
    gc.disable()  # as for `web`
    settings = given_settings()
    from bot.serving import take_jobs  # noqa: PLC0415

    carry_out(take_jobs(settings))


@app.command(epilog=examples("scan --dry-run", "scan"))
def scan(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the table, post nothing, change nothing.")
    ] = False,
) -> None:
    """Scan Azure once now, post and update what is due, and print a summary."""
    settings = given_settings()
    raise typer.Exit(carry_out(_scan(settings, dry_run=dry_run)))


@app.command(epilog=examples("digest"))
def digest() -> None:
    """Post each channel's digest now, whatever DIGEST_CRON says."""
    settings = given_settings()
    raise typer.Exit(carry_out(_digest(settings)))


@app.command(epilog=examples("doctor", "doctor --json", "doctor --rehearse --as U0123456789"))
def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON, for machines.")
    ] = False,
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help="Post a Pay now button to try; nothing can be paid by it."),
    ] = False,
    audience: Annotated[
        str,
        typer.Option(
            "--as", metavar="USER", help="Rehearse in this Slack user's direct messages (U…)."
        ),
    ] = "",
) -> None:
    """Check tokens, channel, Azure and Graph access, and the store; say how to fix what is wrong."""
    settings = given_settings()
    from bot.checkup import examine  # noqa: PLC0415

    doing = examine(settings, console(), as_json=as_json, rehearse=rehearse, audience=audience)
    raise typer.Exit(carry_out(doing))


invoices_cli.add_to(app)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog=examples(
        "demo",
        "demo --no-browser --port 8080",
        "demo --story",
        "demo --env-file try/.env",
    ),
)
def demo(context: typer.Context) -> None:
    """Try the bot in a pretend Slack and a pretend Azure, in the browser; needs no account.

    With --story it plays one payment in the terminal; --no-browser and --port are for the page;
    --env-file FILE writes the settings for trying the other commands on it.
    """
    # In this process's place, so that Ctrl-C and SIGTERM reach the demo alone and it can clean up.
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *context.args])  # noqa: S606


async def _digest(settings: "Settings") -> int:
    from bot.app import House  # noqa: PLC0415
    from bot.vendors import vendors  # noqa: PLC0415

    async with vendors(settings) as outside:
        waiting = await House(outside).tell_digest()
    for channel in waiting:
        console().print(f"Slack did not take the digest of {channel} yet; it waits in the outbox.")
    if not waiting:
        console().print("Posted.")
    return FAILED if waiting else 0


async def _scan(settings: "Settings", *, dry_run: bool) -> int:
    from bot.app import House  # noqa: PLC0415
    from bot.tables import print_report, scan_progress  # noqa: PLC0415
    from bot.vendors import vendors  # noqa: PLC0415
    from bot.views.language import Language  # noqa: PLC0415

    async with vendors(settings) as outside:
        with scan_progress(console(stderr=True)) as progress:
            report = await House(outside).scan(dry_run=dry_run, progress=progress)
        await outside.background.drain(30)
    print_report(console(), report, Language(settings.locale))
    return 0 if report.is_complete else FAILED
