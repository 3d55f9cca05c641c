"""Put the picture of a digest into its thread: an ornament, tried once, never twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.domain.digest import Digest
from bot.domain.extract import File
from bot.errors import BotError
from bot.ports import Charts, Digests, Pace, Pictures, RenderChart

_MOST_SECONDS = 60.0  # cards wait behind it

_log = structlog.get_logger(__name__)


class Charting:
    """Draws the chart of a digest that people have just got.

    The digest remembers the file before anybody sees it. So a process that died in between
    leaves a digest without its picture; its table says the same.

    Args:
        charts: draws; None where that is not installed.
        pictures: Slack.
        pace: the channel's turns.
        digests: the store.
        render: words charts.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        *,
        charts: Charts | None,
        pictures: Pictures,
        pace: Pace,
        digests: Digests,
        render: RenderChart,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._charts, self._pictures, self._pace = charts, pictures, pace
        self._digests, self._render, self._sleep = digests, render, sleep

    async def __call__(self, digest: Digest) -> None:
        """Show the chart in the digest's thread; what goes wrong is logged, and that is all."""
        if self._charts is None or not digest.ts or digest.chart:
            return
        chart = self._render(digest)
        if chart is None:
            return
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                file = File(chart.name, await self._charts.draw(chart))
                identity = await self._pictures.bring(file, chart.alt)
                await self._digests.save_digest(replace(digest, chart=identity))
                await self._sleep(await self._pace.turn(digest.channel))
                await self._pictures.show(identity, chart.title, digest.channel, digest.ts)
        except (BotError, TimeoutError) as error:
            _log.warning("chart_not_shown", channel=digest.channel, error=type(error).__name__)
        else:
            _log.info("chart_shown", channel=digest.channel)
