"""The real bot, unmodified, as processes of its own in a scratch folder."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bot.adapters.valkey_folder import socket_path, take_lock

_READY_WITHIN, _STOP_WITHIN, _STORE_STOPS_WITHIN = 60.0, 9.0, 7.0  # seconds
_LOG_LINES = 15
_SUMMARY = "billing account(s)"  # in the first line below the table of a scan
_ONCE = ("scan", "digest")  # commands that end by themselves
_PR_SET_PDEATHSIG = 1
_ROOT = Path(__file__).parents[1]
# The bot must meet the pretend world alone: no token or setting of the user's goes along.
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class BotFailed(Exception):
    """The bot did not start, or ended by itself; the text says so and shows the end of its log."""


class BotProcess:
    """The bot's commands, run as ``python -m bot <command>``.

    Args:
        folder: private and empty; holds its data and its logs.
        port: where its web process will listen.

    Attributes:
        url: the request URL that Slack calls.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self._environment: dict[str, str] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._taking_turns = asyncio.Lock()
        self.url = f"http://127.0.0.1:{port}/slack/events"

    @property
    def store(self) -> Path:
        """The Unix socket of its embedded Valkey."""
        return socket_path((self._folder / "data").resolve())

    @property
    def settings(self) -> dict[str, str]:
        """What it was started with; a command with the same settings shares its store."""
        passed_on = {*_KEPT, "PYTHONPATH"}
        return {name: v for name, v in self._environment.items() if name not in passed_on}

    async def start(self, environment: Mapping[str, str], *commands: str) -> None:
        """Start these commands side by side, ``web`` and ``worker`` if none is named.

        Args:
            environment: settings of the bot, all of them: it inherits none.
            commands: of ``python -m bot``.
        """
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {
            "PYTHONPATH": str(_ROOT),
            "DATA_DIR": str(self._folder / "data"),
            "PORT": str(self._port),
            "ALLOW_SHARED_CHANNELS": "finance",  # its stranger shows that such people cannot pay
            "SSL_CERT_FILE": os.devnull,  # all is plain http here, and reading them takes 0.1 s
        }
        self._environment = {**kept, **environment, **own}
        for command in commands or ("worker", "web"):
            with self._log(command).open("wb") as log:
                self._running[command] = await self._spawn(command, log.fileno(), log.fileno())

    async def ready(self) -> None:
        """Return once the web process could serve a click. Raises BotFailed."""
        deadline = time.monotonic() + _READY_WITHIN
        while not await asyncio.to_thread(_is_ready, self._port):
            self._must_live()
            if time.monotonic() > deadline:
                raise BotFailed(f"The bot was not ready in time.\n{self._tail('web')}")
            await asyncio.sleep(0.02)

    async def ended(self) -> None:
        """Wait until one of the processes ends by itself, then raise BotFailed."""
        waiting = [asyncio.create_task(one.wait()) for one in self._running.values()]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        self._must_live()

    async def scan(self) -> tuple[bool, str]:
        """Run ``python -m bot scan``: whether it exited with 0, and what it said below its table."""
        ok, lines = await self._once("scan")
        below = next((at for at, line in enumerate(lines) if _SUMMARY in line), 0)
        return ok, "\n".join(lines[below:]) or self._tail("scan")

    async def digest(self) -> tuple[bool, str]:
        """Run ``python -m bot digest``: whether it exited with 0, and what it said."""
        ok, lines = await self._once("digest")
        return ok, "\n".join(lines) or self._tail("digest")

    async def stop(self) -> None:
        """End all processes, politely at first, and wait for the store to be gone as well."""
        await asyncio.gather(*(_end(process) for process in self._running.values()))
        self._running.clear()
        deadline = time.monotonic() + _STORE_STOPS_WITHIN
        while self._store_is_running() and time.monotonic() < deadline:  # noqa: ASYNC110 # a lock
            await asyncio.sleep(0.02)

    async def _once(self, command: str) -> tuple[bool, list[str]]:
        """Run a command to its end: whether it exited with 0, and the lines it printed."""
        async with self._taking_turns:
            with self._log(command).open("ab") as log:
                process = await self._spawn(command, asyncio.subprocess.PIPE, log.fileno())
            self._running[command] = process
            try:
                printed, _ = await process.communicate()
            finally:
                await _end(process)
                self._running.pop(command, None)
        return process.returncode == 0, printed.decode(errors="replace").rstrip().splitlines()

    async def _spawn(self, command: str, output: int, errors: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            command,
            cwd=self._folder,  # where no .env lies
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,  # Ctrl-C in the terminal is for us, who stop it in order
            preexec_fn=_dying_with(os.getpid()),
        )

    def _must_live(self) -> None:
        for command, process in self._running.items():
            if process.returncode is not None and command not in _ONCE:
                raise BotFailed(
                    f"`azure-invoice-bot {command}` ended with exit code {process.returncode}. "
                    f"The end of its log:\n{self._tail(command)}"
                )

    def _store_is_running(self) -> bool:
        try:
            lock = take_lock(self._folder / "data" / "server.lock", exclusive=True)
        except OSError:  # there never was one
            return False
        if lock is not None:
            os.close(lock)
        return lock is None

    def _log(self, command: str) -> Path:
        return self._folder / f"{command}.log"

    def _tail(self, command: str) -> str:
        lines = self._log(command).read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])


@asynccontextmanager
async def bot_process() -> AsyncIterator[BotProcess]:
    """A bot that is not started yet; when the block ends, nothing of it is left."""
    with (
        tempfile.TemporaryDirectory(
            prefix="azure-invoice-bot-", ignore_cleanup_errors=True
        ) as folder,
        _kept_port() as port,
    ):
        bot = BotProcess(Path(folder), port)
        try:
            yield bot
        finally:
            await bot.stop()


@contextmanager
def _kept_port() -> Iterator[int]:
    """A free port, on Linux given to nobody else while inside: a bound socket keeps it.

    The bot may still listen there, since both sockets say SO_REUSEADDR; elsewhere it may not.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        port: int = keeper.getsockname()[1]
        if _LIBC is None:
            keeper.close()
        yield port


def _dying_with(parent: int) -> Callable[[], None] | None:
    """For a child of ``parent`` to call: Linux then stops it when its parent is gone."""
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def _is_ready(port: int) -> bool:
    """Ask by the standard library: a whole HTTP client would be slow to load just for this."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_WITHIN)
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
