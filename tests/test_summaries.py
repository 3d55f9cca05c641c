"""Many at once: one message that tells of all, and the cards in its thread."""

import asyncio
from typing import Any

import pytest

from sandbox.slack import Message, text_of
from tests.alerting import card, cards, reminded_on, reminders, summaries
from tests.cards import slack_calls, words
from tests.paying import key, lose_everything, store
from tests.town import FINANCE, Bot, Town, modal, told

POST = "* */chat.postMessage"
OTHER = "C0OTHER"


def many(town: Town, count: int = 11, **how: Any) -> list[str]:
    """That many overdue invoices."""
    return [town.invoice(**how) for _ in range(count)]


def tops(town: Town, channel: str = FINANCE) -> list[Message]:
    """The messages that stand in the channel itself."""
    return [message for message in town.posts(channel) if message.thread_ts is None]


def threads(town: Town, numbers: list[str], channel: str = FINANCE) -> set[str | None]:
    """The threads that the cards of these invoices are in; each has one card."""
    return {card(town, number, channel).thread_ts for number in numbers}


async def with_old_memory(town: Town) -> Bot:
    """A bot whose store has served before, in a channel still empty."""
    bot = await town.bot()
    await bot.scan()
    town.clock.advance(minutes=15)
    return bot


async def test_a_channel_can_get_many_new_cards_as_one_message(contoso: Town) -> None:
    """Eleven new cards are one summary with a table of all, and the cards in its thread."""
    bot = await contoso.bot()
    numbers = many(contoso)
    report = await bot.scan()
    (summary,) = tops(contoso)
    assert summaries(contoso) == [summary]
    assert threads(contoso, numbers) == {summary.ts}
    (table,) = [block for block in summary.blocks if block["type"] == "table"]
    assert len(table["rows"]) == 1 + 11
    assert {row[0]["text"] for row in table["rows"][1:]} == set(numbers)
    assert "11 Azure invoices need you" in text_of(summary)
    assert "135,740.00 EUR" in words(summary)
    assert all(number in summary.text for number in numbers)
    assert report.count("posted") == 11


async def test_a_channel_can_get_a_few_new_cards_one_by_one(contoso: Town) -> None:
    """Ten new cards stand in the channel, each by itself."""
    numbers = many(contoso, 10)
    await (await contoso.bot()).scan()
    assert summaries(contoso) == []
    assert len(tops(contoso)) == 10
    assert threads(contoso, numbers) == {None}


async def test_a_channel_can_get_a_summary_of_its_own_cards_only(contoso: Town) -> None:
    """Cards are counted for each channel: eleven in one do not bind the two in another."""
    contoso.workspace.add_channel(OTHER, "other")
    other = contoso.tenant.add_profile(contoso.account, "Fabrikam", currency="EUR")
    first = contoso.profile
    numbers = many(contoso)
    contoso.profile = other
    few = many(contoso, 2)
    contoso.profile = first
    await (await contoso.bot(alert_routes={other.lower(): OTHER})).scan()
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}
    assert threads(contoso, few, OTHER) == {None}
    assert len(contoso.posts(OTHER)) == 2


async def test_a_payer_can_pay_from_a_card_in_a_thread(contoso: Town) -> None:
    """The buttons work there as anywhere, and the card follows its payment in place."""
    numbers = many(contoso)
    bot = await contoso.bot()
    await bot.scan()
    number, ts = numbers[4], card(contoso, numbers[4]).ts
    ada = await contoso.person("U0ADA", bot)
    receipt = await ada.press(FINANCE, ts, "pay.open")
    assert (receipt.status, receipt.trouble) == (200, "")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await told(ada, "reserved for you")
    await bot.settle()
    assert "is paying since" in text_of(card(contoso, number))
    contoso.tenant.pay(number)
    await bot.scan()
    assert "paid" in text_of(card(contoso, number))
    assert card(contoso, number).ts == ts


