"""Azure's invoice JSON, in every shape it was seen in or could take."""

import json
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from azure.mgmt.billing.models import Invoice as Model
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.azure_invoices import to_invoice, told_number
from bot.domain.invoice import Invoice, PaymentFailed, PaymentMade, Status
from bot.domain.money import Money

ACCOUNT = "11111111-2222-3333-4444-555555555555:66666666-7777-8888-9999-000000000000_2019-05-31"
PROFILE_ID = (
    f"/providers/Microsoft.Billing/billingAccounts/{ACCOUNT}/billingProfiles/TIIZ-Q3Y4-BG7-TGB"
)
EXAMPLES = Path(__file__).parents[2] / "shared" / "azure-examples"


def resource(**properties: Any) -> dict[str, Any]:
    """An unpaid invoice as the service writes it, with these properties put in or, if ..., left out."""
    usual: dict[str, Any] = {
        "status": "OverDue",
        "amountDue": {"currency": "EUR", "value": 12340.1},
        "totalAmount": {"currency": "EUR", "value": 15000.0},
        "invoiceDate": "2026-10-01T00:00:00.0000000Z",
        "dueDate": "2026-10-31T00:00:00.0000000Z",
        "billingProfileId": PROFILE_ID,
        "billingProfileDisplayName": "Contoso Finance",
        "purchaseOrderNumber": "PO-7",
        "documentType": "Invoice",
        "payments": [
            {
                "date": "2026-10-05T10:00:00+00:00",
                "paymentType": "Charged",
                "amount": {"currency": "EUR", "value": 2659.9},
                "paymentMethodFamily": "CreditCard",
                "paymentMethodType": "visa",
            }
        ],
        "failedPayments": [
            {"date": "2026-11-01T10:00:00Z", "failedPaymentReason": "CardExpired"},
        ],
    }
    shown = {name: value for name, value in (usual | properties).items() if value is not ...}
    return {
        "id": f"/providers/Microsoft.Billing/billingAccounts/{ACCOUNT}/invoices/G100000001",
        "name": "G100000001",
        "type": "Microsoft.Billing/billingAccounts/invoices",
        "properties": shown,
    }


EXPECTED = Invoice(
    number="G100000001",
    billing_account=ACCOUNT,
    billing_profile="TIIZ-Q3Y4-BG7-TGB",
    billing_profile_name="Contoso Finance",
    status=Status.OVERDUE,
    amount_due=Money(Decimal("12340.1"), "EUR"),
    total=Money(Decimal("15000.0"), "EUR"),
    invoice_date=date(2026, 10, 1),
    due_date=date(2026, 10, 31),
    purchase_order="PO-7",
    payments=(
        PaymentMade(datetime(2026, 10, 5, 10, tzinfo=UTC), Money(Decimal("2659.9"), "EUR"), "visa"),
    ),
    failed_payments=(PaymentFailed(datetime(2026, 11, 1, 10, tzinfo=UTC), "CardExpired"),),
)


def _recased(value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [_recased(item, change) for item in value]
    if not isinstance(value, dict):
        return value
    return {change(key): _recased(item, change) for key, item in value.items()}


def test_an_operator_can_rely_on_every_field() -> None:
    """All that cards and look-ups tell is read from the resource."""
    assert to_invoice(resource()) == EXPECTED


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_an_operator_can_ignore_the_case_of_keys(change: Any) -> None:
    """Service versions write the same key in different cases, nested ones as well."""
    assert to_invoice(_recased(resource(), change)) == EXPECTED


@pytest.mark.parametrize("profile_id", [PROFILE_ID[1:], PROFILE_ID + "/", PROFILE_ID.lower()])
def test_an_operator_can_ignore_how_an_id_is_spelled(profile_id: str) -> None:
    """Ids come without their leading slash, with one at the end, and in any case."""
    invoice = to_invoice(resource(billingProfileId=profile_id))
    assert invoice.billing_profile.lower() == EXPECTED.billing_profile.lower()
    assert invoice.billing_account == ACCOUNT


@pytest.mark.parametrize("order", [..., None, "", "   "])
def test_a_finance_team_can_do_without_a_purchase_order(order: Any) -> None:
    """A missing, empty or blank reference is no reference, and no error."""
    assert to_invoice(resource(purchaseOrderNumber=order)).purchase_order == ""


def test_a_finance_team_can_do_without_what_is_not_needed() -> None:
    """An invoice of only an amount, a status and a profile is still an invoice."""
    kept = {"status", "amountDue", "billingProfileId"}
    bare = {name: ... for name in resource()["properties"] if name not in kept}
    invoice = to_invoice(resource(**bare))
    assert (invoice.total, invoice.due_date, invoice.payments) == (None, None, ())
    assert invoice.billing_profile_name == "TIIZ-Q3Y4-BG7-TGB"
    assert invoice.document_type == "invoice"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2021-06-04T00:00:00.1234567Z", date(2021, 6, 4)),
        ("2021-06-04T23:59:59.9999999Z", date(2021, 6, 4)),
        ("2021-06-04T00:00:00", date(2021, 6, 4)),
        ("2021-06-04", date(2021, 6, 4)),
        ("2021-06-04T01:00:00+02:00", date(2021, 6, 3)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+00:00", None),
        ("9999-12-31T23:59:59.9999999Z", None),
        ("", None),
        (None, None),
        (..., None),
    ],
)
def test_a_finance_team_can_trust_the_due_date(written: Any, day: date | None) -> None:
    """Seven digits, no zone, no time of day, another zone, and the service's words for "none"."""
    assert to_invoice(resource(dueDate=written)).due_date == day


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (0.1, "0.1"),
        (12340.1, "12340.1"),
        (1234567890.01, "1234567890.01"),
        (99999999999999.5, "99999999999999.5"),
        (7, "7"),
        ("22.31", "22.31"),
        (-0.07, "-0.07"),
    ],
)
def test_a_finance_team_can_trust_every_cent(value: Any, exact: str) -> None:
    """Amounts are the decimal numbers that Azure wrote, with no binary dust."""
    invoice = to_invoice(resource(amountDue={"value": value, "currency": "eur"}))
    assert str(invoice.amount_due) == f"{exact} EUR"


