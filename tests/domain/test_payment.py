"""One payment's life, as pure decisions about what Azure shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ending import End, outcome
from bot.domain.invoice import Invoice, PaymentFailed, Status
from bot.domain.money import Money
from bot.domain.offer import Change, Offer, changes
from bot.domain.payment import ARROWS, IN_FLIGHT, Payment, State

EUR = Money(Decimal("12340.00"), "EUR")
LESS = Money(Decimal("12000.00"), "EUR")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DECLINED = PaymentFailed(NOON, "BankDeclined")
INVOICE = Invoice("G100000001", "account", "profile", "Finance", Status.OVERDUE, EUR)
PAYMENT = Payment("G100000001", State.HANDED_OFF, "op", "U0ADA", "ada-id", "owner", EUR, NOON)
OFFER = Offer("token", "T1", "U0ADA", "G100000001", "account", "profile", EUR, Status.OVERDUE)
invoices = st.builds(
    replace,
    st.just(INVOICE),
    status=st.sampled_from(Status),
    amount_due=st.sampled_from([EUR, LESS, Money(Decimal(0), "EUR"), Money(EUR.amount, "USD")]),
    document_type=st.sampled_from(["invoice", "creditnote", ""]),
    replaced_by=st.sampled_from(["", "G2"]),
    failed_payments=st.sampled_from([(), (DECLINED,)]),
)


@pytest.mark.parametrize("state", State)
def test_pay_now_cannot_be_withheld_by_a_payment_that_has_ended(state: State) -> None:
    """Every end state gives it back, and so does one that has stalled."""
    ends = {arrow for arrow in State if not ARROWS.get(arrow)} | {State.STALLED, State.OFFERED}
    assert replace(PAYMENT, state=state).is_in_flight is (state not in ends)


@pytest.mark.parametrize(
    ("shown", "hours", "state"),
    [
        ({}, 0, None),
        ({}, 24, None),
        ({}, 24.01, State.STALLED),
        ({"status": Status.DUE}, 1, None),
        ({"status": Status.PAID, "amount_due": Money(Decimal(0), "EUR")}, 1, State.SETTLED),
        ({"status": Status.PAID}, 900, State.SETTLED),
        ({"status": Status.VOID}, 1, State.SUPERSEDED),
        ({"status": Status.LOCKED}, 1, State.SUPERSEDED),
        ({"status": Status.UNKNOWN}, 1, State.SUPERSEDED),
        ({"replaced_by": "G2"}, 1, State.SUPERSEDED),
        ({"amount_due": LESS}, 1, State.SUPERSEDED),
        ({"amount_due": Money(EUR.amount, "USD")}, 1, State.SUPERSEDED),
        ({"failed_payments": (DECLINED,)}, 1, State.FAILED),
        ({"failed_payments": (DECLINED,), "status": Status.PAID}, 1, State.SETTLED),
        ({"failed_payments": (DECLINED,), "amount_due": LESS}, 1, State.SUPERSEDED),
        ({"failed_payments": (DECLINED,)}, 30, State.FAILED),
    ],
)
def test_a_payment_can_end_by_what_azure_shows_alone(
    shown: dict[str, object], hours: float, state: State | None
) -> None:
    """Paid before all else, then whatever makes the confirmation void, then failure, then time."""
    invoice = replace(INVOICE, **shown)  # type: ignore[arg-type]

    end = outcome(PAYMENT, invoice, NOON + timedelta(hours=hours))

    assert (end.state if end else None) is state


def test_earlier_failures_cannot_end_this_payment() -> None:
    """Only one more than at the hand-off does."""
    before = replace(PAYMENT, failures_before=2)
    twice = replace(INVOICE, failed_payments=(DECLINED, DECLINED))

    assert outcome(before, twice, NOON) is None
    thrice = replace(twice, failed_payments=(DECLINED,) * 3)
    assert outcome(before, thrice, NOON) == End(State.FAILED, "BankDeclined")


@settings(deadline=None, max_examples=50)
@given(invoice=invoices, hours=st.integers(0, 100))
def test_a_payment_cannot_settle_unless_azure_says_paid(invoice: Invoice, hours: int) -> None:
    """No view of Azure leads back into flight, and only Paid settles."""
    end = outcome(PAYMENT, invoice, NOON + timedelta(hours=hours))
    state = end.state if end else None

    assert state not in IN_FLIGHT
    assert (state is State.SETTLED) is (invoice.status is Status.PAID)
    if state is None:
        assert invoice.is_payable
        assert invoice.amount_due == PAYMENT.amount


MOVED: list[tuple[Callable[[Invoice], Invoice], tuple[Change, ...]]] = [
    (lambda i: i, ()),
    (lambda i: replace(i, purchase_order="PO 7"), ()),
    (lambda i: replace(i, amount_due=LESS), (Change("amount", EUR, LESS),)),
    (
        lambda i: replace(i, amount_due=Money(EUR.amount, "USD")),
        (Change("amount", EUR, Money(EUR.amount, "USD")),),
    ),
    (
        lambda i: replace(i, status=Status.DUE, amount_due=LESS),
        (Change("amount", EUR, LESS), Change("status", Status.OVERDUE, Status.DUE)),
    ),
    (lambda i: replace(i, amount_due=Money(Decimal(12340), "EUR")), ()),
]


@pytest.mark.parametrize(("move", "found"), MOVED)
def test_a_payer_can_see_all_that_has_moved_since_the_offer(
    move: Callable[[Invoice], Invoice], found: tuple[Change, ...]
) -> None:
    """Amount, currency and status, old and new; other ways to write the same figure are none."""
    assert changes(OFFER, move(INVOICE)) == found
