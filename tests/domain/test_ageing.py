"""What is owed, by age."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.domain.ageing import Bucket, ageing, bucket, bucket_of
from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money

TODAY = date(2026, 11, 22)


def owed(amount: str, days: int, *, currency: str = "EUR", profile: str = "Finance") -> Invoice:
    """An unpaid invoice so many days past its due date."""
    money, due = Money(Decimal(amount), currency), TODAY - timedelta(days=days)
    return Invoice("G1", "account", "profile", profile, Status.DUE, money, due_date=due)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        *((-400, Bucket.NOT_DUE), (0, Bucket.NOT_DUE), (1, Bucket.D1_30), (30, Bucket.D1_30)),
        *((31, Bucket.D31_60), (60, Bucket.D31_60), (61, Bucket.D61_90), (90, Bucket.D61_90)),
        *((91, Bucket.OVER_90), (4000, Bucket.OVER_90)),
    ],
)
def test_a_reader_can_trust_the_edges(days: int, expected: Bucket) -> None:
    """Thirty days are still the first span, thirty-one are not."""
    assert bucket(days) is expected
    assert bucket_of(owed("1", days), TODAY) is expected


def test_an_invoice_that_azure_calls_overdue_cannot_be_not_due() -> None:
    """Whatever its date says, or where it has none."""
    overdue = replace(owed("1", -5), status=Status.OVERDUE)
    assert bucket_of(overdue, TODAY) is Bucket.D1_30
    assert bucket_of(replace(overdue, due_date=None), TODAY) is Bucket.D1_30


def test_currencies_and_profiles_cannot_be_added_together() -> None:
    """Each has a row of its own, in order, with only the spans that hold something."""
    invoices = [
        owed("10.10", 5),
        owed("0.20", 6),
        owed("7", 95),
        owed("5", 5, currency="USD"),
        owed("9", 0, profile="Aid"),
        replace(owed("99", 5), status=Status.PAID),
        replace(owed("99", 5), status=Status.VOID),
        replace(owed("99", 5), replaced_by="G2"),
        owed("-3", 5),
    ]

    rows = ageing(invoices, TODAY)

    assert list(rows) == [("Aid", "EUR"), ("Finance", "EUR"), ("Finance", "USD")]
    assert rows["Finance", "EUR"] == {
        Bucket.D1_30: Money(Decimal("10.30"), "EUR"),
        Bucket.OVER_90: Money(Decimal(7), "EUR"),
    }
    assert list(rows["Finance", "EUR"]) == [Bucket.D1_30, Bucket.OVER_90]


def test_a_profile_without_a_name_can_be_told_by_its_id() -> None:
    """Rather than by nothing."""
    assert list(ageing([owed("1", 1, profile="")], TODAY)) == [("profile", "EUR")]
