"""Notice when scans stop coming through, since nobody misses an alert that was never sent."""

from datetime import datetime, timedelta

import structlog

from bot.ports import Channels, Clock, Heartbeat, Pace, RenderCard, ScanTimes
from bot.services.report import ScanReport

TICKS = 3
"""Without a complete reading for so many times ``SCAN_EVERY_SECONDS``, an account is late."""

_log = structlog.get_logger(__name__)


class DeadMan:
    """Remembers complete scans and raises the alarm, once, when they stay away.

    Args:
        times: when each account was last read.
        channels, pace: Slack, and its pace.
        render: words the alarm.
        heartbeat: tells somebody outside; its silence is an alarm of its own.
        clock: tells now.
        every: how often a scan should come, seconds.
        channel: where the alarm is posted, or "".
        watched: the configured accounts, empty for all; one of them that was never read is late, too.
    """

    def __init__(
        self,
        *,
        times: ScanTimes,
        channels: Channels,
        pace: Pace,
        render: RenderCard,
        heartbeat: Heartbeat,
        clock: Clock,
        every: int,
        channel: str,
        watched: tuple[str, ...],
    ) -> None:
        self._times, self._channels, self._pace, self._render = times, channels, pace, render
        self._heartbeat, self._clock = heartbeat, clock
        self._late_after, self._channel = timedelta(seconds=TICKS * every), channel
        self._watched, self._began = watched, clock.now()

    async def scanned(self, report: ScanReport) -> None:
        """Remember the accounts that were read; a scan without failures is a sign of life."""
        await self._times.scanned(a.account.name for a in report.accounts if not a.failure)
        if report.is_complete:
            await self._heartbeat.beat()

    async def check(self) -> None:
        """Raise the alarm where some account has not been read for three ticks; or lower it.

        Raises ``SlackError``, ``StoreUnavailable``: then the next check tries again.
        """
        late = await self.silent_since()
        if late is None:
            if await self._times.alarm(on=False):
                _log.info("scans_come_through_again")
        elif await self._times.alarm(on=True):
            _log.error("no_complete_scan", since=late.isoformat())
            await self._post(late)

    async def silent_since(self) -> datetime | None:
        """The last complete reading of the account longest unread, where that is too long ago.

        What was never read counts from when this process began. Raises ``StoreUnavailable``.
        """
        times = await self._times.scan_times()
        # An account that is watched no longer must not hide the silence of the others.
        accounts = self._watched or tuple(times)
        oldest = min((times.get(a, self._began) for a in accounts), default=self._began)
        return oldest if self._clock.now() - oldest > self._late_after else None

    async def _post(self, since: datetime) -> None:
        if not self._channel:
            return
        try:
            await self._pace.turn(self._channel)
            await self._channels.post(self._channel, self._render.silence(since))
        except BaseException:
            # Not said, so not raised: the next check says it. Twice is better than never.
            await self._times.alarm(on=False)
            raise
