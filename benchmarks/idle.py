"""What a worker costs while there is nothing to do, beside docket's own idle worker."""

import asyncio
import time

from redis.asyncio import Redis

from benchmarks.company import company
from benchmarks.figures import Figure, median, ratio
from benchmarks.processes import cpu_seconds, memory, started
from tests.shell import running

_SETTLING = 4.0  # seconds from "ready" until the first scan is over
_SLICES = 3


async def idle(seconds: float) -> list[Figure]:
    """Watch one ``worker`` with no invoice anywhere, and docket alone, at once (Linux only)."""
    async with (
        company() as town,
        company() as other,
        company() as third,
        running("worker", given=town.environment(), anew=True) as worker,
        started("docket_worker", "ours", given={"REDIS_URL": other.redis_url}) as (same, _),
        started("docket_worker", "default", given={"REDIS_URL": third.redis_url}) as (default, _),
    ):
        await worker.ready()
        await asyncio.sleep(_SETTLING)
        sides = {
            "worker": (worker.process.pid, town.redis_url),
            "docket with idle jobs": (same, other.redis_url),
            "docket as it comes": (default, third.redis_url),
        }
        slices = [await _watched(sides, seconds / _SLICES) for _ in range(_SLICES)]
        weighs = memory(worker.process.pid)
    cpu = {name: [one[name][0] for one in slices] for name in sides}
    asked = {name: [one[name][1] for one in slices] for name in sides}
    ours, alike, own = sides
    return [
        *(median(f"CPU: {name}", values, "% of a core") for name, values in cpu.items()),
        *(median(f"Redis commands: {name}", values, "/s") for name, values in asked.items()),
        median("CPU / docket as it comes", ratio(cpu[ours], cpu[own]), most=1.3),
        median("commands / docket as it comes", ratio(asked[ours], asked[own]), most=1.3),
        median("CPU / docket with idle jobs", ratio(cpu[ours], cpu[alike]), most=1.3),
        median("commands / docket with idle jobs", ratio(asked[ours], asked[alike]), most=1.3),
        Figure("memory of the worker", weighs, "MiB"),
    ]


async def _watched(
    sides: dict[str, tuple[int, str]], seconds: float
) -> dict[str, tuple[float, float]]:
    """Each side's CPU in percent of a core, and its Redis commands a second."""
    began = time.perf_counter()
    before = {name: (cpu_seconds(pid), await _commands(url)) for name, (pid, url) in sides.items()}
    await asyncio.sleep(seconds)
    spent, found = time.perf_counter() - began, {}
    for name, (pid, url) in sides.items():
        cpu, commands = cpu_seconds(pid) - before[name][0], await _commands(url) - before[name][1]
        found[name] = 100 * cpu / spent, commands / spent
    return found


async def _commands(url: str) -> int:
    """Commands so far, those of asking for it left out."""
    async with Redis.from_url(url) as redis:
        stats = await redis.info("commandstats")
    asking = ("info", "hello", "client|setinfo")
    return sum(one["calls"] for name, one in stats.items() if name[8:] not in asking)
