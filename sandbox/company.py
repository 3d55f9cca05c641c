"""Contoso: a believable company with two billing accounts and fourteen months of invoices."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sandbox.azure.billing import card, wire
from sandbox.azure.directory import Clock
from sandbox.azure.invoices import FailedPayment, Payment, Quirk
from sandbox.azure.tenant import AzureTenant
from sandbox.people import (
    ADA,
    BRUNO,
    CHIYO,
    DANA,
    EMIL,
    GUS,
    HANA,
    IVO,
    JUN,
    KOFI,
    PEOPLE,
    Person,
)

CONTOSO_TENANT = "7f3c1d8e-52b4-4c0a-9a53-1c0de0a2b7e1"
FABRIKAM_TENANT = "b04d6a57-8f3e-4f0d-b6a4-93f0c2f5d113"
PRODUCTION = "TIIZ-Q3Y4-BG7-TGB"
RESEARCH = "QK4M-7RWN-BG7-PGB"
EUROPE = "L2VD-HX5E-BG7-TGB"
JAPAN = "ZP8C-M3TA-BG7-PGB"
MONTHS = 14


@dataclass(frozen=True)
class _Series:
    """A profile's monthly invoices: the newest is due in ``due_in`` days, amounts in whole units."""

    profile: str
    due_in: int
    least: int
    most: int
    digits: int = 2
    po: str | None = None
    quirk: Quirk | None = None


_SERIES = (
    _Series(PRODUCTION, 12, 31_000, 47_000, po="PO-48210"),
    _Series(RESEARCH, 21, 2_400, 8_900),
    _Series(EUROPE, 25, 9_000, 14_000, po="PO-EU-0077", quirk="lowercase-subtotal"),
    _Series(JAPAN, 3, 900_000, 2_200_000, digits=0, quirk="id-without-slash"),
)

_STATUSES = {
    # (profile, months ago): where the invoice is neither this month's Due nor an older one's Paid
    (PRODUCTION, 1): "OverDue",
    (PRODUCTION, 3): "OverDue",  # re-billed since
    (PRODUCTION, 7): "Due",  # long past its date, as the live service sometimes leaves them
    (RESEARCH, 1): "OverDue",
    (RESEARCH, 2): "Locked",
    (RESEARCH, 4): "InCollections",  # no status of the specification
    (EUROPE, 1): "OverDue",
    (EUROPE, 3): "Void",
    (JAPAN, 1): "OverDue",
}


def contoso(now: Clock) -> AzureTenant:
    """Contoso's tenant as of ``now`` (aware UTC): the same on every call but for the dates.

    The bot is a reader of both billing accounts. ``PEOPLE`` says who else is who.
    """
    tenant = AzureTenant(CONTOSO_TENANT, now)
    ltd, japan = _accounts(tenant)
    _people(tenant, ltd, japan)
    random = Random(48210)
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = {}
    for months_ago in reversed(range(MONTHS)):
        for series in _SERIES:
            account = japan if series.profile == JAPAN else ltd
            numbers[series.profile, months_ago] = _monthly(
                tenant, account, series, months_ago=months_ago, today=today, random=random
            )
    _events(tenant, numbers, today)
    _extras(tenant, ltd, japan, today)
    return tenant


def let_the_bot_pay(tenant: AzureTenant) -> None:
    """Offer the pay-now preview, and give the bot the role that it takes on every profile."""
    tenant.switches.paynow = "offered"
    for account in tenant.accounts.values():
        for profile in account.profiles:
            tenant.assign("billing-profile-contributor", tenant.bot_id, account.name, profile)


def _accounts(tenant: AzureTenant) -> tuple[str, str]:
    ltd = tenant.add_account("Contoso Ltd")
    japan = tenant.add_account("Contoso Japan KK")
    visa = card("VISA4242AAAA", "4242")
    tenant.add_profile(
        ltd,
        "Production",
        PRODUCTION,
        payment_methods=[visa, wire("WIREUSD00001")],
        status="Warned",
        reason="PastDue",
        po="PO-48210",
    )
    tenant.add_profile(ltd, "Research", RESEARCH, payment_methods=[visa])
    tenant.add_profile(
        ltd,
        "Europe",
        EUROPE,
        currency="EUR",
        payment_methods=[wire("WIREEUR00001"), card("MAST1270BBBB", "1270", kind="mc")],
        po="PO-EU-0077",
    )
    jcb = card("JCBC0505CCCC", "0505", kind="jcb")
    tenant.add_profile(japan, "Japan", JAPAN, currency="JPY", payment_methods=[jcb])
    return ltd, japan


