"""What an operator sees of ``scan``: progress in a terminal, then the summary."""

import asyncio
import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

from tests.shell import command
from tests.town import Town


async def _in_a_terminal(town: Town, folder: Path) -> tuple[int, str]:
    """Run ``scan`` in a pseudo-terminal; its exit code and all that came over the line."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "scan"),
        cwd=folder,
        env=town.environment()
        | {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "COLUMNS": "120"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    reading = asyncio.to_thread(_read_to_the_end, ours)
    try:
        seen = await asyncio.wait_for(reading, 40)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)
    return code, seen


def _read_to_the_end(line: int) -> str:
    parts = []
    with suppress(OSError):  # Linux's way to say that nobody holds the other end any more
        while part := os.read(line, 65_536):
            parts.append(part)
    return b"".join(parts).decode()


async def test_an_operator_can_watch_a_scan_in_a_terminal(contoso: Town, tmp_path: Path) -> None:
    """A terminal shows each account with what has been read, then the table and the summary."""
    numbers = [contoso.invoice() for _ in range(3)]
    contoso.fault("GET */invoices", "delay", seconds=0.5)
    code, seen = await _in_a_terminal(contoso, tmp_path)
    assert code == 0, seen
    progress, _, after = seen.rpartition("3 read")
    assert "Contoso" in progress
    assert all(number in after for number in numbers)
    assert "1 billing account(s), 3 invoice(s) read, 3 posted" in after


async def test_an_operator_cannot_get_progress_into_a_file(contoso: Town) -> None:
    """Where nobody looks on, e.g. in a cron job, only the table and the summary are printed."""
    number = contoso.invoice()
    contoso.invoice(status="Paid")
    ended = await command("scan", given=contoso.environment())
    assert ended.code == 0, ended.shown
    assert "1 billing account(s), 2 invoice(s) read, 1 posted" in ended.out
    assert number in ended.out
    assert "\x1b" not in ended.shown
    assert "2 read" not in ended.err
    again = await command("scan", given=contoso.environment())
    assert "0 posted, 0 updated, 0 closed, 1 unchanged." in again.out