async def test_a_channel_cannot_see_threaded_cards_twice_when_redis_lost_everything(
    contoso: Town,
) -> None:
    """The cards in a summary's thread are found again, updated in place, reminded of there."""
    numbers = many(contoso, days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    posts = len(contoso.posts())
    await lose_everything(contoso)
    contoso.clock.advance(minutes=15)
    assert (await bot.scan()).count("found again") == 11
    assert len(contoso.posts()) == posts
    for number in numbers[1:]:
        contoso.tenant.pay(number)
    contoso.clock.advance(days=1)
    await bot.scan()
    (summary,) = summaries(contoso)
    (reminder,) = reminders(contoso, numbers[0])
    assert reminder.thread_ts == summary.ts
    assert all("paid" in text_of(card(contoso, number)) for number in numbers[1:])


async def test_a_team_can_see_a_reminder_in_the_thread_of_its_card(contoso: Town) -> None:
    """Slack has no threads in threads: the reminder goes to the summary's."""
    numbers = many(contoso, days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    for number in numbers[1:]:
        contoso.tenant.pay(number)
    contoso.clock.advance(days=1)
    contoso.fault(POST, "drop_after")
    await bot.scan()
    (reminder,) = reminders(contoso, numbers[0])
    assert reminder.thread_ts == summaries(contoso)[0].ts
    assert reminded_on(contoso, numbers[0]) == [7]


async def test_a_team_can_get_many_reminders_as_one_message(contoso: Town) -> None:
    """Eleven reminders at once are one summary: no replies, and the cards are up to date."""
    numbers = [number for _ in range(2) for number in many(contoso, 5, days_overdue=6)]
    bot = await contoso.bot()
    await bot.scan()
    numbers.append(contoso.invoice(days_overdue=6))
    contoso.clock.advance(minutes=15)
    await bot.scan()
    before = {number: card(contoso, number).ts for number in numbers}
    contoso.clock.advance(days=3)
    for _ in range(3):
        await bot.scan()
    (summary,) = summaries(contoso)
    assert summary.thread_ts is None
    assert "11 Azure invoices need you" in text_of(summary)
    assert "no single reminders were sent" in text_of(summary)
    for number, ts in before.items():
        assert reminders(contoso, number) == []
        assert card(contoso, number).ts == ts
        assert "9 days overdue" in text_of(card(contoso, number))
    contoso.clock.advance(days=5)
    await bot.scan()
    assert len(summaries(contoso)) == 2


async def test_a_channel_can_get_the_reminders_of_an_outage_as_one_message(contoso: Town) -> None:
    """Eleven reminders at each of three milestones, while Slack takes nothing, are one summary."""
    numbers = many(contoso, days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    contoso.fault(POST, "status", times=-1)
    for days in (1, 7, 16):  # of milestones 7, 14 and 30
        contoso.clock.advance(days=days)
        await bot.scan()
    contoso.faults.clear()
    for _ in range(2):
        await bot.scan()
    first, catch_up = summaries(contoso)
    assert threads(contoso, numbers) == {first.ts}
    assert "11 Azure invoices need you" in text_of(catch_up)
    assert "30 days overdue" in text_of(catch_up)
    assert [reminded_on(contoso, number) for number in numbers] == [[]] * 11
    assert await bot.outside.outbox.channels() == {}


async def test_a_channel_cannot_be_flooded_by_a_backlog_that_grew(contoso: Town) -> None:
    """Six single reminders that wait and six that come to them are one message; so are new cards."""
    bot, numbers = await contoso.bot(), []
    for days in (6, 5):
        numbers += many(contoso, 6, days_overdue=days)
        await bot.scan()
    assert summaries(contoso) == []
    contoso.fault(POST, "status", times=-1)
    fresh = []
    for _ in range(2):
        contoso.clock.advance(days=1)
        fresh += many(contoso, 6)
        await bot.scan()
    contoso.faults.clear()
    await bot.scan()
    reminding, of_cards = sorted(summaries(contoso), key=lambda m: "follow" in text_of(m))
    assert "no single reminders were sent" in text_of(reminding)
    assert all(number in text_of(reminding) for number in numbers)
    assert [reminded_on(contoso, number) for number in numbers] == [[]] * 12
    alone = [number for number in fresh if card(contoso, number).thread_ts is None]
    assert len(alone) == 1  # its posting was begun and is in doubt
    assert threads(contoso, fresh) == {None, of_cards.ts}


async def test_a_channel_can_get_a_few_reminders_of_an_outage_one_by_one(contoso: Town) -> None:
    """Ten reminders that waited together stay single ones, each of its latest milestone."""
    numbers = many(contoso, 10, days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    contoso.fault(POST, "status", times=-1)
    for days in (1, 7):
        contoso.clock.advance(days=days)
        await bot.scan()
    contoso.faults.clear()
    await bot.scan()
    assert summaries(contoso) == []
    assert [reminded_on(contoso, number) for number in numbers] == [[14]] * 10


async def test_a_channel_can_get_two_summaries_of_the_same_second(contoso: Town) -> None:
    """Two scans within a second find eleven new cards each: two messages, each with its own cards."""
    bot = await with_old_memory(contoso)
    first = many(contoso)
    await bot.scan()
    second = many(contoso)
    await bot.scan()
    one, two = summaries(contoso)
    assert threads(contoso, first) == {one.ts}
    assert threads(contoso, second) == {two.ts}


@pytest.mark.parametrize("kind", ["drop_after", "truncated", "drop_before"])
async def test_a_channel_cannot_see_a_summary_twice_when_the_answer_is_lost(
    contoso: Town, kind: Any
) -> None:
    """Whether Slack took the summary is looked up before it is posted again."""
    bot = await with_old_memory(contoso)
    numbers = many(contoso)
    contoso.fault(POST, kind)
    await bot.scan()
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}


async def test_a_channel_cannot_see_threaded_cards_twice_when_answers_are_lost(
    contoso: Town,
) -> None:
    """A card in a thread is looked for in that thread, by the next process, too."""
    bot = await with_old_memory(contoso)
    numbers = many(contoso)
    contoso.faults.clear()
    contoso.fault(POST, "delay", seconds=0)  # the summary itself
    contoso.fault(POST, "drop_after")
    contoso.fault("* */conversations.replies", "status", times=-1)
    await bot.scan()
    assert len(contoso.posts()) == 2
    contoso.faults.clear()
    await (await contoso.bot()).scan()
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}


async def test_a_channel_cannot_see_a_summary_twice_from_two_bots(contoso: Town) -> None:
    """Two bots that find the same eleven invoices at once post one summary and eleven cards."""
    bots = [await contoso.bot(), await contoso.bot()]
    numbers = many(contoso)
    await asyncio.gather(*(bot.scan() for bot in bots))
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}
    assert slack_calls(contoso).count("chat.postMessage") == 12


async def test_a_channel_cannot_be_flooded_after_a_crash(contoso: Town) -> None:
    """A bot that ended before its finds were in the outbox posts them as a summary all the same."""
    bot = await with_old_memory(contoso)
    numbers = many(contoso)
    await bot.house.look()
    async with store(contoso) as redis:
        await redis.delete(key(contoso, "outbox", FINANCE), key(contoso, "outbox", "channels"))
    contoso.clock.advance(minutes=15)
    await bot.scan()
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}


