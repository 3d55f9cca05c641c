"""The Home tab: what needs its reader, and never anything they may not see."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.ageing import Bucket, ageing, bucket
from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.views.approval import APPROVE
from sandbox.slack import Person, View, text_of
from tests.asking import owed, profile_of
from tests.paying import answered, lose_everything, store
from tests.town import Bot, Town, modal

READING = "Reading your invoices"


async def home(person: Person, bot: Bot) -> View:
    """Open the Home tab; what it shows once the bot is done."""
    receipt = await person.open_home()
    assert (receipt.status, receipt.trouble) == (200, "")
    return await shown(person, bot)


async def shown(person: Person, bot: Bot) -> View:
    """The Home tab once everything has settled."""
    await bot.settle()
    view = person.home()
    assert view is not None
    return view


async def press(person: Person, bot: Bot, action: str, option: str | None = None) -> View:
    """Press or choose something on the Home tab; what it shows then."""
    view = person.home()
    assert view is not None
    receipt = await person.press_in_modal(view.id, action, option=option)
    assert (receipt.status, receipt.trouble) == (200, "")
    return await shown(person, bot)


def words(view: View) -> str:
    """What the tab says, with plain spaces."""
    return text_of(view).replace("\xa0", " ")


def buttons(view: View, action: str) -> list[str]:
    """The values of the buttons with this action, from top to bottom."""
    found: list[dict[str, Any]] = []
    for block in view.blocks:
        found += [*block.get("elements", []), block.get("accessory", {})]
    return [one["value"] for one in found if one.get("action_id") == action and "value" in one]


async def reader(town: Town, bot: Bot, role: str = "billing-profile-reader") -> Person:
    """Ron, with this role or none for ""."""
    town.colleague("U0RON", "ron")
    if role:
        town.holds("U0RON", role)
    return await town.person("U0RON", bot)


async def test_an_owner_can_see_what_needs_them(contoso: Town) -> None:
    """Unpaid invoices, the latest first, each with Pay now; roles, ageing, when it was read."""
    numbers = [contoso.invoice(days_overdue=days) for days in (-5, 40, 3)]
    contoso.invoice(days_overdue=50, status="Paid")
    bot = await contoso.bot()
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    view = await home(ada, bot)
    assert buttons(view, "pay.open") == [numbers[1], numbers[2], numbers[0]]
    for said in (
        *("40 days overdue", "3 invoices", "Amount due in all*: 37,020.00 EUR"),
        *("Billing account owner on *Contoso*: may pay", "Azure was read on", "Last scan:"),
        *("*Not due*\n12,340.00 EUR", "*1–30 days*\n12,340.00", "*31–60 days*\n12,340.00 EUR"),
    ):
        assert said in words(view), said


async def test_an_owner_can_pay_from_home(contoso: Town) -> None:
    """Pay now does what it does on a card; then the invoice is among the payments in flight."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    view = await home(ada, bot)
    await ada.press_in_modal(view.id, "pay.open")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await answered(ada, modals=1)
    view = await shown(ada, bot)
    assert buttons(view, "pay.open") == []
    assert "Payments in flight" in words(view)
    assert f"*{number}* · 12,340.00 EUR · <@U0ADA>: is being paid" in words(view)
    assert "Nothing needs you" in words(view)
    contoso.tenant.pay(number)
    await bot.scan()
    view = await shown(ada, bot)
    assert number not in words(view)


async def test_an_owner_can_pay_what_has_no_card_yet(contoso: Town) -> None:
    """Pay now stands on the tab before the channel has the card; the tab is true all the same."""
    number = contoso.invoice(days_overdue=-30)
    bot = await contoso.bot()
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    view = await home(ada, bot)
    assert contoso.posts() == []
    await ada.press_in_modal(view.id, "pay.open")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await answered(ada, modals=1)
    view = await shown(ada, bot)
    assert buttons(view, "pay.open") == []
    assert f"*{number}* · 12,340.00 EUR · <@U0ADA>: is being paid" in words(view)


