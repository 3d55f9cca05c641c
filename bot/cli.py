"""The commands."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from bot import invoices_cli
from bot.audit_cli import app as audit
from bot.errors import SetupError
from bot.terminal import FAILED, carry_out, console, given_settings

if TYPE_CHECKING:
    from bot.config import Settings

app = typer.Typer(
    name="azure-invoice-bot",
    help="Posts due and overdue Azure invoices to Slack and lets the right person pay them.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(audit, name="audit")


def main() -> None:
    """The console script ``azure-invoice-bot``."""
    app()


@app.command()
def run() -> None:
    """Run everything on this machine: web (or Socket Mode), worker, and the store."""
    given_settings()
    from bot.supervise import supervise  # noqa: PLC0415  # each command imports only its own

    raise typer.Exit(carry_out(supervise(["web", "worker"])))


@app.command()
def web() -> None:
    """Serve Slack's requests (or hold the Socket Mode connection)."""
    settings = given_settings()
    carry_out(_web(settings))


@app.command()
def worker() -> None:
    """Scan Azure by the clock and keep the cards true."""
    settings = given_settings()
    carry_out(_worker(settings))


@app.command()
def scan(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the table, post nothing, change nothing.")
    ] = False,
) -> None:
    """Scan Azure once now, post and update what is due, and print a summary."""
    settings = given_settings()
    raise typer.Exit(carry_out(_scan(settings, dry_run=dry_run)))


@app.command()
def doctor() -> None:
    """Check tokens, channel, Azure and Graph access, and the store; say how to fix what is wrong."""
    settings = given_settings()
    from bot.checkup import examine  # noqa: PLC0415

    raise typer.Exit(carry_out(examine(settings, console())))


invoices_cli.add_to(app)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def demo(context: typer.Context) -> None:
    """Try the bot in a pretend Slack and a pretend Azure, in the browser; needs no account.

    With --story it plays one payment in the terminal; --no-browser and --port are for the page.
    """
    # In this process's place, so that Ctrl-C and SIGTERM reach the demo alone and it can clean up.
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *context.args])  # noqa: S606


async def _web(settings: "Settings") -> None:
    import uvicorn  # noqa: PLC0415

    from bot.app import House  # noqa: PLC0415
    from bot.vendors import vendors  # noqa: PLC0415

    listener = _listen(settings)
    async with vendors(settings) as outside:
        config = uvicorn.Config(
            House(outside).web(),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        await uvicorn.Server(config).serve(sockets=[listener])


def _listen(settings: "Settings") -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is named.
    listener = socket.socket(family, proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise SetupError(
            f"The bot cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "set HOST and PORT to a free address."
        ) from error
    return listener


async def _worker(settings: "Settings") -> None:
    from bot.app import House  # noqa: PLC0415
    from bot.jobs import work  # noqa: PLC0415
    from bot.vendors import vendors  # noqa: PLC0415

    async with vendors(settings) as outside:
        working = asyncio.create_task(work(outside, House(outside)))
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(one, working.cancel)
        with suppress(asyncio.CancelledError):
            await working


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
