"""A small pretend company, its Slack and its Azure, with the real bot in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.adapters.azure_pipeline import PATIENCE
from bot.adapters.bounded_http import BoundedHttp
from bot.app import House
from bot.config import Settings
from bot.ports import Charts
from bot.services.report import ScanReport
from bot.vendors import Vendors, vendors
from sandbox.azure import AzureTenant, AzureUrls, azure_servers, card, wire
from sandbox.faults import Fault, Faults, Kind
from sandbox.serving import Traffic, serve
from sandbox.slack import Message, Person, SlackWorkspace, View, serve_slack, text_of
from tests.waiting import until

FINANCE = "C0FINANCE"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass
class HandClock:
    """A clock that starts now and then only moves by hand; it is the bot's ``Clock``, too."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """The time it shows, aware UTC."""
        return self.moment

    def seconds(self) -> float:
        """The same in epoch seconds."""
        return self.moment.timestamp()

    def advance(self, **spent: float) -> None:
        """Let time pass: ``advance(hours=2)``."""
        self.moment += timedelta(**spent)


class _Said(Settings):
    """The settings that a test gives, and defaults: no environment, no ``.env`` has a say."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # given by name
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **_others: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the arguments."""
        return (init_settings,)


@dataclass
class Bot:
    """The real bot, served on loopback."""

    house: House
    outside: Vendors
    url: str

    async def scan(self, *, dry_run: bool = False) -> ScanReport:
        """One scan, and all that follows from it."""
        report = await self.house.scan(dry_run=dry_run)
        await self.settle()
        return report

    async def settle(self) -> None:
        """Wait for everything the bot still has in hand."""
        await self.outside.background.drain(20)


@dataclass
class Town:
    """Everything outside the bot, and the means to put a bot into it."""

    clock: HandClock
    tenant: AzureTenant
    workspace: SlackWorkspace
    faults: Faults
    traffic: Traffic
    azure: AzureUrls
    redis_url: str
    account: str
    profile: str
    stack: AsyncExitStack
    ids: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """What the bot's commands need in their environment to live here."""
        return self.azure.environment() | {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self.workspace.url}/api/",
            "ALERT_CHANNEL": FINANCE,
            "REDIS_URL": self.redis_url,
        }

    async def bot(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        patience: float = PATIENCE,
        charts: Charts | None = None,
        **settings: Any,
    ) -> Bot:
        """Start a bot with these settings on top of the usual ones; it stops with the test.

        ``sleep`` is how it waits for a channel's turn: not at all, unless told. ``patience`` is
        how many seconds Azure and Graph have to answer, ``charts`` what draws: nothing.
        """
        urls = self.azure
        usual: dict[str, Any] = {
            "slack_bot_token": SecretStr(self.workspace.bot_token),
            "slack_signing_secret": SecretStr(SECRET),
            "slack_api_url": f"{self.workspace.url}/api/",
            "alert_channel": FINANCE,
            "azure_management_url": urls.management,
            "microsoft_graph_url": urls.graph,
            "redis_url": SecretStr(self.redis_url),
        }
        made = _Said(**(usual | settings))
        outside = await self.stack.enter_async_context(
            vendors(made, clock=self.clock, patience=patience)
        )
        house = House(replace(outside, charts=charts), sleep=sleep or _at_once)
        app = house.web()
        await self.stack.enter_async_context(app.router.lifespan_context(app))
        serving = serve(app, "bot", faults=Faults(), traffic=self.traffic, http=BoundedHttp)
        url = await self.stack.enter_async_context(serving)
        bot = Bot(house, outside, f"{url}/slack/events")
        self.stack.push_async_callback(bot.settle)
        return bot

    async def person(self, user: str, bot: Bot) -> Person:
        """A person in Slack, in front of this bot."""
        person = Person(self.workspace, user, bot.url, clock=self.clock.seconds)
        return await self.stack.enter_async_context(person)

    def colleague(self, user: str, name: str, **slack: Any) -> str:
        """A member of the workspace and the directory; the Entra object id."""
        email = slack.pop("email", f"{name}@contoso.example")
        self.workspace.add_person(user, name, email=email, **slack)
        self.workspace.channels[FINANCE].members.append(user)
        self.ids[user] = self.tenant.add_user(email, email, name.title())
        return self.ids[user]

    def holds(self, user: str, role: str, **how: Any) -> None:
        """Give a colleague a billing role on the account or, for a profile's role, the profile."""
        profile = None if role.startswith(("billing-account", "basic")) else self.profile
        self.tenant.assign(role, self.ids[user], self.account, profile, **how)

    def invoice(self, number: str = "", *, days_overdue: int = 10, **fields: Any) -> str:
        """An unpaid invoice of the profile, 12,340.00 EUR unless told otherwise; its number."""
        amount = fields.pop("amount", Decimal("12340.00"))
        due = fields.pop("due", self.midnight() - timedelta(days=days_overdue))
        status = fields.pop("status", "OverDue" if days_overdue > 0 else "Due")
        fields.setdefault("currency", "EUR")
        return self.tenant.add_invoice(
            self.account,
            self.profile,
            number or None,
            amount=amount,
            due=due,
            status=status,
            **fields,
        )

    def today(self) -> date:
        """The calendar day, UTC."""
        return self.clock.now().date()

    def midnight(self) -> datetime:
        """The beginning of the day, UTC: how Azure writes a due date."""
        return self.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def fault(self, on: str, kind: Kind, **how: Any) -> None:
        """Let something go wrong."""
        self.faults.order(Fault(on, kind, **how))

    def posts(self, channel: str = FINANCE) -> list[Message]:
        """The messages in a channel, oldest first."""
        return [
            self.workspace.messages[channel][ts] for ts in sorted(self.workspace.messages[channel])
        ]

    def card(self, number: str, channel: str = FINANCE) -> Message:
        """The one card of an invoice; fails where there are more or fewer."""
        (found,) = [m for m in self.posts(channel) if number in text_of(m)]
        return found

    def button(self, message: Message, action: str) -> dict[str, Any] | None:
        """The element with this action id in a message, or None."""
        for block in message.blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == action:
                    return dict(element)
        return None


