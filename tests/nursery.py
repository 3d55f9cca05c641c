"""Processes of the bot that need not read all its modules first.

Starting Python and importing the bot costs more than a second of processor time, and the tests
start a hundred of its processes. On Linux one process imports everything once and then forks for
each command: a process of its own, with its own environment, folder, session and output, that
runs ``python -m bot <command>`` from there on.
"""

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import inf
from pathlib import Path
from typing import IO, Any

from tests.waiting import until

_READ = (
    *("bot.cli", "bot.serving", "bot.jobs", "bot.web", "bot.front_door", "bot.checkup"),
    *("bot.adapters.slack_app", "handlers", "uvicorn", "rich.progress"),
)
_MOST_BYTES = 100_000
_ROOT = Path(__file__).parents[1]


@dataclass
class Process:
    """A started process; ``ended`` tells its exit code, None while it lives."""

    pid: int
    ended: Callable[[], int | None]

    @property
    def returncode(self) -> int | None:
        """The exit code, below zero after a signal; None while it lives."""
        return self.ended()

    async def wait(self) -> int:
        """Wait for its end; the exit code."""
        await until(lambda: self.returncode is not None, inf)
        return self.returncode or 0

    def send_signal(self, one: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, one)


def start(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    output: IO[bytes],
    errors: IO[bytes],
    anew: bool = False,
) -> Process:
    """Start ``python -m bot <arguments>`` in a session of its own, with nothing to read.

    Args:
        arguments: the command and its options.
        folder: where it starts.
        environment: all of it.
        output: a file it writes to.
        errors: the same for what goes wrong.
        anew: as a Python of its own that imports what it needs, as operators have it.
    """
    if anew or not hasattr(os, "pidfd_open"):
        popen = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        return Process(popen.pid, popen.poll)
    order = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
    return _nursery().start(order, output, errors)


class Nursery:
    """The line to the process that forks; it ends when this one does."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one_at_a_time = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
                cwd=_ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self._close)

    def start(self, order: dict[str, Any], output: IO[bytes], errors: IO[bytes]) -> Process:
        """Have a process forked and told what to do."""
        told, tell = os.pipe()
        os.set_blocking(told, False)
        try:
            with self._one_at_a_time:
                files = [output.fileno(), errors.fileno(), tell]
                socket.send_fds(self._line, [json.dumps(order).encode()], files)
                pid = int(self._line.recv(100))
        finally:
            os.close(tell)

        @cache
        def code() -> int:
            return int(os.read(told, 100))

        def ended() -> int | None:
            try:
                return code()
            except BlockingIOError:
                return None

        return Process(pid, ended)

    def _close(self) -> None:
        self._line.close()
        self._process.wait(10)


@cache
def _nursery() -> Nursery:
    """The one of this test process."""
    return Nursery()


def _serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork for every order; in the child return the order, and None once the line is down."""
    for module in _READ:
        import_module(module)
    gc.freeze()  # what is here stays, and need not be looked at in each child
    living: dict[int, tuple[int, int]] = {}  # pidfd → (process id, where to tell the exit code)
    with selectors.DefaultSelector() as ready, line:
        ready.register(line, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd in living:
                    ready.unregister(key.fd)
                    _bury(key.fd, *living.pop(key.fd))
                    continue
                order, files, _, _ = socket.recv_fds(line, _MOST_BYTES, 3)
                if not order:
                    return None
                output, errors, tell = files
                pid = os.fork()
                if not pid:
                    _part(output, errors, [tell, *living, *(one for _, one in living.values())])
                    line.send(str(os.getpid()).encode())
                    return dict(json.loads(order))
                os.close(output)
                os.close(errors)
                child = os.pidfd_open(pid)
                living[child] = (pid, tell)
                ready.register(child, selectors.EVENT_READ)


def _part(output: int, errors: int, foreign: list[int]) -> None:
    """In the child: an own session and own output, and none of the nursery's files."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for one in (output, errors, *foreign):
        os.close(one)


def _bury(child: int, pid: int, tell: int) -> None:
    _, status = os.waitpid(pid, 0)
    os.close(child)
    os.write(tell, str(os.waitstatus_to_exitcode(status)).encode())
    os.close(tell)


def _become(order: dict[str, Any]) -> None:
    """Be ``python -m bot``."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    sys.argv = ["bot", *order["arguments"]]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    mine = _serve(socket.socket(fileno=int(sys.argv[1])))
    if mine is not None:
        _become(mine)
