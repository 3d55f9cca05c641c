"""Snooze: payers put reminders off for some days; news of any kind, and Azure's own warning, end it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.payment import State
from sandbox.azure import FailedPayment
from sandbox.slack import View, text_of
from tests.alerting import reminded_on
from tests.cards import contents, words
from tests.paying import Unpaid, journal, unpaid
from tests.town import Bot, Town
from tests.windows import begun, submit, window, words_of

MENU, WHY = "card.menu", "Waiting for the <credit> note"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice overdue since six days, of which Ada would be reminded tomorrow; Dan may only look."""
    contoso.colleague("U0DAN", "dan")
    contoso.holds("U0DAN", "billing-account-reader")
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    return Unpaid(contoso, bot, number, contoso.card(number))


def day(invoice: Unpaid, days: int) -> str:
    """So many days from today, as a form has it."""
    return (invoice.town.today() + timedelta(days=days)).isoformat()


async def open_form(invoice: Unpaid, user: str = "U0ADA") -> View:
    """Choose Snooze reminders in the card's menu."""
    return await window(invoice, user, MENU, option=f"snooze:{invoice.number}")


async def snooze(invoice: Unpaid, days: int = 10, user: str = "U0ADA") -> View:
    """Choose it, and fill in the form; what the window shows in the end."""
    view = await open_form(invoice, user)
    return await submit(invoice, view, {"snooze.day": day(invoice, days), "reason": WHY})


async def choose(invoice: Unpaid, user: str, option: str) -> None:
    """Choose something in the card's menu that opens no window."""
    person = await invoice.person(user)
    await person.press_stale(invoice.card, MENU, option=f"{option}:{invoice.number}")
    await invoice.bot.settle()


def options(invoice: Unpaid) -> list[str]:
    """What the card's menu offers."""
    menu = invoice.town.button(invoice.card, MENU)
    assert menu is not None
    return [option["value"].partition(":")[0] for option in menu["options"]]


async def days_later(invoice: Unpaid, days: int, bot: Bot | None = None) -> None:
    """So many days pass; then a scan comes."""
    invoice.town.clock.advance(days=days)
    await (bot or invoice.bot).scan()


def is_snoozed(invoice: Unpaid) -> bool:
    """Whether the card says so."""
    return "Snoozed by <@U0ADA> until" in words(invoice.card)


# Snoozing


async def test_a_payer_can_snooze_reminders(invoice: Unpaid) -> None:
    """Until a day and with a reason, which the card and the trail keep; then no reminder comes."""
    view = await open_form(invoice)
    assert invoice.number in words_of(view)
    final = await submit(invoice, view, {"snooze.day": day(invoice, 10), "reason": WHY})

    assert "Snoozed until" in text_of(final)
    assert "“Waiting for the &lt;credit&gt; note”" in words(invoice.card)
    assert is_snoozed(invoice)
    assert "Snoozed by <@U0ADA>" in invoice.card.text
    assert options(invoice) == ["refresh", "pdf", "assign", "note", "wake"]
    (entry,) = await journal(invoice.town, "snooze.begun")
    assert (entry["actor"], entry["role"]) == ("U0ADA", "billing-account-owner")
    assert entry["reason"] == f"until {day(invoice, 10)}: {WHY}"
    await days_later(invoice, 1)
    assert reminded_on(invoice.town, invoice.number) == []


async def test_a_payer_can_be_reminded_again_when_the_day_has_come(invoice: Unpaid) -> None:
    """The reminder that was held back comes then, and only then, also after a restart."""
    await snooze(invoice, days=4)
    other = await invoice.town.bot()
    for _ in range(3):
        await days_later(invoice, 1, other)
    assert reminded_on(invoice.town, invoice.number) == []
    assert is_snoozed(invoice)
    await days_later(invoice, 1, other)
    assert reminded_on(invoice.town, invoice.number) == [7]
    assert not is_snoozed(invoice)
    assert [e["reason"] for e in await journal(invoice.town, "snooze.ended")] == ["date reached"]


async def test_a_payer_can_pay_what_is_snoozed(invoice: Unpaid) -> None:
    """Reminders are held back, payments are not."""
    await snooze(invoice)
    assert invoice.can_be_paid
    assert "Pay now" in invoice.card.text
    await invoice.hand_off()
    assert "<@U0ADA> is paying since" in words(invoice.card)


async def test_a_payer_can_end_a_snooze(invoice: Unpaid) -> None:
    """End snooze in the menu: the card no longer says so, and the reminder comes."""
    await snooze(invoice)
    await choose(invoice, "U0ADA", "wake")
    assert not is_snoozed(invoice)
    assert options(invoice) == ["refresh", "pdf", "assign", "note", "snooze"]
    (entry,) = await journal(invoice.town, "snooze.ended")
    assert (entry["actor"], entry["reason"]) == ("U0ADA", "by hand")
    await days_later(invoice, 1)
    assert reminded_on(invoice.town, invoice.number) == [7]