async def test_a_channel_can_get_a_deleted_card_back_into_its_thread(contoso: Town) -> None:
    """A card that somebody deleted from a summary's thread comes back there, and only it."""
    bot = await with_old_memory(contoso)
    numbers = many(contoso)
    await bot.scan()
    contoso.workspace.remove(card(contoso, numbers[3]))
    contoso.clock.advance(days=1)
    for _ in range(3):
        await bot.scan()
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}
    assert len(contoso.posts()) == 12


async def test_an_operator_can_be_told_that_a_summary_cannot_be_posted(contoso: Town) -> None:
    """A channel without the bot is reported for a summary, too, which comes once it is invited."""
    contoso.workspace.channels[FINANCE].members.remove("U0BOT")
    numbers = many(contoso)
    bot = await contoso.bot()
    await with_memory(contoso, bot)
    (failure,) = (await bot.scan()).failures
    assert "invite the bot there" in failure
    assert contoso.posts() == []
    contoso.workspace.channels[FINANCE].members.append("U0BOT")
    contoso.clock.advance(minutes=15)
    await bot.scan()
    (summary,) = summaries(contoso)
    assert threads(contoso, numbers) == {summary.ts}


async def with_memory(town: Town, bot: Bot) -> None:
    """The bot's store has served before, so it need not look into the channel first."""
    await bot.outside.store.begin_memory()
    assert town.posts() == []


async def test_a_channel_cannot_be_told_of_what_was_paid_while_it_waited(contoso: Town) -> None:
    """A summary that was held up tells of what is still to be paid when it comes."""
    bot = await with_old_memory(contoso)
    paid, *numbers = many(contoso)
    contoso.fault(POST, "drop_before", times=2)
    await bot.scan()
    contoso.tenant.pay(paid)
    await bot.scan()
    (summary,) = summaries(contoso)
    assert paid not in text_of(summary)
    assert "10 Azure invoices need you" in text_of(summary)
    assert cards(contoso, paid) == []
    assert threads(contoso, numbers) == {summary.ts}


async def test_a_channel_can_get_its_cards_although_the_settings_have_changed(
    contoso: Town,
) -> None:
    """Cards that had no message yet move to the new channel and to a summary of its own."""
    contoso.workspace.add_channel(OTHER, "other")
    first = await with_old_memory(contoso)
    numbers = many(contoso)
    contoso.fault(POST, "delay", seconds=0)  # the summary comes through, nothing after it

    def leave(change: dict[str, Any]) -> None:
        if change["kind"] == "message" and "U0BOT" in contoso.workspace.channels[FINANCE].members:
            contoso.workspace.channels[FINANCE].members.remove("U0BOT")

    contoso.workspace.on_change.append(leave)
    await first.scan()
    assert len(contoso.posts()) == 1
    contoso.workspace.on_change.remove(leave)
    contoso.clock.advance(minutes=15)
    report = await (await contoso.bot(alert_channel=OTHER)).scan()
    assert report.count("posted") == 11
    assert len(contoso.posts()) == 1
    (summary,) = summaries(contoso, OTHER)
    assert threads(contoso, numbers, OTHER) == {summary.ts}
