"""Pay now, from the click to the hand-off: the rule that must never break lives here.

Nobody starts a payment who does not, at that moment, hold a paying role on the invoice's billing
profile or account; and one invoice never has two payments in flight.
"""

import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from decimal import Decimal
from typing import Any

from bot.domain.invoice import Invoice
from bot.domain.offer import Change, Offer, changes
from bot.domain.outcome import (
    Asked,
    AwaitingApproval,
    ConfirmResult,
    Denied,
    Gone,
    HandedOff,
    NotPayable,
    Offered,
    PressResult,
    Taken,
)
from bot.domain.payment import Payment, State
from bot.domain.paynow import Eligibility, choices, unavailable
from bot.domain.people import Presence
from bot.domain.ways import Way, labels, way_to_pay
from bot.ports import Clock, Ledger, Offers, Payments
from bot.services.cards import CardDesk
from bot.services.checking import Checked, Checking, Place
from bot.services.choosing import Choosing
from bot.services.settlement import Settlement
from bot.services.submitting import Submitting, fresh_operation
from bot.services.telling import Telling
from bot.services.together import side_by_side


class PaymentDesk:
    """Press, confirm, cancel.

    Args:
        offers, payments, ledger: the ports.
        check: who may, and what Azure says of the invoice.
        settle: ends a payment that Azure shows as ended.
        desk: shows cards anew.
        tell: sends off what belongs into the card's thread.
        clock: dates the hand-off.
        later: runs work after the present one; used to show the card anew.
        ttl: how long a confirmation may wait, seconds.
        four_eyes_above: amounts by currency above which a second payer must approve.
        card_limit: the most a card may pay, by currency.
        choose, submit: what the bot may charge itself, and having it charged; None where it may not.
    """

    def __init__(
        self,
        *,
        offers: Offers,
        payments: Payments,
        ledger: Ledger,
        check: Checking,
        settle: Settlement,
        desk: CardDesk,
        tell: Telling,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
        ttl: int,
        four_eyes_above: Mapping[str, Decimal],
        card_limit: Mapping[str, Decimal],
        choose: Choosing | None = None,
        submit: Submitting | None = None,
    ) -> None:
        self._offers, self._payments, self._ledger = offers, payments, ledger
        self._check, self._settle, self._desk, self._tell = check, settle, desk, tell
        self._clock, self._later, self._ttl = clock, later, ttl
        self._four_eyes_above, self._card_limit = four_eyes_above, card_limit
        self._choose, self._submit = choose, submit

    async def press(self, presence: Presence, number: str, opened: Awaitable[str]) -> PressResult:
        """Somebody pressed Pay now: check everything and make an offer, or say why not.

        ``opened`` is the id of the modal in which they will see it.

        Raises:
            BotError: something could not be told; then the answer is no.
        """
        place = await self._check.place(number)
        checked, told = await self._look(presence, place, api=True)
        if not isinstance(checked, Checked):
            return checked
        return await self._offer(presence, checked, told, view=await opened)

    async def confirm(self, presence: Presence, token: str, chosen: str = "") -> ConfirmResult:
        """Somebody confirmed: check everything again, and give the invoice to them alone.

        ``chosen`` is the position of the method to be charged among those they were offered.

        Raises:
            BotError: something could not be told; then nothing was started and the offer stays.
        """
        offer = await self._offers.read(token)
        if offer is None or (offer.user, offer.team) != (presence.user, presence.team):
            return Gone()
        place = Place(offer.invoice, offer.billing_account, offer.billing_profile)
        checked, told = await self._look(presence, place, api=offer.way is Way.API)
        if not isinstance(checked, Checked):
            await self._offers.withdraw(offer, reason="refused")
            return checked
        method = offer.choice(chosen)
        moved = changes(offer, checked.invoice, labels(checked.methods))
        if offer.way is Way.API:
            moved += unavailable(method, choices(told, checked.methods))
        if moved:
            return await self._offer(
                presence, checked, told, view=offer.view, earlier=(offer, moved)
            )
        return await self._claim(offer, checked, method)

    async def _look(
        self, presence: Presence, place: Place, *, api: bool
    ) -> tuple[Checked | Denied | NotPayable, Eligibility | str]:
        """Who may, and side by side with it what the bot may charge; "" where it never does."""
        if self._choose is None or not api:
            return await self._check(presence, place), ""
        async with side_by_side() as tasks:
            asking = tasks.create_task(self._choose.ask(place))
            checked = await self._check(presence, place)
            if not isinstance(checked, Checked):
                asking.cancel()
                return checked, ""
        return checked, asking.result()

    async def cancel(self, presence: Presence, token: str) -> None:
        """Somebody closed the confirmation: it can no longer be used."""
        offer = await self._offers.read(token)
        if offer is not None and offer.user == presence.user:
            await self._offers.withdraw(offer)

    async def withdraw(self, offer: Offer) -> None:
        """Nobody will see this offer: end it."""
        await self._offers.withdraw(offer, reason="not shown")

    async def _offer(
        self,
        presence: Presence,
        checked: Checked,
        told: Eligibility | str,
        *,
        view: str,
        earlier: tuple[Offer, tuple[Change, ...]] | None = None,
    ) -> PressResult:
        invoice = checked.invoice
        before, changed = earlier or (None, ())
        way = way_to_pay(checked.methods, invoice.amount_due, self._card_limit)
        # Nothing is charged by the bot that its own settings would not have charged to a card.
        chargeable = choices(told, checked.methods) if told and way is Way.CARD else None
        offer = Offer(
            token=secrets.token_urlsafe(24),
            team=presence.team,
            user=presence.user,
            invoice=invoice.number,
            billing_account=invoice.billing_account,
            billing_profile=invoice.billing_profile,
            amount=invoice.amount_due,
            status=invoice.status,
            way=Way.API if chargeable and chargeable.offered else way,
            methods=labels(checked.methods),
            view=view,
            choices=tuple(method.id for method in chargeable.offered) if chargeable else (),
        )
        async with side_by_side() as tasks:  # one round trip
            losing = tasks.create_task(self._ledger.lost_at())
            there = await self._make(offer, before, checked)
        if there is not None and await self._settle(there, invoice) == there:
            return await self._taken(presence, there, invoice)
        if there is not None and (there := await self._make(offer, before, checked)):
            return await self._taken(presence, there, invoice)
        return Offered(
            offer,
            invoice,
            checked.grant,
            checked.methods,
            changed,
            needs_approval=self._needs_approval(invoice),
            choices=chargeable,
            lost=losing.result(),
        )

    async def _make(self, offer: Offer, earlier: Offer | None, checked: Checked) -> Payment | None:
        """Make the offer; the payment in flight instead, if there is one."""
        there = await self._offers.make(offer, self._ttl, replaces=earlier, **checked.facts)
        return there if there is not None and there.is_in_flight else None

    async def _claim(self, offer: Offer, checked: Checked, method: str) -> ConfirmResult:
        invoice = checked.invoice
        ours = self._payment(offer, checked, method)
        self._check.still_holds(checked)
        waits = ours.state is State.AWAITING_APPROVAL
        claimed = await self._payments.claim(offer, ours, story=waits, **checked.facts)
        rival = claimed.payment if claimed and claimed.payment.operation != ours.operation else None
        if rival is not None and await self._settle(rival, invoice) != rival:
            # Azure shows the rival's payment as ended.
            claimed = await self._payments.claim(offer, ours, story=waits, **checked.facts)
        if claimed is None:
            return Gone()
        payment = claimed.payment
        if payment.operation != ours.operation:
            await self._offers.withdraw(offer, reason="in_flight")
            return Taken(payment, invoice, mine=payment.payer == offer.user)
        if self._submit and payment.state is State.SUBMITTED:
            return Asked(await self._submit.send(claimed, invoice), invoice)
        self._later(self._desk.refresh(invoice.number, invoice))
        if waits:
            self._later(self._tell())
            return AwaitingApproval(payment, invoice)
        return HandedOff(payment, invoice, checked.methods)

    def _payment(self, offer: Offer, checked: Checked, method: str) -> Payment:
        invoice = checked.invoice
        waits = self._needs_approval(invoice)
        charged = bool(method) and not waits
        start = State.SUBMITTED if charged else State.HANDED_OFF
        return Payment(
            invoice=invoice.number,
            state=State.AWAITING_APPROVAL if waits else start,
            # Of two who confirm the same offer only one may have money moved.
            operation=fresh_operation() if charged else offer.token,
            payer=offer.user,
            entra_id=checked.grant.entra_id,
            role=checked.grant.holding.role.key,
            amount=invoice.amount_due,
            since=self._clock.now(),
            failures_before=len(invoice.failed_payments),
            payments_before=len(invoice.payments),
            id=offer.token,
            team=offer.team,
            billing_account=invoice.billing_account,
            billing_profile=invoice.billing_profile,
            way=offer.way,
            method=method,
            sent=charged,
        )

    async def _taken(self, presence: Presence, payment: Payment, invoice: Invoice) -> Taken:
        name = invoice.billing_profile_name
        place = Place(invoice.number, invoice.billing_account, invoice.billing_profile, name)
        await self._check.refused(presence, place, "in_flight")
        return Taken(payment, invoice, mine=payment.payer == presence.user)

    def _needs_approval(self, invoice: Invoice) -> bool:
        limit = self._four_eyes_above.get(invoice.amount_due.currency)
        return limit is not None and invoice.amount_due.amount > limit