async def test_a_payer_can_snooze_a_reminder_that_waits(invoice: Unpaid) -> None:
    """It is in the outbox already; it is not sent, and comes afterwards."""
    town = invoice.town
    town.clock.advance(days=1)
    await invoice.bot.house.look()
    await snooze(invoice, days=2)
    await invoice.bot.scan()
    assert reminded_on(town, invoice.number) == []
    await days_later(invoice, 2)
    assert reminded_on(town, invoice.number) == [7]


# Who may not, and until when


@pytest.mark.parametrize("option", ["snooze", "wake"])
async def test_a_reader_cannot_change_reminders(invoice: Unpaid, option: str) -> None:
    """Neither snooze nor end a snooze: it needs a paying role."""
    if option == "wake":
        await snooze(invoice)
        await choose(invoice, "U0DAN", "wake")
        said = text_of((await invoice.person("U0DAN")).replies[-1])
    else:
        view = await open_form(invoice, "U0DAN")
        assert view.submit is None
        said = text_of(view)
    assert "paying needs owner or contributor" in said
    assert is_snoozed(invoice) is (option == "wake")


async def test_a_payer_cannot_snooze_with_a_role_they_have_lost(invoice: Unpaid) -> None:
    """The role is read anew at the submit."""
    town, view = invoice.town, await open_form(invoice)
    town.tenant.revoke("billing-account-owner", town.ids["U0ADA"], town.account)
    final = await submit(invoice, view, {"snooze.day": day(invoice, 3), "reason": WHY})
    assert "You hold no billing role" in text_of(final)
    assert not is_snoozed(invoice)


@pytest.mark.parametrize(("days", "fine"), [(0, False), (1, True), (5, True), (6, False)])
async def test_a_payer_cannot_snooze_for_longer_than_is_allowed(
    contoso: Town, days: int, *, fine: bool
) -> None:
    """From tomorrow to SNOOZE_MAX_DAYS from today; the form says so."""
    invoice = await unpaid(contoso, snooze_max_days=5)
    view, ada = await open_form(invoice), await invoice.person()
    receipt = await ada.submit(view.id, {"snooze.day": day(invoice, days), "reason": WHY})
    await invoice.bot.settle()
    assert (receipt.trouble == "") is fine
    assert is_snoozed(invoice) is fine
    if not fine:
        assert list(ada.modals()[-1].errors) == ["snooze.day"]
        assert "From " in ada.modals()[-1].errors["snooze.day"]


async def test_a_payer_cannot_snooze_without_a_reason(invoice: Unpaid) -> None:
    """Spaces are none."""
    view, ada = await open_form(invoice), await invoice.person()
    receipt = await ada.submit(view.id, {"snooze.day": day(invoice, 3), "reason": "  "})
    assert receipt.trouble == "errors"
    assert ada.modals()[-1].errors == {"reason": "Please give a reason."}


# What ends it early


def _decline(town: Town, number: str) -> None:
    town.tenant.invoices[number].failed_payments.append(
        FailedPayment(town.clock.now(), "BankDeclined")
    )


NEWS: dict[str, tuple[Callable[[Town, str], object], str]] = {
    "amount changed": (lambda t, n: t.tenant.change_amount(n, Decimal(99)), "amount changed"),
    "part paid": (lambda t, n: t.tenant.pay(n, amount=Decimal(9)), "amount changed"),
    "status": (lambda t, n: t.tenant.switch_status(n, "Due"), "status changed"),
    "paid": (lambda t, n: t.tenant.pay(n), "status changed"),
    "void": (lambda t, n: t.tenant.void(n), "status changed"),
    "payment failed": (_decline, "payment failed"),
    "profile warned": (
        lambda t, _: t.tenant.set_profile_status(t.account, t.profile, "Warned", "PastDue"),
        "profile flagged",
    ),
}


@pytest.mark.parametrize("news", NEWS)
async def test_a_snooze_cannot_outlast_news(invoice: Unpaid, news: str) -> None:
    """Whatever changes ends it at the next scan; an overdue invoice's reminder then comes."""
    happen, why = NEWS[news]
    await snooze(invoice)
    happen(invoice.town, invoice.number)
    await days_later(invoice, 1)
    assert not is_snoozed(invoice)
    assert [e["reason"] for e in await journal(invoice.town, "snooze.ended")] == [why]
    reminded = [] if news in ("paid", "void") else [7]
    assert reminded_on(invoice.town, invoice.number) == reminded


async def test_a_snooze_cannot_outlast_the_due_date(contoso: Town) -> None:
    """An invoice that was only due falls overdue: its reminder comes."""
    number = contoso.invoice(days_overdue=-2)
    bot = await contoso.bot()
    await bot.scan()
    invoice = Unpaid(contoso, bot, number, contoso.card(number))
    await snooze(invoice)
    await days_later(invoice, 2)
    assert reminded_on(contoso, number) == []
    assert is_snoozed(invoice)
    await days_later(invoice, 1)
    assert reminded_on(contoso, number) == [1]
    assert not is_snoozed(invoice)


