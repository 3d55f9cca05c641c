"""``doctor``: every dependency looked at once, each with its finding."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
from rich.console import Console
from rich.text import Text

from bot.adapters.azure_billing import AzureBilling
from bot.adapters.clock import SystemClock
from bot.adapters.durability import durability_of
from bot.adapters.entra import EntraDirectory
from bot.adapters.slack_gateway import TIMEOUT, SlackGateway
from bot.config import Settings
from bot.errors import NoChannel, SetupError, SlackRefused
from bot.services.alerts import NO_ACCOUNT
from bot.services.doctor import Check, Finding, look_at
from bot.vendors import azure_billing, azure_credential, entra_directory, redis_url

SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:write",
        "users:read",
        "users:read.email",
    }
)
"""The bot scopes of ``manifest.yml``."""


async def examine(settings: Settings, console: Console) -> int:
    """Print one line per finding; 0 where all is well, else 1."""
    findings: list[Finding] = []
    async with AsyncExitStack() as stack:
        checkup = await _connected(settings, stack)
        for what, check in checkup.checks():
            finding = await look_at(what, check)
            findings.append(finding)
            sign, style = ("ok  ", "green") if finding.ok else ("FAIL", "red")
            console.print(Text.assemble((sign, style), f" {what}: {finding.sentence}"))
    return 0 if all(finding.ok for finding in findings) else 1


async def _connected(settings: Settings, stack: AsyncExitStack) -> "_Checkup":
    """Nothing is asked of anybody yet: each check finds its own fault."""
    session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
    token = settings.slack_bot_token.get_secret_value()
    slack = SlackGateway(token, api_url=settings.slack_api_url, session=session)
    credential = await stack.enter_async_context(azure_credential(settings))
    billing = azure_billing(settings, credential, SystemClock())
    directory = entra_directory(settings, credential)
    stack.push_async_callback(billing.close)
    stack.push_async_callback(directory.close)
    return _Checkup(settings, slack, billing, directory)


@dataclass(frozen=True, slots=True)
class _Checkup:
    settings: Settings
    slack: SlackGateway
    billing: AzureBilling
    directory: EntraDirectory

    def checks(self) -> list[tuple[str, Check]]:
        socket = [("Socket Mode", self._socket)] if self.settings.slack_app_token else []
        return [
            ("Slack token", self._token),
            *socket,
            ("Slack scopes", self._scopes),
            ("Slack channels", self._channels),
            ("Azure billing", self._azure),
            ("Microsoft Graph", self._graph),
            ("Store", self._store),
        ]

    async def _token(self) -> str:
        home = await self.slack.workspace()
        return f"signed in to {home.name or home.team}."

    async def _socket(self) -> str:
        token = self.settings.slack_app_token
        try:
            await self.slack.try_socket(token.get_secret_value() if token else "")
        except SlackRefused as error:
            raise SetupError(
                "Slack refuses the app-level token: make one with the scope connections:write "
                "(Basic Information), set SLACK_APP_TOKEN, and turn Socket Mode on."
            ) from error
        return "Slack opens a connection."

    async def _scopes(self) -> str:
        missing = SCOPES - await self.slack.scopes()
        if missing:
            names = ", ".join(sorted(missing))
            raise SetupError(
                f"The app lacks {names}: update it from manifest.yml and reinstall it."
            )
        return "all granted."

    async def _channels(self) -> str:
        wanted = {self.settings.alert_channel, *self.settings.alert_routes.values()} - {""}
        for channel in sorted(wanted):
            found = await self.slack.channel(channel)
            if not found.get("is_member") or found.get("is_archived"):
                raise NoChannel(f"The bot is no member of {channel}: invite it there.")
        return f"member of {', '.join(sorted(wanted))}."

    async def _azure(self) -> str:
        accounts = await self.billing.accounts()
        if not accounts:
            raise SetupError(NO_ACCOUNT)
        for account in accounts:
            await self.billing.at_account(account.name)
        return f"{len(accounts)} billing account(s) and their role assignments are readable."

    async def _graph(self) -> str:
        await self.directory.matches("nobody@example.invalid")
        return "users can be looked up."

    async def _store(self) -> str:
        async with redis_url(self.settings) as url:
            return await durability_of(url)
