"""Slack's Web API: messages, modals, people; one shared HTTP session, typed errors.

Posting is never repeated by the client: Slack has no idempotency key, and a lost answer does not
mean a lost message. Reads, updates and throttled calls (429: nothing happened) may be repeated.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_errors import slack_errors
from bot.adapters.slack_records import to_person, told_by
from bot.domain.card import Message
from bot.domain.people import SlackPerson, Workspace
from bot.errors import SlackRefused
from bot.ports import Found

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
_PATIENCE = 60.0  # seconds for one call with its waits for Retry-After
_PAGE, _MOST_PAGES = 200, 50

_log = structlog.get_logger(__name__)


class SlackGateway:
    """The ports ``People`` and ``Channels``, and what handlers need: modals and replies.

    Args:
        token: the bot token.
        api_url: Slack's Web API address.
        session: shared by all calls; its time-out holds for each request.
    """

    def __init__(self, token: str, *, api_url: str, session: aiohttp.ClientSession) -> None:
        throttled = AsyncRateLimitErrorRetryHandler(max_retry_count=3)
        self._once = AsyncWebClient(token, base_url=api_url, session=session, retry_handlers=[])
        self._again = AsyncWebClient(
            token,
            base_url=api_url,
            session=session,
            retry_handlers=[AsyncConnectionErrorRetryHandler(max_retry_count=1), throttled],
        )
        self._session = session
        self._home: Workspace | None = None

    async def workspace(self) -> Workspace:
        """Where the bot is installed; asked once."""
        if self._home is None:
            async with slack_errors(_PATIENCE):
                me = await self._again.auth_test()
            self._home = Workspace(
                str(me["team_id"]),
                str(me.get("enterprise_id") or ""),
                str(me.get("bot_id") or ""),
                str(me["user_id"]),
                str(me.get("team") or ""),
            )
        return self._home

    async def scopes(self) -> frozenset[str]:
        """The scopes Slack says the token was granted."""
        async with slack_errors(_PATIENCE):
            answer = await self._again.auth_test()
        granted = str(answer.headers.get("x-oauth-scopes") or "")
        return frozenset(scope.strip() for scope in granted.split(",") if scope.strip())

    async def try_socket(self, app_token: str) -> None:
        """Return if Slack would open a Socket Mode connection with this app-level token."""
        async with slack_errors(_PATIENCE):
            await self._again.apps_connections_open(app_token=app_token)

    async def channel(self, channel: str) -> Mapping[str, Any]:
        """Slack's channel object (``conversations.info``)."""
        async with slack_errors(_PATIENCE, channel):
            answer = await self._again.conversations_info(channel=channel)
        found = answer["channel"]
        return found if isinstance(found, dict) else {}

    async def members(self, channel: str, most: int) -> tuple[str, ...]:
        """The user ids of at most ``most`` members of a channel (``conversations.members``)."""
        async with slack_errors(_PATIENCE, channel):
            answer = await self._again.conversations_members(channel=channel, limit=most)
            return tuple(str(user) for user in answer["members"])

    async def post(self, channel: str, message: Message, *, thread: str = "") -> str:
        """Post once, in a thread where one is given; the message's ts."""
        async with slack_errors(_PATIENCE, channel):
            answer = await self._once.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                metadata=message.metadata or None,
                thread_ts=thread or None,
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["ts"])

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Show ``message`` in place of the one at ``ts``."""
        async with slack_errors(_PATIENCE, channel):
            await self._again.chat_update(
                channel=channel,
                ts=ts,
                text=message.text,
                blocks=message.blocks,
                metadata=message.metadata or None,
            )

    async def alerts(self, channel: str, since: float) -> Mapping[str, Found]:
        """The bot's own alerts in the channel since then, the newest of each, by alert id.

        The cards in the threads of its summaries are among them.
        """
        found: dict[str, Found] = {}
        async for message in self._messages(channel, since, ""):
            about, ts = await self._about(message), str(message["ts"])
            identity = about.get("alert_id", "")
            if identity:
                found.setdefault(identity, Found(ts, about=about))
            if identity.startswith("summary:") and message.get("reply_count"):
                found |= dict(await self.replies(channel, ts, since)) | found
        return found

    async def replies(self, channel: str, thread: str, since: float) -> Mapping[str, Found]:
        """The bot's own alerts in one thread since then, by alert id."""
        found: dict[str, Found] = {}
        async for message in self._messages(channel, since, thread):
            about = await self._about(message)
            identity = about.get("alert_id", "")
            if identity and message["ts"] != thread:
                found.setdefault(identity, Found(str(message["ts"]), thread, about))
        return found

    async def _messages(
        self, channel: str, since: float, thread: str
    ) -> AsyncIterator[Mapping[str, Any]]:
        """The messages of a channel (newest first) or of a thread since then, up to a bound."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            wanted: dict[str, Any] = {
                "channel": channel,
                "oldest": f"{since:.6f}",
                "limit": _PAGE,
                "include_all_metadata": True,
                "cursor": cursor or None,
            }
            async with slack_errors(_PATIENCE, channel):
                page = (
                    await self._again.conversations_replies(ts=thread, **wanted)
                    if thread
                    else await self._again.conversations_history(**wanted)
                )
            for message in page.get("messages") or []:
                yield message
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        # The newest come first, so what was posted lately has been seen.
        _log.warning("history_searched_in_part", channel=channel, messages=_PAGE * _MOST_PAGES)

    async def _about(self, message: Mapping[str, Any]) -> dict[str, str]:
        return told_by(message, await self.workspace())

    async def person(self, user: str) -> SlackPerson:
        """A Slack account as ``users.info`` tells it."""
        async with slack_errors(_PATIENCE):
            answer = await self._again.users_info(user=user, include_locale=True)
            return to_person(answer["user"])

    async def user_by_email(self, email: str) -> str | None:
        """The user id of a full member with this address, or None."""
        try:
            async with slack_errors(_PATIENCE):
                answer = await self._again.users_lookupByEmail(email=email)
                person = to_person(answer["user"])
        except SlackRefused:
            return None
        lesser = person.deleted or person.is_bot or person.is_guest or person.is_invited
        return None if lesser else person.user

    async def open_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a modal with a trigger id (3 s, once); the view's id."""
        async with slack_errors(_PATIENCE):
            answer = await self._once.views_open(trigger_id=trigger, view=view)
            return str(answer["view"]["id"])

    async def push_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Lay a modal upon another (3 s, once, three deep); the new view's id."""
        async with slack_errors(_PATIENCE):
            answer = await self._once.views_push(trigger_id=trigger, view=view)
            return str(answer["view"]["id"])

    async def show_modal(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace what an open modal shows."""
        async with slack_errors(_PATIENCE):
            await self._again.views_update(view_id=view_id, view=view)

    async def reply(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a command or a click, seen by that person alone (5 times within 30 minutes)."""
        body = {
            "response_type": "ephemeral",
            "replace_original": replace,
            "text": message.text,
            "blocks": message.blocks,
        }
        async with slack_errors(_PATIENCE), self._session.post(response_url, json=body) as answer:
            if answer.status >= 400:  # noqa: PLR2004  # HTTP errors
                raise SlackRefused("Slack did not take the answer.", code=f"http_{answer.status}")