def _people(tenant: AzureTenant, ltd: str, japan: str) -> None:
    ids = {person: _user(tenant, person) for person in PEOPLE if person.upn}
    team = tenant.add_group("Payables", [ids[CHIYO]])
    finance = tenant.add_group("Finance", [team])
    for account in (ltd, japan):
        tenant.assign("billing-account-reader", tenant.bot_id, account)
        tenant.assign("billing-account-owner", ids[ADA], account)
    tenant.assign("billing-account-contributor", ids[JUN], ltd, principal_type="User")
    tenant.assign("billing-account-reader", ids[DANA], ltd)
    tenant.assign("billing-profile-contributor", ids[BRUNO], ltd, PRODUCTION)
    tenant.assign("billing-profile-contributor", finance, ltd, EUROPE, principal_type="Group")
    tenant.assign("billing-profile-contributor", finance, japan, JAPAN)
    tenant.assign("invoice-manager", ids[EMIL], ltd, RESEARCH, principal_type="User")
    tenant.assign("billing-profile-contributor", ids[GUS], ltd, RESEARCH)
    tenant.assign("billing-profile-owner", ids[IVO], ltd, PRODUCTION)
    tenant.assign("billing-profile-owner", ids[KOFI], ltd, EUROPE)
    hana = tenant.guid("stranger", HANA.email)
    tenant.assign("billing-profile-owner", hana, ltd, RESEARCH, tenant_id=FABRIKAM_TENANT)


def _user(tenant: AzureTenant, person: Person) -> str:
    mail = "c.tanaka@contoso.example" if person is CHIYO else person.email
    aliases = [f"smtp:{person.email}"] if person is CHIYO else []
    return tenant.add_user(
        person.upn,
        mail,
        person.name,
        enabled=person not in (IVO, KOFI),
        proxy_addresses=[f"SMTP:{mail}", *aliases],
        user_type="Guest" if person is GUS else "Member",
    )


def _monthly(
    tenant: AzureTenant,
    account: str,
    series: _Series,
    *,
    months_ago: int,
    today: datetime,
    random: Random,
) -> str:
    units = 10**series.digits
    amount = Decimal(random.randrange(series.least * units, series.most * units))
    amount = amount.scaleb(-series.digits)
    due = today + timedelta(days=series.due_in - 30 * months_ago)
    usual = "Paid" if months_ago else "Due"
    status = _STATUSES.get((series.profile, months_ago), usual)
    method = next(iter(tenant.accounts[account].profiles[series.profile].payment_methods.values()))
    paid_on = due - timedelta(days=random.randrange(2, 20))
    return tenant.add_invoice(
        account,
        series.profile,
        f"G{random.randrange(100_000_000, 1_000_000_000)}",
        amount=amount,
        due=due,
        status=status,
        po=series.po,
        payments=[Payment(paid_on, amount, method.family, method.type)] if status == "Paid" else [],
        quirks=[series.quirk] if series.quirk else [],
    )


def _events(tenant: AzureTenant, numbers: dict[tuple[str, int], str], today: datetime) -> None:
    """What happened to some of the monthly invoices."""
    declined = tenant.invoices[numbers[RESEARCH, 1]]
    for days_ago, reason in ((6, "BankDeclined"), (2, "CardExpired")):
        declined.failed_payments.append(FailedPayment(today - timedelta(days=days_ago), reason))
    partly = tenant.invoices[numbers[EUROPE, 1]]
    part = Decimal("4000.00")
    partly.payments.append(Payment(today - timedelta(days=1), part, "CheckWire", "check"))
    partly.amount_due -= part
    tenant.change_amount(numbers[PRODUCTION, 7], Decimal("22.31"))
    tenant.rebill(numbers[PRODUCTION, 3])


def _extras(tenant: AzureTenant, ltd: str, japan: str, today: datetime) -> None:
    """Invoices outside the monthly rhythm."""

    def add(
        profile: str,
        amount: str,
        due_in: int,
        *,
        status: str = "Due",
        document_type: str = "Invoice",
        po: str | None = None,
    ) -> None:
        tenant.add_invoice(
            japan if profile == JAPAN else ltd,
            profile,
            amount=Decimal(amount),
            due=today + timedelta(days=due_in),
            status=status,
            document_type=document_type,
            po=po,
        )

    add(RESEARCH, "149.90", 0, po="")
    add(PRODUCTION, "61250.00", -1, status="OverDue")
    add(EUROPE, "0.00", 10)
    add(EUROPE, "-1310.40", 5, document_type="CreditNote")
    add(JAPAN, "418000", -14, status="OverDue")
    add(JAPAN, "66000", -30)