@pytest.mark.parametrize(
    "amount",
    [
        ...,
        None,
        12.5,
        "12.50 EUR",
        [],
        {},
        {"currency": "EUR"},
        {"value": 5.0},
        {"value": True, "currency": "EUR"},
        {"value": float("nan"), "currency": "EUR"},
        {"value": float("inf"), "currency": "EUR"},
        {"value": "lots", "currency": "EUR"},
        {"value": "sNaN", "currency": "EUR"},
        {"value": [1], "currency": "EUR"},
        {"value": 1e15, "currency": "EUR"},
        {"value": "1e999999999", "currency": "EUR"},
        {"value": "1e-999999", "currency": "EUR"},
        {"value": "0e999999", "currency": "EUR"},
        {"value": 1.0, "currency": "EURO"},
        {"value": 1.0, "currency": ""},
        {"value": 1.0, "currency": ["EUR"]},
        {"value": 1.0, "currency": "<!channel>"},
    ],
)
def test_a_finance_team_cannot_be_shown_an_amount_that_makes_no_sense(amount: Any) -> None:
    """No amount, no number, no currency: the invoice is refused with a reason."""
    with pytest.raises(ValueError, match=r"amount|currency|object"):
        to_invoice(resource(amountDue=amount))


@pytest.mark.parametrize(
    "properties",
    [
        {"billingProfileId": ...},
        {"billingProfileId": None},
        {"billingProfileId": 5},
        {"billingProfileId": "/subscriptions/x"},
        {"billingProfileId": PROFILE_ID + "/invoiceSections/x"},
        {"billingProfileId": PROFILE_ID.replace("TIIZ", "../..")},
        {"dueDate": "soon"},
        {"dueDate": 20261031},
        {"dueDate": ["2026-10-31"]},
        {"dueDate": "2026-13-45"},
        {"payments": 5},
        {"payments": "visa"},
        {"payments": [None]},
        {"payments": [{"amount": {"value": "x", "currency": "EUR"}}]},
        {"failedPayments": {"date": "2026-10-31"}},
        {"failedPayments": True},
    ],
)
def test_a_finance_team_cannot_be_shown_an_invoice_of_wrong_types(
    properties: dict[str, Any],
) -> None:
    """Whatever has not the shape it should have is refused as one kind of error."""
    with pytest.raises(ValueError, match=r".+"):
        to_invoice(resource(**properties))


@pytest.mark.parametrize("name", [None, "", 7, "../G1", "<!channel>", "G" * 10_000, ["G1"]])
def test_a_finance_team_cannot_be_shown_an_invoice_without_a_number(name: Any) -> None:
    """A number that is none is refused, and told as far as that is safe."""
    broken = resource() | {"name": name}
    with pytest.raises(ValueError, match="invoice number"):
        to_invoice(broken)
    assert len(told_number(broken)) <= 200


@pytest.mark.parametrize("data", [None, 5, "G1", [], {}, {"properties": None}, {"properties": []}])
def test_a_finance_team_cannot_be_shown_what_is_no_invoice_at_all(data: Any) -> None:
    """An entry of another shape is refused and has no number to tell."""
    with pytest.raises(ValueError, match=r".+"):
        to_invoice(data)
    assert told_number(data) == "?"


