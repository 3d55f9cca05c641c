"""Reading Azure: every invoice is found, and whatever goes wrong is told and stops nothing else."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from bot.domain.invoice import Invoice
from bot.errors import AzureMalformed, SetupError
from bot.services.report import Line, ScanReport
from bot.tables import print_report
from bot.views.language import Language
from sandbox.azure.invoices import MISSING, FailedPayment, Payment
from sandbox.slack import text_of
from tests.cards import words
from tests.management import answer_json, management
from tests.test_azure_mapper import resource
from tests.town import Bot, Town


def line(report: ScanReport, number: str) -> Line:
    """What the scan did about an invoice."""
    (found,) = [one for one in report.lines if one.invoice.number == number]
    return found


def summary(report: ScanReport) -> str:
    """What the terminal shows of a scan."""
    shown = StringIO()
    print_report(Console(file=shown, width=200, soft_wrap=True), report, Language())
    return shown.getvalue()


def texts(town: Town) -> str:
    """All that stands in the channel."""
    return "\n".join(text_of(message) for message in town.posts())


def offers_payment(town: Town) -> bool:
    """Whether any message in the channel has a Pay now button."""
    return any(town.button(message, "pay.open") for message in town.posts())


def raw(town: Town, name: str, **properties: Any) -> dict[str, Any]:
    """An invoice's JSON in the town's own account, to be spoilt."""
    made = resource(**properties) | {"name": name}
    profile = f"/providers/Microsoft.Billing/billingAccounts/{town.account}"
    if "billingProfileId" not in properties:
        made["properties"]["billingProfileId"] = f"{profile}/billingProfiles/{town.profile}"
    return made | {"id": f"{profile}/invoices/{name}"}


async def listed(bot: Bot, account: str) -> list[Invoice]:
    """All invoices of an account that make sense."""
    return [one async for page in bot.outside.billing.stream(account) for one in page.invoices]


# Finding every invoice


async def test_an_operator_can_rely_on_every_page(contoso: Town) -> None:
    """More than fifty invoices come over several pages, each exactly once."""
    numbers = {contoso.invoice(days_overdue=-30) for _ in range(120)}
    bot = await contoso.bot()
    report = await bot.scan()
    assert [read.invoices for read in report.accounts] == [120]
    assert [one.invoice.number for one in report.lines] == sorted(
        (one.invoice.number for one in report.lines), reverse=True
    )
    assert {one.invoice.number for one in report.lines} == numbers
    assert contoso.traffic.count("/invoices") == 3


async def test_a_finance_team_can_see_an_invoice_unpaid_for_eighteen_months(contoso: Town) -> None:
    """The listing reaches back far enough for what everybody has forgotten."""
    number = contoso.invoice(days_overdue=548)
    await (await contoso.bot()).scan()
    assert "548 days overdue" in text_of(contoso.card(number))


async def test_a_finance_team_can_trust_an_old_card_to_be_followed(contoso: Town) -> None:
    """An open card whose invoice no listing shows any more is kept true by a single read."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    long_ago = contoso.clock.now() - timedelta(days=3000)
    contoso.tenant.invoices[number].period = (long_ago, long_ago)
    await bot.scan()
    assert contoso.traffic.count(f"/invoices/{number}") == 1
    contoso.tenant.pay(number)
    await bot.scan()
    assert "paid" in text_of(contoso.card(number))
    assert not offers_payment(contoso)
    await bot.scan()
    assert contoso.traffic.count(f"/invoices/{number}") == 2


