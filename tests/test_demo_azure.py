"""What a visitor of the demo can do in the pretend Azure."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sandbox.azure import AzureTenant, Invoice
from sandbox.company import EUROPE, JAPAN, PRODUCTION, contoso
from sandbox.page.azure_acts import AzureActs
from sandbox.page.fields import Fields, NotDone
from sandbox.page.role_book import RoleBook
from sandbox.page.settling import Settling
from sandbox.people import BRUNO, CHIYO
from tests.waiting import until

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
Act = Callable[..., str]


@pytest.fixture
def tenant() -> AzureTenant:
    """Contoso on 10 March 2026."""
    return contoso(lambda: NOON)


@pytest.fixture
def roles(tenant: AzureTenant) -> RoleBook:
    """Who holds which role there."""
    return RoleBook(tenant)


@pytest.fixture
def act(tenant: AzureTenant, roles: RoleBook) -> Act:
    """Act there: ``act("void", number="G1")``; the sentence that comes back."""
    acts = AzureActs(tenant, Settling(tenant), roles)
    return lambda do, **given: acts(Fields({"do": do, **given}))


def billed(tenant: AzureTenant, sentence: str) -> Invoice:
    """The last invoice that a sentence names."""
    return tenant.invoices[re.findall(r"G\d+", sentence)[-1]]


def test_a_visitor_can_bill_overdue_and_due_invoices(tenant: AzureTenant, act: Act) -> None:
    """A new invoice is of the chosen profile and amount, ten days late or due in two."""
    late = billed(tenant, act("new_overdue", profile="Japan", amount="12,000"))
    assert (late.profile, late.amount_due, late.status) == (JAPAN, Decimal(12000), "OverDue")
    assert late.due
    assert (NOON - late.due).days == 10
    soon = billed(tenant, act("new_due"))
    assert (soon.profile, soon.currency, soon.status) == (PRODUCTION, "USD", "Due")
    assert soon.due
    assert (soon.due - NOON).days == 1
    with pytest.raises(NotDone, match="small change"):
        act("new_due", profile=JAPAN, amount="0.5")
    with pytest.raises(NotDone, match="no amount"):
        act("new_due", amount="much")
    with pytest.raises(NotDone, match="above zero"):
        act("new_due", amount="-3")
    with pytest.raises(NotDone, match="no billing profile"):
        act("new_due", profile="Marketing")


async def test_a_visitor_can_pay_by_card_and_by_wire(tenant: AzureTenant, act: Act) -> None:
    """A payment is booked a while later, at once on request, and not after a failure."""
    first = billed(tenant, act("new_overdue"))
    assert "Visa" in act("pay", number=first.number, delay=0)
    await until(lambda: first.status == "Paid")
    with pytest.raises(NotDone, match="it is Paid"):
        act("pay", number=first.number)

    second = billed(tenant, act("new_overdue", amount="100"))
    act("pay", number=second.number, amount="40.00")
    assert second.status == "OverDue"
    act("settle_now", number=second.number)
    assert (second.status, second.amount_due) == ("OverDue", Decimal(60))
    assert "wire" in act("pay", number=second.number, method="WIREUSD00001")
    assert "120 s" in act("wire", number=second.number)
    assert "CardExpired" in act("decline", number=second.number, reason="CardExpired")
    with pytest.raises(NotDone, match="No payment"):
        act("settle_now", number=second.number)
    assert [one.reason for one in second.failed_payments] == ["CardExpired"]


async def test_a_visitor_cannot_pay_what_makes_no_sense(tenant: AzureTenant, act: Act) -> None:
    """Unknown invoices, foreign methods, too much money and silly delays are refused."""
    invoice = billed(tenant, act("new_overdue", profile="Japan", amount="5000"))
    for given, why in (
        ({"number": "G0"}, "no invoice G0"),
        ({}, "missing"),
        ({"number": invoice.number, "method": "VISA4242AAAA"}, "cannot be paid that way"),
        ({"number": invoice.number, "amount": "5001"}, "Only 5,000 JPY"),
        ({"number": invoice.number, "delay": -1}, "number of seconds"),
    ):
        with pytest.raises(NotDone, match=why):
            act("pay", **given)
    with pytest.raises(NotDone, match="cannot pay by wire"):
        act("wire", number=invoice.number)
    with pytest.raises(NotDone, match="Azure cannot do that"):
        act("explode")


async def test_a_visitor_can_change_what_was_billed(tenant: AzureTenant, act: Act) -> None:
    """Invoices get another amount, are billed anew, or become void, with payments dropped."""
    invoice = billed(tenant, act("new_overdue", amount="100"))
    act("change_amount", number=invoice.number, amount="250.50")
    assert invoice.amount_due == Decimal("250.50")
    act("change_amount", number=invoice.number)
    assert invoice.amount_due == Decimal("275.55")
    act("pay", number=invoice.number)
    anew = billed(tenant, act("rebill", number=invoice.number))
    assert (invoice.status, anew.amount_due) == ("Void", Decimal("275.55"))
    with pytest.raises(NotDone, match="No payment"):
        act("settle_now", number=invoice.number)
    act("void", number=anew.number)
    assert anew.status == "Void"


async def test_a_payment_cannot_be_booked_on_a_void_invoice(tenant: AzureTenant, act: Act) -> None:
    """What becomes void behind a payment's back stays void."""
    invoice = billed(tenant, act("new_overdue"))
    act("pay", number=invoice.number, delay=0)
    tenant.void(invoice.number)
    await asyncio.sleep(0)
    with pytest.raises(NotDone, match="No payment"):
        act("settle_now", number=invoice.number)
    assert (invoice.status, invoice.payments) == ("Void", [])


def test_a_visitor_can_take_roles_away_and_give_them_back(
    tenant: AzureTenant, roles: RoleBook, act: Act
) -> None:
    """Direct roles and group memberships end at once, and everybody's standing says so."""
    assert roles.words("U0BRUNO") == BRUNO.azure
    act("revoke_role", person="U0BRUNO")
    assert roles.words("U0BRUNO") == "No billing role"
    assert not any(one["person"] == "U0BRUNO" for one in roles.as_json())
    with pytest.raises(NotDone, match="holds no such role"):
        act("revoke_role", person="U0BRUNO")
    assert "Europe" in act("revoke_role", person="U0CHIYO", scope="Europe")
    chiyo = tenant.find_user(CHIYO.upn)
    assert chiyo
    (europe,) = [name for name, one in tenant.accounts.items() if EUROPE in one.profiles]
    assert not tenant.roles_of(chiyo.id, europe, EUROPE)

    act("grant_role", person="U0BRUNO", role="Billing account owner", scope="Contoso Japan KK")
    assert roles.words("U0BRUNO") == "Billing account owner of Contoso Japan KK"
    act("grant_role", person="U0HANA", scope="Japan")
    (given,) = [
        one for one in roles.as_json() if (one["person"], one["scope"]) == ("U0HANA", "Japan")
    ]
    assert given["via"] == "from another company’s directory"
    act("restore_roles")
    assert (roles.words("U0BRUNO"), roles.words("U0CHIYO")) == (BRUNO.azure, CHIYO.azure)
    with pytest.raises(NotDone, match="no role"):
        act("grant_role", person="U0BRUNO", role="King")
    with pytest.raises(NotDone, match="no billing account or profile"):
        act("grant_role", person="U0BRUNO", scope="Mars")
    with pytest.raises(NotDone, match="no such person"):
        act("revoke_role", person="U0NOBODY")
