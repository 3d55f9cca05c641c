"""What a query selects, and what leaves the bot as a row."""

from dataclasses import astuple, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain.extract import COLUMNS, row
from bot.domain.invoice import Invoice, PaymentMade, Status
from bot.domain.listing import LONGEST_TEXT, Filter, Query, query_of, select
from bot.domain.money import Money

TODAY = date(2026, 11, 22)


def eur(amount: str) -> Money:
    """Euros."""
    return Money(Decimal(amount), "EUR")


def invoice(number: str, status: Status, days: int | None = 5, **more: object) -> Invoice:
    """An invoice so many days past its due date, made out thirty days before that."""
    due = None if days is None else TODAY - timedelta(days=days)
    made = due - timedelta(days=30) if due else None
    owed = eur("0" if status in (Status.PAID, Status.VOID) else "10.5")
    one = Invoice(
        number, "account", "profile", "Finance", status, owed, eur("12"), made, due, "PO 7"
    )
    return replace(one, **more)  # type: ignore[arg-type]


ALL = [
    invoice("G1", Status.DUE, -5),
    invoice("G2", Status.DUE, 0),
    invoice("G3", Status.DUE, 3),
    invoice("G4", Status.OVERDUE, 40),
    invoice("G5", Status.PAID, 60),
    invoice("G6", Status.PAID, 10),
    invoice("G7", Status.VOID, 20),
    invoice("G8", Status.LOCKED, 1),
    invoice("G9", Status.DUE, None),
]


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (Filter.UNPAID, ["G4", "G3", "G8", "G2", "G1", "G9"]),
        (Filter.OVERDUE, ["G4", "G3"]),
        (Filter.DUE, ["G2", "G1", "G9"]),
        (Filter.PAID, ["G6", "G5"]),
        (Filter.VOID, ["G7"]),
        (Filter.ALL, ["G1", "G2", "G8", "G3", "G6", "G7", "G4", "G5", "G9"]),
    ],
)
def test_a_reader_can_choose_which_invoices(chosen: Filter, numbers: list[str]) -> None:
    """What presses most comes first; of what is over, and of everything, the newest."""
    assert [one.number for one in select(ALL, Query(chosen), TODAY)] == numbers


def test_equal_days_can_be_told_apart_by_number() -> None:
    """The order is the same every time."""
    twins = [invoice("G2", Status.DUE), invoice("G1", Status.DUE)]
    for chosen in (Filter.UNPAID, Filter.ALL):
        assert [one.number for one in select(twins, Query(chosen), TODAY)] == ["G1", "G2"]


@pytest.mark.parametrize("text", ["g10", "FINANCE", "po 7", ""])
def test_a_reader_can_look_for_a_text_in_three_places(text: str) -> None:
    """Number, billing profile, purchase order; capitals do not matter."""
    found = select([invoice("G10", Status.DUE)], Query(Filter.ALL, text), TODAY)
    assert [one.number for one in found] == ["G10"]
    assert select([invoice("G10", Status.DUE)], Query(Filter.ALL, "account"), TODAY) == []


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("", Query(Filter.UNPAID)),
        ("overdue", Query(Filter.OVERDUE)),
        ("PAID  contoso ltd ", Query(Filter.PAID, "contoso ltd")),
        ("contoso paid", Query(Filter.UNPAID, "contoso paid")),
        ("x" * 300, Query(Filter.UNPAID, "x" * LONGEST_TEXT)),
        ("all " + "x" * 300, Query(Filter.ALL, "x" * LONGEST_TEXT)),
    ],
)
def test_a_reader_can_type_a_filter_and_a_text(words: str, query: Query) -> None:
    """A first word that is no filter belongs to the text."""
    assert query_of(words) == query


def test_an_accountant_can_have_all_facts_in_a_row() -> None:
    """In the order of the columns."""
    paid = PaymentMade(datetime(2026, 11, 3, 23, tzinfo=UTC), eur("12"), "Visa")
    one = replace(invoice("G1", Status.PAID, 10), payments=(PaymentMade(None, None, ""), paid))
    assert (
        *("invoice", "status", "billing_profile", "billing_account", "invoice_date", "due_date"),
        *("days_overdue", "amount_due", "total", "currency", "purchase_order", "paid_on", "method"),
    ) == COLUMNS
    assert astuple(row(one, TODAY)) == (
        *("G1", Status.PAID, "Finance", "account", date(2026, 10, 13), date(2026, 11, 12)),
        *(None, Decimal("0.00"), Decimal("12.00"), "EUR", "PO 7", date(2026, 11, 3), "Visa"),
    )


def test_an_accountant_can_see_what_is_late() -> None:
    """Due past its date counts as overdue; nothing unpaid has a day of payment."""
    made = (PaymentMade(datetime(2026, 11, 3, tzinfo=UTC), eur("1"), "Visa"),)
    late = row(invoice("G1", Status.DUE, 3, payments=made), TODAY)
    assert (late.status, late.days_overdue) == (Status.OVERDUE, 3)
    assert (late.paid_on, late.method) == (None, "")
    early = row(invoice("G1", Status.DUE, -3), TODAY)
    assert (early.status, early.days_overdue) == (Status.DUE, 0)


@pytest.mark.parametrize(
    ("amount", "shown"), [("10", "10.00"), ("10.5", "10.50"), ("0.125", "0.125"), ("-3", "-3.00")]
)
def test_an_amount_cannot_be_rounded(amount: str, shown: str) -> None:
    """At least two decimals, and as many as there are."""
    assert str(row(invoice("G1", Status.DUE, amount_due=eur(amount)), TODAY).amount_due) == shown


def test_a_total_cannot_pass_for_another_currency() -> None:
    """There is one currency column."""
    assert row(invoice("G1", Status.DUE, total=Money(Decimal(1), "USD")), TODAY).total is None
    assert row(invoice("G1", Status.DUE, total=None), TODAY).total is None
    nameless = invoice("G1", Status.DUE, billing_profile_name="")
    assert row(nameless, TODAY).billing_profile == "profile"
    undated = invoice("G1", Status.PAID, payments=(PaymentMade(None, None, "Visa"),))
    assert (row(undated, TODAY).paid_on, row(undated, TODAY).method) == (None, "Visa")