async def test_an_operator_can_read_a_listed_and_a_single_invoice_alike(contoso: Town) -> None:
    """A page and a single read of the same data give the same invoice, whatever its quirks."""
    now = contoso.clock.now()
    contoso.invoice(quirks=["lowercase-subtotal", "id-without-slash"], po="PO-7")
    contoso.invoice(
        amount=Decimal("0.30"),
        payments=[Payment(now, Decimal("0.10"))],
        failed_payments=[FailedPayment(now, "BankDeclined")],
    )
    contoso.invoice(raw={"dueDate": "2026-11-01"})
    contoso.invoice(raw={"dueDate": "2026-11-01T00:00:00", "status": "PastDue"})
    contoso.invoice(raw={"dueDate": "0001-01-01T00:00:00Z", "purchaseOrderNumber": MISSING})
    contoso.tenant.rebill(contoso.invoice())
    bot = await contoso.bot()
    invoices = await listed(bot, contoso.account)
    assert len(invoices) == 8
    for invoice in invoices:
        assert await bot.outside.billing.read(contoso.account, invoice.number) == invoice
        assert await bot.outside.billing.find(invoice.number) == invoice


async def test_a_finance_team_can_trust_every_cent(contoso: Town) -> None:
    """Amounts arrive over HTTP exactly as Azure meant them."""
    amounts = [Decimal(text) for text in ("0.1", "12340.1", "98765432109.87", "0.01")]
    numbers = {contoso.invoice(amount=amount): amount for amount in amounts}
    bot = await contoso.bot()
    for invoice in await listed(bot, contoso.account):
        assert invoice.amount_due.amount == numbers[invoice.number]


async def test_a_finance_team_can_see_the_invoice_billed_anew(contoso: Town) -> None:
    """Of a re-billed invoice the old card is closed and the new invoice gets its own in time."""
    old = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    new = contoso.tenant.rebill(old)
    await bot.scan()
    assert not offers_payment(contoso)
    contoso.clock.advance(days=40)
    await bot.scan()
    (payable,) = [card for card in contoso.posts() if contoso.button(card, "pay.open")]
    assert new in words(payable)


# Several accounts


@dataclass
class Accounts:
    """Three accounts with an overdue invoice each: account name -> invoice number."""

    town: Town
    numbers: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, agreement: str = "MicrosoftCustomerAgreement") -> str:
        """Another account the bot may read, with a profile and an overdue invoice; its name."""
        tenant = self.town.tenant
        account = tenant.add_account(name, agreement)
        tenant.assign("billing-account-reader", tenant.bot_id, account)
        profile = tenant.add_profile(account, f"{name} profile", currency="USD")
        due = self.town.midnight() - timedelta(days=5)
        self.numbers[account] = tenant.add_invoice(
            account, profile, amount=Decimal(100), due=due, status="OverDue"
        )
        return account


async def test_an_operator_can_have_accounts_read_side_by_side(contoso: Town) -> None:
    """Accounts are read in parallel: all are asked before the first has answered."""
    accounts = Accounts(contoso)
    for name in ("Fabrikam", "Northwind"):
        accounts.add(name)
    contoso.fault("GET */invoices", "delay", seconds=0.4, times=3)
    await (await contoso.bot()).scan()
    asked = [one for one in contoso.traffic.exchanges if one.path.endswith("/invoices")]
    assert len(asked) == 3
    assert max(one.at for one in asked) < min(one.at + one.ms / 1000 for one in asked)


async def test_a_finance_team_can_see_the_other_accounts_when_one_fails(contoso: Town) -> None:
    """An account that cannot be read is reported by name; the cards of the others are posted."""
    accounts = Accounts(contoso)
    good, bad = accounts.add("Fabrikam"), accounts.add("Northwind")
    contoso.fault(f"GET */{bad}/invoices", "status", status=403, times=-1)
    report = await (await contoso.bot()).scan()
    assert contoso.card(accounts.numbers[good]).ts
    assert accounts.numbers[bad] not in texts(contoso)
    (failure,) = report.failures
    assert failure.startswith("Azure does not let the bot read this")
    assert "Northwind" in failure
    assert not report.is_complete


