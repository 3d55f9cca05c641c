"""The services around a payment, wired: part of the composition root (``bot.app``)."""

from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.outcome import Gone
from bot.services.approvals import Approvals
from bot.services.checking import Checking
from bot.services.choosing import Choosing
from bot.services.documents import InvoicePdf
from bot.services.following import Following
from bot.services.payments import PaymentDesk
from bot.services.recovery import Recovery
from bot.services.report import ScanReport
from bot.services.settlement import Settlement
from bot.services.snoozing import Snoozing
from bot.services.stepping import Stepping
from bot.services.stories import StoryPosting
from bot.services.submitting import Submitting
from bot.services.takeover import TakeOver
from bot.services.telling import Telling
from bot.services.watching import Watching
from bot.services.wiring import Wiring
from bot.vendors import Vendors
from bot.views.stories import StoryView

if TYPE_CHECKING:
    from bot.app import House


class Cashier:
    """Everything between Pay now and Paid.

    Args:
        outside: the vendors.
        house: the services of the rest of the house.
    """

    def __init__(self, outside: Vendors, house: "House") -> None:
        self._outside, self._house = outside, house
        self._settings, self._clock = outside.settings, outside.clock

    @cached_property
    def settle(self) -> Settlement:
        """Ends payments by what Azure shows."""
        return Settlement(payments=self._outside.payments, clock=self._clock)

    @cached_property
    def check(self) -> Checking:
        """Asks who may act on an invoice now."""
        outside, house = self._outside, self._house
        return Checking(
            invoices=outside.billing,
            cards=outside.store,
            journal=outside.store,
            access=house.access,
            desk=house.cards,
            clock=self._clock,
            later=outside.background,
        )

    @cached_property
    def desk(self) -> PaymentDesk:
        """Pay now."""
        outside, settings = self._outside, self._settings
        return PaymentDesk(
            offers=outside.payments,
            payments=outside.payments,
            ledger=outside.payments,
            check=self.check,
            settle=self.settle,
            desk=self._house.cards,
            tell=self.tell,
            clock=self._clock,
            later=outside.background,
            ttl=settings.confirmation_ttl_seconds,
            four_eyes_above=settings.four_eyes_above,
            card_limit=settings.card_limit,
            choose=self._choose,
            submit=self.submit,
        )

    @property
    def _pays_itself(self) -> bool:
        return self._settings.payment_mode == "api"

    @property
    def _choose(self) -> Choosing | None:
        outside = self._outside
        if not self._pays_itself:
            return None
        return Choosing(paynow=outside.paynow, payments=outside.payments)

    @cached_property
    def submit(self) -> Submitting:
        """Has Azure charge what was confirmed; hands it to the portal where the bot may not pay."""
        outside = self._outside
        return Submitting(
            paynow=outside.paynow if self._pays_itself else None,
            payments=outside.payments,
            watches=outside.watches,
            desk=self._house.cards,
            tell=self.tell,
            clock=self._clock,
            later=outside.background,
            volatile=self._settings.allow_volatile_store,
        )

    @cached_property
    def _make(self) -> Stepping:
        outside = self._outside
        return Stepping(
            payments=outside.payments,
            settle=self.settle,
            desk=self._house.cards,
            tell=self.tell,
            clock=self._clock,
            later=outside.background,
        )

    @cached_property
    def approvals(self) -> Approvals:
        """Four eyes."""
        return Approvals(
            check=self.check, access=self._house.access, make=self._make, submit=self.submit
        )

    @cached_property
    def takeover(self) -> TakeOver:
        """Take over, and give back."""
        return TakeOver(
            check=self.check,
            make=self._make,
            clock=self._clock,
            four_eyes_above=self._settings.four_eyes_above,
            card_limit=self._settings.card_limit,
        )

    @cached_property
    def snoozing(self) -> Snoozing:
        """Puts reminders off."""
        outside, settings = self._outside, self._settings
        return Snoozing(
            cards=outside.store,
            journal=outside.store,
            profiles=outside.billing.profiles,
            check=self.check,
            desk=self._house.cards,
            clock=self._clock,
            zone=ZoneInfo(settings.timezone),
            later=outside.background,
            most_days=settings.snooze_max_days,
        )

    @cached_property
    def wiring(self) -> Wiring:
        """I sent the wire."""
        return Wiring(
            payments=self._outside.payments,
            check=self.check,
            settle=self.settle,
            desk=self._house.cards,
            tell=self.tell,
            clock=self._clock,
            later=self._outside.background,
        )

    @cached_property
    def pdf(self) -> InvoicePdf:
        """Send me the PDF."""
        return InvoicePdf(
            invoices=self._outside.billing,
            documents=self._outside.billing,
            check=self.check,
            access=self._house.access,
            audit=self._house.audit,
        )

    @cached_property
    def tell(self) -> Telling:
        """Sends stories off."""
        outside = self._outside
        return Telling(
            stories=outside.payments,
            cards=outside.store,
            outbox=outside.outbox,
            also=self._house.colleagues.remarks.take_up,
            deliver=self._deliver,
        )

    async def _deliver(self, channel: str) -> None:
        await self._house.dispatch.delivery.channel(channel, ScanReport(dry_run=False))

    @cached_property
    def story(self) -> StoryPosting:
        """Posts stories."""
        outside, house = self._outside, self._house
        return StoryPosting(
            stories=outside.payments,
            cards=outside.store,
            posting=house.dispatch.posting,
            channels=outside.slack,
            desk=house.cards,
            render=StoryView(house.language, self._settings.portal_template),
            clock=self._clock,
        )

    @cached_property
    def recovery(self) -> Recovery:
        """Learns from Slack what a lost store has forgotten."""
        outside = self._outside
        return Recovery(
            ledger=outside.payments,
            payments=outside.payments,
            locks=outside.store,
            channels=outside.slack,
            searched=self._house.dispatch.routes.channels,
            clock=self._clock,
        )

    @cached_property
    def watching(self) -> Watching:
        """Follows payments and open confirmations."""
        outside, house = self._outside, self._house
        return Watching(
            watches=outside.watches,
            invoices=outside.billing,
            payments=outside.payments,
            follow=Following(paynow=outside.paynow, payments=outside.payments, clock=self._clock),
            settle=self.settle,
            desk=house.cards,
            modals=outside.slack,
            expired=lambda: house.confirm_view.result(Gone()),
            clock=self._clock,
        )
