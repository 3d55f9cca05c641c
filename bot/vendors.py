"""Connect the outside world: Slack, the store, Azure, Graph."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential

from bot.adapters.audit_log import RedisAuditLog
from bot.adapters.azure_billing import AzureBilling
from bot.adapters.azure_clouds import CLOUDS
from bot.adapters.azure_paynow import AzurePaynow
from bot.adapters.azure_pipeline import PATIENCE
from bot.adapters.background import Background
from bot.adapters.charts import charts
from bot.adapters.clock import SystemClock
from bot.adapters.durability import StoreWatch
from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.adapters.entra import EntraDirectory
from bot.adapters.guarded_channels import GuardedSlack
from bot.adapters.redis_connection import connect
from bot.adapters.redis_gate import RedisGate
from bot.adapters.redis_homes import RedisHomes
from bot.adapters.redis_outbox import RedisOutbox
from bot.adapters.redis_payments import RedisPayments
from bot.adapters.redis_remarks import RedisRemarks
from bot.adapters.redis_store import RedisStore
from bot.adapters.redis_watches import RedisWatches
from bot.adapters.slack_direct import SlackDirect
from bot.adapters.slack_files import SlackFiles
from bot.adapters.slack_gateway import TIMEOUT
from bot.adapters.slack_home import SlackHome
from bot.config import Settings
from bot.domain.people import Workspace
from bot.ports import Charts, Clock


@dataclass(frozen=True, slots=True)
class Vendors:
    """The connected outside world.

    Attributes:
        redis_url: where the store really is, the embedded one included.
        home: the workspace the bot token belongs to.
        charts: what draws, where that is installed.
    """

    settings: Settings
    clock: Clock
    session: aiohttp.ClientSession
    redis_url: str
    durability: StoreWatch
    gate: RedisGate
    store: RedisStore
    payments: RedisPayments
    outbox: RedisOutbox
    remarks: RedisRemarks
    watches: RedisWatches
    trail: RedisAuditLog
    slack: GuardedSlack
    direct: SlackDirect
    files: SlackFiles
    charts: Charts | None
    screen: SlackHome
    homes: RedisHomes
    home: Workspace
    billing: AzureBilling
    paynow: AzurePaynow
    directory: EntraDirectory
    background: Background


@asynccontextmanager
async def redis_url(settings: Settings) -> AsyncIterator[str]:
    """The configured store's address, or the embedded one's, kept alive while inside."""
    if settings.redis_url is not None:
        yield settings.redis_url.get_secret_value()
        return
    embedded = EmbeddedValkey(settings.data_dir)
    url = await embedded.start()
    watching = asyncio.create_task(embedded.watch())
    try:
        yield url
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await embedded.stop()


@asynccontextmanager
async def vendors(
    settings: Settings, *, clock: Clock | None = None, patience: float = PATIENCE
) -> AsyncIterator[Vendors]:
    """Connect everything, and give it all back at the end.

    Args:
        settings: where everything is.
        clock: the only source of the present moment, the system's where None.
        patience: seconds that Azure and Graph have for an answer that a person waits for.

    Raises:
        SetupError, SlackError: with the fix in their sentence.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        token = settings.slack_bot_token.get_secret_value()
        slack = GuardedSlack(
            token,
            api_url=settings.slack_api_url,
            session=session,
            allowed=settings.allow_shared_channels,
            clock=clock,
        )
        home = await slack.workspace()
        url = await stack.enter_async_context(redis_url(settings))
        client = await connect(url)
        stack.push_async_callback(client.aclose)
        watch = StoreWatch(client, clock, allow_volatile=settings.allow_volatile_store)
        await watch.insist()
        credential = await stack.enter_async_context(azure_credential(settings))
        billing = azure_billing(settings, credential, clock, patience)
        paynow = azure_paynow(settings, credential, patience)
        directory = entra_directory(settings, credential, patience)
        stack.push_async_callback(billing.close)
        stack.push_async_callback(paynow.close)
        stack.push_async_callback(directory.close)
        yield Vendors(
            settings=settings,
            clock=clock,
            session=session,
            redis_url=url,
            durability=watch,
            gate=RedisGate(client, home.team),
            store=RedisStore(client, home.team, clock),
            payments=RedisPayments(client, home.team, clock),
            outbox=RedisOutbox(client, home.team, clock),
            remarks=RedisRemarks(client, home.team, clock),
            watches=RedisWatches(client, home.team, clock),
            trail=RedisAuditLog(client, home.team),
            slack=slack,
            direct=SlackDirect(token, api_url=settings.slack_api_url, session=session),
            charts=charts(),
            files=SlackFiles(token, api_url=settings.slack_api_url, session=session),
            screen=SlackHome(token, api_url=settings.slack_api_url, session=session),
            homes=RedisHomes(client, home.team),
            home=home,
            billing=billing,
            paynow=paynow,
            directory=directory,
            background=Background(),
        )


def azure_credential(settings: Settings) -> DefaultAzureCredential:
    """Whatever the machine offers: managed identity, a client secret, ``az login`` ..."""
    return DefaultAzureCredential(authority=CLOUDS[settings.azure_cloud].authority)


def azure_billing(
    settings: Settings,
    credential: AsyncTokenCredential,
    clock: Clock,
    patience: float = PATIENCE,
) -> AzureBilling:
    """Azure's billing API of the configured cloud."""
    return AzureBilling(
        credential,
        cloud=CLOUDS[settings.azure_cloud],
        management_url=settings.azure_management_url,
        watched=settings.azure_billing_accounts,
        clock=clock,
        patience=patience,
    )


def azure_paynow(
    settings: Settings, credential: AsyncTokenCredential, patience: float = PATIENCE
) -> AzurePaynow:
    """Azure's pay-now preview of the configured cloud; wired in any mode, to follow what was begun."""
    return AzurePaynow(
        credential,
        cloud=CLOUDS[settings.azure_cloud],
        management_url=settings.azure_management_url,
        patience=patience,
    )


def entra_directory(
    settings: Settings, credential: AsyncTokenCredential, patience: float = PATIENCE
) -> EntraDirectory:
    """Microsoft Graph of the configured cloud."""
    return EntraDirectory(
        credential,
        cloud=CLOUDS[settings.azure_cloud],
        graph_url=settings.microsoft_graph_url,
        tenant_id=settings.azure_tenant_id,
        patience=patience,
    )
