"""``/invoices``: lists by filter and text, page by page, of what the asker may see."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.slack import Message
from tests.asking import ask, asker, numbers, owed, page, profile_of, rows
from tests.cards import buttons, words
from tests.town import Town


async def filled(town: Town) -> dict[str, str]:
    """One invoice of each kind: what it is -> its number."""
    made = {
        "overdue": town.invoice(days_overdue=20, po="Alpha"),
        "due long past": town.invoice(days_overdue=3, status="Due"),
        "due today": town.invoice(days_overdue=0),
        "due later": town.invoice(days_overdue=-20, po="Beta 7"),
        "locked": town.invoice(status="Locked", days_overdue=5),
        "paid": town.invoice(status="Paid"),
        "void": town.invoice(status="Void"),
    }
    made["credit"] = town.invoice(amount=Decimal("-9.00"), document_type="CreditNote", status="Due")
    return made


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", ["overdue", "locked", "due long past", "due today", "due later"]),
        ("unpaid", ["overdue", "locked", "due long past", "due today", "due later"]),
        ("overdue", ["overdue", "due long past"]),
        ("OVERDUE", ["overdue", "due long past"]),
        ("due", ["due today", "due later"]),
        ("paid", ["paid"]),
        ("void", ["void"]),
        ("overdue alpha", ["overdue"]),
        ("Beta", ["due later"]),
        ("all beta 7", ["due later"]),
        ("all contoso fin", None),
        ("all", None),
    ],
)
async def test_a_reader_can_list_by_filter_and_text(
    contoso: Town, text: str, kinds: list[str] | None
) -> None:
    """Each filter shows its own, what presses most first; text looks in number, profile, reference."""
    made = await filled(contoso)
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoices", text)
    if kinds is None:
        assert set(numbers(answer)) == set(made.values())
    else:
        assert numbers(answer) == [made[kind] for kind in kinds]


async def test_a_reader_can_list_by_a_part_of_the_number(contoso: Town) -> None:
    """The text may be a part of the number, in any case."""
    number = contoso.invoice("GABC123456")
    contoso.invoice("GXYZ123456")
    bot = await contoso.bot()
    assert numbers(await ask(await asker(contoso, bot), bot, "/invoices", "gabc")) == [number]


async def test_a_reader_can_read_a_row(contoso: Town) -> None:
    """A row tells number, amount due, due date, where it stands, and the profile."""
    number = contoso.invoice(days_overdue=3, status="Due")
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoices")
    due = contoso.midnight() - timedelta(days=3)
    row = [number, "12,340.00 EUR", f"{due:%-d %b %Y}", "3 days overdue", "Contoso Finance"]
    assert rows(answer) == [row]
    for cell in row:
        assert cell in answer.text.replace("\xa0", " ")


async def test_a_reader_can_see_totals_per_currency(contoso: Town) -> None:
    """Totals cover all pages, one per currency, and are never added to each other."""
    for _ in range(12):
        contoso.invoice(amount=Decimal("0.10"))
    dollars = profile_of(contoso, "Research")
    for _ in range(3):
        owed(contoso, dollars, "1000.01")
    contoso.invoice(status="Paid", amount=Decimal(999))
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    answer = await ask(ada, bot, "/invoices", "all")
    assert "Amount due in all*: 1.20 EUR · 3,000.03 USD" in words(answer)
    assert "1.20 EUR · 3,000.03 USD" in answer.text.replace("\xa0", " ")


async def test_a_reader_can_turn_pages_in_place(contoso: Town) -> None:
    """Ten on a page; the buttons replace the answer, and no page is lost or shown twice."""
    for days in range(25):
        contoso.invoice(days_overdue=days)
    bot = await contoso.bot()
    reader = await asker(contoso, bot)
    first = await ask(reader, bot, "/invoices", "contoso")
    assert buttons(first) == ["list.next"]
    second = await page(reader, bot, "list.next")
    assert buttons(second) == ["list.previous", "list.next"]
    third = await page(reader, bot, "list.next")
    assert buttons(third) == ["list.previous"]
    pages = [numbers(one) for one in (first, second, third)]
    assert [len(one) for one in pages] == [10, 10, 5]
    assert len({number for one in pages for number in one}) == 25
    assert numbers(await page(reader, bot, "list.previous")) == pages[1]
    assert all("25 invoices" in words(one) for one in (first, second, third))


async def test_a_reader_can_turn_a_page_that_is_no_longer_there(contoso: Town) -> None:
    """When fewer match than before, the last page there is comes up."""
    made = [contoso.invoice(days_overdue=days) for days in range(1, 12)]
    bot = await contoso.bot()
    reader = await asker(contoso, bot)
    await ask(reader, bot, "/invoices", "overdue")
    for number in made[:5]:
        contoso.tenant.pay(number)
    contoso.clock.advance(minutes=2)
    answer = await page(reader, bot, "list.next")
    assert len(numbers(answer)) == 6
    assert buttons(answer) == []


async def test_a_reader_cannot_turn_pages_after_losing_the_role(contoso: Town) -> None:
    """Each page asks anew whether its reader may look."""
    for days in range(12):
        contoso.invoice(days_overdue=days)
    bot = await contoso.bot()
    reader = await asker(contoso, bot)
    await ask(reader, bot, "/invoices")
    contoso.tenant.revoke(
        "billing-profile-reader", contoso.ids["U0RON"], contoso.account, contoso.profile
    )
    assert "You hold no billing role" in words(await page(reader, bot, "list.next"))


@pytest.mark.parametrize("text", ["help", "Help", "?"])
async def test_anybody_can_get_help_for_lists(contoso: Town, text: str) -> None:
    """``help`` names all the filters."""
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot, ""), bot, "/invoices", text)
    for word in ("overdue", "due", "paid", "void", "all"):
        assert f"*{word}*" in words(answer)


@pytest.mark.parametrize("text", ["zebra", "paid zebra", "<!channel>", "x" * 3000, "{0}"])
async def test_a_reader_can_be_told_that_nothing_matches(contoso: Town, text: str) -> None:
    """An empty list says so, safely, and that only one's own invoices are searched."""
    contoso.invoice()
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoices", text)
    assert "No invoice matches" in words(answer)
    assert "You see only invoices on which you hold a billing role" in words(answer)
    assert "<!channel" not in answer.text + words(answer)


