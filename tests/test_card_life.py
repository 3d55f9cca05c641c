"""A card stays true as long as it is needed: changes in place, endings, refreshes, dry runs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sandbox.slack import text_of
from tests.cards import buttons, contents, slack_calls, words
from tests.town import FINANCE, Town


async def test_a_channel_can_stay_quiet_when_nothing_changed(contoso: Town) -> None:
    """A second scan posts nothing and does not call Slack at all."""
    for _ in range(3):
        contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    posts, calls = contoso.posts(), slack_calls(contoso)
    report = await bot.scan()
    assert [line.done for line in report.lines] == ["unchanged"] * 3
    assert contoso.posts() == posts
    assert slack_calls(contoso) == calls


async def test_a_channel_can_stay_quiet_through_a_restart(contoso: Town) -> None:
    """What was posted is known to the next process, too."""
    contoso.invoice()
    await (await contoso.bot()).scan()
    posts, calls = contoso.posts(), slack_calls(contoso)
    await (await contoso.bot()).scan()
    assert contoso.posts() == posts
    assert slack_calls(contoso) == calls


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda town, number: town.tenant.change_amount(number, Decimal("99.10")), "99.10 EUR"),
        (lambda town, number: town.tenant.pay(number, amount=Decimal(340)), "12,000.00 EUR"),
        (lambda town, number: setattr(town.tenant.invoices[number], "po", "PO-9"), "PO-9"),
        (lambda town, _: town.clock.advance(days=2), "12 days overdue"),
    ],
    ids=["another amount", "a part paid", "another reference", "two days later"],
)
async def test_a_finance_team_can_see_changes_on_the_same_card(
    contoso: Town, change: Callable[[Town, str], object], shown: str
) -> None:
    """A change is shown in place: the same message, one update, Pay now still there."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    before = contoso.card(number)
    change(contoso, number)
    report = await bot.scan()
    after = contoso.card(number)
    assert after.ts == before.ts
    assert shown in words(after)
    assert shown in after.text.replace("\xa0", " ")
    assert after.metadata == before.metadata
    assert contoso.button(after, "pay.open")
    assert [line.done for line in report.lines] == ["updated"]
    assert slack_calls(contoso).count("chat.update") == 1


def _credit(town: Town, number: str) -> None:
    town.tenant.invoices[number].amount_due = Decimal("-5.00")


def _status(word: str) -> Callable[[Town, str], None]:
    return lambda town, number: town.tenant.switch_status(number, word)