@pytest.mark.parametrize(
    "field",
    [
        "amountDue",
        "status",
        "dueDate",
        "billingProfileId",
        "billingProfileDisplayName",
        "purchaseOrderNumber",
        "payments",
        "billedDocumentId",
        "unheardOf",
    ],
)
def test_an_operator_cannot_be_hurt_by_deep_nesting(field: str) -> None:
    """However deep a value is nested, the invoice is read without it or refused."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with suppress(ValueError):
        assert isinstance(to_invoice(resource(**{field: deep})), Invoice)


def test_a_finance_team_can_read_names_however_hostile() -> None:
    """Control characters, direction marks and line breaks go, and what is left is bounded."""
    hostile = "\x00\x1b[31m<!channel>\n\u202eevil\ud800" + "A" * 10_000
    invoice = to_invoice(resource(billingProfileDisplayName=hostile, purchaseOrderNumber=hostile))
    for text in (invoice.billing_profile_name, invoice.purchase_order):
        assert text.startswith("[31m<!channel>evilAAAA")
        assert len(text) == 200


def test_a_finance_team_can_pay_the_invoice_that_was_billed_anew() -> None:
    """``rebillDetails`` tells what an invoice replaces; the one now owed stays payable."""
    earlier = {"invoiceDocumentId": "/x/invoices/G1", "creditNoteDocumentId": "/x/invoices/C1"}
    invoice = to_invoice(resource(rebillDetails=earlier | {"rebillDetails": earlier}))
    assert invoice == EXPECTED
    assert invoice.is_payable


def test_a_finance_team_cannot_pay_the_invoice_that_was_replaced() -> None:
    """``billedDocumentId`` names the invoice billed in a void one's place."""
    account = f"/providers/Microsoft.Billing/billingAccounts/{ACCOUNT}"
    invoice = to_invoice(resource(billedDocumentId=f"{account}/invoices/G100000002"))
    assert invoice.replaced_by == "G100000002"
    assert not invoice.is_payable


def test_an_operator_can_read_a_listed_and_a_single_invoice_alike() -> None:
    """The SDK's model of a single read and the JSON of a page give the same invoice."""
    raw = resource()
    assert to_invoice(Model(deepcopy(raw))) == to_invoice(raw)


_text = st.text(max_size=20) | st.sampled_from(
    ["Due", "Paid", "EUR", "2026-10-31", "0001-01-01T00:00:00Z", "1e400", "NaN", PROFILE_ID]
)
_leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | _text
    | st.datetimes().map(datetime.isoformat)
)
_key = _text | st.sampled_from(
    [*resource()["properties"], "value", "currency", "date", "name", "properties"]
)
_json = st.recursive(
    _leaf,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_key, inner, max_size=5),
    max_leaves=20,
)


@settings(deadline=None)
@given(_json)
def test_an_operator_cannot_be_hurt_by_any_json(data: Any) -> None:
    """Any JSON value becomes an invoice or a ``ValueError``, and nothing else."""
    try:
        assert isinstance(to_invoice(data), Invoice)
    except ValueError:
        assert isinstance(told_number(data), str)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(_key, _json, min_size=1, max_size=4))
def test_an_operator_cannot_be_hurt_by_spoilt_fields(spoilt: dict[str, Any]) -> None:
    """A good invoice with any of its fields spoilt becomes an invoice or a ``ValueError``."""
    try:
        invoice = to_invoice(resource(**spoilt))
    except ValueError:
        return
    assert invoice.amount_due.amount.is_finite()
    assert len(invoice.billing_profile_name) <= 200
    assert invoice.due_date is None or 1 < invoice.due_date.year < 9999


def _example_invoices() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in ("ListByBillingAccount", "ListByBillingProfile", "Get", "GetByBillingAccount"):
        text = (EXAMPLES / f"invoices{name}.json").read_text()
        text = text.replace("{billingAccountName}", ACCOUNT).replace("{invoiceName}", "G123456789")
        text = text.replace("{billingProfileName}", "TIIZ-Q3Y4-BG7-TGB")
        body = json.loads(text)["responses"]["200"]["body"]
        found += body.get("value", [body])
    return found


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="Microsoft's example payloads are not here")
def test_an_operator_can_rely_on_microsofts_own_examples() -> None:
    """Every invoice in Microsoft's published examples is read, and the owed ones are payable."""
    invoices = [to_invoice(example) for example in _example_invoices()]
    assert len(invoices) >= 6
    for invoice in invoices:
        assert invoice.due_date is not None
        owed = invoice.status in (Status.DUE, Status.OVERDUE)
        assert invoice.is_payable is owed
        assert invoice.is_overdue(date(2026, 11, 22)) is owed
