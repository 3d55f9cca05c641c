"""The vendors as ``doctor`` connects them: each by itself, so that one fault hides no other."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import aiohttp

from bot.adapters.azure_billing import AzureBilling
from bot.adapters.azure_paynow import AzurePaynow
from bot.adapters.durability import durability_of
from bot.adapters.entra import EntraDirectory
from bot.adapters.guarded_channels import GuardedSlack
from bot.adapters.redis_connection import connect
from bot.adapters.redis_outbox import RedisOutbox
from bot.adapters.redis_store import RedisStore
from bot.adapters.slack_gateway import SlackGateway
from bot.adapters.slack_inspection import SlackInspection
from bot.config import Settings
from bot.domain.alert import QuietHours
from bot.errors import AzureError, BotError, StoreUnsafe
from bot.ports import Clock
from bot.services.doctor import Doubt, Named
from bot.services.doctor_azure import AzureCheckup
from bot.services.doctor_memory import MemoryCheckup
from bot.services.doctor_slack import SlackCheckup
from bot.services.rehearsal import invite
from bot.services.routes import Routes
from bot.vendors import (
    azure_billing,
    azure_credential,
    azure_paynow,
    entra_directory,
    redis_url,
)
from bot.views.language import Language
from bot.views.rehearsal import RehearsalView


@dataclass(frozen=True, slots=True)
class Parts:
    """What ``doctor`` works with.

    Attributes:
        guarded: Slack, which posts nothing where another company would read it.
        store: the store's address, or why there is none.
        stack: gives back at the end what is connected later.
    """

    settings: Settings
    clock: Clock
    slack: SlackGateway
    guarded: GuardedSlack
    witness: SlackInspection
    billing: AzureBilling
    directory: EntraDirectory
    paynow: AzurePaynow
    store: str | BotError
    stack: AsyncExitStack

    @classmethod
    async def connected(
        cls,
        settings: Settings,
        session: aiohttp.ClientSession,
        stack: AsyncExitStack,
        clock: Clock,
    ) -> "Parts":
        """Connect what can be connected; nothing is asked of Azure yet."""
        token, api_url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        slack = SlackGateway(token, api_url=api_url, session=session)
        guarded = GuardedSlack(
            token,
            api_url=api_url,
            session=session,
            allowed=settings.allow_shared_channels,
            clock=clock,
        )
        witness = SlackInspection(token, api_url=api_url, session=session)
        credential = await stack.enter_async_context(azure_credential(settings))
        billing = azure_billing(settings, credential, clock)
        directory = entra_directory(settings, credential)
        paynow = azure_paynow(settings, credential)
        for one in (billing, directory, paynow):
            stack.push_async_callback(one.close)
        try:
            store: str | BotError = await stack.enter_async_context(redis_url(settings))
        except BotError as error:
            store = error
        return cls(
            settings=settings,
            clock=clock,
            slack=slack,
            guarded=guarded,
            witness=witness,
            billing=billing,
            directory=directory,
            paynow=paynow,
            store=store,
            stack=stack,
        )

    async def checks(self, scopes: frozenset[str]) -> list[Named]:
        """Everything there is to look at, in order; ``scopes`` are those the app should have."""
        memory = await self._memory()
        azure = AzureCheckup(
            invoices=self.billing,
            roles=self.billing,
            directory=self.directory,
            paynow=self.paynow if self.settings.payment_mode == "api" else None,
            people=self.slack,
            payer_roles=self.settings.payer_roles,
        )
        slack = self._slack(scopes, memory)
        store: list[Named] = [("Store", self._store), *(memory.checks() if memory else [])]
        return [*slack.checks(), *azure.checks(), *store]

    async def rehearse(self, audience: str) -> str:
        """Post a rehearsal message, to the channel or to one Slack user; what to do with it."""
        routes = Routes(self.settings.alert_routes, self.settings.alert_channel)
        channel = audience or self.settings.alert_channel or routes.channels[0]
        view = RehearsalView(Language(self.settings.locale), self.settings.payer_roles)
        stage = await invite(self.billing)
        # One person's direct messages are nobody else's, and the guard cannot look at them.
        await (self.slack if audience else self.guarded).post(channel, view.message(stage))
        return (
            f"posted to {channel}: press Pay now there. A window must open and say what the bot "
            "thinks of you; where none does, check the app's request URL and SLACK_SIGNING_SECRET "
            "(or Socket Mode), and that web runs."
        )

    def _slack(self, scopes: frozenset[str], memory: MemoryCheckup | None) -> SlackCheckup:
        settings = self.settings
        routes = Routes(settings.alert_routes, settings.alert_channel)

        async def channels() -> set[str]:
            """Those of the settings, and those where something still is."""
            return {*routes.channels, *(await memory.channels() if memory else ())}

        secrets = {
            "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
            "SLACK_SIGNING_SECRET_PREVIOUS": settings.slack_signing_secret_previous,
        }
        app_token = settings.slack_app_token
        return SlackCheckup(
            setup=self.slack,
            witness=self.witness,
            members=self.slack,
            scopes=scopes,
            app_token=app_token.get_secret_value() if app_token else "",
            secrets={name: secret.get_secret_value() for name, secret in secrets.items() if secret},
            channels=channels,
            allowed=settings.allow_shared_channels,
            clock=self.clock,
        )

    async def _store(self) -> str | Doubt:
        if isinstance(self.store, BotError):
            raise self.store
        try:
            return await durability_of(self.store)
        except StoreUnsafe as error:
            if not self.settings.allow_volatile_store:
                raise
            return Doubt(f"{error.sentence} ALLOW_VOLATILE_STORE lets the bot run all the same.")

    async def _memory(self) -> MemoryCheckup | None:
        """The bot's records; None where workspace or store cannot be told: other checks find why."""
        settings = self.settings
        try:
            home = await self.slack.workspace()
            client = await connect(self.store) if isinstance(self.store, str) else None
        except BotError:
            return None
        if client is None:
            return None
        self.stack.push_async_callback(client.aclose)
        outbox = RedisOutbox(client, home.team, self.clock)
        return MemoryCheckup(
            cards=RedisStore(client, home.team, self.clock),
            outbox=outbox,
            times=outbox,
            channels=self.slack,
            witness=self.witness,
            accounts=self._accounts,
            clock=self.clock,
            zone=ZoneInfo(settings.timezone),
            quiet=QuietHours.of(settings.quiet_hours),
            every=settings.scan_every_seconds,
        )

    async def _accounts(self) -> Mapping[str, str]:
        """The accounts that should be read, with their display names; none where Azure is mute."""
        try:
            return {account.name: account.display_name for account in await self.billing.accounts()}
        except AzureError:
            return {}
