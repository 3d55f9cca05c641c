"""The background work: scans by the clock, and cards that somebody could not show.

It runs on docket over the bot's own Redis: with any number of workers, one of them takes each
tick. A job may run twice without harm; its arguments are plain ids, since docket pickles them.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from docket import Docket, Perpetual, Worker

from bot.adapters.metrics import count_scan
from bot.app import House
from bot.errors import BotError
from bot.vendors import Vendors

_HEAL_EVERY = timedelta(seconds=10)
_REDELIVER_AFTER = timedelta(seconds=10)  # docket renews its hold four times in as long
_CONCURRENCY = 10

_log = structlog.get_logger(__name__)


async def work(outside: Vendors, house: House) -> None:
    """Take jobs until cancelled; a job in hand is then given back and taken up by another worker."""
    name = f"aib:jobs:{outside.home.team}"
    async with Docket(name=name, url=outside.redis_url) as docket:
        for job in _jobs(outside, house):
            docket.register(job)
        async with Worker(
            docket,
            concurrency=_CONCURRENCY,
            redelivery_timeout=_REDELIVER_AFTER,
            minimum_check_interval=timedelta(seconds=1),
            scheduling_resolution=timedelta(seconds=1),
        ) as worker:
            _log.info("worker_ready", scan_every=outside.settings.scan_every_seconds)
            await worker.run_forever()


def _jobs(outside: Vendors, house: House) -> list[Callable[..., Awaitable[None]]]:
    scanning = Perpetual(
        every=timedelta(seconds=outside.settings.scan_every_seconds), automatic=True
    )
    healing = Perpetual(every=_HEAL_EVERY, automatic=True)

    async def scan(tick: Perpetual = scanning) -> None:  # noqa: ARG001  # docket reads the default
        try:
            report = await house.alerts.scan()
        except BotError as error:
            # Logged and counted, and the next tick tries again: a traceback would add nothing.
            count_scan(type(error).__name__, {})
            _log.error("scan_failed", error=type(error).__name__, sentence=error.sentence)
            return
        count_scan(
            "complete" if report.is_complete else "partial",
            dict(Counter(line.done for line in report.lines)),
        )
        for failure in report.failures:
            _log.warning("scan_incomplete", sentence=failure)

    async def heal(tick: Perpetual = healing) -> None:  # noqa: ARG001  # docket reads the default
        try:
            stale = await outside.store.stale()
        except BotError as error:
            _log.warning("cards_not_healed", error=type(error).__name__)
            return
        for number in stale:
            try:
                await house.cards.refresh(number)
            except BotError as error:
                _log.warning("card_not_healed", invoice=number, error=type(error).__name__)

    return [scan, heal]
