"""Contoso is believable and the same every time; its tenant's operations keep their word."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sandbox.__main__ import FOUR_EYES_ABOVE
from sandbox.azure.billing import card
from sandbox.azure.roles import Role
from sandbox.azure.tenant import AzureTenant
from sandbox.company import EUROPE, JAPAN, PRODUCTION, RESEARCH, contoso
from sandbox.people import ADA, BRUNO, CHIYO, EMIL, GUS, HANA, JUN, PEOPLE, Person

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def tenant() -> AzureTenant:
    """Contoso on 10 March 2026."""
    return contoso(lambda: NOON)


@pytest.fixture
def owed(tenant: AzureTenant) -> str:
    """The number of a fresh invoice over 100.00 USD of Production."""
    account = next(iter(tenant.accounts))
    return tenant.add_invoice(account, PRODUCTION, amount=Decimal("100.00"), due=NOON)


def roles(tenant: AzureTenant, person: Person, profile: str) -> set[str]:
    """Keys of the roles a person has at a profile."""
    user = tenant.find_user(person.upn)
    assert user is not None
    (account,) = [one for one in tenant.accounts.values() if profile in one.profiles]
    return {role.key for role in tenant.roles_of(user.id, account.name, profile)}


def test_a_visitor_can_find_invoices_in_every_state(tenant: AzureTenant) -> None:
    """About sixty invoices over fourteen months show everything the bot must cope with."""
    invoices = list(tenant.invoices.values())
    assert 55 <= len(invoices) <= 70
    statuses = Counter(invoice.status for invoice in invoices)
    assert set(statuses) >= {"Paid", "Due", "OverDue", "Void", "Locked", "InCollections"}
    assert {invoice.currency for invoice in invoices} == {"USD", "EUR", "JPY"}
    assert min(one.issued for one in invoices) < NOON - timedelta(days=380)
    due = [one for one in invoices if one.status == "Due" and one.due]
    assert any(one.due and one.due < NOON - timedelta(days=100) for one in due)
    assert {one.amount_due > 0 for one in due} == {True, False}
    assert any(one.failed_payments for one in invoices)
    assert any(one.payments and one.amount_due > 0 for one in invoices)
    assert any(one.rebill for one in invoices)
    assert any(one.document_type == "CreditNote" and one.amount < 0 for one in invoices)
    assert {one.amount.as_tuple().exponent for one in invoices if one.currency == "JPY"} == {0}


def test_a_visitor_can_try_four_eyes_on_one_invoice(tenant: AzureTenant) -> None:
    """In the demo one unpaid invoice, and only one, needs a second payer; three people may pay it."""
    limits = {c: Decimal(str(most)) for c, most in json.loads(FOUR_EYES_ABOVE).items()}
    unpaid = [one for one in tenant.invoices.values() if one.status in ("Due", "OverDue")]
    (large,) = [i for i in unpaid if i.amount_due > limits.get(i.currency, Decimal("Infinity"))]
    payers = [p for p in (ADA, JUN, BRUNO) if any(r.pays for r in _held(tenant, p, large.profile))]
    assert payers == [ADA, JUN, BRUNO]


def _held(tenant: AzureTenant, person: Person, profile: str) -> set[Role]:
    user = tenant.find_user(person.upn)
    assert user is not None
    (account,) = [one for one in tenant.accounts.values() if profile in one.profiles]
    return tenant.roles_of(user.id, account.name, profile)


def test_a_visitor_can_find_the_same_company_every_time(tenant: AzureTenant) -> None:
    """Two calls give the same tenant; another day shifts the dates and nothing else."""
    again = contoso(lambda: NOON)
    later = contoso(lambda: NOON + timedelta(days=100))
    assert again.invoices == tenant.invoices
    assert (again.users, again.groups) == (tenant.users, tenant.groups)
    assert list(later.invoices) == list(tenant.invoices)
    for number, invoice in tenant.invoices.items():
        moved = later.invoices[number]
        assert moved.amount == invoice.amount
        assert moved.due == (invoice.due and invoice.due + timedelta(days=100))


def test_people_can_do_what_their_standing_says(tenant: AzureTenant) -> None:
    """Roles come directly, through nested groups, or from another tenant and then not at all."""
    assert len(PEOPLE) == len({person.email for person in PEOPLE})
    assert roles(tenant, BRUNO, PRODUCTION) == {"billing-profile-contributor"}
    assert roles(tenant, BRUNO, EUROPE) == set()
    assert roles(tenant, CHIYO, EUROPE) == {"billing-profile-contributor"}
    assert roles(tenant, CHIYO, JAPAN) == {"billing-profile-contributor"}
    assert roles(tenant, EMIL, RESEARCH) == {"invoice-manager"}
    assert roles(tenant, GUS, RESEARCH) == {"billing-profile-contributor"}
    foreign = [one for one in tenant.assignments if one.tenant_id != tenant.tenant_id]
    assert [one.principal_id for one in foreign] == [tenant.guid("stranger", HANA.email)]
    account = next(iter(tenant.accounts))
    assert not tenant.roles_of(foreign[0].principal_id, account, RESEARCH)


def test_a_watcher_can_hear_of_every_change(tenant: AzureTenant, owed: str) -> None:
    """Each operation tells the listeners what kind of thing changed, once it has changed."""
    heard: list[tuple[str, str]] = []
    tenant.on_change.append(lambda it: heard.append((it["kind"], tenant.invoices[owed].status)))
    tenant.switch_status(owed, "OverDue")
    tenant.decline(owed)
    tenant.pay(owed)
    tenant.add_group("New")
    assert heard == [
        ("invoice", "OverDue"),
        ("invoice", "OverDue"),
        ("invoice", "Paid"),
        ("group", "Paid"),
    ]


def test_a_payer_can_pay_in_parts(tenant: AzureTenant, owed: str) -> None:
    """Parts reduce what is due until the invoice is Paid, by whichever linked method."""
    invoice = tenant.invoices[owed]
    tenant.pay(owed, "WIREUSD00001", Decimal("40.00"))
    assert (invoice.status, invoice.amount_due) == ("Due", Decimal("60.00"))
    tenant.change_amount(owed, Decimal("90.00"))
    assert invoice.amount_due == Decimal("50.00")
    tenant.pay(owed)
    assert (invoice.status, invoice.amount_due) == ("Paid", Decimal(0))
    assert [payment.family for payment in invoice.payments] == ["CheckWire", "CreditCard"]


def test_a_payer_cannot_pay_too_much_or_twice_or_with_a_foreign_card(
    tenant: AzureTenant, owed: str
) -> None:
    """Overpaying, paying a paid or void invoice, and unknown methods are errors."""
    with pytest.raises(ValueError, match="to pay"):
        tenant.pay(owed, amount=Decimal("100.01"))
    with pytest.raises(KeyError):
        tenant.pay(owed, card("FOREIGN", "0000").name)
    tenant.void(owed)
    assert tenant.invoices[owed].amount_due == 0
    with pytest.raises(ValueError, match="to pay"):
        tenant.pay(owed)


def test_an_admin_cannot_assign_a_role_at_the_wrong_scope(tenant: AzureTenant) -> None:
    """Account roles belong to accounts, profile roles to profiles; revoking needs the role held."""
    account = next(iter(tenant.accounts))
    with pytest.raises(ValueError, match="billing profile"):
        tenant.assign("invoice-manager", tenant.bot_id, account)
    with pytest.raises(ValueError, match="billing account"):
        tenant.assign("billing-account-owner", tenant.bot_id, account, PRODUCTION)
    with pytest.raises(LookupError):
        tenant.revoke("invoice-manager", tenant.bot_id, account, PRODUCTION)


def test_an_admin_can_assign_a_role_again_to_change_its_shape(tenant: AzureTenant) -> None:
    """The second assignment of the same role replaces the first."""
    account = next(iter(tenant.accounts))
    before = len(tenant.assignments)
    for kind in (None, "ServicePrincipal"):
        tenant.assign("invoice-manager", "p", account, RESEARCH, principal_type=kind)
    assert len(tenant.assignments) == before + 1
    tenant.revoke("invoice-manager", "p", account, RESEARCH)
    assert len(tenant.assignments) == before


def test_an_admin_cannot_reuse_a_name(tenant: AzureTenant, owed: str) -> None:
    """Invoice numbers and UPNs are unique; a removed one is free again."""
    account = next(iter(tenant.accounts))
    with pytest.raises(ValueError, match=owed):
        tenant.add_invoice(account, PRODUCTION, owed, amount=Decimal(1), due=None)
    with pytest.raises(ValueError, match="exists"):
        tenant.add_user(BRUNO.upn.upper())
    tenant.remove_invoice(owed)
    bruno = tenant.find_user(BRUNO.upn)
    assert bruno is not None
    tenant.remove_user(bruno.id)
    assert tenant.add_invoice(account, PRODUCTION, owed, amount=Decimal(1), due=None) == owed
    assert tenant.add_user(BRUNO.upn) == bruno.id
