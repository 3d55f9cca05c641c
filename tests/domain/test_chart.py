"""The lengths of a picture of what is owed: sums by currency, and shares of the longest."""

from decimal import Decimal

from bot.domain.ageing import Bucket
from bot.domain.chart import by_currency, shares
from bot.domain.digest import Owed
from bot.domain.money import Money


def eur(amount: str) -> Money:
    """So many euros."""
    return Money(Decimal(amount), "EUR")


def test_a_channel_can_see_all_its_profiles_in_one_picture() -> None:
    """Added up by currency and age, every age in it; currencies stay apart, in order."""
    dollars = Money(Decimal(7), "USD")
    owed = [
        Owed("Lab", "USD", {Bucket.D1_30: dollars}),
        Owed("Finance", "EUR", {Bucket.D1_30: eur("10.10"), Bucket.OVER_90: eur("3")}),
        Owed("Sales", "EUR", {Bucket.D1_30: eur("0.20")}),
    ]
    sums = by_currency(owed)

    assert list(sums) == ["EUR", "USD"]
    assert list(sums["EUR"]) == list(sums["USD"]) == list(Bucket)
    found = {age: money for age, money in sums["EUR"].items() if money.amount}
    assert found == {Bucket.D1_30: eur("10.30"), Bucket.OVER_90: eur("3")}
    assert sums["EUR"][Bucket.NOT_DUE] == eur("0")
    assert [m for m in sums["USD"].values() if m.amount] == [dollars]
    assert by_currency([]) == {}


def test_the_longest_bar_can_be_told_by_the_most_that_is_owed() -> None:
    """It is 1 and the others are parts of it; what is nothing, or in credit, has no length."""
    assert shares([eur("5"), eur("0.5"), eur("0"), eur("-3")]) == [1, Decimal("0.1"), 0, 0]
    assert shares([eur("0"), eur("-1")]) == [0, 0]
    assert shares([]) == []
