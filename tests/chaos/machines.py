"""The machines of the run: one Valkey, two webs, two workers, all of which may be killed."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.adapters.valkey_folder import prepare_folder, server_command, socket_path
from tests.shell import Running, running
from tests.waiting import until


@dataclass
class Valkey:
    """A Valkey of the run's own; what it has acknowledged survives kill -9."""

    folder: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{socket_path(self.folder)}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *server_command(self.folder), stdout=asyncio.subprocess.DEVNULL
        )

        async def answers() -> bool:
            with suppress(RedisError, OSError):
                async with Redis.from_url(self.url) as client:
                    return bool(await client.ping())
            return False

        await until(answers, within=10)

    async def kill(self) -> None:
        """End it the hard way."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


@dataclass
class Fleet:
    """The bot's processes by name: ``web-0``, ``web-1``, ``worker-0``, ``worker-1``."""

    given: Mapping[str, str]
    stack: AsyncExitStack
    machines: dict[str, Running] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    history: list[tuple[str, Running]] = field(default_factory=list)  # the killed ones, too

    async def start(self, name: str) -> None:
        """Start it and wait until it serves or works."""
        kind = name.partition("-")[0]
        machine = await self.stack.enter_async_context(running(kind, given=self.given))
        self.machines[name] = machine
        self.history.append((name, machine))
        with suppress(AssertionError):  # it may be killed, or its store be gone, meanwhile
            await machine.ready(30)

    async def kill(self, name: str) -> None:
        """End it the hard way and start another one in its place."""
        self.look(name)
        await self.machines[name].kill()
        await self.start(name)

    async def mend(self) -> None:
        """Start whatever has ended by itself."""
        for name, machine in list(self.machines.items()):
            if machine.process.returncode is not None:
                self.look(name)
                await self.start(name)

    def look(self, name: str) -> None:
        """Keep what it has logged of faults of its own: there should be none, whatever fails."""
        own = ("broken", "work_failed", "request_not_understood")
        for line in self.machines[name].log.splitlines():
            ours = any(f'"event": "{event}"' in line for event in own)
            if ours and '"level": "error"' in line:
                self.errors.append(f"{name}: {line[:1500]}")

    def keep_logs(self, folder: Path) -> None:
        """Write what every process of the run has logged into files of this folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for serial, (name, machine) in enumerate(self.history):
            (folder / f"{serial:03}-{name}.log").write_text(machine.log)

    @property
    def webs(self) -> list[Running]:
        """Those that serve."""
        return [m for n, m in self.machines.items() if n.startswith("web")]


@asynccontextmanager
async def valkey() -> AsyncIterator[Valkey]:
    """A running Valkey, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="aib-") as name:
        folder = Path(name) / "valkey"
        prepare_folder(folder)
        made = Valkey(folder)
        await made.start()
        try:
            yield made
        finally:
            await made.kill()
