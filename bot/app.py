"""The composition root: the only place where vendors, services and listeners meet."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from starlette.applications import Starlette

from bot.adapters.heartbeat import HttpHeartbeat
from bot.adapters.metrics import (
    count_cards,
    count_interaction,
    count_scan,
    show_invoices,
    show_shared,
)
from bot.adapters.slack_app import slack_app
from bot.adapters.socket_mode import SocketMode
from bot.domain.alert import QuietHours
from bot.domain.outcome import Gone
from bot.errors import BotError
from bot.guard import Guard
from bot.services.access import Access
from bot.services.alerts import Alerts, Progress
from bot.services.cards import CardDesk
from bot.services.deadman import DeadMan
from bot.services.delivery import Delivery
from bot.services.lookup import Lookup
from bot.services.payments import PaymentDesk
from bot.services.planning import Planning
from bot.services.refresh import Refresh
from bot.services.report import ScanReport
from bot.services.settlement import Settlement
from bot.services.watching import Watching
from bot.vendors import Vendors
from bot.views.card import CardView
from bot.views.confirm import ConfirmView
from bot.views.language import Language
from bot.views.lookup import LookupView
from bot.web import web_app
from handlers import register
from handlers.desk import Desk


class House:
    """The services, each wired to the connected vendors when it is first asked for.

    Args:
        outside: the vendors.
        sleep: how to wait for a channel's turn, seconds.
    """

    def __init__(
        self, outside: Vendors, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._outside, self._sleep = outside, sleep
        self._settings, self._store, self._clock = outside.settings, outside.store, outside.clock
        self._zone = ZoneInfo(self._settings.timezone)
        self._language = Language(self._settings.locale)
        self._portal = self._settings.portal_template

    async def scan(self, *, dry_run: bool = False, progress: Progress | None = None) -> ScanReport:
        """One whole scan with all its messages delivered, counted and remembered.

        Raises ``BotError`` as ``Alerts.scan`` does.
        """
        report = await self.look(dry_run=dry_run, progress=progress)
        if not dry_run:
            await self.delivery.all(report)
            count_cards(line.done for line in report.lines)
        return report

    async def look(self, *, dry_run: bool = False, progress: Progress | None = None) -> ScanReport:
        """One scan whose messages wait in the outbox; counted and remembered."""
        began = time.monotonic()
        try:
            report = await self.alerts.scan(dry_run=dry_run, progress=progress)
        except BotError as error:
            count_scan(type(error).__name__, time.monotonic() - began)
            raise
        if not dry_run:
            count_scan("complete" if report.is_complete else "partial", time.monotonic() - began)
            unpaid = [line.invoice for line in report.lines] + [w.invoice for w in report.wants]
            keys = {i.number: (str(i.status), i.amount_due.currency) for i in unpaid}
            show_invoices(Counter(keys.values()))
            await self.deadman.scanned(report)
        return report

    async def shared_metrics(self) -> None:
        """Bring the metrics that all processes share up to date. Raises ``StoreUnavailable``."""
        outbox = self._outside.outbox
        show_shared(await outbox.channels(), await outbox.scan_times())

    @cached_property
    def access(self) -> Access:
        """Who may do what."""
        outside = self._outside
        return Access(
            people=outside.slack,
            directory=outside.directory,
            roles=outside.billing,
            home=outside.home,
            payer_roles=self._settings.payer_roles,
        )

    @cached_property
    def cards(self) -> CardDesk:
        """Shows cards."""
        return CardDesk(
            cards=self._store,
            stale=self._store,
            payments=self._store,
            locks=self._store,
            channels=self._outside.slack,
            render=self._card_view,
            clock=self._clock,
            zone=self._zone,
        )

    @cached_property
    def settle(self) -> Settlement:
        """Ends payments by what Azure shows."""
        return Settlement(payments=self._store, clock=self._clock)

    @cached_property
    def planning(self) -> Planning:
        """Fills the outbox."""
        outside = self._outside
        return Planning(
            cards=self._store,
            outbox=outside.outbox,
            summaries=outside.outbox,
            memory=self._store,
            channels=outside.slack,
            desk=self.cards,
            clock=self._clock,
            routes=self._settings.alert_routes,
            default_channel=self._settings.alert_channel,
        )

    @cached_property
    def delivery(self) -> Delivery:
        """Empties the outbox."""
        outside = self._outside
        return Delivery(
            outbox=outside.outbox,
            summaries=outside.outbox,
            cards=self._store,
            locks=self._store,
            pace=outside.outbox,
            channels=outside.slack,
            desk=self.cards,
            clock=self._clock,
            sleep=self._sleep,
        )

    @cached_property
    def alerts(self) -> Alerts:
        """Scans."""
        return Alerts(
            invoices=self._outside.billing,
            cards=self._store,
            stale=self._store,
            payments=self._store,
            locks=self._store,
            settle=self.settle,
            desk=self.cards,
            planning=self.planning,
            clock=self._clock,
            zone=self._zone,
            remind_on=self._settings.remind_on_days,
            quiet=QuietHours.of(self._settings.quiet_hours),
        )

    @cached_property
    def deadman(self) -> DeadMan:
        """Notices when scans stay away."""
        outside, settings = self._outside, self._settings
        return DeadMan(
            times=outside.outbox,
            channels=outside.slack,
            pace=outside.outbox,
            render=self._card_view,
            heartbeat=HttpHeartbeat(settings.heartbeat_url, outside.session),
            clock=self._clock,
            every=settings.scan_every_seconds,
            channel=settings.alert_channel or next(iter(settings.alert_routes.values()), ""),
            watched=settings.azure_billing_accounts,
        )

    @cached_property
    def watching(self) -> Watching:
        """Follows payments and open confirmations."""
        outside = self._outside
        return Watching(
            watches=outside.watches,
            invoices=outside.billing,
            cards=self._store,
            payments=self._store,
            settle=self.settle,
            desk=self.cards,
            modals=outside.slack,
            expired=lambda: self._confirm_view.result(Gone()),
            clock=self._clock,
        )

    @cached_property
    def payments(self) -> PaymentDesk:
        """Pay now."""
        return PaymentDesk(
            invoices=self._outside.billing,
            cards=self._store,
            offers=self._store,
            payments=self._store,
            journal=self._store,
            watches=self._outside.watches,
            access=self.access,
            settle=self.settle,
            desk=self.cards,
            clock=self._clock,
            later=self._outside.background,
            ttl=self._settings.confirmation_ttl_seconds,
            four_eyes_above=self._settings.four_eyes_above,
        )

    @cached_property
    def lookup(self) -> Lookup:
        """Answers questions."""
        return Lookup(
            invoices=self._outside.billing,
            cards=self._store,
            payments=self._store,
            journal=self._store,
            access=self.access,
            by_role=self._settings.lookup_access == "role",
            clock=self._clock,
            zone=self._zone,
        )

    @cached_property
    def refresh(self) -> Refresh:
        """Brings one card up to date on demand."""
        return Refresh(
            invoices=self._outside.billing,
            cards=self._store,
            payments=self._store,
            access=self.access,
            settle=self.settle,
            desk=self.cards,
        )

    @cached_property
    def _card_view(self) -> CardView:
        return CardView(self._language, self._portal)

    @cached_property
    def _confirm_view(self) -> ConfirmView:
        roles = self._settings.payer_roles
        return ConfirmView(self._language, self._portal, self._today, roles)

    @cached_property
    def _lookup_view(self) -> LookupView:
        by_role = self._settings.lookup_access == "role"
        return LookupView(self._language, self._portal, self._today, by_role=by_role)

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _desk(self) -> Desk:
        return Desk(
            payments=self.payments,
            lookup=self.lookup,
            cards=self.cards,
            refresh=self.refresh,
            modals=self._outside.slack,
            confirm=self._confirm_view,
            answers=self._lookup_view,
            later=self._outside.background,
            count=count_interaction,
        )

    def web(self) -> Starlette:
        """The web application with all listeners, over HTTP or Socket Mode."""
        outside, settings = self._outside, self._settings
        token, api_url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        app = slack_app(token, outside.home, api_url=api_url, session=outside.session)
        register(app, self._desk())
        secret, socket = settings.slack_signing_secret, None
        if settings.slack_app_token:
            app_token = settings.slack_app_token.get_secret_value()
            socket = SocketMode(app, app_token, api_url=api_url, background=outside.background)

        async def ready() -> dict[str, str]:
            if socket:
                await socket.ready()
            return await self._ready()

        return web_app(
            slack=app,
            guard=Guard(secret.get_secret_value()) if secret and not socket else None,
            background=outside.background,
            clock=outside.clock,
            ready=ready,
            before_metrics=self.shared_metrics,
            beside=socket,
        )

    async def _ready(self) -> dict[str, str]:
        """Whether a click could be served, and since when scans stay away, if they do."""
        await self._store.ping()
        silent = await self.deadman.silent_since()
        return {"no_complete_scan_since": silent.isoformat()} if silent else {}
