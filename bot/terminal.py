"""What every command needs: settings, an event loop, a console, an exit code."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.text import Text

from bot.errors import BotError, StoreUnsafe
from bot.event_loop import event_loop

if TYPE_CHECKING:
    from bot.config import Settings

FAILED, WRONG_SETTINGS = 1, 2
"""Exit codes."""


def given_settings(env_file: Path | None = Path(".env")) -> "Settings":
    """The settings, with logs set up; exits with 2 and every problem listed where they are wrong.

    ``env_file`` adds to the environment what is not in it yet; None for the environment alone.
    """
    from bot.adapters.logs import configure_logs  # noqa: PLC0415
    from bot.config import SettingsInvalid, read_settings  # noqa: PLC0415

    # azure-identity reads the environment itself, so .env must be in it.
    if env_file:
        load_dotenv(env_file)
    try:
        settings = read_settings()
    except SettingsInvalid as error:
        for problem in error.problems:
            console(stderr=True).print(Text(problem), style="red")
        raise typer.Exit(WRONG_SETTINGS) from None
    configure_logs(settings.log_level, settings.log_format)
    return settings


def carry_out(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # whatever the work returns
    """Do the work; an expected failure ends in its one sentence and exit code 1.

    A store that must not be trusted ends in 2, as wrong settings do: starting again helps neither.
    """
    try:
        with asyncio.Runner(loop_factory=event_loop) as runner:
            return runner.run(work)
    except BotError as error:
        console(stderr=True).print(Text(error.sentence), style="red")
        wrong = isinstance(error, StoreUnsafe)
        raise typer.Exit(WRONG_SETTINGS if wrong else FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def console(*, stderr: bool = False) -> Console:
    """Where words for people go; long lines stay whole, so that they can be searched."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def examples(*commands: str) -> str:
    """What stands below a command's help: how it is typed, an example a line."""
    return "\n".join(["Examples:", *(f"$ azure-invoice-bot {one}" for one in commands)])
