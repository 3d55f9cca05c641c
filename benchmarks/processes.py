"""Parts of a benchmark that run as processes of their own, so that their CPU is not counted."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def module(name: str, *arguments: str, given: Mapping[str, str]) -> AsyncIterator[str]:
    """Run ``benchmarks.<name>`` until the block ends; yields the first line it prints."""
    process = await _start(name, arguments, given)
    try:
        assert process.stdout is not None
        yield (await asyncio.wait_for(process.stdout.readline(), 120)).decode().strip()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def printed(name: str, *arguments: str, given: Mapping[str, str]) -> str:
    """Run ``benchmarks.<name>`` to its end; what it printed. Raises ``RuntimeError`` if it failed."""
    process = await _start(name, arguments, given)
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}")
    return out.decode()


async def _start(
    name: str, arguments: tuple[str, ...], given: Mapping[str, str]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"benchmarks.{name}", *arguments),
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