async def test_a_card_cannot_say_snoozed_once_it_is_not(invoice: Unpaid) -> None:
    """A card shown anew before the next scan tells the truth already."""
    await snooze(invoice)
    invoice.town.tenant.change_amount(invoice.number, Decimal(99))
    await choose(invoice, "U0DAN", "refresh")
    assert not is_snoozed(invoice)


async def test_a_dry_run_cannot_end_a_snooze(invoice: Unpaid) -> None:
    """It tells what would be done, and leaves the store alone."""
    await snooze(invoice)
    invoice.town.clock.advance(days=10)
    before = await contents(invoice.town)
    report = await invoice.bot.house.look(dry_run=True)
    assert [want.kind for want in report.wants] == ["reminder"]
    assert await contents(invoice.town) == before


# Azure's own warning


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Warned", "Azure has warned this billing profile for non-payment"),
        ("Disabled", "Azure has disabled this billing profile for non-payment"),
    ],
)
async def test_a_finance_team_can_see_what_azure_has_done(
    invoice: Unpaid, status: str, said: str
) -> None:
    """The card shows the consequence until it is lifted, offers no snooze, and can be paid."""
    town = invoice.town
    town.tenant.set_profile_status(town.account, town.profile, status, "PastDue")
    other = town.invoice()
    await invoice.bot.scan()
    new = Unpaid(town, invoice.bot, other, town.card(other))
    for one in (invoice, new):
        assert said in words(one.card)
        assert said in one.card.text
        assert options(one) == ["refresh", "pdf", "assign", "note"]
        assert one.can_be_paid

    town.tenant.set_profile_status(town.account, town.profile, "Active")
    await invoice.bot.scan()
    assert said not in words(invoice.card)
    assert options(invoice) == ["refresh", "pdf", "assign", "note", "snooze"]


@pytest.mark.parametrize(
    ("status", "reason"), [("Active", "PastDue"), ("Warned", "UnusualActivity"), ("Disabled", None)]
)
async def test_a_finance_team_cannot_be_alarmed_by_another_status(
    invoice: Unpaid, status: str, reason: str | None
) -> None:
    """Only Warned or Disabled because of unpaid invoices is told as such."""
    town = invoice.town
    town.tenant.set_profile_status(town.account, town.profile, status, reason)
    await invoice.bot.scan()
    assert "for non-payment" not in words(invoice.card)
    assert "Snoozed until" in text_of(await snooze(invoice))


async def test_a_payer_cannot_snooze_against_azure_s_warning(invoice: Unpaid) -> None:
    """The profile is read anew, at the press and at the submit; the card then shows the warning."""
    town, view = invoice.town, await open_form(invoice)
    town.tenant.set_profile_status(town.account, town.profile, "Disabled", "PastDue")
    for seen in (
        await submit(invoice, view, {"snooze.day": day(invoice, 3), "reason": WHY}),
        await window(invoice, "U0ADA", MENU, on=invoice.posted, option=f"snooze:{invoice.number}"),
    ):
        assert "Nobody may silence that: reminders cannot be snoozed" in text_of(seen)
    assert not is_snoozed(invoice)
    assert "Azure has disabled this billing profile" in words(invoice.card)
    refused = await journal(town, "snooze.refused")
    assert [entry["reason"] for entry in refused] == ["profile disabled"] * 2


async def test_a_payer_cannot_snooze_while_azure_cannot_tell_of_the_profile(
    invoice: Unpaid,
) -> None:
    """In doubt nothing is silenced."""
    invoice.town.fault("GET */billingProfiles/*", "status", status=403, times=-1)
    view = await open_form(invoice)
    assert "Azure does not let the bot check this" in text_of(view)


async def test_a_scan_can_do_without_the_profiles(invoice: Unpaid) -> None:
    """Where they cannot be read, what was known of them stands, and all else goes on."""
    town = invoice.town
    town.tenant.set_profile_status(town.account, town.profile, "Warned", "PastDue")
    await invoice.bot.scan()
    town.fault("GET */billingProfiles", "status", status=403, times=-1)
    town.tenant.set_profile_status(town.account, town.profile, "Active")
    await days_later(invoice, 1)
    assert "Azure has warned this billing profile" in words(invoice.card)
    assert reminded_on(town, invoice.number) == [7]
    town.faults.clear()
    await invoice.bot.scan()
    assert "Azure has warned this billing profile" not in words(invoice.card)


async def test_a_card_under_way_can_show_all_at_once(invoice: Unpaid) -> None:
    """Snoozed, then taken in hand: the card keeps both lines."""
    await snooze(invoice)
    await begun(invoice, State.HANDED_OFF)
    assert is_snoozed(invoice)
    assert "<@U0ADA> is paying since" in words(invoice.card)
