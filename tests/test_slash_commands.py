"""``/invoice``: an answer for everybody who may know, seen by nobody else."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.azure.invoices import FailedPayment, Payment
from tests.asking import ask, asker, numbers, owed, profile_of
from tests.cards import buttons, words
from tests.paying import unpaid
from tests.town import Town


async def test_a_reader_can_see_all_of_an_invoice(contoso: Town) -> None:
    """Status, amounts, dates, payments, failed payments and the link, in one answer."""
    now = contoso.clock.now()
    number = contoso.invoice(
        amount=Decimal("15000.00"),
        po="PO-7",
        payments=[Payment(now - timedelta(days=2), Decimal("2659.90"))],
        failed_payments=[FailedPayment(now - timedelta(days=1), "CardExpired")],
    )
    portal = "https://portal.example/{invoice}"
    bot = await contoso.bot(portal_invoice_url=portal)
    answer = await ask(await asker(contoso, bot), bot, "/invoice", number)
    day = contoso.midnight()
    for told in (
        f"Invoice {number}: 10 days overdue",
        "12,340.10 EUR",
        "15,000.00 EUR",
        f"{day - timedelta(days=10):%-d %b %Y}",
        f"{day - timedelta(days=40):%-d %b %Y}",
        "Contoso Finance",
        "PO-7",
        "Paid 2,659.90 EUR by Visa on",
        "A payment failed on",
        "CardExpired",
    ):
        assert told in words(answer)
        assert told in answer.text.replace("\xa0", " ")
    link = contoso.button(answer, "portal.open")
    assert link is not None
    assert link["url"] == f"https://portal.example/{number}"
    assert buttons(answer) == ["portal.open"]


async def test_a_reader_can_see_who_is_paying(contoso: Town) -> None:
    """While somebody pays, the answer says who and since when."""
    card = await unpaid(contoso)
    await card.hand_off("U0ADA")
    answer = await ask(await asker(contoso, card.bot), card.bot, "/invoice", card.number)
    assert "<@U0ADA> is paying since" in words(answer)
    contoso.tenant.pay(card.number)
    await card.bot.scan()
    answer = await ask(await card.person("U0ADA"), card.bot, "/invoice", card.number)
    assert "is paying" not in words(answer)
    assert "Paid 12,340.00 EUR by Visa" in words(answer)


async def test_a_reader_can_see_the_state_of_this_moment(contoso: Town) -> None:
    """One invoice is always read afresh, with a card or without."""
    number, early = contoso.invoice(), contoso.invoice(days_overdue=-25)
    bot = await contoso.bot()
    await bot.scan()
    reader = await asker(contoso, bot)
    for one, standing in ((number, "10 days overdue"), (early, "due in 25 days")):
        assert standing in words(await ask(reader, bot, "/invoice", one))
        contoso.tenant.pay(one)
        assert f"{one}: paid" in words(await ask(reader, bot, "/invoice", one))


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("Void", "void"),
        ("Locked", "locked by Azure"),
        ("Other", "not to be paid"),
        ("Suspended", "not to be paid"),
    ],
)
async def test_a_reader_can_look_up_what_has_no_card(
    contoso: Town, status: str, standing: str
) -> None:
    """Void, locked and unknown invoices are shown as what they are, without Pay now."""
    number = contoso.invoice(status=status)
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoice", number)
    assert f"Invoice {number}: {standing}" in words(answer)
    assert "pay.open" not in buttons(answer)


@pytest.mark.parametrize("written", ["{}", "  {}  ", "{}\t", "lower"])
async def test_a_reader_can_write_the_number_carelessly(contoso: Town, written: str) -> None:
    """Small letters and spaces around the number do not matter."""
    number = contoso.invoice()
    bot = await contoso.bot()
    text = number.lower() if written == "lower" else written.format(number)
    answer = await ask(await asker(contoso, bot), bot, "/invoice", text)
    assert f"Invoice {number}" in words(answer)


@pytest.mark.parametrize("text", ["", "help", "HELP", "?", "   "])
async def test_anybody_can_get_help_for_one_invoice(contoso: Town, text: str) -> None:
    """Nothing, ``help`` or a question mark explain the command without asking Azure."""
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot, ""), bot, "/invoice", text)
    assert "Use `/invoice` with an invoice number" in words(answer)
    assert [one for one in contoso.traffic.exchanges if one.server == "arm"] == []


@pytest.mark.parametrize(
    "text",
    [
        "nonsense text",
        "G1; DROP TABLE",
        "<!channel>",
        "<@U0ADA>",
        "../../accounts",
        "G" * 3000,
        "ГЖ123",
        "\x00\x1b[31m",
        "{0}{number}",
    ],
)
async def test_anybody_can_be_told_that_this_is_no_number(contoso: Town, text: str) -> None:
    """Garbage is answered with how a number looks, safely, and never reaches Azure."""
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoice", text)
    assert "is no invoice number. One looks like G123456789" in words(answer)
    assert "<!" not in answer.text
    assert "<@" not in answer.text
    assert [one for one in contoso.traffic.exchanges if one.server == "arm"] == []


async def test_a_reader_can_be_told_that_a_number_is_unknown(contoso: Town) -> None:
    """A number Azure does not know gets an answer with the next step."""
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoice", "G999999999")
    assert "Azure shows no invoice G999999999" in words(answer)
    assert "/invoices all" in words(answer)


# Who may look


@pytest.mark.parametrize(
    "role",
    [
        "billing-account-owner",
        "billing-account-contributor",
        "billing-account-reader",
        "billing-profile-owner",
        "billing-profile-contributor",
        "billing-profile-reader",
        "invoice-manager",
    ],
)
async def test_a_colleague_can_look_with_any_billing_role(contoso: Town, role: str) -> None:
    """Every role on the account or the profile lets its holder look, alone and in lists."""
    number = contoso.invoice()
    bot = await contoso.bot()
    person = await asker(contoso, bot, role)
    assert f"Invoice {number}" in words(await ask(person, bot, "/invoice", number))
    assert numbers(await ask(person, bot, "/invoices")) == [number]


async def test_a_colleague_cannot_look_without_a_role(contoso: Town) -> None:
    """Without a role on the invoice's scope there is no word about it, alone or in lists."""
    number = contoso.invoice(amount=Decimal("777.77"))
    bot = await contoso.bot()
    person = await asker(contoso, bot, "")
    for command, text in (("/invoice", number), ("/invoices", ""), ("/invoices", "all")):
        answer = await ask(person, bot, command, text)
        assert "You hold no billing role" in words(answer)
        assert "777.77" not in words(answer) + answer.text


