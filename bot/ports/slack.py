"""What the services need of Slack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.domain.card import Message
from bot.domain.extract import File
from bot.domain.people import SlackPerson, Workspace


@dataclass(frozen=True, slots=True)
class Found:
    """A message of the bot's own found in Slack: its ts, its thread or "", and its metadata."""

    ts: str
    thread: str = ""
    about: Mapping[str, str] = field(default_factory=dict)


class People(Protocol):
    """Slack's users. Every method may raise ``SlackError``."""

    async def person(self, user: str) -> SlackPerson:
        """A Slack account, fresh."""

    async def user_by_email(self, email: str) -> str | None:
        """The Slack user id of a full member with this address, or None."""


class Channels(Protocol):
    """Messages in Slack channels. Every method may raise ``SlackError``."""

    async def post(self, channel: str, message: Message, *, thread: str = "") -> str:
        """Post once, in a thread where one is given; the message's ts.

        ``SlackUnclear``: look before posting again; ``SlackLate``: and give it time before that.
        """

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Show ``message`` in place of the one posted at ``ts``; safe to repeat."""

    async def alerts(self, channel: str, since: float) -> Mapping[str, Found]:
        """The bot's own alerts in the channel, threads of its summaries included, by alert id.

        ``since`` is in epoch seconds.
        """

    async def replies(self, channel: str, thread: str, since: float) -> Mapping[str, Found]:
        """The bot's own alerts in one thread since then, by alert id."""


class SlackSetup(Protocol):
    """How the Slack app is set up. Every method may raise ``SlackError``."""

    async def workspace(self) -> Workspace:
        """Where the bot is installed."""

    async def scopes(self) -> frozenset[str]:
        """What the bot token was granted."""

    async def try_socket(self, app_token: str) -> None:
        """Return if Slack would open a Socket Mode connection with this app-level token."""

    async def channel(self, channel: str) -> Mapping[str, Any]:
        """Slack's channel object."""


class SlackWitness(Protocol):
    """What has become of Slack's clock and messages. Every method may raise ``SlackError``."""

    async def clock(self) -> datetime | None:
        """Slack's own time, aware UTC and to the second, where it tells it."""

    async def is_there(self, channel: str, ts: str, thread: str = "") -> bool:
        """Whether the message at ``ts`` (in a thread where one is given) has not been deleted."""


class Files(Protocol):
    """Files for one person. Every method may raise ``SlackError``."""

    async def send(self, user: str, words: str, files: tuple[File, ...]) -> None:
        """Share the files in the person's direct messages with the bot, once, under these words."""


class Pictures(Protocol):
    """Pictures for a channel. Every method may raise ``SlackError``."""

    async def bring(self, file: File, alt: str) -> str:
        """Bring a picture to Slack, where nobody sees it yet; its id. ``alt`` tells what it shows."""

    async def show(self, identity: str, title: str, channel: str, thread: str) -> None:
        """Show it in a thread; after ``SlackUnclear`` it may be there."""


class DirectMessages(Protocol):
    """The bot's words to one person, and what they rest on. Every method may raise ``SlackError``."""

    async def send(self, user: str, message: Message) -> None:
        """Send once; after ``SlackUnclear`` it may have arrived."""

    async def link(self, channel: str, ts: str) -> str:
        """The address of a message."""

    async def is_member(self, channel: str, user: str) -> bool:
        """Whether this person is in the channel now."""


class HomeScreen(Protocol):
    """Home tabs in Slack. May raise ``SlackError``."""

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """Show this on the person's Home tab; safe to repeat."""


class Modals(Protocol):
    """What one person sees alone. Every method may raise ``SlackError``."""

    async def open_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a modal with a trigger id (good once, for 3 s); the view's id."""

    async def push_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Lay a modal upon the one that the trigger id is from (likewise); the new view's id."""

    async def show_modal(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace what an open modal shows."""

    async def reply(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a command or a click, seen by that person alone."""