async def test_a_reader_cannot_press_pay_now(contoso: Town) -> None:
    """Who may look but not pay gets the way to the portal, and reads that it is so."""
    contoso.invoice()
    bot = await contoso.bot()
    view = await home(await reader(contoso, bot), bot)
    assert buttons(view, "pay.open") == []
    assert "View in Azure" in words(view)
    assert "Billing profile reader on *Contoso Finance*: may look, not pay" in words(view)


async def test_nobody_can_see_anything_without_a_role_there(contoso: Town) -> None:
    """Other profiles' invoices, names, amounts and payments are on no part of the tab."""
    mine, secret = contoso.invoice(), profile_of(contoso, "Secret project")
    theirs = owed(contoso, secret, "777.77")
    bot = await contoso.bot(lookup_access="workspace")
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    await home(ada, bot)
    await ada.press_in_modal((await shown(ada, bot)).id, "pay.open")
    view = await home(await reader(contoso, bot), bot)
    told = str(view.blocks)
    assert mine in told
    assert not [one for one in (theirs, "Secret", secret, "777") if one in told]
    assert theirs in words(await shown(ada, bot))


@pytest.mark.parametrize(
    ("role", "slack", "sentence"),
    [
        ("", {}, "You hold no billing role in Azure"),
        ("billing-account-owner", {"is_restricted": True}, "Guests cannot do this"),
        ("billing-account-owner", {"team_id": "T0OTHER"}, "members of this company"),
        ("billing-account-owner", {"deleted": True}, "deactivated"),
    ],
)
async def test_a_stranger_can_read_one_sentence_only(
    contoso: Town, role: str, slack: dict[str, Any], sentence: str
) -> None:
    """Without a role, as a guest, from elsewhere: a sentence, and nothing besides."""
    number = contoso.invoice()
    bot = await contoso.bot()
    contoso.colleague("U0SAM", "sam", **slack)
    if role:
        contoso.holds("U0SAM", role)
    view = await home(await contoso.person("U0SAM", bot), bot)
    assert [block["type"] for block in view.blocks] == ["section"]
    assert sentence in words(view)
    assert number not in str(view.blocks)


async def test_a_reader_can_turn_pages_and_narrow_them(contoso: Town) -> None:
    """Eight invoices a page; by standing, by profile; and it stays so when the tab is refreshed."""
    late = [contoso.invoice(days_overdue=days) for days in range(1, 10)]
    early = contoso.invoice(days_overdue=-9)
    profile = profile_of(contoso, "Rome office")
    rome = owed(contoso, profile)
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    view = await home(ada, bot)
    assert len(buttons(view, "pay.open")) == 8
    assert buttons(view, "home.previous") == []
    view = await press(ada, bot, "home.next")
    assert buttons(view, "pay.open") == [late[1], late[0], early]
    assert buttons(view, "home.next") == []
    view = await press(ada, bot, "home.filter", "due")
    assert buttons(view, "pay.open") == [early]
    await bot.scan()
    assert buttons(await shown(ada, bot), "pay.open") == [early]
    await press(ada, bot, "home.filter", "overdue")
    view = await press(ada, bot, "home.profile", profile)
    assert buttons(view, "pay.open") == [rome]
    view = await press(ada, bot, "home.filter", "due")
    assert "No invoice matches this choice" in words(view)
    view = await press(ada, bot, "home.profile", "all")
    assert buttons(view, "pay.open") == [early]


async def test_a_reader_can_tell_what_is_owed_by_age(contoso: Town) -> None:
    """Each profile and currency by itself, whatever the tab is narrowed to."""
    contoso.invoice(days_overdue=95)
    contoso.invoice(days_overdue=70, amount=Decimal("1.50"))
    contoso.invoice(days_overdue=65, amount=Decimal("2.25"))
    rome = profile_of(contoso, "Rome office")
    owed(contoso, rome, "5.00")
    due = contoso.midnight() - timedelta(days=3)
    contoso.tenant.add_invoice(
        contoso.account, rome, amount=Decimal(7), due=due, status="OverDue", currency="GBP"
    )
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    await home(ada, bot)
    view = await press(ada, bot, "home.filter", "due")
    for said in (
        "*Contoso Finance* · *12,343.75 EUR*",
        *("*61–90 days*\n3.75 EUR", "*Over 90 days*\n12,340.00 EUR"),
        *("*Rome office* · *7.00 GBP*", "*Rome office* · *5.00 USD*"),
    ):
        assert said in words(view), said


