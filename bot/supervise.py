"""Run several of the bot's own commands as one: started together, restarted, stopped together."""

import asyncio
import ctypes
import signal
import sys
from contextlib import suppress

import structlog

_STOP_SECONDS = 12.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_HEALTHY_AFTER = 60.0  # seconds; a process that lived this long starts anew without a pause
_PR_SET_PDEATHSIG = 1
_MISCONFIGURED = 2  # the exit code for wrong settings: starting again would not help

_log = structlog.get_logger(__name__)


async def supervise(commands: list[str]) -> int:
    """Keep ``python -m bot <command>`` running for each command until SIGTERM or SIGINT.

    Returns:
        0 after a signal; the exit code of a command that says its settings are wrong.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    keepers = {asyncio.create_task(_keep(command, stop)) for command in commands}
    finished, _ = await asyncio.wait(keepers, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    codes = await asyncio.gather(*keepers)
    return max((code for code in codes if code > 0), default=0) if finished else 0


async def _keep(command: str, stop: asyncio.Event) -> int:
    """Run one command again and again until asked to stop; its last exit code that matters."""
    pause = _FIRST_PAUSE
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", command), preexec_fn=_end_with_parent
        )
        code = await _until_done(process, stop)
        if stop.is_set():
            return 0
        if code == _MISCONFIGURED:
            return code
        lived = asyncio.get_running_loop().time() - began
        pause = _FIRST_PAUSE if lived > _HEALTHY_AFTER else min(pause * 2, _LONGEST_PAUSE)
        _log.error("process_ended", command=command, code=code, again_in=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
    return 0


def _end_with_parent() -> None:
    """In the child: have Linux end it, too, where its supervisor is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _until_done(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
    ended, stopping = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ended.done():
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            return await asyncio.wait_for(ended, _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            return await process.wait()
    return ended.result()
