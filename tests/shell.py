"""Run the bot's own commands as processes, as an operator does."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import IO

import aiohttp

from tests import nursery
from tests.nursery import Process
from tests.waiting import until

_PORTS = range(15_000, 30_000)  # Linux takes 32768 and up for connections, others 49152
_KEPT = ("PATH", "LANG", "TZ")


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def shown(self) -> str:
        """Everything the operator saw."""
        return self.out + self.err


@dataclass
class Running:
    """A command that goes on until it is stopped; its output is in ``log``.

    Attributes:
        port: what ``PORT`` says.
        folder: its working directory; ``DATA_DIR`` is ``data`` in it unless told otherwise.
    """

    process: Process
    port: int
    folder: Path
    _file: Path = field(repr=False)

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self._file.read_text()

    @property
    def url(self) -> str:
        """Where it serves, if it does."""
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; 0 where nobody answers."""
        try:
            async with aiohttp.request("GET", self.url + path) as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientError:
            return 0, ""

    async def ready(self, within: float = 40.0) -> None:
        """Wait until it serves, or works as a worker."""

        async def is_ready() -> bool:
            assert self.process.returncode is None, self.log
            return "worker_ready" in self.log or (await self.get("/healthz"))[0] == 200

        await until(is_ready, within)

    async def stop(self, within: float = 10.0) -> int:
        """Ask it to end as a platform does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), within)

    async def kill(self) -> None:
        """End it and all that it has started the hard way."""
        await _kill(self.process)


def free_port() -> int:
    """A port nobody listens on, nor will by accident: the system gives out none of these."""
    chance = SystemRandom()  # other random numbers are the same in all test processes
    while True:
        port = chance.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def command(
    *arguments: str,
    given: Mapping[str, str],
    within: float = 40.0,
    env_file: str = "",
    log: Path | None = None,
    anew: bool = False,
) -> Ended:
    """Run ``python -m bot`` to its end in a folder of its own.

    Args:
        arguments: the command and its options.
        given: its environment; none of ours is in it.
        within: seconds.
        env_file: what ``.env`` in its folder says.
        log: where its errors go instead; none are told then.
        anew: see ``tests.nursery.start``.
    """
    with tempfile.TemporaryDirectory(prefix="aib-") as name:
        folder = Path(name)
        if env_file:
            (folder / ".env").write_text(env_file)
        with (
            tempfile.TemporaryFile() as out,
            log.open("wb") if log else tempfile.TemporaryFile() as err,
        ):
            process = nursery.start(
                arguments,
                folder=folder,
                environment=_environment(folder, given),
                output=out,
                errors=err,
                anew=anew,
            )
            try:
                code = await asyncio.wait_for(process.wait(), within)
            finally:
                await _kill(process)
            return Ended(code, _written(out), "" if log else _written(err))


@asynccontextmanager
async def running(
    *arguments: str, given: Mapping[str, str], anew: bool = False
) -> AsyncIterator[Running]:
    """Run a command that goes on, in the environment ``given``; it is killed at the end.

    ``anew``: see ``tests.nursery.start``.
    """
    with tempfile.TemporaryDirectory(prefix="aib-") as name:
        folder, port = Path(name), free_port()
        environment = _environment(folder, {"PORT": str(port), **given})
        log = folder / "log"
        with log.open("wb") as output:
            process = nursery.start(
                arguments,
                folder=folder,
                environment=environment,
                output=output,
                errors=output,
                anew=anew,
            )
        made = Running(process, int(environment["PORT"]), folder, log)
        try:
            yield made
        finally:
            await made.kill()


async def _kill(process: Process) -> None:
    """End it and all that it has started the hard way."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    ours = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return ours | {"HOME": str(folder), "DATA_DIR": str(folder / "data"), **given}
