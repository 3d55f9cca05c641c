"""Call an address after each complete scan; whoever watches it notices when the calls stop."""

import asyncio

import aiohttp
import structlog

_SECONDS = 5

_log = structlog.get_logger(__name__)


class HttpHeartbeat:
    """The port ``Heartbeat``.

    Args:
        url: the address to call, or "" for none.
        session: shared with Slack's calls.
    """

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def beat(self) -> None:
        """Call once; a failure is logged, and the next scan calls again."""
        if not self._url:
            return
        try:
            async with asyncio.timeout(_SECONDS), self._session.get(self._url) as answer:
                answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("heartbeat_failed", error=type(error).__name__)
