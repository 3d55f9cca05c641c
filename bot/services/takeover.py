"""Take over somebody's payment, or give one's own back; either needs a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.outcome import Denied, HandedOff, NotPayable
from bot.domain.payment import Cause, Payment, State
from bot.domain.people import Presence
from bot.domain.takeover import (
    CAN_BE_TAKEN,
    GivenBack,
    LookResult,
    MayGiveBack,
    MayTakeOver,
    Moved,
    NeedsAnother,
    TakeOverResult,
    second_payer_missing,
)
from bot.domain.ways import way_to_pay
from bot.ports import Clock
from bot.services.checking import Checked, Checking, Place
from bot.services.stepping import Stepping


@dataclass(frozen=True, slots=True)
class _Open:
    """A payment that this person may take over or, where it is their own, give back."""

    payment: Payment
    checked: Checked
    theirs: bool


class TakeOver:
    """Gives a payment another payer; every method may raise ``BotError``: then nothing was done.

    Args:
        check: who may, and what Azure says of the invoice.
        make: makes the steps.
        clock: dates the new payer's beginning.
        four_eyes_above: amounts by currency above which a second payer must have approved.
        card_limit: the most a card may pay, by currency.
    """

    def __init__(
        self,
        *,
        check: Checking,
        make: Stepping,
        clock: Clock,
        four_eyes_above: Mapping[str, Decimal],
        card_limit: Mapping[str, Decimal],
    ) -> None:
        self._check, self._make, self._clock = check, make, clock
        self._four_eyes_above, self._card_limit = four_eyes_above, card_limit

    async def look(self, presence: Presence, number: str) -> LookResult:
        """Somebody would take the payment over, or give it back: whether they may."""
        found = await self._examine(presence, number)
        if not isinstance(found, _Open):
            return found
        kind = MayGiveBack if found.theirs else MayTakeOver
        return kind(found.payment, found.checked.invoice)

    async def take(
        self, presence: Presence, number: str, shown: str, *, token: str, reason: str
    ) -> TakeOverResult:
        """Somebody takes the payment over.

        Args:
            presence: who.
            number: the invoice.
            shown: the operation of the payment as they were shown it.
            token: names this step, so that making it twice is harmless.
            reason: in their own words.
        """
        found = await self._examine(presence, number, shown)
        if not isinstance(found, _Open):
            return found
        if found.theirs:
            return Moved(found.payment)
        payment, checked = found.payment, found.checked
        self._check.still_holds(checked)
        there = await self._make(
            payment,
            State.HANDED_OFF,
            checked.invoice,
            operation=token,
            event="payment.taken_over",
            facts={**checked.facts, "earlier_payer": payment.payer},
            payer=presence.user,
            team=presence.team,
            entra_id=checked.grant.entra_id,
            role=checked.grant.holding.role.key,
            earlier_payer=payment.payer,
            reason=reason,
            since=self._clock.now(),
            way=way_to_pay(checked.methods, payment.amount, self._card_limit),
            # What the earlier payer told, or had charged, is no part of the new payment.
            method="",
            follow="",
            wire_date=None,
            wire_reference="",
        )
        if there is None or there.operation != token:
            return Moved(there)
        return HandedOff(there, checked.invoice, checked.methods)

    async def give_back(
        self, presence: Presence, number: str, shown: str, *, token: str, reason: str
    ) -> TakeOverResult:
        """Somebody gives back what they were paying; arguments as for ``take``."""
        found = await self._examine(presence, number, shown)
        if not isinstance(found, _Open):
            return found
        if not found.theirs:
            return Moved(found.payment)
        self._check.still_holds(found.checked)
        there = await self._make(
            found.payment,
            State.CANCELLED,
            found.checked.invoice,
            operation=token,
            event="payment.given_back",
            facts=found.checked.facts,
            cause=Cause.GIVEN_BACK,
            reason=reason,
        )
        return GivenBack(there) if there and there.operation == token else Moved(there)

    async def _examine(
        self, presence: Presence, number: str, shown: str = ""
    ) -> _Open | NeedsAnother | Moved | Denied:
        """Whether the payment still stands as it was shown, and this person may change it."""
        payment = await self._make.payment(number)
        if payment is None or payment.state not in CAN_BE_TAKEN:
            return Moved(payment)
        if shown not in ("", payment.operation):
            return Moved(payment)
        checked = await self._check(presence, await self._check.place(number))
        if isinstance(checked, Denied):
            return checked
        there = await self._make.settled(payment, checked.invoice)
        if isinstance(checked, NotPayable) or there != payment:
            return Moved(there)
        theirs = (payment.payer, payment.team) == (presence.user, presence.team)
        limit = self._four_eyes_above.get(payment.amount.currency)
        needed = limit is not None and payment.amount.amount > limit
        missing = second_payer_missing(payment, checked.grant.entra_id, needed=needed)
        if missing and not theirs:
            place = Place(number, payment.billing_account, payment.billing_profile)
            await self._check.refused(presence, place, missing)
            return NeedsAnother(missing)
        return _Open(payment, checked, theirs)
