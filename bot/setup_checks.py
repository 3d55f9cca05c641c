"""Each answer given to ``init``, tried at once against Slack and Azure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import SetupError, SlackRefused

if TYPE_CHECKING:
    from bot.adapters.slack_gateway import SlackGateway
    from bot.config import Settings
    from bot.ports import Account


@dataclass(frozen=True, slots=True)
class SlackChecks:
    """Checks with one bot token, against one address of Slack's Web API."""

    token: str
    api_url: str

    async def workspace(self) -> str:
        """Whether the token is good and the app has its scopes; a sentence. Raises ``BotError``."""
        from bot.checkup import SCOPES  # noqa: PLC0415  # what only one step needs comes with it

        async with self._slack() as slack:
            home, missing = await slack.workspace(), SCOPES - await slack.scopes()
        if missing:
            raise SetupError(
                f"The app lacks {', '.join(sorted(missing))}: add these scopes under OAuth & "
                "Permissions, and reinstall the app to the workspace."
            )
        return f"Signed in to {home.name or home.team}."

    async def socket(self, app_token: str) -> str:
        """Whether Slack opens a Socket Mode connection; a sentence. Raises ``BotError``."""
        async with self._slack() as slack:
            try:
                await slack.try_socket(app_token)
            except SlackRefused as error:
                raise SetupError(
                    "Slack refuses this token: it needs the scope connections:write, and Socket "
                    "Mode must be on."
                ) from error
        return "Slack opens a connection."

    async def channel(self, channel: str) -> str:
        """Whether the bot can post there; a sentence. Raises ``BotError``."""
        async with self._slack() as slack:
            try:
                found = await slack.channel(channel)
            except SlackRefused as error:
                raise SetupError(
                    f"Slack shows the bot no channel {channel}. If it is a private one, type "
                    "/invite @Azure Invoice Bot there first."
                ) from error
        name = f"#{found.get('name') or channel}"
        if found.get("is_archived"):
            raise SetupError(f"{name} is archived: choose another channel.")
        if not found.get("is_member"):
            raise SetupError(f"The bot is not in {name}: type /invite @Azure Invoice Bot there.")
        return f"The bot is in {name}."

    @asynccontextmanager
    async def _slack(self) -> "AsyncIterator[SlackGateway]":
        import aiohttp  # noqa: PLC0415

        from bot.adapters.slack_gateway import TIMEOUT, SlackGateway  # noqa: PLC0415

        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            yield SlackGateway(self.token, api_url=self.api_url, session=session)


@dataclass(frozen=True, slots=True)
class Billing:
    """What Azure shows the bot.

    ``has_groups`` tells whether groups hold roles on the accounts; None where Azure does not say.
    """

    accounts: "tuple[Account, ...]"
    has_groups: bool | None


async def billing(settings: "Settings") -> Billing:
    """The billing accounts, their role assignments read. Raises ``BotError``."""
    from bot.adapters.clock import SystemClock  # noqa: PLC0415
    from bot.services.alerts import NO_ACCOUNT  # noqa: PLC0415
    from bot.vendors import azure_billing, azure_credential  # noqa: PLC0415

    async with azure_credential(settings) as credential:
        azure = azure_billing(settings, credential, SystemClock())
        try:
            accounts = await azure.accounts()
            held = [await azure.at_account(account.name) for account in accounts]
        finally:
            await azure.close()
    if not accounts:
        raise SetupError(NO_ACCOUNT)
    kinds = {one.principal_type for each in held for one in each if one.role}
    unknown = None if "" in kinds else False
    return Billing(accounts, has_groups=True if "group" in kinds else unknown)


async def directory(settings: "Settings") -> str:
    """Whether people can be looked up; a sentence. Raises ``BotError``."""
    from bot.vendors import azure_credential, entra_directory  # noqa: PLC0415

    async with azure_credential(settings) as credential:
        graph = entra_directory(settings, credential)
        try:
            await graph.matches("nobody@example.invalid")
        finally:
            await graph.close()
    return "Microsoft Graph lets the bot look people up."
