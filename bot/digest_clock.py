"""The digest by the clock: its tick, and its making, which is tried again while it fails."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from cronsim import CronSim
from docket import Cron, CurrentExecution, Docket, Execution

from bot.adapters.clock import SystemClock
from bot.app import House
from bot.errors import BotError

_AGAIN_AFTER = timedelta(minutes=1)
_MOST_TRIES = 60

_log = structlog.get_logger(__name__)


def digest_jobs(
    expression: str, zone: ZoneInfo, house: House, docket: Docket
) -> list[Callable[..., Awaitable[None]]]:
    """The tasks to register; without an ``expression`` (cron, in ``zone``) they do nothing by themselves.

    A tick is known by its minute, so that however often its task runs, each channel is told once.
    """

    async def make_digest(tick: str, tries: int) -> None:
        try:
            await house.digest(datetime.fromisoformat(tick))
        except BotError as error:
            kind = type(error).__name__
            _log.error("job_failed", job="digest", error=kind, sentence=error.sentence)
            if tries < _MOST_TRIES:
                when = SystemClock().now() + _AGAIN_AFTER  # docket lives by the real time
                again = docket.add(make_digest, when=when, key=f"digest:{tick}:{tries + 1}")
                await again(tick, tries + 1)

    async def off() -> None:
        """What was scheduled when there were digests."""

    if not expression:
        off.__name__ = "digest"
        return [off, make_digest]

    async def digest(
        cron: Cron = Cron(expression, tz=zone),  # noqa: ARG001, B008  # docket reads the default
        execution: Execution = CurrentExecution(),  # noqa: B008
    ) -> None:
        if is_tick(expression, zone, execution.when):
            tick = execution.when.astimezone(UTC).replace(second=0, microsecond=0).isoformat()
            await docket.add(make_digest, key=f"digest:{tick}:0")(tick, 0)

    return [digest, make_digest]


def is_tick(expression: str, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether the clock strikes in this minute; not so for a time that older settings had."""
    local = moment.astimezone(zone).replace(second=0, microsecond=0)
    return next(CronSim(expression, local - timedelta(minutes=1)), None) == local
