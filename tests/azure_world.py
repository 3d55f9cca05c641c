"""A small pretend Azure under test: one account, one profile, one reader, three servers."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp

from sandbox.azure import AzureTenant, AzureUrls, azure_servers, card, wire
from sandbox.faults import Faults
from sandbox.serving import Traffic

MANAGEMENT = "https://management.azure.com"
GRAPH = "https://graph.microsoft.com"
STABLE = "2024-04-01"
PREVIEW = "2024-08-01-preview"
PERIOD = {"periodStartDate": "2020-01-01", "periodEndDate": "2030-12-31"}


@dataclass
class HandClock:
    """A clock that only moves by hand."""

    moment: datetime

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.moment

    def advance(self, **spent: float) -> None:
        """Let time pass: ``advance(hours=2)``."""
        self.moment += timedelta(**spent)


@dataclass
class Answer:
    """An HTTP answer; header names are in small letters."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The parsed JSON."""
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """The error code of the envelope both services share."""
        return str(self.body["error"]["code"])


@dataclass
class World:
    """What a test needs at hand."""

    tenant: AzureTenant
    clock: HandClock
    account: str
    profile: str
    urls: AzureUrls
    faults: Faults
    traffic: Traffic
    http: aiohttp.ClientSession

    @property
    def account_path(self) -> str:
        """Path of the billing account."""
        return f"/providers/Microsoft.Billing/billingAccounts/{self.account}"

    @property
    def profile_path(self) -> str:
        """Path of the billing profile."""
        return f"{self.account_path}/billingProfiles/{self.profile}"

    def invoice(self, amount: str = "120.50", **more: Any) -> str:
        """Add an invoice due in ten days and return its number."""
        more.setdefault("due", self.clock() + timedelta(days=10))
        return self.tenant.add_invoice(self.account, self.profile, amount=Decimal(amount), **more)

    async def ask(self, url: str, method: str = "GET", **options: Any) -> Answer:
        """Send a request as it is; never raises for a status."""
        async with self.http.request(method, url, **options) as response:
            content = await response.read()
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, headers, content)

    async def arm(
        self, path: str, method: str = "GET", *, version: str | None = STABLE, **options: Any
    ) -> Answer:
        """Ask Resource Manager with a good token; ``query`` and ``json`` as needed."""
        query = options.pop("query", {}) | ({"api-version": version} if version else {})
        headers = {"Authorization": f"Bearer {self.tenant.tokens.issue(MANAGEMENT).text}"}
        url = path if path.startswith("http") else self.urls.management + path
        return await self.ask(url, method, params=query, headers=headers, **options)

    async def graph(self, path: str, method: str = "GET", **options: Any) -> Answer:
        """Ask Graph with a good token; ``query``, ``json`` and ``eventual`` as needed."""
        headers = {"Authorization": f"Bearer {self.tenant.tokens.issue(GRAPH).text}"}
        if options.pop("eventual", False):
            headers["ConsistencyLevel"] = "eventual"
        query = options.pop("query", {})
        return await self.ask(
            self.urls.graph + path, method, params=query, headers=headers, **options
        )


@asynccontextmanager
async def azure_world() -> AsyncIterator[World]:
    """Serve a tenant whose bot is reader of its one billing account."""
    clock = HandClock(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    tenant = AzureTenant("11111111-2222-3333-4444-555555555555", clock)
    tenant.switches.retry_after = 0
    account = tenant.add_account("Test account")
    methods = [card("VISA00004242", "4242"), wire("WIRE00000001")]
    profile = tenant.add_profile(account, "Test profile", payment_methods=methods)
    tenant.assign("billing-account-reader", tenant.bot_id, account)
    faults, traffic = Faults(), Traffic()
    async with (
        azure_servers(tenant, faults=faults, traffic=traffic) as urls,
        aiohttp.ClientSession() as http,
    ):
        yield World(tenant, clock, account, profile, urls, faults, traffic, http)
