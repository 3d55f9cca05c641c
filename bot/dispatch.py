"""Scans, and what they send into the channels, wired: part of the composition root (``bot.app``)."""

from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.adapters.heartbeat import HttpHeartbeat
from bot.domain.alert import Kind, QuietHours
from bot.services.alerts import Alerts
from bot.services.charting import Charting
from bot.services.considering import Considering
from bot.services.deadman import DeadMan
from bot.services.delivery import Delivery
from bot.services.digest import DigestDesk
from bot.services.planning import Planning
from bot.services.posting import Posting
from bot.services.routes import Routes
from bot.services.standing import Standing
from bot.vendors import Vendors
from bot.views.chart import ChartView
from bot.views.digest import DigestView

if TYPE_CHECKING:
    from bot.app import House


class Dispatch:
    """Everything from a scan to the messages that it leads to.

    Args:
        outside: the vendors.
        house: the services of the rest of the house.
    """

    def __init__(self, outside: Vendors, house: "House") -> None:
        self._outside, self._house = outside, house
        self._settings, self._clock = outside.settings, outside.clock
        self._zone = ZoneInfo(self._settings.timezone)
        self._quiet = QuietHours.of(self._settings.quiet_hours)

    @cached_property
    def routes(self) -> Routes:
        """Which channel an invoice belongs in."""
        return Routes(self._settings.alert_routes, self._settings.alert_channel)

    @cached_property
    def alerts(self) -> Alerts:
        """Scans."""
        profiles = self._outside.billing.profiles
        standing = Standing(profiles=profiles, desk=self._house.cards, journal=self._outside.store)
        return Alerts(
            invoices=self._outside.billing,
            cards=self._outside.store,
            stale=self._outside.store,
            locks=self._outside.store,
            standing=standing,
            consider=Considering(
                cards=self._outside.store,
                payments=self._outside.payments,
                settle=self._house.cashier.settle,
                standing=standing,
                desk=self._house.cards,
                clock=self._clock,
                zone=self._zone,
                remind_on=self._settings.remind_on_days,
                quiet=self._quiet,
            ),
            desk=self._house.cards,
            planning=self.planning,
        )

    @cached_property
    def planning(self) -> Planning:
        """Fills the outbox."""
        outside = self._outside
        return Planning(
            cards=self._outside.store,
            outbox=outside.outbox,
            summaries=outside.outbox,
            memory=self._outside.store,
            channels=outside.slack,
            desk=self._house.cards,
            locks=self._outside.store,
            clock=self._clock,
            routes=self.routes,
        )

    @cached_property
    def posting(self) -> Posting:
        """Posts at the channels' pace."""
        outside = self._outside
        return Posting(
            channels=outside.slack, pace=outside.outbox, clock=self._clock, sleep=self._house.sleep
        )

    @cached_property
    def delivery(self) -> Delivery:
        """Empties the outbox."""
        outside = self._outside
        return Delivery(
            outbox=outside.outbox,
            summaries=outside.outbox,
            digests=outside.outbox,
            cards=self._outside.store,
            locks=self._outside.store,
            posting=self.posting,
            desk=self._house.cards,
            tellers={
                Kind.STORY: self._house.cashier.story,
                Kind.REMARK: self._house.colleagues.remarks,
                Kind.DIRECT: self._house.colleagues.letters,
            },
            render=DigestView(self._house.language),
            illustrate=self.charting,
            clock=self._clock,
            zone=self._zone,
            quiet=self._quiet,
        )

    @cached_property
    def digests(self) -> DigestDesk:
        """Tells each channel what is owed."""
        outside = self._outside
        return DigestDesk(
            reader=self._house.reader,
            cards=self._outside.store,
            payments=self._outside.payments,
            digests=outside.outbox,
            outbox=outside.outbox,
            locks=self._outside.store,
            routes=self.routes,
            clock=self._clock,
            zone=self._zone,
        )

    @cached_property
    def charting(self) -> Charting:
        """Shows the pictures of digests."""
        outside = self._outside
        return Charting(
            charts=outside.charts,
            pictures=outside.files,
            pace=outside.outbox,
            digests=outside.outbox,
            render=ChartView(self._house.language),
            sleep=self._house.sleep,
        )

    @cached_property
    def deadman(self) -> DeadMan:
        """Notices when scans stay away."""
        outside, settings = self._outside, self._settings
        return DeadMan(
            times=outside.outbox,
            channels=outside.slack,
            pace=outside.outbox,
            render=self._house.card_view,
            heartbeat=HttpHeartbeat(settings.heartbeat_url, outside.session),
            clock=self._clock,
            every=settings.scan_every_seconds,
            channel=settings.alert_channel or next(iter(settings.alert_routes.values()), ""),
            watched=settings.azure_billing_accounts,
        )
