"""The stage of the demo: Contoso's pretend Slack and pretend Azure, served on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from sandbox.azure import AzureTenant, AzureUrls, azure_servers
from sandbox.company import contoso
from sandbox.faults import Faults
from sandbox.people import ADA, BRUNO, CHIYO, EMIL, FARAH, GUS, KOFI, PEOPLE, Person
from sandbox.serving import Traffic
from sandbox.slack import Message, SlackWorkspace, serve_slack

FINANCE, GENERAL = "C0FINANCE", "C0GENERAL"
BOT_NAME = "Azure Invoice Bot"
CAST: dict[str, Person] = {f"U0{one.name.split()[0].upper()}": one for one in PEOPLE}
"""Everybody of Contoso by Slack user id."""

SCOPES = (
    "chat:write",
    "commands",
    "users:read",
    "users:read.email",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "files:write",
    "im:write",
)
"""What the app is granted: the scopes of its manifest."""

_WORKSPACE, _FABRIKAM = "T0CONTOSO", "T0FABRIKAM"
_FROM = {  # language and time zone of those who do not live in English and UTC
    ADA: ("en-GB", "Europe/London"),
    BRUNO: ("pt-BR", "America/Sao_Paulo"),
    CHIYO: ("ja-JP", "Asia/Tokyo"),
    EMIL: ("en-IE", "Europe/Dublin"),
    FARAH: ("fr-FR", "Europe/Paris"),
    GUS: ("sv-SE", "Europe/Stockholm"),
    KOFI: ("en-GB", "Africa/Accra"),
}


@dataclass(frozen=True)
class Stage:
    """Everything around the bot."""

    workspace: SlackWorkspace
    tenant: AzureTenant
    faults: Faults
    traffic: Traffic
    azure: AzureUrls

    def environment(self, page: str = "") -> dict[str, str]:
        """The variables that lead a bot here.

        Args:
            page: address of the demo page, whose pretend portal the bot then links to.
        """
        query = "account={billing_account}&profile={billing_profile}&invoice={invoice}"
        portal = {"PORTAL_INVOICE_URL": f"{page}/portal?{query}"} if page else {}
        return {
            **self.azure.environment(),
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": f"{self.workspace.url}/api/",
            "ALERT_CHANNEL": FINANCE,
            **portal,
        }

    def cards(self) -> dict[str, Message]:
        """The newest card of each invoice that has one, by invoice number."""
        found: dict[str, Message] = {}
        for messages in self.workspace.messages.values():
            for message in messages.values():
                told = (message.metadata or {}).get("event_payload", {})
                number = str(told.get("invoice"))
                if told.get("alert_id") == f"invoice:{number}":  # and no reply in its thread
                    found[number] = message
        return found


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Contoso as of today, served on loopback until the block ends; nobody has pressed anything."""
    tenant, workspace = contoso(_now), _workspace()
    faults, traffic = Faults(), Traffic()
    async with (
        azure_servers(tenant, faults=faults, traffic=traffic) as azure,
        serve_slack(workspace, faults=faults, traffic=traffic),
    ):
        yield Stage(workspace, tenant, faults, traffic, azure)


def _now() -> datetime:
    return datetime.now(UTC)


def _workspace() -> SlackWorkspace:
    workspace = SlackWorkspace(_WORKSPACE, signing_secret=token_hex(16), scopes=SCOPES)
    workspace.people[workspace.bot_user_id].real_name = BOT_NAME
    for user, person in CAST.items():
        _join(workspace, user, person)
    colleagues = [user for user, person in CAST.items() if person.slack == "member"]
    workspace.add_channel(FINANCE, "finance", list(CAST), is_ext_shared=True)
    workspace.add_channel(GENERAL, "general", colleagues, bot=False)
    for user, person in CAST.items():
        if person.slack != "stranger":
            workspace.direct_channel([user])
    _small_talk(workspace)
    return workspace


def _join(workspace: SlackWorkspace, user: str, person: Person) -> None:
    locale, tz = _FROM.get(person, ("en-US", "Etc/UTC"))
    is_guest = person.slack == "guest"
    workspace.add_person(
        user,
        person.name.split()[0].lower(),
        real_name=person.name,
        email=person.email,
        team_id=_FABRIKAM if person.slack == "stranger" else _WORKSPACE,
        deleted=person.slack == "deactivated",
        is_restricted=is_guest,
        is_ultra_restricted=is_guest,
        locale=locale,
        tz=tz,
    )


def _small_talk(workspace: SlackWorkspace) -> None:
    for channel, user, text in (
        (GENERAL, "U0KOFI", "Good morning! The coffee machine on the second floor works again."),
        (GENERAL, "U0FARAH", "Best news of the week :coffee:"),
        (FINANCE, "U0ADA", "From today the invoice bot posts our unpaid Azure invoices here."),
    ):
        workspace.post(channel, text, user=user)