async def test_a_second_payer_can_see_what_waits_for_them(contoso: Town) -> None:
    """Approve and Decline stand first on their tab; on the asker's it is a payment in flight."""
    number = contoso.invoice()
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    bot = await contoso.bot(four_eyes_above={"EUR": Decimal(100)})
    await bot.scan()
    ada, ben = [await contoso.person(user, bot) for user in ("U0ADA", "U0BEN")]
    ron = await reader(contoso, bot)
    for one in (ada, ben, ron):
        await home(one, bot)
    await ben.press_in_modal((await shown(ben, bot)).id, "pay.open")
    await ben.submit((await modal(ben, "pay.confirm")).id)
    await answered(ben, modals=1)
    view = await shown(ada, bot)
    assert words(view).startswith("Waiting for your approval\n<@U0BEN> would like to pay")
    (value,) = buttons(view, "approval.approve")
    assert buttons(view, "approval.decline") == [value]
    assert value.startswith(f"{number}|")
    for other in (ben, ron):
        seen = await shown(other, bot)
        assert buttons(seen, "approval.approve") == []
        assert "waits for a second payer's approval" in words(seen)
    await ada.press_in_modal(view.id, "approval.approve")
    await ada.submit((await modal(ada, APPROVE)).id)
    await answered(ada, modals=1)
    for one in (ada, ben, ron):
        seen = await shown(one, bot)
        assert buttons(seen, "approval.approve") == []
        assert "<@U0BEN>: is being paid" in words(seen)


async def test_a_reader_can_see_changes_without_opening_again(contoso: Town) -> None:
    """A scan and a payment bring every tab up to date that was opened lately, and no other."""
    contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ada, ron = await contoso.person("U0ADA", bot), await reader(contoso, bot)
    await home(ada, bot)
    new = contoso.invoice(days_overdue=77)
    contoso.clock.advance(minutes=15)
    await bot.scan()
    assert buttons(await shown(ada, bot), "pay.open")[0] == new
    assert ron.home() is None


async def test_a_reader_can_keep_their_language_when_others_click(contoso: Town) -> None:
    """Each tab is written for its own reader, whoever's click has changed it."""
    contoso.invoice(days_overdue=9)
    contoso.invoice(days_overdue=8)
    bot = await contoso.bot()
    await bot.scan()
    contoso.colleague("U0DIETER", "dieter", locale="de-DE")
    contoso.holds("U0DIETER", "billing-profile-reader")
    ada = await contoso.person("U0ADA", bot)
    dieter = await contoso.person("U0DIETER", bot)
    for one in (ada, dieter):
        await home(one, bot)
    await ada.press_in_modal((await shown(ada, bot)).id, "pay.open")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await answered(ada, modals=1)
    for one, amount in ((ada, "12,340.00 EUR"), (dieter, "12.340,00 EUR")):
        view = await shown(one, bot)
        assert "<@U0ADA>" in words(view)
        assert amount in words(view)


async def test_a_reader_cannot_keep_seeing_what_they_lost(contoso: Town) -> None:
    """Once the role is gone, the next change leaves a sentence, and then they are left alone."""
    contoso.invoice()
    bot = await contoso.bot()
    ron = await reader(contoso, bot)
    assert "12,340.00" in words(await home(ron, bot))
    contoso.tenant.revoke(
        "billing-profile-reader", contoso.ids["U0RON"], contoso.account, contoso.profile
    )
    await bot.scan()
    view = await shown(ron, bot)
    assert "You hold no billing role" in words(view)
    assert "12,340.00" not in words(view)
    calls = contoso.traffic.count("views.publish")
    await bot.scan()
    await bot.settle()
    assert contoso.traffic.count("views.publish") == calls


