"""``python -m sandbox``: the real bot in a pretend company, with a page to try it on."""

import argparse
import asyncio
import os
import signal
import sys
import time
import webbrowser
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from bot.env_file import write_env
from bot.errors import SetupError
from sandbox.bot_process import BotFailed, bot_process
from sandbox.company import let_the_bot_pay
from sandbox.page.server import NoPort, serve_page
from sandbox.stage import stage

_PORT = 8808
_FAILED, _INTERRUPTED = 1, 130
_SCAN_EVERY = "15"  # seconds; the page should feel alive
FOUR_EYES_ABOVE = '{"USD": 60000}'  # one of Contoso's invoices is larger
_ADJUSTABLE = (
    *("CONFIRMATION_TTL_SECONDS", "SCAN_EVERY_SECONDS", "FOUR_EYES_ABOVE", "CARD_LIMIT"),
    *("PAYMENT_MODE", "LOCALE"),
)


def main() -> int:
    """Run what the command line asks for; the exit code."""
    asked = _arguments()
    try:
        if asked.story:
            return asyncio.run(_until_stopped(_story(), stopped=_INTERRUPTED))
        demo = _demo(asked.port, asked.env_file, browser=not asked.no_browser)
        return asyncio.run(_until_stopped(demo, stopped=0))
    except (BotFailed, NoPort, SetupError) as error:
        print(error, file=sys.stderr)
        return _FAILED


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="azure-invoice-bot demo",
        description="The real bot in a pretend Slack workspace and a pretend Azure, on this "
        "machine only. Nothing is sent out and no account is needed.",
        epilog=f"These variables change the bot's behaviour: {', '.join(_ADJUSTABLE)}.",
    )
    parser.add_argument(
        "--story", action="store_true", help="play one payment in the terminal, without a page"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the page's address")
    parser.add_argument(
        "--port", type=int, help=f"of the page; {_PORT}, or a free one where that is taken"
    )
    parser.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        help="write the bot's settings there, for trying the other commands on the demo; the file "
        "must not exist yet and is removed in the end",
    )
    return parser.parse_args()


async def _until_stopped(work: Coroutine[None, None, int], *, stopped: int) -> int:
    """Do the work until it ends or a signal asks to stop; ``stopped`` is the exit code then."""
    task = asyncio.create_task(work)

    def stop() -> None:
        if not task.cancelling():  # a second Ctrl-C must not leave half of it running
            task.cancel()

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(one, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return stopped


async def _demo(port: int | None, env_file: Path | None, *, browser: bool) -> int:
    began = time.perf_counter()
    ports = (_PORT, 0) if port is None else (port,)
    chosen = {name: os.environ[name] for name in _ADJUSTABLE if name in os.environ}
    async with stage() as town, bot_process() as bot, serve_page(town, bot, ports) as url:
        if chosen.get("PAYMENT_MODE") == "api":
            let_the_bot_pay(town.tenant)
        usual = {"SCAN_EVERY_SECONDS": _SCAN_EVERY, "FOUR_EYES_ABOVE": FOUR_EYES_ABOVE}
        await bot.start({**town.environment(url), **usual, **chosen})
        await bot.ready()
        with settings_in(env_file, bot.settings):
            print(_welcome(url, time.perf_counter() - began), flush=True)
            if browser and _has_screen():
                await asyncio.to_thread(webbrowser.open, url)
            # Or the first click would wait for it.
            await asyncio.to_thread(import_module, "aiohttp")
            await bot.ended()
    return 0


@contextmanager
def settings_in(file: Path | None, settings: Mapping[str, str]) -> Iterator[None]:
    """Keep them in this file, if one is named, until the block ends; never in one that is there."""
    if file is None:
        yield
        return
    if file.exists():
        raise SetupError(f"{file} is there already, and might be a real bot's: name another file.")
    write_env(file, settings)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


async def _story() -> int:
    from sandbox.story import tell  # noqa: PLC0415  # the page does without

    return await tell()


def _welcome(url: str, seconds: float) -> str:
    return (
        f"\n  A pretend Slack and a pretend Azure with the real bot between them (ready in "
        f"{seconds:.1f} s):\n\n      {url}/\n\n  Everything stays on this machine. "
        "Ctrl-C stops it.\n"
    )


def _has_screen() -> bool:
    """Whether a browser would open in a window, not in this terminal."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(one) for one in screens)


if __name__ == "__main__":
    sys.exit(main())
