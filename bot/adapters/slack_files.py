"""Files in Slack: for one person, and pictures for a channel."""

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_errors import slack_errors
from bot.domain.extract import File
from bot.errors import SlackRefused

_PATIENCE = 60.0  # seconds for one step


class SlackFiles:
    """The ports ``Files`` and ``Pictures``.

    Args:
        token: the bot token.
        api_url: Slack's Web API address.
        session: shared by all calls; its time-out holds for each request.
    """

    def __init__(self, token: str, *, api_url: str, session: aiohttp.ClientSession) -> None:
        throttled = AsyncRateLimitErrorRetryHandler(max_retry_count=3)
        # Only what was throttled is sent again: to share files twice would show them twice.
        self._once = AsyncWebClient(
            token, base_url=api_url, session=session, retry_handlers=[throttled]
        )
        self._session = session

    async def send(self, user: str, words: str, files: tuple[File, ...]) -> None:
        """Share the files in the person's direct messages with the bot, as one message."""
        async with slack_errors(_PATIENCE):
            opened = await self._once.conversations_open(users=user)
            channel = str(opened["channel"]["id"])
        shared: list[dict[str, str | None]] = [
            {"id": await self.bring(file), "title": file.name} for file in files
        ]
        async with slack_errors(_PATIENCE, channel):
            await self._once.files_completeUploadExternal(
                files=shared, channel_id=channel, initial_comment=words
            )

    async def show(self, identity: str, title: str, channel: str, thread: str) -> None:
        """Show a picture that was brought in a thread; after ``SlackUnclear`` it may be there."""
        async with slack_errors(_PATIENCE, channel):
            await self._once.files_completeUploadExternal(
                files=[{"id": identity, "title": title}], channel_id=channel, thread_ts=thread
            )

    async def bring(self, file: File, alt: str | None = None) -> str:
        """Bring a file to Slack, where nobody sees it yet; its id. ``alt`` tells what it shows."""
        async with slack_errors(_PATIENCE):
            place = await self._once.files_getUploadURLExternal(
                filename=file.name, length=len(file.content), alt_txt=alt
            )
            url, identity = str(place["upload_url"]), str(place["file_id"])
        async with slack_errors(_PATIENCE), self._session.post(url, data=file.content) as answer:
            if answer.status != 200:  # noqa: PLR2004  # HTTP: taken
                raise SlackRefused("Slack did not take the file.", code=f"http_{answer.status}")
        return identity
