"""Pay now, from the click to the hand-off: the rule that must never break lives here.

Nobody starts a payment who does not, at that moment, hold a paying role on the invoice's billing
profile or account; and one invoice never has two payments in flight.
"""

import secrets
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import structlog

from bot.domain.invoice import Invoice
from bot.domain.outcome import (
    ConfirmResult,
    Denied,
    Gone,
    HandedOff,
    NeedsSecondPayer,
    NotPayable,
    Offered,
    PressResult,
    Taken,
)
from bot.domain.payment import Offer, Payment, PaymentMethod, State, changes
from bot.domain.people import Presence
from bot.domain.policy import Grant, Refusal
from bot.errors import AzureMalformed, BotError
from bot.ports import Cards, Clock, Invoices, Journal, Offers, Payments, Watches
from bot.services.access import Access
from bot.services.cards import CardDesk
from bot.services.settlement import Settlement
from bot.services.together import side_by_side

_log = structlog.get_logger(__name__)


class PaymentDesk:
    """Press, confirm, cancel.

    Args:
        invoices, cards, offers, payments, journal, watches: the ports.
        access: who may.
        settle: ends a payment that Azure shows as ended.
        desk: shows cards anew.
        clock: dates the hand-off.
        later: runs work after the present one; used to show the card anew.
        ttl: how long a confirmation may wait, seconds.
        four_eyes_above: amounts by currency above which one person alone may not pay.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        cards: Cards,
        offers: Offers,
        payments: Payments,
        journal: Journal,
        watches: Watches,
        access: Access,
        settle: Settlement,
        desk: CardDesk,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
        ttl: int,
        four_eyes_above: dict[str, Decimal],
    ) -> None:
        self._invoices, self._cards, self._offers = invoices, cards, offers
        self._payments, self._journal, self._access = payments, journal, access
        self._watches = watches
        self._settle, self._desk, self._clock, self._later = settle, desk, clock, later
        self._ttl, self._four_eyes_above = ttl, four_eyes_above

    async def press(self, presence: Presence, number: str) -> PressResult:
        """Somebody pressed Pay now: check everything and make an offer, or say why not.

        Raises:
            BotError: something could not be told; then the answer is no.
        """
        card = (await self._cards.load([number])).get(number)
        invoice = card.invoice if card else await self._invoices.find(number)
        return await self._check(presence, invoice)

    async def confirm(self, presence: Presence, token: str) -> ConfirmResult:
        """Somebody confirmed: check everything again, and hand the invoice to them alone.

        Raises:
            BotError: something could not be told; then nothing was started and the offer stays.
        """
        offer = await self._offers.read(token)
        if offer is None or (offer.user, offer.team) != (presence.user, presence.team):
            return Gone()
        card = (await self._cards.load([offer.invoice])).get(offer.invoice)
        known = card.invoice if card else await self._invoices.find(offer.invoice)
        result = await self._check(presence, known, offer)
        if not isinstance(result, Offered) or result.changed:
            await self._offers.withdraw(offer.token, offer.user)
            return result
        return await self._claim(offer, result)

    async def shown(self, offer: Offer, view: str) -> None:
        """The offer is on somebody's screen: when it runs out, they are told there."""
        await self._watches.watch_offer(offer.token, view, self._ttl)

    async def cancel(self, presence: Presence, token: str) -> None:
        """Somebody closed the confirmation: it can no longer be used."""
        if await self._offers.withdraw(token, presence.user):
            await self._journal.note("payment.cancelled", actor=presence.user)

    async def _check(
        self, presence: Presence, known: Invoice, earlier: Offer | None = None
    ) -> PressResult:
        """Role, invoice, payment in flight and payment methods, read side by side, then judged."""
        account, profile = known.billing_account, known.billing_profile
        async with side_by_side() as tasks:
            reading = tasks.create_task(self._invoices.read(account, known.number))
            flying = tasks.create_task(self._payments.current([known.number]))
            methods = tasks.create_task(self._methods(account, profile))
            decision = await self._access.payer(presence, account, profile)
            if isinstance(decision, Refusal):
                for task in (reading, flying, methods):
                    task.cancel()
        if isinstance(decision, Refusal):
            await self._note("access.refused", presence, known, reason=decision.reason)
            return Denied(decision, known.billing_profile_name)
        invoice = reading.result()
        if (invoice.billing_account, invoice.billing_profile) != (account, profile):
            raise AzureMalformed(
                "This invoice has moved to another billing profile; try again shortly."
            )
        payment = await self._settle(flying.result().get(invoice.number), invoice)
        return await self._judge(
            presence, decision, invoice, payment, methods=methods.result(), earlier=earlier
        )

    async def _judge(
        self,
        presence: Presence,
        grant: Grant,
        invoice: Invoice,
        payment: Payment | None,
        *,
        methods: tuple[PaymentMethod, ...] | None,
        earlier: Offer | None,
    ) -> PressResult:
        if not invoice.is_payable:
            self._later(self._desk.refresh(invoice.number, invoice))
            return NotPayable(invoice)
        if payment is not None and payment.is_in_flight:
            return Taken(payment, invoice, mine=payment.payer == presence.user)
        limit = self._four_eyes_above.get(invoice.amount_due.currency)
        if limit is not None and invoice.amount_due.amount > limit:
            await self._note("payment.needs_second_payer", presence, invoice)
            return NeedsSecondPayer(invoice)
        changed = changes(earlier, invoice) if earlier else ()
        if earlier and not changed:
            return Offered(earlier, invoice, grant, methods)
        offer = await self._offer(presence, invoice)
        await self._note("payment.offered", presence, invoice, role=grant.holding.role.key)
        return Offered(offer, invoice, grant, methods, changed)

    async def _offer(self, presence: Presence, invoice: Invoice) -> Offer:
        offer = Offer(
            token=secrets.token_urlsafe(24),
            team=presence.team,
            user=presence.user,
            invoice=invoice.number,
            billing_account=invoice.billing_account,
            billing_profile=invoice.billing_profile,
            amount=invoice.amount_due,
            status=invoice.status,
        )
        await self._offers.make(offer, self._ttl)
        return offer

    async def _claim(self, offer: Offer, checked: Offered) -> ConfirmResult:
        invoice = checked.invoice
        ours = Payment(
            invoice=invoice.number,
            state=State.HANDED_OFF,
            operation=offer.token,
            payer=offer.user,
            entra_id=checked.grant.entra_id,
            role=checked.grant.holding.role.key,
            amount=invoice.amount_due,
            since=self._clock.now(),
            failures_before=len(invoice.failed_payments),
        )
        payment = await self._payments.claim(offer, ours)
        if payment is None:
            return Gone()
        if payment.operation != offer.token:
            await self._offers.withdraw(offer.token, offer.user)
            return Taken(payment, invoice, mine=payment.payer == offer.user)
        self._later(self._desk.refresh(invoice.number, invoice))
        return HandedOff(payment, invoice)

    async def _methods(self, account: str, profile: str) -> tuple[PaymentMethod, ...] | None:
        """What to show as ways to pay; None where unreadable, since no decision hangs on it."""
        try:
            return await self._invoices.methods(account, profile)
        except BotError as error:
            _log.warning("payment_methods_unreadable", error=type(error).__name__)
            return None

    async def _note(
        self, event: str, presence: Presence, invoice: Invoice, *, role: str = "", reason: str = ""
    ) -> None:
        await self._journal.note(
            event,
            actor=presence.user,
            invoice=invoice.number,
            billing_profile=invoice.billing_profile,
            billing_account=invoice.billing_account,
            role=role,
            reason=reason,
        )