async def test_a_finance_team_cannot_lose_cards_to_an_account_that_fails(contoso: Town) -> None:
    """Cards of an account that cannot be read stay as they are, and nobody asks about each."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    before = contoso.card(number)
    contoso.fault(f"GET */{contoso.account}/invoices", "status", status=403, times=-1)
    report = await bot.scan()
    assert contoso.card(number) == before
    assert not report.is_complete
    assert contoso.traffic.count(f"/invoices/{number}") == 0


async def test_an_operator_can_leave_other_agreements_out(contoso: Town) -> None:
    """Accounts found by themselves count only under a customer agreement."""
    accounts = Accounts(contoso)
    other = accounts.add("Enrollment", "EnterpriseAgreement")
    report = await (await contoso.bot()).scan()
    assert [read.account.name for read in report.accounts] == [contoso.account]
    assert accounts.numbers[other] not in texts(contoso)


async def test_an_operator_can_name_an_account_of_another_agreement(contoso: Town) -> None:
    """An account that is configured is read whatever its agreement, and no other one is."""
    accounts = Accounts(contoso)
    number = contoso.invoice()
    other = accounts.add("Enrollment", "EnterpriseAgreement")
    report = await (await contoso.bot(azure_billing_accounts=other)).scan()
    assert [read.account.name for read in report.accounts] == [other]
    assert contoso.card(accounts.numbers[other]).ts
    assert number not in texts(contoso)


@pytest.mark.parametrize("denial", ["unauthorized", "forbidden", "not_found", "empty"])
async def test_an_operator_cannot_take_a_missing_role_for_all_paid(
    contoso: Town, denial: Any
) -> None:
    """Without a role Azure shows no account: that is said, with the fix, instead of "nothing due"."""
    contoso.invoice()
    contoso.tenant.switches.denial = denial
    contoso.tenant.revoke("billing-account-reader", contoso.tenant.bot_id, contoso.account)
    bot = await contoso.bot()
    with pytest.raises(SetupError, match=r"perhaps it holds no billing role yet\. Give .* role"):
        await bot.scan()


async def test_an_operator_can_tell_an_empty_account_from_a_paid_one(contoso: Town) -> None:
    """An account without a single invoice is told in the summary: perhaps a role is missing."""
    report = await (await contoso.bot()).scan()
    (read,) = report.accounts
    assert (read.invoices, read.failure) == (0, "")
    assert "Contoso: Azure shows no invoice here; perhaps the bot holds no role" in summary(report)


# What is never chased


async def test_a_finance_team_can_see_what_azure_calls_due_for_years(contoso: Town) -> None:
    """``Due`` long past its date is overdue, whatever Azure still calls it."""
    number = contoso.invoice(days_overdue=500, status="Due")
    await (await contoso.bot()).scan()
    card = contoso.card(number)
    assert "500 days overdue" in text_of(card)
    assert contoso.button(card, "pay.open")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "Paid"},
        {"status": "Void"},
        {"amount": Decimal(0)},
        {"amount": Decimal("-12.50")},
        {"amount": Decimal(500), "document_type": "CreditNote"},
        {"amount": Decimal(-500), "document_type": "CreditNote", "status": "Paid"},
        {"document_type": "VoidNote"},
        {"amount": Decimal(500), "amount_due": Decimal(0)},
        {"status": "Paid", "amount_due": Decimal(5)},
        {"raw": {"billedDocumentId": "/x/invoices/G9"}},
    ],
)
async def test_a_finance_team_cannot_be_asked_to_pay_what_is_not_owed(
    contoso: Town, fields: dict[str, Any]
) -> None:
    """Paid, void, credited, replaced, nothing or less than nothing due: no card, no Pay now."""
    contoso.invoice(days_overdue=40, **fields)
    await (await contoso.bot()).scan()
    assert contoso.posts() == []


@pytest.mark.parametrize("status", ["Locked", "Other", "Suspended", ""])
async def test_a_finance_team_cannot_be_asked_to_pay_under_an_unclear_status(
    contoso: Town, status: str
) -> None:
    """Locked and unknown statuses get no card, and the scan's summary shows them."""
    number = contoso.invoice(days_overdue=40, raw={"status": status})
    report = await (await contoso.bot()).scan()
    assert contoso.posts() == []
    assert line(report, number).done == "not chased"
    assert f"Invoice {number} not chased: status " in summary(report)


