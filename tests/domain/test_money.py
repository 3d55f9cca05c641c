"""Amounts: exact, bounded, never added across currencies."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.money import Money, totals

amounts = st.decimals(
    min_value=-(10**14), max_value=10**14, allow_nan=False, allow_infinity=False, places=20
)
currencies = st.sampled_from(["EUR", "USD", "JPY", "KWD"])


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (12340.0, "12340"),
        (0.1, "0.1"),
        (22.31, "22.31"),
        (1e-05, "0.00001"),
        (-3, "-3"),
        ("1.10", "1.10"),
        (" 7 ", "7"),
        (Decimal("0.30"), "0.30"),
        (123456789012.34, "123456789012.34"),
    ],
)
def test_an_amount_cannot_differ_from_the_figure_azure_wrote(value: object, amount: str) -> None:
    """A JSON number becomes the decimal that was written, not the float next to it."""
    money = Money.of(value, " eur ")

    assert money == Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "",
        "ten",
        "1,5",
        "NaN",
        "Infinity",
        "-inf",
        [],
        {},
        1e15,
        "1e999999",
        b"1",
    ],
    ids=repr,
)
def test_nothing_but_a_sane_number_can_be_an_amount(value: object) -> None:
    """Truth values, words, the infinite and the absurd are refused."""
    with pytest.raises(ValueError, match="an amount is a"):
        Money.of(value, "EUR")


@pytest.mark.parametrize("currency", ["", "E", "EURO", "E1R", "€", None, 5, "EU R"], ids=repr)
def test_nothing_but_a_code_can_be_a_currency(currency: object) -> None:
    """Three letters, in any case."""
    with pytest.raises(ValueError, match="three capital letters"):
        Money.of("1", currency)


def test_an_amount_cannot_be_changed() -> None:
    """What was shown and confirmed stays what it is."""
    with pytest.raises(AttributeError):
        Money(Decimal(1), "EUR").amount = Decimal(2)  # type: ignore[misc]


def test_amounts_of_two_currencies_cannot_be_added() -> None:
    """Nor is there a rate anywhere."""
    with pytest.raises(ValueError, match="two currencies"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "USD")


@pytest.mark.parametrize(("amount", "owed"), [("0.01", True), ("0", False), ("-5", False)])
def test_only_more_than_nothing_can_be_owed(amount: str, *, owed: bool) -> None:
    """Zero and credits are not owed."""
    assert Money(Decimal(amount), "EUR").is_positive is owed


@settings(deadline=None, max_examples=50)
@given(amount=amounts, currency=currencies)
def test_an_amount_can_go_through_redis_unchanged(amount: Decimal, currency: str) -> None:
    """As it is kept in Redis: text and back, to the last digit."""
    money = Money(amount, currency)
    figure, _, code = str(money).partition(" ")

    assert Money.of(figure, code) == money


@settings(deadline=None, max_examples=50)
@given(left=amounts, right=amounts)
def test_a_sum_cannot_be_rounded(left: Decimal, right: Decimal) -> None:
    """Down to the last of 20 decimals: taking one part away leaves the other."""
    total = Money(left, "EUR") + Money(right, "EUR")

    assert Fraction(total.amount) == Fraction(left) + Fraction(right)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(amounts, currencies), max_size=20))
def test_totals_cannot_mix_currencies(pairs: list[tuple[Decimal, str]]) -> None:
    """One total per currency that occurs, in a stable order, none mixed."""
    found = totals(Money(amount, currency) for amount, currency in pairs)

    assert [money.currency for money in found] == sorted({currency for _, currency in pairs})


def test_a_reader_can_see_one_total_per_currency() -> None:
    """Per currency, and nothing for nothing."""
    moneys = [Money.of(v, c) for v, c in ((0.1, "EUR"), (0.2, "EUR"), (5, "JPY"))]

    assert totals(moneys) == (Money.of("0.3", "EUR"), Money.of(5, "JPY"))
    assert totals([]) == ()
