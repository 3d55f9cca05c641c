"""The commands."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.text import Text

from bot.errors import BotError, SetupError

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
_WRONG_SETTINGS, _FAILED = 2, 1


def main() -> None:
    """The console script ``azure-invoice-bot``."""
    app()


@app.command()
def run() -> None:
    """Run everything on this machine: web (or Socket Mode), worker, and the store."""
    _settings()
    from bot.supervise import supervise  # noqa: PLC0415  # each command imports only its own

    raise typer.Exit(_run(supervise(["web", "worker"])))


@app.command()
def web() -> None:
    """Serve Slack's requests (or hold the Socket Mode connection)."""
    settings = _settings()
    _run(_web(settings))


@app.command()
def worker() -> None:
    """Scan Azure by the clock and keep the cards true."""
    settings = _settings()
    _run(_worker(settings))


@app.command()
def scan(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the table, post nothing, change nothing.")
    ] = False,
) -> None:
    """Scan Azure once now, post and update what is due, and print a summary."""
    settings = _settings()
    raise typer.Exit(_run(_scan(settings, dry_run=dry_run)))


@app.command()
def doctor() -> None:
    """Check tokens, channel, Azure and Graph access, and the store; say how to fix what is wrong."""
    settings = _settings()
    from bot.checkup import examine  # noqa: PLC0415

    raise typer.Exit(_run(examine(settings, _console())))


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
        with scan_progress(_console(stderr=True)) as progress:
            report = await House(outside).scan(dry_run=dry_run, progress=progress)
        await outside.background.drain(30)
    print_report(_console(), report, Language(settings.locale))
    return 0 if report.is_complete else _FAILED


def _settings() -> "Settings":
    """The settings, with logs set up; exits with 2 and every problem listed where they are wrong."""
    from bot.adapters.logs import configure_logs  # noqa: PLC0415
    from bot.config import SettingsInvalid, read_settings  # noqa: PLC0415

    # azure-identity reads the environment itself, so .env must be in it.
    load_dotenv(Path(".env"))
    try:
        settings = read_settings()
    except SettingsInvalid as error:
        for problem in error.problems:
            _console(stderr=True).print(Text(problem), style="red")
        raise typer.Exit(_WRONG_SETTINGS) from None
    configure_logs(settings.log_level, settings.log_format)
    return settings


def _run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # whatever the work returns
    """Do the work; an expected failure ends in its one sentence and exit code 1."""
    try:
        return asyncio.run(work)
    except BotError as error:
        _console(stderr=True).print(Text(error.sentence), style="red")
        raise typer.Exit(_FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, soft_wrap=True, highlight=False)
