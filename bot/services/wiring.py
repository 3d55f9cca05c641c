"""A payer tells that the wire was sent, and corrects what was told."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied, NotPayable
from bot.domain.payment import Payment, State, step
from bot.domain.people import Presence
from bot.domain.ways import Way
from bot.domain.wire import Wire
from bot.ports import Clock, Payments
from bot.services.cards import CardDesk
from bot.services.checking import Checked, Checking, Place
from bot.services.settlement import Settlement
from bot.services.telling import Telling

_TELLABLE = frozenset({State.HANDED_OFF, State.WIRE_SENT})


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which a wire is told: of which payment, and the id of the step it will make."""

    invoice: str
    payment: str
    operation: str


@dataclass(frozen=True, slots=True)
class Noted:
    """It was kept."""

    payment: Payment
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class NotYours:
    """The payment is not theirs, or is over."""


class Wiring:
    """Only the payer of a payment in flight may tell of it, with a role checked at that moment.

    Args:
        payments: the store.
        check: who may, and what Azure says of the invoice.
        settle: ends a payment that Azure shows as ended.
        desk: shows cards anew.
        tell: sends off what belongs into the card's thread.
        clock: dates the step.
        later: runs work after the present one.
    """

    def __init__(
        self,
        *,
        payments: Payments,
        check: Checking,
        settle: Settlement,
        desk: CardDesk,
        tell: Telling,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._payments, self._check, self._settle = payments, check, settle
        self._desk, self._tell, self._clock, self._later = desk, tell, clock, later

    async def payment(self, presence: Presence, number: str) -> Payment | NotYours:
        """The payment that this person may tell of. Raises ``StoreUnavailable``."""
        there = (await self._payments.current([number])).get(number)
        return there if there is not None and _is_theirs(there, presence) else NotYours()

    async def sent(
        self, presence: Presence, form: Form, wire: Wire
    ) -> Noted | NotYours | Denied | NotPayable:
        """Keep what was told; told again, nothing changes. Raises ``BotError``: nothing was kept."""
        place = await self._check.place(form.invoice)
        checked = await self._check(presence, place)
        if not isinstance(checked, Checked):
            return checked
        there = (await self._payments.current([form.invoice])).get(form.invoice)
        there = await self._settle(there, checked.invoice)
        if there is None or there.id != form.payment or not _is_theirs(there, presence):
            return await self._refused(presence, place)
        if there.operation == form.operation:
            return Noted(there, checked.invoice)
        return await self._keep(checked, there, form, wire)

    async def _keep(
        self, checked: Checked, there: Payment, form: Form, wire: Wire
    ) -> Noted | NotYours:
        # A correction does not put off the day by which Azure should show the wire.
        correcting = there.state is State.WIRE_SENT
        after = step(
            there,
            State.WIRE_SENT,
            operation=form.operation,
            at=there.began if correcting else self._clock.now(),
            way=Way.WIRE,
            wire_date=wire.day,
            wire_reference=wire.reference,
            reason="",
        )
        self._check.still_holds(checked)
        told = {"wire_date": wire.day.isoformat(), "wire_reference": wire.reference}
        moved = await self._payments.move(there, after, story=True, **checked.facts, **told)
        self._later(self._desk.refresh(form.invoice, checked.invoice))
        if moved is None or moved.payment.operation != form.operation:
            return NotYours()
        self._later(self._tell())
        return Noted(moved.payment, checked.invoice)

    async def _refused(self, presence: Presence, place: Place) -> NotYours:
        await self._check.refused(presence, place, "not_the_payer", event="wire.refused")
        return NotYours()


def _is_theirs(payment: Payment, presence: Presence) -> bool:
    theirs = (payment.payer, payment.team) == (presence.user, presence.team)
    return theirs and payment.state in _TELLABLE
