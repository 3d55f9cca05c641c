"""A hundred thousand invoices scanned again and again, beside the SDK's listing and bare JSON."""

import json
from typing import Any

import aiohttp

from benchmarks.company import company
from benchmarks.figures import Figure, median, ratio
from benchmarks.processes import module, printed
from tests.town import Town

_UNPAID = 20  # one in so many; the others are paid
_FEW, _ROUNDS = 1000, 3
_COMPARED = 5_000  # read in each other way in each round


async def scan(invoices: int) -> list[Figure]:
    """Scan ``invoices`` of one account, one in twenty of them unpaid, all these with their cards."""
    async with company() as town:
        few = await scanned(town, invoices=_FEW, unpaid=_FEW // _UNPAID)
    async with company() as town:
        found = await scanned(
            town, invoices=invoices, unpaid=invoices // _UNPAID, rounds=_ROUNDS, compared=_COMPARED
        )
        slack = [e for e in town.traffic.exchanges if e.server == "slack" and _during(found, e.at)]
    each = {
        kind: [1e6 * one["cpu"] / (one["done"] or invoices) for one in found[kind]]
        for kind in ("scan", "json", "sdk")
    }
    (trips, *_) = [one["round_trips"] for one in found["scan"]]
    grown = (found["peak_kib"] - few["peak_kib"]) / 1024
    return [
        Figure("invoices", invoices),
        Figure("of them unpaid, each with its card", found["unpaid"]),
        Figure("scan after a restart", found["first"]["seconds"], "s"),
        median("scan", [one["seconds"] for one in found["scan"]], "s"),
        median("CPU per invoice: scan", each["scan"], "µs"),
        median("CPU per invoice: the SDK's own listing", each["sdk"], "µs"),
        median("CPU per invoice: json.loads of the same pages", each["json"], "µs"),
        median("scan / SDK's own listing", ratio(each["scan"], each["sdk"]), most=0.2),
        median("scan / json.loads", ratio(each["scan"], each["json"]), most=1.5),
        Figure("cards changed by the later scans", found["changed"], most=0),
        Figure("Slack calls in the later scans", len(slack), most=0),
        Figure("Redis round trips per invoice in a later scan", trips / invoices, most=0.02),
        Figure("Azure calls of a scan beyond its pages", found["served"] - found["pages"], most=2),
        Figure(f"peak memory with {_FEW:,} invoices", few["peak_kib"] / 1024, "MiB"),
        Figure(f"peak memory with {invoices:,} invoices", found["peak_kib"] / 1024, "MiB"),
        Figure("growth", grown, "MiB", most=20),
    ]


async def scanned(
    town: Town,
    *,
    invoices: int,
    unpaid: int,
    accounts: int = 1,
    rounds: int = 0,
    compared: int = 0,
) -> dict[str, Any]:
    """What ``scan_process`` measures in this town, whose Azure is a ``listing_server`` instead.

    ``served`` is how many requests one scan made of it.
    """
    size = json.dumps({"invoices": invoices, "unpaid": unpaid, "accounts": accounts})
    async with module("listing_server", size, given={}) as said:
        environment = json.loads(said)
        base = environment["AZURE_MANAGEMENT_URL"]
        given = town.environment() | environment
        asked = json.dumps({"rounds": rounds, "compared": compared})
        found: dict[str, Any] = json.loads(await printed("scan_process", asked, given=given))
        async with aiohttp.request("GET", f"{base}/served") as answer:
            served = int(await answer.text())
    if found["failures"]:
        raise RuntimeError(f"scans failed: {found['failures']}")
    # Beside the rounds, it reads all pages once for the cards to keep, and scans once.
    others = sum(-(-one["done"] // 50) for one in found["json"] + found["sdk"])
    found["pages"] = accounts * -(-(invoices // accounts) // 50)
    found["served"] = (served - others - found["pages"]) / (1 + max(rounds, 1))
    return found


def _during(found: dict[str, Any], at: float) -> bool:
    return any(one["from"] <= at <= one["to"] for one in found["scan"])
