"""How soon the bot's processes are ready and what they weigh, beside importing its packages alone."""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass

from benchmarks.company import company
from benchmarks.figures import Figure, median, ratio
from benchmarks.processes import cpu_seconds, memory, started
from tests.shell import Running, running
from tests.town import Town

_COMMANDS = {"web": ("web",), "worker": ("worker",), "run": ("run",)}
_SOON = {"web"}  # how soon it is ready matters, so that it is started twice as often
_LOADED_BY = {"run": ("web", "--with-worker")}  # the process that `run` looks after
_IMPORTED = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s*(\S+)$", re.MULTILINE)
_OURS = {"bot", "handlers", "sandbox"}
_SETTLING = 1.5  # seconds from "ready" until the first scan is over


@dataclass(frozen=True)
class Start:
    """Seconds until it was ready, CPU seconds of it, and MiB once it had settled."""

    wall: float
    cpu: float
    mib: float


async def start(rounds: int) -> list[Figure]:
    """Start each command and its packages alone, in turns (Linux only)."""
    figures: list[Figure] = []
    async with company() as town:
        for name, command in _COMMANDS.items():
            modules = await _modules(town, _LOADED_BY.get(name, command))
            ours, theirs = list[Start](), list[Start]()
            for _ in range(rounds if name in _SOON else (rounds + 1) // 2):
                ours.append(await _started(town, command))
                theirs.append(await _imported(modules))
            figures += _figures(name, ours, theirs)
    return figures


def _figures(name: str, ours: list[Start], theirs: list[Start]) -> list[Figure]:
    wall = [s.wall for s in ours], [s.wall for s in theirs]
    cpu = [s.cpu for s in ours], [s.cpu for s in theirs]
    mib = [s.mib for s in ours], [s.mib for s in theirs]
    wanted = 1.3 if name in _SOON else None
    return [
        median(f"{name}: ready after", wall[0], "s"),
        median(f"{name}: its packages imported after", wall[1], "s"),
        median(f"{name}: ready / imported", ratio(*wall), most=wanted),
        median(f"{name}: the same by CPU time", ratio(*cpu)),
        median(f"{name}: memory", mib[0], "MiB"),
        median(f"{name}: memory of its packages", mib[1], "MiB"),
        median(f"{name}: memory / packages", ratio(*mib), most=1.3),
    ]


async def _modules(town: Town, command: tuple[str, ...]) -> list[str]:
    """All modules of others that this command has imported once it is ready, in their order."""
    given = town.environment() | {"PYTHONPROFILEIMPORTTIME": "1"}
    async with running(*command, given=given, anew=True) as process:
        await _ready(process, command)
        found = _IMPORTED.findall(process.log)
    known = sys.stdlib_module_names | _OURS
    return [name for name in found if name.partition(".")[0] not in known]


async def _started(town: Town, command: tuple[str, ...]) -> Start:
    given = town.environment()
    if command == ("run",):
        del given["REDIS_URL"]  # with the built-in store, as on one machine
    began = time.perf_counter()
    async with running(*command, given=given, anew=True) as process:
        await _ready(process, command)
        wall, cpu = time.perf_counter() - began, cpu_seconds(process.process.pid)
        await asyncio.sleep(_SETTLING)
        return Start(wall, cpu, memory(process.process.pid))


async def _ready(process: Running, command: tuple[str, ...]) -> None:
    while True:
        if process.process.returncode is not None:
            raise RuntimeError(process.log)
        serves = command == ("worker",) or (await process.get("/readyz"))[0] == 200
        if serves and (command == ("web",) or "worker_ready" in process.log):
            return
        await asyncio.sleep(0.005)


async def _imported(modules: list[str]) -> Start:
    began = time.perf_counter()
    async with started("third_party", given={}, asked=json.dumps(modules)) as (pid, _):
        return Start(time.perf_counter() - began, cpu_seconds(pid), memory(pid))
