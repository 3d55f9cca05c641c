"""What a scan leaves out: the cheap look and the whole invoice agree on what needs attention."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.azure_invoices import settled_number, to_invoice
from tests.test_azure_mapper import resource
from tests.test_reading_azure import raw
from tests.town import Town

_word = st.sampled_from(
    ["Paid", "Void", "Due", "OverDue", "PastDue", "Locked", "Other", "paid", "VOID", " Paid", "Ü"]
)
_number = (
    st.sampled_from([0, 0.0, -0.0, 1e-3, 9.99e-4, 1e15, 1e15 - 1, 1e-25, 1e300, -5, 10**30, 2**70])
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2).map(float)
)
_currency = st.sampled_from(["EUR", "eur", " EUR", "EURO", "", "<!channel>", "ЕUR"])
_name = st.sampled_from(["G100000001", "g100000001", "G1", " G100000001 ", "", "<!here>", "١٢٣٤"])
_anything = st.recursive(
    st.none() | st.booleans() | _number | _word | _currency | _name | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "Value", "currency", "status", "amountDue", "name"]), inner
        )
    ),
    max_leaves=8,
)
_spoils = st.one_of(
    st.tuples(st.just(("name",)), _name | _anything),
    st.tuples(st.just(("Name",)), _name),
    st.tuples(st.just(("properties",)), _anything),
    st.tuples(st.sampled_from([("properties", "status"), ("properties", "STATUS")]), _word),
    st.tuples(st.just(("properties", "status")), _anything),
    st.tuples(st.just(("properties", "amountdue")), _anything),
    st.tuples(st.just(("properties", "amountDue")), _anything),
    st.tuples(st.just(("properties", "amountDue", "value")), _number | _anything),
    st.tuples(st.just(("properties", "amountDue", "Value")), _number),
    st.tuples(st.just(("properties", "amountDue", "currency")), _currency | _anything),
)


@st.composite
def _spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """An invoice as the service writes it, with at most two of the fields that decide changed."""
    item = resource(
        status=draw(st.sampled_from(["Paid", "Due"])),
        amountDue={"currency": "EUR", "value": draw(st.sampled_from([0.0, 5.0, 0.5, -3.0]))},
    )
    for path, value in draw(st.lists(_spoils, max_size=2)):
        place = item
        for name in path[:-1]:
            inner = place.get(name)
            place = inner if isinstance(inner, dict) else place
        place[path[-1]] = value
    return item


def _judged(item: Any) -> Any:
    """The whole invoice, whatever stands in the fields that decide nothing; None for nonsense."""
    healed = deepcopy(item)
    if isinstance(healed, dict):
        for name, fields in list(healed.items()):
            if name.lower() == "properties" and isinstance(fields, dict):
                good = resource()["properties"]
                decisive = {k: v for k, v in fields.items() if k.lower() in ("status", "amountdue")}
                rest = {k: v for k, v in good.items() if k.lower() not in ("status", "amountdue")}
                healed[name] = rest | decisive
    try:
        return to_invoice(healed)
    except ValueError:
        return None


@settings(deadline=None, max_examples=100)
@given(_spoilt() | _anything)
@example(resource(status="Paid", STATUS="Due"))
@example(resource(status="Paid", amountDue={"value": 5.0, "currency": "EUR", "Currency": "x"}))
@example(resource(status="Paid", amountDue={"value": float("nan"), "currency": "EUR"}))
@example(resource(status="Due", amountDue={"value": 1e-25, "currency": "EUR"}))
@example(resource(status="Paid", amountDue={"value": True, "currency": "EUR"}))
@example(resource(status="Paid", amountDue={"value": "5", "currency": "EUR"}))
@example(resource(status=["Paid"], amountDue={"value": 5.0, "currency": "EUR"}))
def test_a_finance_team_cannot_miss_an_invoice_that_needs_attention(item: Any) -> None:
    """Whatever the JSON, only an invoice that reads as paid, void or nothing due is left out."""
    number = settled_number(item)
    if number:
        invoice = _judged(item)
        assert invoice is not None
        assert not invoice.is_unpaid
        assert invoice.number == number


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(["Paid", "Void"]),
    st.decimals(min_value="-1e14", max_value="1e14", places=2).map(float),
)
def test_an_operator_can_have_settled_invoices_left_out(status: str, value: float) -> None:
    """Every paid or void invoice as the service writes it is recognised at the first look."""
    item = resource(status=status, amountDue={"currency": "EUR", "value": value})
    assert settled_number(item) == "G100000001"
    assert not to_invoice(item).is_unpaid


@pytest.mark.parametrize("value", [0, 0.0, -12.5])
def test_an_operator_can_have_credit_notes_left_out(value: float) -> None:
    """Where nothing is due the status does not matter."""
    item = resource(status="Due", amountDue={"currency": "EUR", "value": value})
    assert settled_number(item) == "G100000001"


async def test_an_operator_can_see_how_many_invoices_were_read(contoso: Town) -> None:
    """Settled invoices are counted though they are left out, and nonsense among them is reported."""
    unpaid = contoso.invoice()
    for status in ("Paid", "Void", "Paid"):
        contoso.invoice(status=status)
    no_amount = raw(contoso, "G500000001", status="Paid", amountDue=...)
    contoso.tenant.raw_invoices = [no_amount, {"name": "G500000002"}]
    report = await (await contoso.bot()).scan()
    assert [read.invoices for read in report.accounts] == [6]
    assert [one.number for one in report.unreadable] == ["G500000001", "G500000002"]
    assert [want.invoice.number for want in report.wants] == [unpaid]


async def test_a_finance_team_can_see_a_card_close_when_its_invoice_is_paid(contoso: Town) -> None:
    """A paid invoice is looked at as long as its card is open, and left out afterwards."""
    number, bot = contoso.invoice(), await contoso.bot()
    await bot.scan()
    contoso.tenant.pay(number)
    first, second = await bot.scan(), await bot.scan()
    assert [(line.invoice.number, line.done) for line in first.lines] == [(number, "closed")]
    assert second.lines == []
    assert contoso.traffic.count(f"/invoices/{number}") == 0  # the list itself told
