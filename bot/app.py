"""The composition root: the only place where vendors, services and listeners meet."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.adapters.metrics import (
    count_cards,
    count_scan,
    show_invoices,
    show_shared,
)
from bot.cashier import Cashier
from bot.colleagues import Colleagues
from bot.dispatch import Dispatch
from bot.errors import BotError, SlackError
from bot.hearing import Hearing
from bot.services.access import Access
from bot.services.alerts import Progress
from bot.services.audit import Audit
from bot.services.cards import CardDesk
from bot.services.export import Export
from bot.services.home import HomeDesk
from bot.services.lookup import Lookup
from bot.services.reading import Reader
from bot.services.refresh import Refresh
from bot.services.report import ScanReport
from bot.vendors import Vendors
from bot.views.card import CardView
from bot.views.confirm import ConfirmView
from bot.views.export import ExportView
from bot.views.home import HomeView
from bot.views.language import Language
from bot.views.reader import Locales, ReaderLanguage, answer_to

if TYPE_CHECKING:
    from starlette.applications import Starlette

_log = structlog.get_logger(__name__)


class House:
    """The services, each wired to the connected vendors when it is first asked for.

    Args:
        outside: the vendors.
        sleep: how to wait for a channel's turn, seconds.
    """

    def __init__(
        self, outside: Vendors, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._outside, self.sleep = outside, sleep
        self._settings, self._store, self._clock = outside.settings, outside.store, outside.clock
        self._zone = ZoneInfo(self._settings.timezone)
        self.language = Language(self._settings.locale)
        self.locales = Locales()
        self.readers = ReaderLanguage(self.locales, self._settings.locale)
        self._portal = self._settings.portal_template

    async def scan(self, *, dry_run: bool = False, progress: Progress | None = None) -> ScanReport:
        """One whole scan with all its messages delivered, counted and remembered.

        Raises ``BotError`` as ``Alerts.scan`` does.
        """
        report = await self.look(dry_run=dry_run, progress=progress)
        if not dry_run:
            await self.cashier.tell.take_up()
            await self.dispatch.delivery.all(report)
            count_cards(line.done for line in report.lines)
        return report

    async def look(self, *, dry_run: bool = False, progress: Progress | None = None) -> ScanReport:
        """One scan whose messages wait in the outbox; counted and remembered."""
        began = time.monotonic()
        try:
            if not dry_run:
                await self._recover()
            report = await self.dispatch.alerts.scan(dry_run=dry_run, progress=progress)
        except BotError as error:
            count_scan(type(error).__name__, time.monotonic() - began)
            raise
        if not dry_run:
            count_scan("complete" if report.is_complete else "partial", time.monotonic() - began)
            unpaid = [line.invoice for line in report.lines] + [w.invoice for w in report.wants]
            keys = {i.number: (str(i.status), i.amount_due.currency) for i in unpaid}
            show_invoices(Counter(keys.values()))
            await self.dispatch.deadman.scanned(report)
            self.audit.seal_soon()  # payments may have ended
            await self.home.changed()
        return report

    async def digest(self, tick: datetime | None = None) -> None:
        """Put each channel's digest for this tick (aware UTC), or for now, into the outbox.

        However often it is asked for the same tick, people see it once. Raises ``BotError`` as
        ``DigestDesk.prepare`` does.
        """
        await self.dispatch.digests.prepare(
            tick or self._clock.now().replace(second=0, microsecond=0)
        )

    async def tell_digest(self) -> tuple[str, ...]:
        """Post each channel's digest for now at once; the channels whose outbox is not empty then.

        Raises ``BotError`` as ``digest`` does.
        """
        await self.digest(self._clock.now().replace(microsecond=0))
        await self.dispatch.delivery.all(ScanReport(dry_run=False))
        return tuple(await self._outside.outbox.channels())

    async def _recover(self) -> None:
        """Without its ledger the store lets nobody pay; the scan itself can do without."""
        try:
            await self.cashier.recovery()
        except SlackError as error:
            _log.error("ledger_not_begun", error=type(error).__name__, code=error.code)

    async def shared_metrics(self) -> None:
        """Bring the metrics that all processes share up to date. Raises ``StoreUnavailable``."""
        outbox = self._outside.outbox
        show_shared(await outbox.channels(), await outbox.scan_times())
        await self._outside.durability.state()

    @cached_property
    def access(self) -> Access:
        """Who may do what."""
        outside = self._outside
        return Access(
            people=Hearing(outside.slack, self.locales),
            directory=outside.directory,
            roles=outside.billing,
            home=outside.home,
            payer_roles=self._settings.payer_roles,
        )

    @cached_property
    def audit(self) -> Audit:
        """Keeps the audit trail."""
        outside = self._outside
        return Audit(
            journal=self._store, sealing=outside.trail, clock=self._clock, later=outside.background
        )

    @cached_property
    def cards(self) -> CardDesk:
        """Shows cards."""
        return CardDesk(
            cards=self._store,
            stale=self._store,
            payments=self._outside.payments,
            locks=self._store,
            channels=self._outside.slack,
            render=self.card_view,
            clock=self._clock,
            zone=self._zone,
            changed=self.home.changed,
        )

    @cached_property
    def dispatch(self) -> Dispatch:
        """Scans, and what they send into the channels."""
        return Dispatch(self._outside, self)

    @cached_property
    def cashier(self) -> Cashier:
        """Everything between Pay now and Paid."""
        return Cashier(self._outside, self)

    @cached_property
    def colleagues(self) -> Colleagues:
        """Assignments and notes."""
        return Colleagues(self._outside, self)

    @cached_property
    def reader(self) -> Reader:
        """Reads all invoices."""
        return Reader(invoices=self._outside.billing, clock=self._clock)

    @cached_property
    def lookup(self) -> Lookup:
        """Answers questions."""
        return Lookup(
            invoices=self._outside.billing,
            reader=self.reader,
            cards=self._store,
            payments=self._outside.payments,
            access=self.access,
            audit=self.audit,
            by_role=self._settings.lookup_access == "role",
            clock=self._clock,
            zone=self._zone,
        )

    @cached_property
    def export(self) -> Export:
        """Sends lists as files."""
        return Export(
            lookup=self.lookup,
            files=self._outside.files,
            journal=self._store,
            render=self.export_view,
        )

    @cached_property
    def home(self) -> HomeDesk:
        """Shows Home tabs."""
        outside = self._outside
        return HomeDesk(
            reader=self.reader,
            access=self.access,
            cards=self._store,
            payments=outside.payments,
            homes=outside.homes,
            times=outside.outbox,
            screen=outside.screen,
            render=self.home_view,
            clock=self._clock,
            zone=self._zone,
            later=outside.background,
            answer_to=answer_to,
        )

    @cached_property
    def refresh(self) -> Refresh:
        """Brings one card up to date on demand."""
        return Refresh(
            invoices=self._outside.billing,
            cards=self._store,
            payments=self._outside.payments,
            access=self.access,
            audit=self.audit,
            settle=self.cashier.settle,
            desk=self.cards,
        )

    @cached_property
    def card_view(self) -> CardView:
        """Words cards."""
        return CardView(self.language, self._portal)

    @cached_property
    def confirm_view(self) -> ConfirmView:
        """Words the modals of a payment."""
        roles = self._settings.payer_roles
        return ConfirmView(self.readers, self._portal, self.today, roles)

    @cached_property
    def export_view(self) -> ExportView:
        """Words exports."""
        return ExportView(self.readers, by_role=self._settings.lookup_access == "role")

    @cached_property
    def home_view(self) -> HomeView:
        """Words Home tabs."""
        return HomeView(self.readers, self._portal, self._settings.payer_roles)

    def today(self) -> date:
        """The calendar day in the channel."""
        return self._clock.now().astimezone(self._zone).date()

    def web(self) -> "Starlette":
        """The web application with all listeners, over HTTP or Socket Mode."""
        # Bolt and Starlette are only for those who serve: the worker does without them.
        from bot.adapters.slack_app import slack_app  # noqa: PLC0415
        from bot.adapters.socket_mode import SocketMode  # noqa: PLC0415
        from bot.front_door import front_door  # noqa: PLC0415
        from bot.reception import desk  # noqa: PLC0415
        from bot.web import web_app  # noqa: PLC0415
        from handlers import register  # noqa: PLC0415

        outside, settings = self._outside, self._settings
        token, api_url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        app = slack_app(token, outside.home, api_url=api_url, session=outside.session)
        register(app, desk(outside, self))
        door = front_door(app, outside)
        socket = door if isinstance(door, SocketMode) else None

        async def ready() -> dict[str, str]:
            if socket:
                await socket.ready()
            return await self._ready()

        return web_app(
            endpoint=None if isinstance(door, SocketMode) else door,
            background=outside.background,
            ready=ready,
            before_metrics=self.shared_metrics,
            beside=socket,
        )

    async def _ready(self) -> dict[str, str]:
        """Whether a click could be served, and since when scans stay away, if they do."""
        await self._store.ping()
        silent = await self.dispatch.deadman.silent_since()
        known = {"store": await self._outside.durability.state()}
        return known | ({"no_complete_scan_since": silent.isoformat()} if silent else {})
