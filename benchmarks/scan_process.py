"""The process that is measured by ``scan``: the bot scans, then the comparisons read the same pages.

``python -m benchmarks.scan_process ROUNDS`` prints what it measured as JSON; its environment is
the bot's. With 0 rounds it scans once, for the memory that takes.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from azure.mgmt.billing.aio import BillingManagementClient

from bot.adapters.azure_pipeline import CLOUDS
from bot.adapters.logs import configure_logs
from bot.adapters.redis_connection import connect
from bot.app import House
from bot.config import Settings, read_settings
from bot.vendors import Vendors, azure_credential, vendors

READS = {"smembers", "mget", "hgetall", "get", "exists", "zrange", "zcard", "hget", "hmget"}
NEITHER = {"info", "ping", "hello", "client|setinfo", "select"}


async def _at_once(_: float) -> None:
    """Do not wait for a channel's turn."""


async def _measured(work: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    began, cpu, at = time.perf_counter(), time.process_time(), time.time()
    await work()
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "from": at,
        "to": time.time(),
    }


async def _scan(outside: Vendors) -> dict[str, Any]:
    client = await connect(outside.redis_url)
    house = House(outside, sleep=_at_once)
    before = await client.info("commandstats")
    measured: dict[str, Any] = await _measured(house.scan)
    after = await client.info("commandstats")
    await client.aclose()
    calls = {
        name.removeprefix("cmdstat_"): stats["calls"] - before.get(name, {"calls": 0})["calls"]
        for name, stats in after.items()
    }
    measured["commands"] = {n: c for n, c in calls.items() if c and n not in NEITHER}
    return measured


async def _sdk(settings: Settings) -> int:
    """Iterate azure-mgmt-billing's own listing; the number of invoices."""
    today, scope = datetime.now(UTC).date(), CLOUDS[settings.azure_cloud].management_scope
    async with (
        azure_credential(settings) as credential,
        BillingManagementClient(
            credential, "-", settings.azure_management_url, credential_scopes=[scope]
        ) as client,
    ):
        listing = client.invoices.list_by_billing_account(
            settings.azure_billing_accounts[0],
            period_start_date=_day(today - timedelta(days=800)),
            period_end_date=_day(today),
            enforce_https=False,
        )
        return sum([1 async for _ in listing])


def _day(day: date) -> Any:  # noqa: ANN401  # the SDK takes a date or its text, by version
    return day.isoformat()


async def _bodies(outside: Vendors) -> list[str]:
    """The same pages as text, read beforehand."""
    account = outside.settings.azure_billing_accounts[0]
    base = outside.settings.azure_management_url
    link: str | None = f"{base}/providers/Microsoft.Billing/billingAccounts/{account}/invoices"
    bodies = []
    while link:
        async with outside.session.get(link) as answer:
            bodies.append(await answer.text())
        link = json.loads(bodies[-1]).get("nextLink")
    return bodies


async def _main(rounds: int) -> dict[str, Any]:
    settings = read_settings()
    configure_logs("ERROR", "json")
    found: dict[str, Any] = {"second": [], "sdk": [], "json": []}
    async with vendors(settings) as outside:
        found["first"] = await _scan(outside)
        found["second"].append(await _scan(outside))
        found["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        bodies = await _bodies(outside) if rounds else []

        async def parse() -> None:
            for body in bodies:
                json.loads(body)

        for _ in range(rounds):
            found["second"].append(await _scan(outside))
            found["sdk"].append(await _measured(lambda: _sdk(settings)))
            found["json"].append(await _measured(parse))
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(int(sys.argv[1])))))
