"""Have Azure charge a payment (``PAYMENT_MODE=api``): asked once, by whoever made the step to it.

``submitted`` is written, and known to be on disk, before Azure is asked. The step is made under an
operation of its own each time, so of two who try only the one whose operation stands may ask; and
nobody ever asks for a payment that they find ``submitted``.
"""

import secrets
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.invoice import Invoice
from bot.domain.payment import Payment, State, step
from bot.domain.paynow import NOT_KEPT, NOT_OFFERED, TOO_LATE, Answer, Outcome
from bot.domain.ways import Way
from bot.errors import StoreUnavailable
from bot.ports import Claimed, Clock, Payments, Paynow, Watches
from bot.services.cards import CardDesk
from bot.services.telling import Telling

HELD_UP = timedelta(seconds=15)
"""Longer than this after the step Azure is not asked any more: others count on a minute at most."""

_log = structlog.get_logger(__name__)


def fresh_operation() -> str:
    """An id that no other step has."""
    return secrets.token_urlsafe(18)


class Submitting:
    """Asks Azure, and keeps what it says.

    Args:
        paynow: Azure's preview; None where the bot may not pay (``PAYMENT_MODE=portal``).
        payments, watches: the store.
        desk: shows cards anew.
        tell: sends off what belongs into the card's thread.
        clock: dates the steps.
        later: runs work after the present one.
        volatile: whether a store that may forget is good enough.
    """

    def __init__(
        self,
        *,
        paynow: Paynow | None,
        payments: Payments,
        watches: Watches,
        desk: CardDesk,
        tell: Telling,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
        volatile: bool,
    ) -> None:
        self._paynow, self._payments, self._watches = paynow, payments, watches
        self._desk, self._tell, self._clock = desk, tell, clock
        self._later, self._volatile = later, volatile

    async def __call__(
        self,
        before: Payment,
        invoice: Invoice,
        *,
        event: str,
        facts: Mapping[str, str],
        **changes: Any,  # noqa: ANN401  # fields of Payment
    ) -> Payment | None:
        """Take an approved payment to Azure.

        Args:
            before: the payment as it stands, with the method to be charged.
            invoice: as just read.
            event: what the audit trail calls the step.
            facts: what else it keeps of it.
            changes: what else the step changes, e.g. ``approver``.

        Returns:
            The payment as it stands afterwards; one with another ``id`` or ``approver`` where
            somebody else came first, then nothing was sent; None where there is none any more.

        Raises:
            StoreUnavailable: then nothing was sent.
        """
        if before.state is not State.AWAITING_APPROVAL:
            return before  # whoever took it on has asked, or will
        after = step(
            before,
            State.SUBMITTED,
            operation=fresh_operation(),
            at=self._clock.now(),
            sent=True,
            **changes,
        )
        # The thread hears of it together with what Azure says.
        claimed = await self._payments.move(before, after, event=event, story=False, **facts)
        if claimed is None or claimed.payment.operation != after.operation:
            return claimed.payment if claimed else None
        return await self.send(claimed, invoice)

    async def send(self, claimed: Claimed, invoice: Invoice) -> Payment:
        """Ask Azure for a payment whose step to ``submitted`` the caller has just made itself.

        Returns the payment as it stands afterwards; never raises once Azure was asked.
        """
        answer = await self._ask(claimed)
        after = await self._kept(claimed.payment, self._after(claimed.payment, answer))
        _log.info("paynow_asked", invoice=after.invoice, outcome=answer.outcome, why=answer.reason)
        if answer.outcome is Outcome.RUNNING:
            await self._follow_soon(after, answer.retry_after)
        self._later(self._desk.refresh(invoice.number, invoice))
        self._later(self._tell())
        return after

    async def _ask(self, claimed: Claimed) -> Answer:
        payment = claimed.payment
        if self._paynow is None:
            return Answer(Outcome.REFUSED, NOT_OFFERED)
        if not claimed.durable and not self._volatile:
            return Answer(Outcome.REFUSED, NOT_KEPT)
        if self._clock.now() - payment.began > HELD_UP:
            return Answer(Outcome.REFUSED, TOO_LATE)
        return await self._paynow.pay(
            payment.billing_account,
            payment.billing_profile,
            payment.invoice,
            amount=payment.amount,
            method=payment.method,
        )

    def _after(self, payment: Payment, answer: Answer) -> Payment:
        states: dict[Outcome, tuple[State, dict[str, Any]]] = {
            Outcome.RUNNING: (State.SUBMITTED, {"follow": answer.follow}),
            Outcome.CHARGED: (State.SUBMITTED, {"charged": True}),
            Outcome.FAULTED: (State.FAILED, {"reason": answer.reason}),
            Outcome.REFUSED: (
                State.HANDED_OFF,
                {"reason": answer.reason, "way": Way.CARD, "sent": False},
            ),
            Outcome.UNCLEAR: (State.UNCLEAR, {"reason": answer.reason}),
        }
        state, facts = states[answer.outcome]
        operation = f"{answer.outcome}:{payment.operation}"
        return step(payment, state, operation=operation, at=self._clock.now(), **facts)

    async def _kept(self, payment: Payment, after: Payment) -> Payment:
        """The payment as it stands; as unclear where that cannot be told: the watch will find so."""
        begun = after.state is State.SUBMITTED
        event = "payment.charged" if after.charged else ("payment.accepted" if begun else "")
        told = not begun or bool(after.approver)
        try:
            moved = await self._payments.move(payment, after, event=event, story=told)
        except StoreUnavailable:
            _log.exception("paynow_answer_not_kept", invoice=payment.invoice, state=after.state)
            if not begun:
                return after
            at = self._clock.now()
            return step(payment, State.UNCLEAR, operation=payment.operation, at=at)
        return moved.payment if moved else after

    async def _follow_soon(self, payment: Payment, retry_after: float) -> None:
        """Have the worker ask no sooner than Azure wants; else it looks after a minute."""
        when = self._clock.now() + timedelta(seconds=retry_after)
        try:
            await self._watches.watch_payment(payment.invoice, when)
        except StoreUnavailable:
            _log.warning("paynow_not_followed_soon", invoice=payment.invoice)