async def modal(person: Person, callback: str) -> View:
    """The modal on top of the person's screen once it is the one with this callback id."""

    def shown() -> View | None:
        modals = person.modals()
        return modals[-1] if modals and modals[-1].callback_id == callback else None

    found: View = await until(shown)
    return found


async def told(person: Person, words: str) -> View:
    """The modal on top once it says these words."""

    def shown() -> View | None:
        modals = person.modals()
        return modals[-1] if modals and words in text_of(modals[-1]) else None

    found: View = await until(shown)
    return found


async def _at_once(_: float) -> None:
    """Do not wait for a channel's turn."""
    await asyncio.sleep(0)


@asynccontextmanager
async def town(redis_url: str) -> AsyncIterator[Town]:
    """An account, a profile, an owner named Ada; everything served until the block ends."""
    clock = HandClock()
    faults, traffic = Faults(), Traffic()
    tenant = AzureTenant(str(uuid4()), clock.now)
    workspace = SlackWorkspace(
        f"T{uuid4().hex[:10].upper()}", signing_secret=SECRET, now=clock.seconds
    )
    async with AsyncExitStack() as stack:
        azure = await stack.enter_async_context(
            azure_servers(tenant, faults=faults, traffic=traffic)
        )
        await stack.enter_async_context(serve_slack(workspace, faults=faults, traffic=traffic))
        account = tenant.add_account("Contoso")
        profile = tenant.add_profile(
            account,
            "Contoso Finance",
            currency="EUR",
            payment_methods=[card("CARD1", "4242"), wire("WIRE1")],
        )
        tenant.assign("billing-account-reader", tenant.bot_id, account)
        workspace.add_channel(FINANCE, "finance", [])
        made = Town(
            clock, tenant, workspace, faults, traffic, azure, redis_url, account, profile, stack
        )
        made.colleague("U0ADA", "ada")
        made.holds("U0ADA", "billing-account-owner")
        yield made
