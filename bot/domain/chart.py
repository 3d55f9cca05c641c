"""A picture of what is owed by age: for each currency a panel of its own, with bars of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.ageing import Bucket
from bot.domain.digest import Owed
from bot.domain.money import Money


@dataclass(frozen=True, slots=True)
class Bar:
    """One age of one currency.

    Attributes:
        age: which one.
        label: its name in the reader's words.
        amount: what is owed, in the reader's words.
        share: how long it is, 0 to 1: of the longest bar of its panel.
    """

    age: Bucket
    label: str
    amount: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Panel:
    """One currency: what stands above its bars, and a bar for each age."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All of the picture, in words and lengths.

    Attributes:
        name: of the file, with its ending.
        title: what stands above it.
        alt: what it shows, for those who cannot see it.
        note: what stands below it, or "".
    """

    name: str
    title: str
    alt: str
    panels: tuple[Panel, ...]
    note: str = ""


def by_currency(owed: Iterable[Owed]) -> dict[str, dict[Bucket, Money]]:
    """What is owed on all profiles together: currency → age → amount, every age in it, by code."""
    sums: dict[str, dict[Bucket, Money]] = {}
    for one in owed:
        ages = sums.setdefault(one.currency, {b: Money(Decimal(0), one.currency) for b in Bucket})
        for age, money in one.amounts.items():
            ages[age] = ages[age] + money
    return dict(sorted(sums.items()))


def shares(amounts: Iterable[Money]) -> list[Decimal]:
    """How long the bars of these are, 0 to 1, the longest being 1; nothing owed has no length."""
    owed = [max(money.amount, Decimal(0)) for money in amounts]
    longest = max(owed, default=Decimal(0))
    return [one / longest if longest else Decimal(0) for one in owed]