async def test_a_colleague_cannot_look_into_another_profile(contoso: Town) -> None:
    """A role on one profile shows that profile's invoices and no other's."""
    number = contoso.invoice()
    hidden = owed(contoso, profile_of(contoso, "Research"), "777.77")
    bot = await contoso.bot()
    person = await asker(contoso, bot)
    assert "You hold no billing role" in words(await ask(person, bot, "/invoice", hidden))
    answer = await ask(person, bot, "/invoices", "all")
    assert numbers(answer) == [number]
    assert "777.77" not in words(answer) + answer.text


@pytest.mark.parametrize("access", ["role", "workspace"])
@pytest.mark.parametrize("kind", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_cannot_look(contoso: Town, access: str, kind: str) -> None:
    """Guests see nothing, whatever role their address holds and whatever the setting."""
    number = contoso.invoice()
    bot = await contoso.bot(lookup_access=access)
    contoso.colleague("U0GUEST", "gus", **{kind: True})
    contoso.holds("U0GUEST", "billing-account-owner")
    gus = await contoso.person("U0GUEST", bot)
    for command, text in (("/invoice", number), ("/invoices", "all")):
        answer = await ask(gus, bot, command, text)
        assert "Guests cannot do this" in words(answer)
        assert number not in words(answer) + answer.text


async def test_a_colleague_can_look_when_the_workspace_may(contoso: Town) -> None:
    """``LOOKUP_ACCESS=workspace`` lets every full member look, without asking for roles."""
    number = contoso.invoice()
    bot = await contoso.bot(lookup_access="workspace")
    person = await asker(contoso, bot, "")
    assert f"Invoice {number}" in words(await ask(person, bot, "/invoice", number))
    assert numbers(await ask(person, bot, "/invoices")) == [number]
    assert contoso.traffic.count("/billingRoleAssignments") == 0


@pytest.mark.parametrize("access", ["role", "workspace"])
async def test_a_colleague_cannot_look_beyond_the_watched_accounts(
    contoso: Town, access: str
) -> None:
    """An invoice of an account the bot does not watch is unknown to it, to everybody."""
    number = contoso.invoice()
    other = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, other)
    contoso.tenant.assign("billing-account-owner", contoso.ids["U0ADA"], other)
    theirs = owed(contoso, contoso.tenant.add_profile(other, "Fabrikam"), account=other)
    bot = await contoso.bot(azure_billing_accounts=contoso.account, lookup_access=access)
    ada = await contoso.person("U0ADA", bot)
    answer = await ask(ada, bot, "/invoice", theirs)
    assert f"Azure shows no invoice {theirs}" in words(answer)
    assert numbers(await ask(ada, bot, "/invoices", "all")) == [number]


async def test_nobody_else_can_see_an_answer(contoso: Town) -> None:
    """Answers are for the asker alone: nothing is posted, and no one else gets anything."""
    number = contoso.invoice()
    bot = await contoso.bot()
    reader, ada = await asker(contoso, bot), await contoso.person("U0ADA", bot)
    await ask(reader, bot, "/invoice", number)
    await ask(reader, bot, "/invoices", "all")
    assert contoso.posts() == []
    assert ada.replies == []


# Trouble


@pytest.mark.parametrize("command", ["/invoice", "/invoices"])
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (("GET */invoices*", "status", {"status": 403}), "Azure does not let the bot check this"),
        (("GET */invoices*", "throttle", {"seconds": 0}), "Azure is too busy"),
        (("GET */invoices*", "malformed", {}), "Azure gave an answer that the bot cannot trust"),
        (("GET */billingRoleAssignments", "status", {"status": 403}), "Azure does not let the bot"),
        (("GET */v1.0/users*", "status", {"status": 403}), "Azure does not let the bot check this"),
        (("* */users.info", "status", {"status": 500}), "Slack did not answer as it should"),
    ],
    ids=["denied", "busy", "nonsense", "no assignments", "no Graph", "no Slack"],
)
async def test_a_reader_can_be_told_of_trouble(
    contoso: Town, command: str, fault: tuple[str, Any, dict[str, Any]], told: str
) -> None:
    """Whoever asks learns in one sentence what is down, and nothing about the invoice."""
    number = contoso.invoice(amount=Decimal("777.77"))
    bot = await contoso.bot()
    reader = await asker(contoso, bot)
    on, kind, how = fault
    contoso.fault(on, kind, times=-1, **how)
    answer = await ask(reader, bot, command, number)
    assert told in words(answer)
    assert "777.77" not in words(answer) + answer.text
