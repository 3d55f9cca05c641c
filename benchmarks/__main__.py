"""``python -m benchmarks [name]``: a table for each benchmark, or JSON; nearly all without a name."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console

from benchmarks.acks import acks
from benchmarks.alerts import alerts
from benchmarks.audit import audit
from benchmarks.click import click
from benchmarks.figures import Figure, show
from benchmarks.growth import growth
from benchmarks.idle import idle
from benchmarks.modal import modals
from benchmarks.payments import payments
from benchmarks.scan import scan
from benchmarks.start import start
from bot.event_loop import event_loop

Made = Callable[[argparse.Namespace], Coroutine[Any, Any, list[Figure]]]

BENCHMARKS: dict[str, Made] = {
    "alerts": lambda chosen: alerts(chosen.alerts),
    "modal": lambda _: modals(),
    "payments": lambda _: payments(),
    "scan": lambda chosen: scan(chosen.invoices),
    "start": lambda chosen: start(chosen.rounds),
    "growth": lambda chosen: growth(chosen.plot),
    "idle": lambda chosen: idle(chosen.seconds),
    "click": lambda chosen: click(chosen.clicks),
    "audit": lambda chosen: audit(chosen.entries),
    "acks": lambda chosen: acks(chosen.acks),
}
_ALL = (
    ("alerts", "idle", "scan"),
    ("modal",),
    ("payments",),
    ("start",),
    ("growth",),
    ("click",),
)
"""What runs without a name: all that compare with something.

The first two only wait, and the third counts the processor time of its own process.
"""


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="only this one")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--alerts", type=int, default=300, help="how many, over three channels")
    parser.add_argument("--invoices", type=int, default=100_000, help="in the scan")
    parser.add_argument("--plot", type=Path, help="draw growth there")
    parser.add_argument(
        "--rounds", type=int, default=5, help="of starting `web`; of others half as many"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="to watch the idle worker")
    parser.add_argument("--clicks", type=int, default=80, help="for each app")
    parser.add_argument("--acks", type=int, default=60, help="in each condition")
    parser.add_argument("--entries", type=int, default=20_000, help="in the audit trail")
    return parser.parse_args()


async def _alone(name: str) -> tuple[int, bytes]:
    """One benchmark in a process of its own, with our options: its exit code and what it printed."""
    line = [sys.executable, "-m", "benchmarks", name, "--json", *sys.argv[1:]]
    process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return process.returncode or 0, out


async def _measured(names: tuple[str, ...], chosen: argparse.Namespace) -> dict[str, list[Figure]]:
    if chosen.name:
        return {chosen.name: await BENCHMARKS[chosen.name](chosen)}
    # All of them end, whichever fails: each has servers to stop.
    ended = await asyncio.gather(*map(_alone, names))
    if failed := [name for name, (code, _) in zip(names, ended, strict=True) if code]:
        raise SystemExit(f"failed: {', '.join(failed)}")
    return {
        name: [Figure(**each) for each in json.loads(out)[name]]
        for name, (_, out) in zip(names, ended, strict=True)
    }


def main() -> None:
    """Run the chosen benchmark, or one group after the other."""
    chosen, console = _chosen(), Console()
    logging.disable(logging.WARNING)  # this process plays the world; only its errors matter
    quiet = structlog.make_filtering_bound_logger(40)  # errors only
    structlog.configure(wrapper_class=quiet)
    found: dict[str, list[Figure]] = {}
    for names in ((chosen.name,),) if chosen.name else _ALL:
        with asyncio.Runner(loop_factory=event_loop) as runner:  # as the bot's commands have it
            figures = runner.run(_measured(names, chosen))
        found |= figures
        if not chosen.json:
            for name in names:
                show(console, name, figures[name])
    if chosen.json:
        print(json.dumps({n: [asdict(f) for f in figures] for n, figures in found.items()}))


if __name__ == "__main__":
    main()
