"""The audit trail: how fast it is sealed, exported and verified, and what memory that takes."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.company import company
from benchmarks.figures import Figure
from bot.adapters.audit_log import RedisAuditLog
from bot.adapters.redis_connection import connect
from tests.town import Town

_ENTRY = {
    "event": "payment.handed_off",
    "actor": "U0ADA",
    "entra_id": "5ed614ac-84c9-53b4-9e51-bc25a4aa445a",
    "invoice": "G100000001",
    "billing_profile": "XXXX-XXXX-XXX-XXX",
    "billing_account": "5ed614ac-84c9-53b4-9e51-bc25a4aa445a:9e51_2019-05-31",
    "decision": "allowed",
    "role": "billing-account-owner",
    "scope": "billing account",
    "amount": "12340.00",
    "currency": "EUR",
    "payment": "k3Jx0mVJ0PzYkq2m9W1b4cQ7fT8dS5aR",
    "request_id": " ".join(["5ed614ac-84c9-53b4-9e51-bc25a4aa445a"] * 6),
}
_TENTH = 10  # of the entries, to see whether memory grows with them


async def audit(entries: int) -> list[Figure]:
    """Write ``entries`` entries like those of a hand-off; seal, export and verify them."""
    found: list[Figure] = []
    async with company() as town:
        client = await connect(town.redis_url)
        log = RedisAuditLog(client, town.workspace.team_id)
        await _write(client, town, entries // _TENTH)
        await log.seal()
        *_, little = _run(town, "audit", "export", "-o", "audit.csv")
        await _write(client, town, entries - entries // _TENTH)
        began = time.perf_counter()
        sealed = await log.seal()
        found.append(Figure("sealed", sealed / (time.perf_counter() - began), "entries/s"))
        for shape in ("csv", "jsonl"):
            found += _told(
                f"{entries:,} exported as {shape}",
                _run(town, "audit", "export", "--format", shape, "-o", "audit.out"),
            )
        found += _told(f"{entries:,} verified", _run(town, "audit", "verify"))
        found.append(Figure(f"memory, {entries // _TENTH:,} exported", little, "MiB"))
        await client.aclose()
    return found


async def _write(client: Any, town: Town, entries: int) -> None:  # noqa: ANN401
    key = f"aib:{{{town.workspace.team_id}}}:journal"
    entry: dict[str, str] = {"time": town.clock.now().isoformat(), **_ENTRY}
    for _ in range(0, entries, 1000):
        async with client.pipeline(transaction=False) as pipe:
            for _ in range(1000):
                pipe.xadd(key, entry)
            await pipe.execute()
    await asyncio.sleep(0)


def _told(what: str, took: tuple[float, float, float]) -> list[Figure]:
    seconds, cpu, memory = took
    return [
        Figure(what, seconds, "s"),
        Figure("CPU, its start included", cpu, "s"),
        Figure("memory at most", memory, "MiB"),
    ]


def _run(town: Town, *arguments: str) -> tuple[float, float, float]:
    """Run a command of the bot's to its end: seconds, seconds of CPU, and the MiB it took at most."""
    given = {**os.environ, **town.environment(), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "bot", *arguments, "--team", town.workspace.team_id]
    with tempfile.TemporaryDirectory(prefix="aib-") as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**given, "DATA_DIR": folder, "PYTHONPATH": str(Path.cwd())},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}")
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
