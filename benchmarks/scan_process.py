"""The process that is measured: the bot scans, and what it is compared with reads the same pages.

``python -m benchmarks.scan_process '{"rounds": 3, "compared": 20000}'`` prints what it measured as
JSON; its environment is the bot's. With 0 rounds it only scans. ``compared`` is how many invoices
are read in other ways.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.rest import HttpRequest
from azure.mgmt.billing.aio import BillingManagementClient

from benchmarks.round_trips import counted
from bot.adapters.azure_clouds import CLOUDS
from bot.adapters.logs import configure_logs
from bot.app import House
from bot.config import Settings, read_settings
from bot.domain.cadence import milestone
from bot.domain.card import Card
from bot.domain.invoice import Invoice
from bot.event_loop import event_loop
from bot.services.cards import face
from bot.services.report import ScanReport
from bot.vendors import Vendors, azure_credential, vendors

Measured = dict[str, Any]


async def _at_once(_: float) -> None:
    """Do not wait for a channel's turn."""


async def _measured(work: Callable[[], Awaitable[Any]]) -> Measured:
    began, cpu, at = time.perf_counter(), time.process_time(), time.time()
    with counted() as trips:
        done = await work()
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "from": at,
        "to": time.time(),
        "round_trips": trips.made,
        "done": done if isinstance(done, int) else None,
    }


async def _as_posted(outside: Vendors, house: House) -> None:
    """Let the store hold a card, posted in the past, for every unpaid invoice."""
    settings, today = outside.settings, datetime.now(UTC).date()

    async def keep(invoice: Invoice) -> None:
        bare = Card(invoice, settings.alert_channel)
        message = house.cards.message(await house.cards.state(bare))
        card = replace(
            bare,
            ts=f"1700000000.{int(invoice.number[1:]) % 10**6:06d}",
            face=face(message),
            milestone=milestone(invoice, today, settings.remind_on_days),
        )
        await outside.store.save(card)

    await outside.store.begin_memory()
    for account in await outside.billing.accounts():
        async for page in outside.billing.stream(account.name, following=frozenset()):
            await asyncio.gather(*map(keep, page.invoices))


@asynccontextmanager
async def _sdk_client(settings: Settings) -> AsyncIterator[BillingManagementClient]:
    scope = CLOUDS[settings.azure_cloud].management_scope
    async with (
        azure_credential(settings) as credential,
        BillingManagementClient(
            credential, "-", settings.azure_management_url, credential_scopes=[scope]
        ) as client,
    ):
        yield client


async def _sdk(settings: Settings, most: int) -> int:
    """Iterate azure-mgmt-billing's own listing of the first account; how many invoices."""
    today, read = datetime.now(UTC).date(), 0
    async with _sdk_client(settings) as client:
        listing = client.invoices.list_by_billing_account(
            settings.azure_billing_accounts[0],
            period_start_date=(today - timedelta(days=800)).isoformat(),  # type: ignore[arg-type]
            period_end_date=today.isoformat(),  # type: ignore[arg-type]
            enforce_https=False,
        )
        async for _ in listing:
            read += 1
            if read == most:
                break
    return read


async def _floor(settings: Settings, most: int) -> int:
    """``json.loads`` of the same pages, sent for through the SDK's own pipeline; how many invoices."""
    read, account = 0, settings.azure_billing_accounts[0]
    link = f"/providers/Microsoft.Billing/billingAccounts/{account}/invoices"
    async with _sdk_client(settings) as client:
        while link and read < most:
            response = await client.send_request(
                HttpRequest("GET", link), stream=True, enforce_https=False
            )
            page = json.loads(await response.read())
            await response.close()
            read += len(page["value"])
            link = page.get("nextLink")
    return read


async def _main(rounds: int, compared: int) -> dict[str, Any]:
    settings = read_settings()
    configure_logs("ERROR", "json")
    found: dict[str, Any] = {"scan": [], "sdk": [], "json": []}
    async with vendors(settings) as outside:
        await _as_posted(outside, House(outside))
        house = House(outside, sleep=_at_once)
        reports: list[ScanReport] = []

        async def scan() -> None:
            reports.append(await house.scan())

        found["first"] = await _measured(scan)
        for _ in range(max(rounds, 1)):
            found["scan"].append(await _measured(scan))
            # Of all the bot's scans so far, and not yet of what they are compared with.
            found.setdefault("peak_kib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            if rounds:
                found["json"].append(await _measured(lambda: _floor(settings, compared)))
                found["sdk"].append(await _measured(lambda: _sdk(settings, compared)))
    later = [line for report in reports[1:] for line in report.lines]
    found["changed"] = sum(line.done != "unchanged" for line in later)
    found["unpaid"] = len(reports[0].lines)
    found["failures"] = [one for report in reports for one in report.failures]
    return found


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=event_loop) as runner:
        print(json.dumps(runner.run(_main(**json.loads(sys.argv[1])))))
