"""May this person act on this invoice now? Asked freshly of Slack, Entra and Azure each time."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied, NotPayable
from bot.domain.payment import FRESH_FOR
from bot.domain.people import Presence
from bot.domain.policy import Grant, Refusal
from bot.domain.ways import PaymentMethod
from bot.errors import AzureMalformed, BotError, TooSlow
from bot.ports import Cards, Clock, Invoices, Journal
from bot.services.access import Access
from bot.services.audit import facts
from bot.services.cards import CardDesk
from bot.services.together import side_by_side

_MOST_PLACES = 10_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an invoice lies; an invoice that has moved is noticed when it is read."""

    number: str
    account: str
    profile: str
    profile_name: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A yes, with what it rests on.

    Attributes:
        grant: the role that allows it.
        invoice: as Azure had it at that moment; it is payable.
        methods: the profile's payment methods, or None where they could not be read.
        at: when the check began, aware UTC: nothing in it is older.
    """

    grant: Grant
    invoice: Invoice
    methods: tuple[PaymentMethod, ...] | None
    at: datetime

    @property
    def facts(self) -> dict[str, str]:
        """What the audit trail keeps of it."""
        return facts(self.grant)


class Checking:
    """Role, invoice and payment methods, read side by side.

    Args:
        invoices, cards, journal: the ports.
        access: who may.
        desk: shows the card anew where the invoice turns out not to be payable any more.
        clock: dates the checks.
        later: runs work after the present one.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        cards: Cards,
        journal: Journal,
        access: Access,
        desk: CardDesk,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._invoices, self._cards, self._journal = invoices, cards, journal
        self._access, self._desk, self._clock, self._later = access, desk, clock, later
        self._places: OrderedDict[str, Place] = OrderedDict()

    async def place(self, number: str) -> Place:
        """Where the invoice lies. Raises ``BotError``."""
        known = self._places.get(number)
        if known is None:
            card = (await self._cards.load([number])).get(number)
            invoice = card.invoice if card else await self._invoices.find(number)
            known = self._remember(invoice)
        return known

    async def __call__(self, presence: Presence, place: Place) -> Checked | Denied | NotPayable:
        """Whether this person may pay this invoice now, and whether it is to be paid at all.

        Raises:
            BotError: something could not be told; then the answer is no.
        """
        began = self._clock.now()
        async with side_by_side() as tasks:
            reading = tasks.create_task(self._invoices.read(place.account, place.number))
            methods = tasks.create_task(self._methods(place))
            decision = await self._access.payer(presence, place.account, place.profile)
            if isinstance(decision, Refusal):
                reading.cancel()
                methods.cancel()
        if isinstance(decision, Refusal):
            role = decision.role.key if decision.role else ""
            await self.refused(presence, place, decision.reason, event="access.refused", role=role)
            return Denied(decision, place.profile_name)
        invoice = reading.result()
        if (invoice.billing_account, invoice.billing_profile) != (place.account, place.profile):
            self._places.pop(place.number, None)
            raise AzureMalformed(
                "This invoice has moved to another billing profile; try again shortly."
            )
        self._remember(invoice)
        if not invoice.is_payable:
            self._later(self._desk.refresh(invoice.number, invoice))
            await self.refused(presence, place, "not_payable")
            return NotPayable(invoice)
        return Checked(decision, invoice, methods.result(), began)

    def still_holds(self, checked: Checked) -> None:
        """Return if a step may rest on it. Raises ``TooSlow`` where it is too old."""
        if self._clock.now() - checked.at > FRESH_FOR:
            raise TooSlow("Checking took too long, so nothing was started. Please try again.")

    async def refused(
        self,
        presence: Presence,
        place: Place,
        reason: str,
        *,
        event: str = "payment.refused",
        role: str = "",
    ) -> None:
        """Keep a no in the audit trail. Raises ``StoreUnavailable``."""
        await self._journal.note(
            event,
            actor=presence.user,
            invoice=place.number,
            billing_profile=place.profile,
            billing_account=place.account,
            decision="refused",
            role=role,
            reason=reason,
        )

    async def _methods(self, place: Place) -> tuple[PaymentMethod, ...] | None:
        """The ways to pay; None where unreadable, since no permission hangs on them."""
        try:
            return await self._invoices.methods(place.account, place.profile)
        except BotError as error:
            _log.warning("payment_methods_unreadable", error=type(error).__name__)
            return None

    def _remember(self, invoice: Invoice) -> Place:
        name = invoice.billing_profile_name
        place = Place(invoice.number, invoice.billing_account, invoice.billing_profile, name)
        self._places[invoice.number] = place
        if len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)
        return place
