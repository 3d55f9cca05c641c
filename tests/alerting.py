"""What the bot has said in a channel, told apart by the metadata of its messages."""

from datetime import timedelta

import aiohttp

from sandbox.slack import Message
from tests.town import FINANCE, Bot, Town


def identity(message: Message) -> str:
    """The alert id a message carries, or ""."""
    return str((message.metadata or {}).get("event_payload", {}).get("alert_id", ""))


def cards(town: Town, number: str, channel: str = FINANCE) -> list[Message]:
    """The cards of an invoice, in threads or not, oldest first."""
    return [m for m in town.posts(channel) if identity(m) == f"invoice:{number}"]


def card(town: Town, number: str, channel: str = FINANCE) -> Message:
    """The one card of an invoice."""
    (found,) = cards(town, number, channel)
    return found


def reminders(town: Town, number: str, channel: str = FINANCE) -> list[Message]:
    """The reminders of an invoice, oldest first."""
    return [m for m in town.posts(channel) if identity(m).startswith(f"invoice:{number}:")]


def reminded_on(town: Town, number: str) -> list[int]:
    """The milestones an invoice was reminded of, in order."""
    return [int(identity(message).rpartition(":")[2]) for message in reminders(town, number)]


def summaries(town: Town, channel: str = FINANCE) -> list[Message]:
    """The messages in place of many, oldest first."""
    return [m for m in town.posts(channel) if identity(m).startswith("summary:")]


def set_time(town: Town, weekday: int, hour: float) -> None:
    """Move the clock forward to the next such weekday (0 is Monday) and hour, UTC."""
    days = (weekday - town.today().weekday()) % 7 or 7
    town.clock.moment = town.midnight() + timedelta(days=days, hours=hour)


async def page(bot: Bot, path: str) -> str:
    """What the bot serves at this path, e.g. ``/metrics``."""
    address = bot.url.removesuffix("/slack/events") + path
    async with aiohttp.request("GET", address) as answer:
        return await answer.text()