ENDINGS: dict[str, tuple[Callable[[Town, str], object], str]] = {
    "paid": (lambda town, number: town.tenant.pay(number), "paid"),
    "void": (lambda town, number: town.tenant.void(number), "void"),
    "credited": (_credit, "not to be paid"),
    "billed anew": (lambda town, number: town.tenant.rebill(number), "void"),
    "locked": (_status("Locked"), "locked by Azure"),
    "unknown": (_status("Suspended"), "not to be paid"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_finance_team_cannot_press_anything_on_a_card_that_is_done(
    contoso: Town, ending: str
) -> None:
    """The card says how it ended and loses its buttons, and later scans leave Slack alone."""
    happen, shown = ENDINGS[ending]
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ts = contoso.card(number).ts
    happen(contoso, number)
    await bot.scan()
    card = contoso.card(number)
    assert card.ts == ts
    assert f"Invoice {number}: {shown}" in words(card)
    assert buttons(card) == []
    calls = slack_calls(contoso)
    contoso.clock.advance(days=3)
    await bot.scan()
    assert slack_calls(contoso) == calls
    assert len(contoso.posts()) == 1


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_payer_can_pay_again_what_is_owed_again(contoso: Town, ending: str) -> None:
    """An invoice that is payable once more has its buttons back, on the same message."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ts = contoso.card(number).ts
    ENDINGS[ending][0](contoso, number)
    await bot.scan()
    invoice = contoso.tenant.invoices[number]
    invoice.status, invoice.amount_due, invoice.billed_document = "OverDue", Decimal(7), None
    await bot.scan()
    card = contoso.card(number)
    assert card.ts == ts
    assert "7.00 EUR" in words(card)
    assert buttons(card) == ["pay.open", "portal.open", "card.menu"]


async def test_a_finance_team_can_get_a_deleted_card_back(contoso: Town) -> None:
    """A card somebody deleted is posted again once a scan finds it missing, and only once."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    contoso.workspace.remove(contoso.card(number))
    contoso.clock.advance(days=1)
    for _ in range(3):
        await bot.scan()
    card = contoso.card(number)
    assert "11 days overdue" in words(card)
    assert contoso.button(card, "pay.open")


async def test_a_colleague_can_refresh_a_card(contoso: Town) -> None:
    """Refresh in the menu reads the invoice anew and shows it at once."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    contoso.tenant.change_amount(number, Decimal("55.50"))
    ada = await contoso.person("U0ADA", bot)
    receipt = await ada.press(
        FINANCE, contoso.card(number).ts, "card.menu", option=f"refresh:{number}"
    )
    assert (receipt.status, receipt.trouble) == (200, "")
    await bot.settle()
    assert "55.50 EUR" in words(contoso.card(number))
    contoso.tenant.pay(number)
    await ada.press(FINANCE, contoso.card(number).ts, "card.menu", option=f"refresh:{number}")
    await bot.settle()
    assert buttons(contoso.card(number)) == []


async def test_a_guest_cannot_refresh_a_card(contoso: Town) -> None:
    """Only full members may ask Azure anything; the card stays as it is."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    before = contoso.card(number)
    contoso.tenant.change_amount(number, Decimal("55.50"))
    contoso.colleague("U0GUEST", "gus", is_restricted=True)
    gus = await contoso.person("U0GUEST", bot)
    await gus.press(FINANCE, before.ts, "card.menu", option=f"refresh:{number}")
    await bot.settle()
    assert contoso.card(number) == before
    assert "Guests cannot do this" in text_of(gus.replies[-1])


async def test_a_colleague_can_be_told_that_a_refresh_failed(contoso: Town) -> None:
    """With Azure down the card stays, and the one who asked is told why."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    before = contoso.card(number)
    contoso.fault(f"GET */invoices/{number}", "status", status=403, times=-1)
    ada = await contoso.person("U0ADA", bot)
    await ada.press(FINANCE, before.ts, "card.menu", option=f"refresh:{number}")
    await bot.settle()
    assert contoso.card(number) == before
    assert "Azure does not let the bot check this" in text_of(ada.replies[-1])


async def test_a_finance_team_can_rely_on_a_lost_update_being_made_up_for(contoso: Town) -> None:
    """An update that Slack refused for now is reported, and the next scan shows the truth."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    contoso.tenant.pay(number)
    contoso.fault("* */chat.update", "status", status=500)
    report = await bot.scan()
    assert not report.is_complete
    report = await bot.scan()
    assert report.is_complete
    assert f"Invoice {number}: paid" in words(contoso.card(number))


# A dry run


async def test_an_operator_can_try_a_scan_without_any_effect(contoso: Town) -> None:
    """A dry run tells what would be done, posts nothing, and leaves Redis as it was."""
    numbers = [contoso.invoice(), contoso.invoice(days_overdue=-20)]
    bot = await contoso.bot()
    report = await bot.scan(dry_run=True)
    assert {line.invoice.number: line.done for line in report.lines} == {
        numbers[0]: "posted",
        numbers[1]: "not yet",
    }
    assert slack_calls(contoso) == []
    assert await contents(contoso) == {}


async def test_an_operator_can_try_a_scan_over_open_cards(contoso: Town) -> None:
    """With cards open, a dry run tells of changes and closings, and changes none of them."""
    changed, paid = contoso.invoice(), contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    contoso.tenant.change_amount(changed, Decimal(1))
    contoso.tenant.pay(paid)
    posts, calls, before = contoso.posts(), slack_calls(contoso), await contents(contoso)
    report = await bot.scan(dry_run=True)
    done: dict[str, Any] = {line.invoice.number: line.done for line in report.lines}
    assert done == {changed: "updated", paid: "closed"}
    assert (contoso.posts(), slack_calls(contoso)) == (posts, calls)
    assert await contents(contoso) == before
