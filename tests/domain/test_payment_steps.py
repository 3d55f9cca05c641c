"""A payment's steps: only along the arrows, and only as long as each may take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from bot.domain.ending import End, outcome
from bot.domain.invoice import Invoice, PaymentFailed, PaymentMade, Status
from bot.domain.money import Money
from bot.domain.payment import ARROWS, IN_FLIGHT, NOT_OVER, Payment, State, step
from bot.domain.ways import Way

EUR = Money(Decimal("12340.00"), "EUR")
LESS, MORE = Money(Decimal(12000), "EUR"), Money(Decimal(13000), "EUR")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)  # a Tuesday
INVOICE = Invoice("G100000001", "account", "profile", "Finance", Status.OVERDUE, EUR)
PAYMENT = Payment(
    "G100000001", State.HANDED_OFF, "op", "U0ADA", "ada-id", "owner", EUR, NOON, id="p"
)
PART = PaymentMade(NOON, LESS, "Visa")
ENDED = {State.SETTLED, State.FAILED, State.SUPERSEDED, State.EXPIRED, State.CANCELLED}


def at(state: State, **changes: object) -> Payment:
    """The payment in this state."""
    return replace(PAYMENT, state=state, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_a_payment_can_go_along_the_arrows_only(before: State, after: State) -> None:
    """Anything else is an error of ours, and changes nothing."""
    if after in ARROWS.get(before, frozenset()):
        moved = step(at(before), after, operation="new", at=NOON, reason="why")
        assert (moved.state, moved.operation, moved.changed) == (after, "new", NOON)
        assert (moved.reason, moved.id, moved.amount) == ("why", "p", EUR)
        assert moved.previous == "op"
    else:
        with pytest.raises(ValueError, match=f"no payment goes from {before} to {after}"):
            step(at(before), after, operation="new", at=NOON)


def test_what_is_in_flight_can_always_come_to_an_end() -> None:
    """Each such state leads to one that gives Pay now back; nothing leads out of those."""
    for state in IN_FLIGHT:
        assert ARROWS[state] & (ENDED | {State.STALLED})
    assert not any(ARROWS.get(state) for state in ENDED)
    assert {State.STALLED} == NOT_OVER - IN_FLIGHT
    assert ARROWS[State.STALLED] <= ENDED


def test_nothing_but_a_confirmation_can_begin_a_payment() -> None:
    """No arrow leads back to the offer."""
    assert all(State.OFFERED not in arrows for arrows in ARROWS.values())


@pytest.mark.parametrize(
    ("payment", "hours"),
    [
        (at(State.AWAITING_APPROVAL), 24),
        (at(State.HANDED_OFF), 24),
        (at(State.SUBMITTED, way=Way.API), 24),
        (at(State.HANDED_OFF, way=Way.WIRE), 14 * 24),
        (at(State.WIRE_SENT, way=Way.WIRE), 14 * 24),
        (at(State.WIRE_SENT, way=Way.WIRE, changed=NOON + timedelta(days=1)), 15 * 24),
        (at(State.AWAITING_APPROVAL, changed=NOON + timedelta(hours=12)), 24),
        (at(State.UNCLEAR), None),
        (at(State.STALLED), None),
        (at(State.SETTLED), None),
    ],
)
def test_a_payment_can_take_so_long(payment: Payment, hours: int | None) -> None:
    """By its way; a reminder does not prolong a request; what is unclear is ended by no clock."""
    expected = NOON + timedelta(hours=hours) if hours is not None else None
    assert payment.deadline == expected
    if expected:
        late = State.EXPIRED if payment.state is State.AWAITING_APPROVAL else State.STALLED
        assert outcome(payment, INVOICE, expected) is None
        assert outcome(payment, INVOICE, expected + timedelta(seconds=1)) == End(late)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ({"amount_due": LESS, "payments": (PART,)}, "partly paid"),
        ({"amount_due": LESS}, "amount changed"),
        ({"amount_due": MORE, "payments": (PART,)}, "amount changed"),
        ({"amount_due": Money(LESS.amount, "USD"), "payments": (PART,)}, "amount changed"),
        ({"replaced_by": "G2", "amount_due": LESS}, "replaced"),
        ({"status": Status.VOID}, "not payable"),
        ({"status": Status.LOCKED}, "not payable"),
    ],
)
@pytest.mark.parametrize("state", sorted(IN_FLIGHT))
def test_a_payer_can_learn_why_their_payment_is_void(
    shown: dict[str, object], reason: str, state: State
) -> None:
    """Whatever stage it is in."""
    invoice = replace(INVOICE, **shown)  # type: ignore[arg-type]
    assert outcome(at(state), invoice, NOON) == End(State.SUPERSEDED, reason)


def test_earlier_payments_cannot_pass_for_this_one() -> None:
    """A part that was booked before the confirmation does not count as this payment's."""
    before = replace(PAYMENT, payments_before=1)
    invoice = replace(INVOICE, amount_due=LESS, payments=(PART,))
    assert outcome(before, invoice, NOON) == End(State.SUPERSEDED, "amount changed")
    assert outcome(before, replace(invoice, payments=(PART, PART)), NOON) == End(
        State.SUPERSEDED, "partly paid"
    )


def test_a_request_for_approval_cannot_settle_or_fail() -> None:
    """It has paid nothing: an invoice paid meanwhile voids it, a failed payment is another one's."""
    waiting = at(State.AWAITING_APPROVAL)
    failed = replace(INVOICE, failed_payments=(PaymentFailed(NOON, "BankDeclined"),))
    assert outcome(waiting, failed, NOON) is None
    paid = replace(INVOICE, status=Status.PAID)
    assert outcome(waiting, paid, NOON) == End(State.SUPERSEDED, "paid")
    assert outcome(at(State.UNCLEAR), failed, NOON) == End(State.FAILED, "BankDeclined")


def test_a_stalled_payment_can_only_settle() -> None:
    """Pay now is back already, so nothing else of it matters."""
    stalled = at(State.STALLED)
    assert outcome(stalled, replace(INVOICE, status=Status.PAID), NOON) == End(State.SETTLED)
    assert outcome(stalled, replace(INVOICE, amount_due=LESS), NOON + timedelta(days=99)) is None


def test_a_state_can_tell_when_it_began() -> None:
    """With the confirmation, unless a later step began it."""
    assert PAYMENT.began == NOON
    assert replace(PAYMENT, changed=NOON + timedelta(hours=1)).began == NOON + timedelta(hours=1)