async def test_a_reader_can_see_roles_held_through_a_group(contoso: Town) -> None:
    """They are named as such; where the bot may not read groups, direct ones still count."""
    contoso.invoice()
    bot = await contoso.bot()
    ron = await reader(contoso, bot)
    group = contoso.tenant.add_group("Payers", [contoso.ids["U0RON"]])
    contoso.tenant.assign("billing-account-owner", group, contoso.account)
    view = await home(ron, bot)
    assert "Billing account owner on *Contoso* (through a group): may pay" in words(view)
    assert len(buttons(view, "pay.open")) == 1
    contoso.tenant.revoke_permission("GroupMember.Read.All")
    view = await home(ron, bot)
    assert "through a group" not in words(view)
    assert buttons(view, "pay.open") == []
    assert "Billing profile reader" in words(view)


async def test_a_reader_can_try_again_after_trouble(contoso: Town) -> None:
    """A failure is a sentence with a Refresh button, on the tab itself."""
    number = contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    contoso.fault("GET */billingAccounts*", "status", status=403)
    view = await home(ada, bot)
    assert "Azure does not let the bot check this" in words(view)
    assert number in words(await press(ada, bot, "home.refresh"))


async def test_a_reader_can_see_that_it_is_being_read(contoso: Town) -> None:
    """The first time there is a word at once, later the tab stays as it was meanwhile."""
    contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    seen: list[str] = []

    def look(change: dict[str, Any]) -> None:
        if change["kind"] == "home":
            view = ada.home()
            assert view is not None
            seen.append(words(view))

    contoso.workspace.on_change.append(look)
    await home(ada, bot)
    await home(ada, bot)
    assert [READING in said for said in seen] == [True, False, False]


async def test_a_reader_can_open_home_while_much_is_owed(contoso: Town) -> None:
    """However many profiles, currencies and payments there are, Slack takes the tab."""
    for at in range(30):
        profile = profile_of(contoso, f"Profile {at} " + "ä" * 80)
        for amount in ("1.00", "2.00"):
            owed(contoso, profile, amount)
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    view = await home(ada, bot)
    assert "60 invoices" in words(view)
    assert "And 20 more" in words(view)


async def test_a_reader_can_open_home_after_the_store_forgot_everything(contoso: Town) -> None:
    """It is shown the usual way; and what is kept for it does not live for ever."""
    number = contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    await home(ada, bot)
    await press(ada, bot, "home.filter", "due")
    await lose_everything(contoso)
    assert buttons(await home(ada, bot), "pay.open") == [number]
    async with store(contoso) as redis:
        names = [name async for name in redis.scan_iter("*:home*")]
        assert names
        assert all([await redis.ttl(name) > 0 for name in names])


AGES = [
    *((days, Bucket.NOT_DUE) for days in (-400, -1, 0)),
    *((1, Bucket.D1_30), (30, Bucket.D1_30), (31, Bucket.D31_60), (60, Bucket.D31_60)),
    *((61, Bucket.D61_90), (90, Bucket.D61_90), (91, Bucket.OVER_90), (4000, Bucket.OVER_90)),
]


@pytest.mark.parametrize(("days", "expected"), AGES)
def test_an_accountant_can_rely_on_the_ages(days: int, expected: Bucket) -> None:
    """The usual five, their edges included."""
    assert bucket(days) is expected


def test_an_accountant_cannot_find_a_settled_invoice_among_the_ages(contoso: Town) -> None:
    """Only what is owed counts; one that Azure calls overdue does so even without a date."""
    today = contoso.today()

    def made(status: Status, **facts: Any) -> Invoice:
        due = Money(Decimal(facts.pop("amount", 5)), "EUR")
        return Invoice("G000000001", "acc", "P-1", "Finance", status, due, **facts)

    invoices = [
        made(Status.OVERDUE),
        made(Status.DUE),
        made(Status.PAID),
        made(Status.VOID),
        made(Status.DUE, amount=-3),
        made(Status.DUE, replaced_by="G000000002"),
    ]
    five = Money(Decimal(5), "EUR")
    expected = {("Finance", "EUR"): {Bucket.NOT_DUE: five, Bucket.D1_30: five}}
    assert ageing(invoices, today) == expected
