"""Parts of a benchmark that run as processes of their own, and what a process costs."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path


@asynccontextmanager
async def module(
    name: str, *arguments: str, given: Mapping[str, str], asked: str = ""
) -> AsyncIterator[str]:
    """Run ``benchmarks.<name>`` until the block ends; yields the first line it prints."""
    async with started(name, *arguments, given=given, asked=asked) as (_, line):
        yield line


@asynccontextmanager
async def started(
    name: str, *arguments: str, given: Mapping[str, str], asked: str = ""
) -> AsyncIterator[tuple[int, str]]:
    """Like ``module``; yields its process id, too. ``asked`` is a line for it to read."""
    process = await _start(name, arguments, given)
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdin.write(f"{asked}\n".encode())
        line = await asyncio.wait_for(process.stdout.readline(), 120)
        yield process.pid, line.decode().strip()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def printed(name: str, *arguments: str, given: Mapping[str, str], asked: str = "") -> str:
    """Run ``benchmarks.<name>`` to its end; what it printed. Raises ``RuntimeError`` if it failed."""
    process = await _start(name, arguments, given)
    out, _ = await process.communicate(f"{asked}\n".encode())
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}")
    return out.decode()


def cpu_seconds(pid: int) -> float:
    """What a process and its descendants have spent so far, user and system."""
    ticks = 0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """The MiB that a process and its descendants take, shared pages divided among their users."""
    return sum(_pss(one) for one in _family(pid)) / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _pss(pid: int) -> int:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s+(\d+)", told, re.MULTILINE)[0])


async def _start(
    name: str, arguments: tuple[str, ...], given: Mapping[str, str]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"benchmarks.{name}", *arguments),
        env={**os.environ, **given},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=2**24,
    )
