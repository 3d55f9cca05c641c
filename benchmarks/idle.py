"""What a worker costs while there is nothing to do."""

import asyncio
import os
import time
from pathlib import Path

from redis.asyncio import Redis

from benchmarks.company import company
from benchmarks.figures import Figure
from tests.shell import running

_SETTLING = 4.0  # seconds from "ready" until the first scan is over


async def idle(seconds: float) -> list[Figure]:
    """Watch one ``worker`` process for so long, with no invoice anywhere (Linux only)."""
    async with (
        company() as town,
        running("worker", given=town.environment()) as worker,
        Redis.from_url(town.redis_url) as redis,
    ):
        await worker.ready()
        await asyncio.sleep(_SETTLING)
        cpu, began = _cpu_seconds(worker.process.pid), time.perf_counter()
        commands = await _commands(redis)
        await asyncio.sleep(seconds)
        spent = time.perf_counter() - began
        cpu = _cpu_seconds(worker.process.pid) - cpu
        made = await _commands(redis) - commands - 1  # less the question itself
        memory = _resident_bytes(worker.process.pid)
    return [
        Figure("CPU", 100 * cpu / spent, "% of a core", 1.5),
        Figure("Redis commands", made / spent, "/s", 25),
        Figure("resident memory", memory / 2**20, "MiB"),
    ]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _commands(redis: "Redis") -> int:
    return int((await redis.info("stats"))["total_commands_processed"])
