"""``run``: keep one of the bot's own commands running; started again when it ends by itself.

``python -m bot.supervise LEVEL FORMAT COMMAND...`` takes the place of ``run`` once the settings
are known to be right. It loads next to nothing, since it stays in memory beside what it keeps.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Literal, NoReturn, cast

_STOP_SECONDS = 12.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_HEALTHY_AFTER = 60.0  # seconds; a process that lived this long starts anew without a long pause
_PR_SET_PDEATHSIG = 1
_MISCONFIGURED = 2  # the exit code for wrong settings: starting again would not help

Format = Literal["console", "json"]


def supervise(level: str, shape: Format, *command: str) -> NoReturn:
    """Become the supervisor of ``python -m bot <command>``.

    Args:
        level: of the log.
        shape: of the log.
        *command: of the bot.
    """
    arguments = [sys.executable, "-m", "bot.supervise", level, shape, *command]
    os.execv(sys.executable, arguments)  # noqa: S606  # ourselves


class Keeper:
    """Keeps one command running until SIGTERM or SIGINT.

    Args:
        command: of the bot.
        level: of the log.
        shape: of the log.
    """

    def __init__(self, command: list[str], *, level: str, shape: Format) -> None:
        self._command, self._level, self._shape = command, level, shape
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_to_stop = False

    def keep(self) -> int:
        """Run the command again and again until asked to stop.

        Returns:
            0 after a signal; the exit code of a command that says its settings are wrong.
        """
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)
        signal.signal(signal.SIGALRM, self._kill)
        pause = _FIRST_PAUSE
        while not self._stopping():
            began = time.monotonic()
            code = self._run()
            if self._stopping():
                break
            if code == _MISCONFIGURED:
                return code
            lived = time.monotonic() - began
            pause = _FIRST_PAUSE if lived > _HEALTHY_AFTER else min(pause * 2, _LONGEST_PAUSE)
            self._tell(code, pause)
            self._rest(pause)
        return 0

    def _run(self) -> int:
        """One life of the command; its exit code."""
        self._process = subprocess.Popen(  # noqa: S603  # our own
            [sys.executable, "-m", "bot", *self._command],
            preexec_fn=_end_with_parent,  # noqa: PLW1509  # there are no threads here
        )
        if self._stopping():  # the signal came while it was being started
            self._end()
        return self._process.wait()

    def _stopping(self) -> bool:
        return self._asked_to_stop

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._asked_to_stop = True
        self._end()

    def _end(self) -> None:
        """Ask the command to end; it is killed where it takes too long."""
        if self._process is not None:
            self._process.terminate()
            signal.setitimer(signal.ITIMER_REAL, _STOP_SECONDS)

    def _kill(self, _: int, __: FrameType | None) -> None:
        if self._process is not None:
            self._process.kill()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))  # a signal does not cut a sleep short

    def _tell(self, code: int, pause: float) -> None:
        import structlog  # noqa: PLC0415  # 20 MB that most supervisors never need

        from bot.adapters.logs import configure_logs  # noqa: PLC0415

        configure_logs(self._level, self._shape)
        log = structlog.get_logger("bot.supervise")
        log.error("process_ended", command=" ".join(self._command), code=code, again_in=pause)


def _end_with_parent() -> None:
    """In the child: have Linux end it, too, where its supervisor is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    _, told_level, told_shape, *told_command = sys.argv
    keeper = Keeper(told_command, level=told_level, shape=cast("Format", told_shape))
    sys.exit(keeper.keep())
