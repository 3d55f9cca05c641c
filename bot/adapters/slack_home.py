"""Home tabs in Slack."""

from typing import Any

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_errors import slack_errors

_PATIENCE = 60.0  # seconds for one call with its waits for Retry-After


class SlackHome:
    """The port ``HomeScreen``.

    Args:
        token: the bot token.
        api_url: Slack's Web API address.
        session: shared by all calls; its time-out holds for each request.
    """

    def __init__(self, token: str, *, api_url: str, session: aiohttp.ClientSession) -> None:
        self._again = AsyncWebClient(
            token,
            base_url=api_url,
            session=session,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=1),
                AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            ],
        )

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """Show this on the person's Home tab; safe to repeat."""
        async with slack_errors(_PATIENCE):
            await self._again.views_publish(user_id=user, view=view)
