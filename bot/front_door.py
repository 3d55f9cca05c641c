"""How Slack's requests reach the Bolt app: over HTTP, or over Socket Mode."""

from slack_bolt.async_app import AsyncApp

from bot.adapters.background import drop
from bot.adapters.socket_mode import SocketMode
from bot.adapters.turned_away import RefusalBook
from bot.config import Settings
from bot.guard import Guard
from bot.services.admission import Admission
from bot.slack_endpoint import SlackEndpoint
from bot.vendors import Vendors


def front_door(slack: AsyncApp, outside: Vendors) -> SlackEndpoint | SocketMode:
    """The way in that the settings ask for."""
    settings, background = outside.settings, outside.background
    admission = Admission(outside.gate, start=background.start, drop=drop)
    if settings.slack_app_token:
        return SocketMode(
            slack,
            settings.slack_app_token.get_secret_value(),
            api_url=settings.slack_api_url,
            background=background,
            admission=admission,
        )
    return SlackEndpoint(
        slack=slack,
        guard=Guard(_secrets(settings)),
        admission=admission,
        background=background,
        clock=outside.clock,
        refused=RefusalBook(outside.clock),
    )


def _secrets(settings: Settings) -> tuple[str, ...]:
    known = (settings.slack_signing_secret, settings.slack_signing_secret_previous)
    return tuple(secret.get_secret_value() for secret in known if secret is not None)
