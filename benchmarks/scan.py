"""Ten thousand invoices scanned again and again, beside the SDK's own listing and bare JSON."""

import json
import statistics
from typing import Any

from benchmarks.company import company
from benchmarks.figures import Figure
from benchmarks.listing_server import ONE_UNPAID_IN
from benchmarks.processes import module, printed
from benchmarks.scan_process import READS
from tests.town import Town

_PROFILES, _FEW, _ROUNDS = 20, 1000, 3


async def scan(invoices: int) -> list[Figure]:
    """Scan ``invoices`` on 20 profiles, one in twenty of them unpaid, all with their cards."""
    async with company() as town:
        few = await _run(town, _FEW, rounds=0)
    async with company() as town:
        many = await _run(town, invoices, rounds=_ROUNDS)
        seen = list(town.traffic.exchanges)
    second = many["second"]
    slack = [e for e in seen if e.server == "slack" and _during(second, e.at)]
    commands: dict[str, int] = second[-1]["commands"]
    writes = {name: calls for name, calls in commands.items() if name not in READS}
    cpu = {kind: 1e6 * _median(many[kind], "cpu") / invoices for kind in ("second", "sdk", "json")}
    return [
        Figure("invoices", invoices),
        Figure("of them unpaid, with a card", invoices // ONE_UNPAID_IN),
        Figure("first scan, cards posted", many["first"]["seconds"], "s"),
        Figure("second scan", _median(second, "seconds"), "s, median"),
        Figure("second scan: Slack calls", len(slack), "", 0),
        Figure("second scan: Redis commands", sum(commands.values())),
        Figure("second scan: Redis writes, its lock included", sum(writes.values())),
        *(Figure(f"second scan: {name}", calls, "calls") for name, calls in sorted(writes.items())),
        Figure("second scan: CPU per invoice", cpu["second"], "µs, median"),
        Figure("SDK's own listing: CPU per invoice", cpu["sdk"], "µs, median"),
        Figure("json.loads alone: CPU per invoice", cpu["json"], "µs, median"),
        Figure("scan / SDK's own listing", cpu["second"] / cpu["sdk"]),
        Figure("scan / json.loads", cpu["second"] / cpu["json"]),
        Figure(f"peak memory with {_FEW:,} invoices", few["peak_kib"] / 1024, "MiB"),
        Figure(f"peak memory with {invoices:,} invoices", many["peak_kib"] / 1024, "MiB"),
        Figure("growth", (many["peak_kib"] - few["peak_kib"]) / 1024, "MiB"),
    ]


async def _run(town: Town, invoices: int, *, rounds: int) -> dict[str, Any]:
    serving = module("listing_server", str(invoices), str(_PROFILES), given={})
    async with serving as environment:
        given = town.environment() | json.loads(environment)
        found: dict[str, Any] = json.loads(await printed("scan_process", str(rounds), given=given))
        return found


def _during(scans: list[dict[str, Any]], at: float) -> bool:
    return any(one["from"] <= at <= one["to"] for one in scans)


def _median(runs: list[dict[str, Any]], what: str) -> float:
    return float(statistics.median(run[what] for run in runs))