# Malformed invoices

_BROKEN: dict[str, dict[str, Any]] = {
    "no amount": {"amountDue": ...},
    "null amount": {"amountDue": None},
    "a bare number": {"amountDue": 12.5},
    "a bool": {"amountDue": {"value": True, "currency": "EUR"}},
    "garbage": {"amountDue": {"value": "lots", "currency": "EUR"}},
    "a list": {"amountDue": {"value": [1, 2], "currency": "EUR"}},
    "too much": {"amountDue": {"value": 1e300, "currency": "EUR"}},
    "overflow": {"amountDue": {"value": "1e999999999", "currency": "EUR"}},
    "no currency": {"amountDue": {"value": 5.0}},
    "a strange currency": {"amountDue": {"value": 5.0, "currency": "<!channel>"}},
    "no profile": {"billingProfileId": ...},
    "a foreign profile": {"billingProfileId": "/subscriptions/1"},
    "a strange date": {"dueDate": "the day after tomorrow"},
    "a date that is a number": {"dueDate": 20261031},
    "payments that are a number": {"payments": 5},
    "payments that are words": {"payments": ["visa"]},
    "failed payments that are true": {"failedPayments": True},
    "nested deeply": {"amountDue": {"value": json.loads("[" * 90 + "]" * 90), "currency": "EUR"}},
}


async def test_a_finance_team_can_see_the_others_when_invoices_are_malformed(contoso: Town) -> None:
    """Each malformed invoice is skipped and reported by number with a reason; the others go on."""
    good = contoso.invoice()
    broken = {
        f"GBROKEN{i}": raw(contoso, f"GBROKEN{i}", **p) for i, p in enumerate(_BROKEN.values())
    }
    contoso.tenant.raw_invoices = [*broken.values(), None, 5, "G1", [], {}, {"name": 7}]
    report = await (await contoso.bot()).scan()
    assert contoso.card(good).ts
    assert len(contoso.posts()) == 1
    told = {one.number: one.why for one in report.unreadable if one.number != "?"}
    assert told.keys() == broken.keys()
    assert all(told.values())
    assert len(report.unreadable) == len(broken) + 6
    assert report.is_complete


async def test_a_finance_team_can_read_a_card_of_hostile_texts(contoso: Town) -> None:
    """Names with mentions, control characters or 10,000 letters are made safe, and Slack takes them."""
    hostile = "\x00<!channel> <@U0ADA> <https://evil.example|pay>\n\u202e" + "&" * 10_000
    number = contoso.invoice(
        raw={"billingProfileDisplayName": hostile, "purchaseOrderNumber": hostile}
    )
    report = await (await contoso.bot()).scan()
    card = contoso.card(number)
    assert line(report, number).done == "posted"
    for shown in (card.text, text_of(card)):
        assert "<!" not in shown
        assert "<@" not in shown
        assert "<http" not in shown
        assert "\x00" not in shown


async def test_a_colleague_can_be_told_that_an_invoice_is_malformed(contoso: Town) -> None:
    """A single read of a malformed invoice is an error of its own, not a wrong answer."""
    contoso.tenant.raw_invoices = [raw(contoso, "GBROKEN1", amountDue=None)]
    bot = await contoso.bot()
    with pytest.raises(AzureMalformed, match="makes no sense: it has no amount due"):
        await bot.outside.billing.read(contoso.account, "GBROKEN1")
    with pytest.raises(AzureMalformed):
        await bot.outside.billing.find("GBROKEN1")


async def test_a_payer_cannot_be_shown_another_invoice_than_the_one_asked_for(
    contoso: Town,
) -> None:
    """An answer about another invoice is refused."""
    async with management(contoso, answer_json(raw(contoso, "GOTHER1"))) as azure:
        bot = await contoso.bot(azure_management_url=azure.url)
        with pytest.raises(AzureMalformed, match="another invoice"):
            await bot.outside.billing.read(contoso.account, "G100000001")
