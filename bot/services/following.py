"""Follow what Azure was asked to charge (``PAYMENT_MODE=api``) until it says what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.payment import Payment, State, step
from bot.domain.paynow import Answer, Outcome
from bot.errors import AzureBusy, AzureError
from bot.ports import Clock, Payments, Paynow

UNANSWERED = timedelta(seconds=60)
"""After so long without Azure's answer on record, whoever asked has died or lost it."""
_UNREADABLE = timedelta(minutes=15)
"""For so long an operation may not be found, or not be understood, before people are told."""
_LEAST = 10.0  # seconds between two looks where Azure does not say

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """The payment after a look, and how soon Azure may be asked again (None: it says nothing)."""

    payment: Payment
    again: timedelta | None = None


class Following:
    """Asks after operations; it never starts one.

    Args:
        paynow: Azure's preview.
        payments: the store.
        clock: tells how long a payment has been like this.
    """

    def __init__(self, *, paynow: Paynow, payments: Payments, clock: Clock) -> None:
        self._paynow, self._payments, self._clock = paynow, payments, clock

    async def __call__(self, payment: Payment) -> Followed:
        """One look at a payment in flight; others are left as they are.

        Raises ``StoreUnavailable``.
        """
        if payment.state not in (State.SUBMITTED, State.UNCLEAR) or payment.charged:
            return Followed(payment)
        if payment.follow:
            return await self._ask(payment)
        lost = payment.state is State.SUBMITTED and self._age(payment) >= UNANSWERED
        return Followed(await self._unclear(payment, "no answer") if lost else payment)

    async def _ask(self, payment: Payment) -> Followed:
        try:
            answer = await self._paynow.follow(payment.follow)
        except AzureError as error:
            return await self._unreadable(payment, error)
        if answer.outcome is Outcome.RUNNING:
            wait = timedelta(seconds=answer.retry_after or _LEAST)
            return Followed(payment, max(wait, self._age(payment) / 4))
        return Followed(await self._ended(payment, answer))

    async def _unreadable(self, payment: Payment, error: AzureError) -> Followed:
        _log.warning("paynow_not_followed", invoice=payment.invoice, error=type(error).__name__)
        wait = timedelta(seconds=error.retry_after) if isinstance(error, AzureBusy) else None
        if payment.state is State.UNCLEAR or self._age(payment) < _UNREADABLE:
            return Followed(payment, wait)
        return Followed(await self._unclear(payment, "operation unreadable"), wait)

    async def _ended(self, payment: Payment, answer: Answer) -> Payment:
        """Azure has said what came of it: only the invoice can still tell more of a success."""
        if answer.outcome is Outcome.FAULTED:
            return await self._step(payment, State.FAILED, reason=answer.reason)
        if payment.state is State.UNCLEAR:
            return payment  # people were told to look; the invoice will say that it is paid
        return await self._step(payment, State.SUBMITTED, charged=True, follow="")

    async def _unclear(self, payment: Payment, why: str) -> Payment:
        return await self._step(payment, State.UNCLEAR, reason=why)

    async def _step(self, payment: Payment, state: State, **facts: Any) -> Payment:  # noqa: ANN401
        told = state is not State.SUBMITTED
        operation = f"{state}{'' if told else ':charged'}:{payment.operation}"
        after = step(payment, state, operation=operation, at=self._clock.now(), **facts)
        event = "" if told else "payment.charged"
        moved = await self._payments.move(payment, after, event=event, story=told)
        return moved.payment if moved else payment

    def _age(self, payment: Payment) -> timedelta:
        return self._clock.now() - payment.began
