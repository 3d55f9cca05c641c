"""What only ``doctor`` asks of Slack: its clock, and whether a message is still there."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_errors import slack_errors
from bot.errors import SlackRefused

_PATIENCE = 60.0  # seconds for one call with its waits for Retry-After


class SlackInspection:
    """The port ``SlackWitness``.

    Args:
        token: the bot token.
        api_url: Slack's Web API address.
        session: shared by all calls.
    """

    def __init__(self, token: str, *, api_url: str, session: aiohttp.ClientSession) -> None:
        self._again = AsyncWebClient(
            token,
            base_url=api_url,
            session=session,
            retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)],
        )

    async def clock(self) -> datetime | None:
        """Slack's own time by the date of an answer, to the second; None where it has none."""
        async with slack_errors(_PATIENCE):
            answer = await self._again.auth_test()
        dated = str(answer.headers.get("Date") or "")
        try:
            return parsedate_to_datetime(dated).astimezone(UTC)
        except ValueError:
            return None

    async def is_there(self, channel: str, ts: str, thread: str = "") -> bool:
        """Whether the message at ``ts`` (in a thread where one is given) has not been deleted."""
        span: dict[str, Any] = {"channel": channel, "oldest": ts, "latest": ts, "inclusive": True}
        try:
            async with slack_errors(_PATIENCE, channel):
                page = (
                    await self._again.conversations_replies(ts=thread, **span)
                    if thread
                    else await self._again.conversations_history(**span)
                )
        except SlackRefused as error:
            if error.code != "thread_not_found":
                raise
            return False
        # Of a deleted message that has replies an empty shell stays.
        return any(
            message.get("ts") == ts and message.get("subtype") != "tombstone"
            for message in page.get("messages") or []
        )
