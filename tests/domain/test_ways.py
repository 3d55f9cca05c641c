"""Which way an invoice is paid, and when Azure should show it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.ways import PaymentMethod, Way, labels, shown_by, way_to_pay

CARD = PaymentMethod("creditcard", "Visa", "4242", "1/2030", "CARD1")
WIRE = PaymentMethod("checkwire", "Check/wire transfer")
LIMIT = {"USD": Decimal(50_000)}
MONDAY = datetime(2026, 11, 2, 15, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("methods", "amount", "way"),
    [
        ((CARD,), usd("50000"), Way.CARD),
        ((CARD,), usd("50000.01"), Way.WIRE),
        ((CARD, WIRE), usd("10"), Way.CARD),
        ((WIRE,), usd("10"), Way.WIRE),
        ((WIRE, WIRE), usd("10"), Way.WIRE),
        ((), usd("10"), Way.CARD),
        (None, usd("10"), Way.CARD),
        (None, usd("50000.01"), Way.WIRE),
        ((CARD,), Money(Decimal(99_999), "EUR"), Way.CARD),
    ],
)
def test_a_payer_can_be_shown_the_way_that_works(
    methods: tuple[PaymentMethod, ...] | None, amount: Money, way: Way
) -> None:
    """A card up to its limit in this very currency, a wire above it or where there is nothing else."""
    assert way_to_pay(methods, amount, LIMIT) is way


def test_methods_can_be_compared_in_whatever_order_azure_lists_them() -> None:
    """By name and last digits; unreadable is like none."""
    assert labels((WIRE, CARD)) == labels((CARD, WIRE)) == "Check/wire transfer; Visa 4242"
    assert labels(None) == labels(()) == ""
    assert CARD.label == "Visa 4242"
    assert WIRE.label == "Check/wire transfer"
    assert (CARD.is_wire, WIRE.is_wire) == (False, True)


@pytest.mark.parametrize("way", [Way.CARD, Way.API])
def test_a_card_payment_can_take_a_day(way: Way) -> None:
    """To the minute."""
    assert shown_by(way, MONDAY) == MONDAY + timedelta(hours=24)


@pytest.mark.parametrize(
    ("day", "days"), [(0, 14), (1, 14), (2, 14), (3, 14), (4, 14), (5, 13), (6, 12)]
)
def test_a_wire_can_take_ten_business_days(day: int, days: int) -> None:
    """Saturdays and Sundays do not count."""
    start = MONDAY + timedelta(days=day)

    assert shown_by(Way.WIRE, start) == start + timedelta(days=days)


@given(start=st.datetimes(timezones=st.just(UTC)).filter(lambda d: d.year < 9000))
def test_a_wire_cannot_be_due_on_a_weekend(start: datetime) -> None:
    """It is looked for on the tenth working day, at the hour it was sent."""
    end = shown_by(Way.WIRE, start)

    assert end.weekday() < 5
    assert end.time() == start.time()
    assert timedelta(days=12) <= end - start <= timedelta(days=14)
