"""What an invoice's fields mean for chasing it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.invoice import Invoice, Status, invoice_number
from bot.domain.money import Money

TODAY = date(2026, 11, 22)
OWED = Invoice(
    number="G100000001",
    billing_account="a:b_2019-05-31",
    billing_profile="TIIZ-Q3Y4-BG7-TGB",
    billing_profile_name="Contoso Finance",
    status=Status.DUE,
    amount_due=Money(Decimal("12340.00"), "EUR"),
    due_date=TODAY - timedelta(days=10),
)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Due", Status.DUE),
        ("OverDue", Status.OVERDUE),
        ("overdue", Status.OVERDUE),
        ("PastDue", Status.OVERDUE),
        (" PAID ", Status.PAID),
        ("Void", Status.VOID),
        ("Locked", Status.LOCKED),
        (SimpleNamespace(value="Paid"), Status.PAID),  # as the SDK's enumerations come
        ("Other", Status.OTHER),
        ("Suspended", Status.UNKNOWN),
        ("unknown", Status.UNKNOWN),
        ("", Status.UNKNOWN),
        (None, Status.UNKNOWN),
        (7, Status.UNKNOWN),
        (["Due"], Status.UNKNOWN),
        ({"Due": "Due"}, Status.UNKNOWN),
    ],
)
def test_a_finance_team_can_rely_on_a_status_in_any_case(word: object, status: Status) -> None:
    """Azure's words are read whatever their case; a word never heard is unknown, not guessed."""
    assert Status.of(word) is status


@pytest.mark.parametrize("status", [Status.DUE, Status.OVERDUE])
def test_a_payer_can_be_offered_a_due_or_overdue_invoice(status: Status) -> None:
    """Money owed on an ordinary invoice may be chased and paid."""
    assert replace(OWED, status=status).is_payable


@pytest.mark.parametrize("status", set(Status) - {Status.DUE, Status.OVERDUE})
def test_a_payer_cannot_be_offered_an_invoice_of_another_status(status: Status) -> None:
    """Paid, void, locked, other and unknown invoices are neither payable nor overdue."""
    invoice = replace(OWED, status=status)
    assert not invoice.is_payable
    assert not invoice.is_overdue(TODAY)


@pytest.mark.parametrize("amount", ["0", "-0.00", "-0.01", "-12340.00"])
@pytest.mark.parametrize("status", [Status.DUE, Status.OVERDUE])
def test_a_payer_cannot_be_offered_an_invoice_without_anything_due(
    amount: str, status: Status
) -> None:
    """Nothing or less than nothing due is neither unpaid, payable nor overdue."""
    invoice = replace(OWED, status=status, amount_due=Money(Decimal(amount), "EUR"))
    assert not invoice.is_unpaid
    assert not invoice.is_payable
    assert not invoice.is_overdue(TODAY)
    assert invoice.is_over


@pytest.mark.parametrize(
    "fields",
    [
        {"document_type": "creditnote"},
        {"document_type": "voidnote"},
        {"document_type": "taxreceipt"},
        {"document_type": "somethingnew"},
        {"replaced_by": "G100000002"},
    ],
)
def test_a_payer_cannot_be_offered_another_kind_of_document(fields: dict[str, str]) -> None:
    """Credit notes, unknown documents and invoices billed anew are not payable."""
    assert not replace(OWED, **fields).is_payable  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "due", "overdue"),
    [
        (Status.DUE, TODAY - timedelta(days=1), True),
        (Status.DUE, TODAY - timedelta(days=2000), True),
        (Status.DUE, TODAY, False),
        (Status.DUE, TODAY + timedelta(days=1), False),
        (Status.DUE, None, False),
        (Status.OVERDUE, None, True),
        (Status.OVERDUE, TODAY + timedelta(days=5), True),
        (Status.LOCKED, TODAY - timedelta(days=30), False),
    ],
)
def test_a_finance_team_can_see_what_is_overdue(
    status: Status, due: date | None, *, overdue: bool
) -> None:
    """Due past its date is overdue, on the day itself it is not; Azure's own word is believed."""
    assert replace(OWED, status=status, due_date=due).is_overdue(TODAY) is overdue


@settings(deadline=None)
@given(st.dates(), st.dates())
def test_a_finance_team_cannot_see_negative_days_overdue(due: date, today: date) -> None:
    """Days overdue count whole days past the due date and never fall below nought."""
    days = replace(OWED, due_date=due).days_overdue(today)
    assert days == max(0, (today - due).days)


@pytest.mark.parametrize(
    "text", ["g123456789", "  G123456789\n", "h1-abc9", "T000757221", "1383723"]
)
def test_a_colleague_can_write_an_invoice_number_carelessly(text: str) -> None:
    """Case and surrounding space do not matter."""
    assert invoice_number(text) == text.strip().upper()


@pytest.mark.parametrize(
    "text",
    ["", "G", "G1", "-G123", "G123-", "G 123", "G123;DROP", "<!channel>", "G" * 65, "../x", "Ж123"],
)
def test_a_colleague_cannot_pass_anything_else_as_an_invoice_number(text: str) -> None:
    """Too short, too long, or with foreign characters: it is no invoice number."""
    with pytest.raises(ValueError, match="invoice number"):
        invoice_number(text)


@settings(deadline=None)
@given(st.text())
def test_nobody_can_smuggle_markup_through_an_invoice_number(text: str) -> None:
    """Whatever passes for a number is plain letters, digits and hyphens, safe in keys and paths."""
    try:
        number = invoice_number(text)
    except ValueError:
        return
    assert number.isascii()
    assert number.replace("-", "").isalnum()


def test_an_invoice_without_a_due_date_cannot_be_late_by_days() -> None:
    """Nobody knows by how many."""
    assert replace(OWED, due_date=None).days_overdue(TODAY) == 0
