"""The bot's front door, and somebody in front of it who can sign."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from sandbox.slack import response_urls, text_of
from tests.town import FINANCE, SECRET, Bot, Town

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def signature(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    """Slack's signature, whatever the timestamp is."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@dataclass
class Door:
    """The bot's door, with somebody in front of it who can sign."""

    town: Town
    bot: Bot
    session: aiohttp.ClientSession

    @property
    def now(self) -> int:
        """The bot's time, epoch seconds."""
        return int(self.town.clock.seconds())

    async def send(
        self, body: bytes | AsyncIterator[bytes], headers: dict[str, str]
    ) -> tuple[int, str]:
        """Post this with these headers; status and text of the answer."""
        headers = {"Content-Type": FORM} | headers
        async with self.session.post(self.bot.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text(errors="replace")

    async def signed(self, body: bytes, kind: str = FORM, *, at: str = "") -> tuple[int, str]:
        """Post this, properly signed; ``at`` is another timestamp than the present one."""
        stamp = at or str(self.now)
        return await self.send(
            body,
            {
                "Content-Type": kind,
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": signature(body, stamp),
            },
        )

    async def interact(self, payload: object) -> tuple[int, str]:
        """Post a signed interaction."""
        return await self.signed(urlencode({"payload": json.dumps(payload)}).encode())


def command(town: Town, text: str = "help", name: str = "/invoice") -> bytes:
    """Ada's slash command."""
    return urlencode(
        {
            "command": name,
            "text": text,
            "user_id": "U0ADA",
            "team_id": town.workspace.team_id,
            "response_url": response_urls.issue(town.workspace, "U0ADA", FINANCE),
        }
    ).encode()


def replies(town: Town) -> list[str]:
    """What Ada was told."""
    return [text_of(message) for message in town.workspace.ephemerals.get("U0ADA", [])]


@asynccontextmanager
async def front_door(town: Town) -> AsyncIterator[Door]:
    """A town's bot and its door."""
    bot = await town.bot()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield Door(town, bot, session)