async def test_a_reader_can_list_hostile_names(contoso: Town) -> None:
    """A full page of the worst names is within Slack's limits and mentions nobody."""
    name = "<!channel> & <@U0ADA> " + "W" * 10_000
    for _ in range(12):
        contoso.invoice(raw={"billingProfileDisplayName": name})
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoices", "<!channel>")
    assert len(numbers(answer)) == 10
    assert "<!channel" not in answer.text
    assert "<@" not in answer.text


async def test_a_reader_can_see_fresh_lists(contoso: Town) -> None:
    """Azure is read at most once a minute for lists, and the answer says when it was."""
    first = contoso.invoice()
    bot = await contoso.bot()
    reader = await asker(contoso, bot)
    assert numbers(await ask(reader, bot, "/invoices")) == [first]
    reads = contoso.traffic.count("/invoices")
    answer = await ask(reader, bot, "/invoices")
    assert contoso.traffic.count("/invoices") == reads
    assert "Azure was read on <!date^" in words(answer)
    second = contoso.invoice(days_overdue=5)
    contoso.clock.advance(seconds=61)
    assert numbers(await ask(reader, bot, "/invoices")) == [first, second]


async def test_a_reader_can_see_the_other_accounts_when_one_fails(contoso: Town) -> None:
    """A list names the accounts that could not be read beside what could."""
    number = contoso.invoice()
    other = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, other)
    contoso.fault(f"GET */{other}/invoices", "status", status=403)
    bot = await contoso.bot()
    answer = await ask(await asker(contoso, bot), bot, "/invoices")
    assert numbers(answer) == [number]
    assert "These billing accounts could not be read: Fabrikam." in words(answer)


async def test_a_reader_cannot_hurt_the_bot_with_a_forged_page(contoso: Town) -> None:
    """A paging value that makes no sense ends in an answer, not in silence."""
    for days in range(12):
        contoso.invoice(days_overdue=days)
    bot = await contoso.bot()
    reader = await asker(contoso, bot)
    answer = await ask(reader, bot, "/invoices")
    for told, value in enumerate(_FORGED, start=2):
        forged = _with_value(answer, value)
        receipt = await reader.press_stale(forged, "list.next")
        assert (receipt.status, receipt.trouble) == (200, "")
        await bot.settle()
        answers = [one for one in contoso.traffic.exchanges if one.path.startswith("/response/")]
        assert [one.status for one in answers] == [200] * told


_FORGED: Iterable[str] = (
    "",
    "null",
    "[]",
    "{}",
    '{"filter": "everything", "text": "", "page": 0}',
    '{"filter": "all", "text": "", "page": -5}',
    '{"filter": "all", "text": "", "page": 1e400}',
    '{"filter": "all", "text": {}, "page": 99999999999999999999}',
)


def _with_value(message: Message, value: str) -> Message:
    """A copy of an answer whose paging button says something else."""
    blocks: list[dict[str, Any]] = [
        block
        if block["type"] != "actions"
        else block | {"elements": [one | {"value": value} for one in block["elements"]]}
        for block in message.blocks
    ]
    return Message(
        channel=message.channel,
        ts=message.ts,
        user=message.user,
        text=message.text,
        blocks=blocks,
        bot_id=message.bot_id,
        seen_by=message.seen_by,
    )
