"""The background work: scans by the clock, and cards that somebody could not show.

It runs on docket over the bot's own Redis: with any number of workers, one of them takes each
tick. A job may run twice without harm; its arguments are plain ids, since docket pickles them.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from docket import Docket, Perpetual, Worker

from bot.adapters.metrics import count_cards, serve_metrics
from bot.app import House
from bot.digest_clock import digest_jobs
from bot.errors import BotError, SlackError
from bot.services.records import readable
from bot.services.report import ScanReport
from bot.vendors import Vendors

_SWEEP_EVERY = timedelta(seconds=10)
_REDELIVER_AFTER = timedelta(seconds=10)  # docket renews its hold four times in as long
_CONCURRENCY = 10
_HEARTBEAT = timedelta(seconds=5)  # docket's 2 s make half of an idle worker's Redis commands

_log = structlog.get_logger(__name__)


async def work(outside: Vendors, house: House) -> None:
    """Take jobs until cancelled; a job in hand is then given back and taken up by another worker."""
    name = f"aib:jobs:{outside.home.team}"
    if outside.settings.metrics_port:
        serve_metrics(outside.settings.host, outside.settings.metrics_port)
    async with Docket(name=name, url=outside.redis_url, heartbeat_interval=_HEARTBEAT) as docket:
        for job in _jobs(outside, house, docket):
            docket.register(job)
        async with Worker(
            docket,
            concurrency=_CONCURRENCY,
            redelivery_timeout=_REDELIVER_AFTER,
            reconnection_delay=timedelta(seconds=1),  # a fail-over takes no longer
            minimum_check_interval=timedelta(seconds=1),
            scheduling_resolution=timedelta(seconds=1),
        ) as worker:
            _log.info("worker_ready", scan_every=outside.settings.scan_every_seconds)
            await worker.run_forever()


def _jobs(outside: Vendors, house: House, docket: Docket) -> list[Callable[..., Awaitable[None]]]:
    async def deliver(channel: str) -> None:
        report = ScanReport(dry_run=False)
        await house.dispatch.delivery.channel(channel, report)
        count_cards(line.done for line in report.lines)

    async def send_off() -> None:
        for channel in await outside.outbox.channels():
            await docket.add(deliver, key=f"deliver:{channel}")(channel)

    async def scan() -> None:
        structlog.contextvars.bind_contextvars(scan=secrets.token_hex(4))
        report = await house.look()
        for failure in report.failures:
            _log.warning("scan_incomplete", sentence=failure)
        await send_off()

    async def sweep() -> None:
        try:
            await house.cashier.recovery()
            await house.cashier.tell.take_up()
            await send_off()
            await _heal(outside, house)
            await house.cashier.watching.payments()
            await house.cashier.watching.offers()
        finally:
            await house.audit.seal()

    async def durability() -> None:
        await outside.durability.look()

    tick = timedelta(seconds=outside.settings.scan_every_seconds)
    return [
        _by_the_clock("scan", scan, tick),
        _by_the_clock("sweep", sweep, _SWEEP_EVERY),
        _by_the_clock("dead_man", house.dispatch.deadman.check, tick),
        _by_the_clock("durability", durability, timedelta(hours=1)),
        _by_the_clock("audit_retention", house.audit.trim, timedelta(hours=1)),
        *digest_jobs(
            outside.settings.digest_cron, ZoneInfo(outside.settings.timezone), house, docket
        ),
        deliver,
    ]


async def _heal(outside: Vendors, house: House) -> None:
    """Show the cards that some process could not; one that fails holds up no other."""
    stale = await outside.store.stale()
    _, spoilt = await readable(outside.store, stale)
    for number in stale - spoilt:
        try:
            await house.cards.refresh(number)
        except SlackError as error:
            _log.warning("card_not_shown", invoice=number, error=type(error).__name__)


def _by_the_clock(
    name: str, job: Callable[[], Awaitable[None]], every: timedelta
) -> Callable[..., Awaitable[None]]:
    """A task that docket runs by itself, once per tick over all workers.

    An expected error is logged in one line: the next tick tries again.
    """
    ticking = Perpetual(every=every, automatic=True)

    async def run(tick: Perpetual = ticking) -> None:  # noqa: ARG001  # docket reads the default
        try:
            await job()
        except BotError as error:
            kind = type(error).__name__
            _log.error("job_failed", job=name, error=kind, sentence=error.sentence)

    run.__name__ = name
    return run
