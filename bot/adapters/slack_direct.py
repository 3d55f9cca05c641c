"""Direct messages in Slack, and what is to be known for them."""

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_errors import slack_errors
from bot.domain.card import Message

_PATIENCE = 60.0  # seconds for one call with its waits for Retry-After
_PAGE, _MOST_PAGES = 999, 20  # members of a channel


class SlackDirect:
    """The port ``DirectMessages``.

    Args:
        token: the bot token.
        api_url: Slack's Web API address.
        session: shared by all calls; its time-out holds for each request.
    """

    def __init__(self, token: str, *, api_url: str, session: aiohttp.ClientSession) -> None:
        self._once = AsyncWebClient(token, base_url=api_url, session=session, retry_handlers=[])
        self._again = AsyncWebClient(
            token,
            base_url=api_url,
            session=session,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=1),
                AsyncRateLimitErrorRetryHandler(max_retry_count=3),
            ],
        )

    async def send(self, user: str, message: Message) -> None:
        """Send once: a person's id in a channel's place means their messages with the bot."""
        async with slack_errors(_PATIENCE):
            await self._once.chat_postMessage(
                channel=user,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )

    async def link(self, channel: str, ts: str) -> str:
        """The address of a message."""
        async with slack_errors(_PATIENCE, channel):
            answer = await self._again.chat_getPermalink(channel=channel, message_ts=ts)
            return str(answer["permalink"])

    async def is_member(self, channel: str, user: str) -> bool:
        """Whether this person is in the channel now; in one of over 19,980 members perhaps no."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            async with slack_errors(_PATIENCE, channel):
                page = await self._again.conversations_members(
                    channel=channel, limit=_PAGE, cursor=cursor or None
                )
                members = page["members"]
            if user in members:
                return True
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return False
