"""One living card per unpaid invoice, in its channel, always showing the truth."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.slack.rules import message_complaints
from tests.cards import buttons, words
from tests.town import Town

ALERT = "azure_invoice_alert"


# What a card shows


async def test_a_finance_team_can_see_all_that_matters_on_a_card(contoso: Town) -> None:
    """Number, amount due, due date, days overdue, profile, purchase order, and three ways on."""
    number = contoso.invoice(days_overdue=19, po="PO-4711")
    await (await contoso.bot()).scan()
    card = contoso.card(number)
    due = contoso.midnight() - timedelta(days=19)
    for told in (
        f"Invoice {number}: 19 days overdue",
        "12,340.00 EUR",
        f"{due:%-d %b %Y}",
        "Contoso Finance",
        "PO-4711",
    ):
        assert told in words(card)
        assert told in card.text.replace("\xa0", " ")
    assert buttons(card) == ["pay.open", "portal.open", "card.menu"]


async def test_a_payer_can_press_pay_now_for_exactly_this_invoice(contoso: Town) -> None:
    """The button's value is the invoice number, and a screen reader hears which one it pays."""
    number = contoso.invoice()
    await (await contoso.bot()).scan()
    button = contoso.button(contoso.card(number), "pay.open")
    assert button is not None
    assert button["value"] == number
    assert number in button["accessibility_label"]


async def test_a_finance_team_can_open_the_portal_they_configured(contoso: Town) -> None:
    """View in Azure follows the template, its parts percent-encoded."""
    number = contoso.invoice()
    template = "https://portal.example/{billing_account}/{billing_profile}?i={invoice}"
    await (await contoso.bot(portal_invoice_url=template)).scan()
    button = contoso.button(contoso.card(number), "portal.open")
    assert button is not None
    account = contoso.account.replace(":", "%3A")
    assert button["url"] == f"https://portal.example/{account}/{contoso.profile}?i={number}"


async def test_an_operator_can_find_a_card_by_its_metadata(contoso: Town) -> None:
    """Every card carries the alert's id, which depends on the invoice alone."""
    number = contoso.invoice()
    await (await contoso.bot()).scan()
    metadata = contoso.card(number).metadata
    assert metadata is not None
    assert metadata["event_type"] == ALERT
    assert metadata["event_payload"]["alert_id"] == f"invoice:{number}"


async def test_a_finance_team_can_have_many_cards(contoso: Town) -> None:
    """Each due or overdue invoice gets its own message, each within Slack's rules."""
    numbers = {contoso.invoice(days_overdue=days) for days in (-3, 0, 1, 45)}
    await (await contoso.bot()).scan()
    assert len(contoso.posts()) == len(numbers)
    for number in numbers:
        card = contoso.card(number)
        assert message_complaints(card.blocks) == []
        assert contoso.button(card, "pay.open")


# Where it goes


@pytest.mark.parametrize(
    "route",
    [
        lambda town: town.profile,
        lambda town: town.profile.lower(),
        lambda _: "Contoso Finance",
        lambda _: "contoso finance",
        lambda town: town.tenant.scope(town.account, town.profile),
        lambda town: town.tenant.scope(town.account, town.profile).lstrip("/"),
    ],
    ids=["id", "id in small letters", "name", "name in small letters", "full id", "no slash"],
)
async def test_an_operator_can_route_a_profile_to_its_channel(
    contoso: Town, route: Callable[[Town], str]
) -> None:
    """``ALERT_ROUTES`` knows a profile by id, name or full resource id, in any case."""
    contoso.workspace.add_channel("C0TEAM", "team")
    number = contoso.invoice()
    await (await contoso.bot(alert_routes={route(contoso): "C0TEAM"})).scan()
    assert contoso.card(number, "C0TEAM").ts
    assert contoso.posts() == []


async def test_an_operator_can_rely_on_the_default_channel(contoso: Town) -> None:
    """A profile without a route goes to ``ALERT_CHANNEL``."""
    contoso.workspace.add_channel("C0TEAM", "team")
    number = contoso.invoice()
    await (await contoso.bot(alert_routes={"Another profile": "C0TEAM"})).scan()
    assert contoso.card(number).ts
    assert contoso.posts("C0TEAM") == []


async def test_an_operator_can_be_told_of_a_profile_without_a_channel(contoso: Town) -> None:
    """Without route and default the invoice is reported with the fix; others are posted."""
    contoso.workspace.add_channel("C0TEAM", "team")
    lost = contoso.invoice()
    other = contoso.tenant.add_profile(contoso.account, "Research", currency="USD")
    found = contoso.tenant.add_invoice(
        contoso.account, other, amount=Decimal(5), due=contoso.midnight(), status="OverDue"
    )
    bot = await contoso.bot(alert_channel="", alert_routes={"Research": "C0TEAM"})
    report = await bot.scan()
    assert contoso.card(found, "C0TEAM").ts
    (failure,) = report.failures
    assert "set ALERT_CHANNEL" in failure
    assert lost in failure


# When it appears


@pytest.mark.parametrize(("days_overdue", "posted"), [(-4, False), (-3, True), (0, True)])
async def test_a_finance_team_can_expect_a_card_three_days_before(
    contoso: Town, days_overdue: int, *, posted: bool
) -> None:
    """The first milestone brings the card, not the day before it."""
    contoso.invoice(days_overdue=days_overdue)
    await (await contoso.bot()).scan()
    assert bool(contoso.posts()) is posted


async def test_a_finance_team_can_see_a_card_appear_as_days_pass(contoso: Town) -> None:
    """What is not yet due is left alone until its day has come."""
    contoso.invoice(days_overdue=-5)
    bot = await contoso.bot()
    report = await bot.scan()
    assert [line.done for line in report.lines] == ["not yet"]
    contoso.clock.advance(days=2)
    await bot.scan()
    assert len(contoso.posts()) == 1


@pytest.mark.parametrize(("days_overdue", "posted"), [(6, False), (7, True), (40, True)])
async def test_an_operator_can_choose_the_first_day(
    contoso: Town, days_overdue: int, *, posted: bool
) -> None:
    """``REMIND_ON_DAYS`` says when a card appears for the first time."""
    contoso.invoice(days_overdue=days_overdue, status="Due")
    await (await contoso.bot(remind_on_days="7,14")).scan()
    assert bool(contoso.posts()) is posted


async def test_an_operator_can_choose_whose_day_it_is(contoso: Town) -> None:
    """``TIMEZONE`` decides which day the channel lives in."""
    number = contoso.invoice(days_overdue=0)
    contoso.clock.moment = contoso.midnight() + timedelta(hours=11)
    await (await contoso.bot(timezone="Pacific/Kiritimati")).scan()
    assert "1 day overdue" in words(contoso.card(number))
