"""Four eyes: a second payer approves or declines what the first has asked for.

The second is another person by Entra object id who may pay at that moment, and the amount is
still the one that was asked for; the first must still be able to pay, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.approval import (
    AnswerResult,
    Approved,
    Declined,
    MayAnswer,
    NotYours,
    Over,
    OwnRequest,
    PayerLost,
    WithdrawResult,
)
from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied, NotPayable
from bot.domain.payment import Cause, Payment, State
from bot.domain.people import Presence
from bot.domain.policy import Grant, Refusal
from bot.domain.ways import Way
from bot.services.access import Access
from bot.services.checking import Checked, Checking, Place
from bot.services.stepping import Stepping
from bot.services.submitting import Submitting

_ROUNDS = 3  # a reminder may come in between, once


@dataclass(frozen=True, slots=True)
class _Open:
    """A request that this person may answer."""

    payment: Payment
    checked: Checked


class Approvals:
    """Answers requests for approval; every method may raise ``BotError``, and then nothing was done.

    Args:
        check: who may, and what Azure says of the invoice.
        access: whether the first payer still may.
        make: makes the steps.
        submit: has Azure charge what was approved (``PAYMENT_MODE=api``).
    """

    def __init__(
        self, *, check: Checking, access: Access, make: Stepping, submit: Submitting
    ) -> None:
        self._check, self._access, self._make, self._submit = check, access, make, submit

    async def look(self, presence: Presence, number: str, asked: str) -> AnswerResult:
        """Somebody would answer: whether they may, and what they would answer.

        ``number`` is the invoice's, ``asked`` the id of the payment that was asked for.
        """
        found = await self._examine(presence, number, asked)
        if not isinstance(found, _Open):
            return found
        return MayAnswer(found.payment, found.checked.invoice, found.checked.grant)

    async def approve(self, presence: Presence, number: str, asked: str) -> AnswerResult:
        """Somebody approves: everything is checked anew, the first payer's role included."""
        found = await self._examine(presence, number, asked)
        if not isinstance(found, _Open):
            return found
        payment, checked = found.payment, found.checked
        # On Enterprise Grid both are of one company, whose workspaces they may have apart.
        first = Presence(payment.payer, payment.team, presence.enterprise)
        still = await self._access.payer(first, payment.billing_account, payment.billing_profile)
        if isinstance(still, Refusal) or payment.entra_id not in ("", still.entra_id):
            return await self._lost(presence, payment, checked, still)
        if still.entra_id == checked.grant.entra_id:
            return await self._own(presence, payment)
        self._check.still_holds(checked)
        there = await self._approve(presence, payment, checked, still)
        mine = there and there.id == payment.id and there.approver == presence.user
        # They may have declined it in another window at the same moment: then that is what holds.
        if there and mine and there.cause is not Cause.DECLINED:
            return Approved(there, checked.invoice)
        return Over(there, asked)

    async def decline(
        self, presence: Presence, number: str, asked: str, reason: str
    ) -> AnswerResult:
        """Somebody declines, and says why."""
        found = await self._examine(presence, number, asked)
        if not isinstance(found, _Open):
            return found
        self._check.still_holds(found.checked)
        there, mine = await self._answer(
            found.payment,
            State.CANCELLED,
            found.checked.invoice,
            word=f"declined:{presence.user}",
            event="payment.declined",
            facts={"actor": presence.user, **found.checked.facts},
            cause=Cause.DECLINED,
            approver=presence.user,
            approver_entra_id=found.checked.grant.entra_id,
            reason=reason,
        )
        return Declined(there) if there and mine else Over(there, asked)

    async def withdraw(self, presence: Presence, number: str, asked: str) -> WithdrawResult:
        """Somebody withdraws what they had asked for; it needs no role, since nothing begins."""
        there = await self._make.payment(number)
        if there is None or not _waits(there, asked):
            return Over(there, asked)
        if (there.payer, there.team) != (presence.user, presence.team):
            await self._check.refused(presence, _place(there), "not_yours")
            return NotYours(there)
        there, mine = await self._answer(
            there,
            State.CANCELLED,
            None,
            word="withdrawn",
            event="payment.withdrawn",
            facts={},
            cause=Cause.WITHDRAWN,
        )
        return Declined(there) if there and mine else Over(there, asked)

    async def _examine(
        self, presence: Presence, number: str, asked: str
    ) -> _Open | OwnRequest | Over | Denied:
        """Whether the request still stands, and this person may answer it."""
        payment = await self._make.payment(number)
        if payment is None or not _waits(payment, asked):
            return Over(payment, asked)
        if payment.payer == presence.user:
            return await self._own(presence, payment)
        checked = await self._check(presence, await self._check.place(number))
        if isinstance(checked, Denied):
            return checked
        there = await self._make.settled(payment, checked.invoice)
        if isinstance(checked, NotPayable) or there is None or there != payment:
            return Over(there, asked)
        if checked.grant.entra_id == payment.entra_id:
            return await self._own(presence, payment)
        return _Open(payment, checked)

    async def _approve(
        self, presence: Presence, payment: Payment, checked: Checked, first: Grant
    ) -> Payment | None:
        facts = {"actor": presence.user, **checked.facts}
        changes = {
            "approver": presence.user,
            "approver_entra_id": checked.grant.entra_id,
            "entra_id": first.entra_id,
            "role": first.holding.role.key,
        }
        if payment.way is not Way.API:
            there, _ = await self._answer(
                payment,
                State.HANDED_OFF,
                checked.invoice,
                word=f"approved:{presence.user}",
                event="payment.approved",
                facts=facts,
                **changes,
            )
            return there
        there = payment
        for _ in range(_ROUNDS):
            there = await self._submit(
                there, checked.invoice, event="payment.approved", facts=facts, **changes
            )
            if there is None or not _waits(there, payment.id):
                break
        return there

    async def _lost(
        self, presence: Presence, payment: Payment, checked: Checked, still: Grant | Refusal
    ) -> PayerLost | Over:
        """Who had asked may not pay any more: the request is void."""
        reason = str(still.reason) if isinstance(still, Refusal) else "another Entra user"
        there, mine = await self._answer(
            payment,
            State.CANCELLED,
            None,
            word="role_lost",
            event="payment.cancelled",
            facts={"actor": presence.user, **checked.facts, "decision": "refused"},
            cause=Cause.ROLE_LOST,
            reason=reason,
        )
        return PayerLost(there) if there and mine else Over(there, payment.id)

    async def _answer(
        self,
        payment: Payment,
        state: State,
        invoice: Invoice | None,
        *,
        word: str,
        event: str,
        facts: Mapping[str, str],
        **changes: Any,  # noqa: ANN401  # fields of Payment
    ) -> tuple[Payment | None, bool]:
        """End the waiting, past a reminder that may come in between.

        Returns the payment as it stands, and whether it was ended by this.
        """
        there: Payment | None = payment
        for _ in range(_ROUNDS):
            if there is None or not _waits(there, payment.id):
                break
            there = await self._make(
                there,
                state,
                invoice,
                operation=f"{word}:{there.operation}",
                event=event,
                facts=facts,
                **changes,
            )
        return there, there is not None and there.operation.startswith(f"{word}:")

    async def _own(self, presence: Presence, payment: Payment) -> OwnRequest:
        await self._check.refused(presence, _place(payment), "own_request")
        return OwnRequest(payment)


def _waits(payment: Payment, asked: str) -> bool:
    return payment.state is State.AWAITING_APPROVAL and payment.id == asked


def _place(payment: Payment) -> Place:
    return Place(payment.invoice, payment.billing_account, payment.billing_profile)
