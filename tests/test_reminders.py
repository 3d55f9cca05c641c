"""Reminders: one for each milestone, in the card's thread, and only while they are wanted."""

import asyncio

import pytest

from bot.services.report import ScanReport
from sandbox.slack import text_of
from tests.alerting import card, cards, identity, reminded_on, reminders, set_time, summaries
from tests.cards import buttons, contents, slack_calls, words
from tests.paying import unpaid
from tests.town import FINANCE, Bot, Town

POST = "* */chat.postMessage"
QUIET = "18:00-08:00,weekends"
WEDNESDAY, FRIDAY, SATURDAY = 2, 4, 5


async def test_a_team_can_count_on_one_reminder_for_each_milestone(contoso: Town) -> None:
    """The card comes three days before, and then one reminder each on day 0, 1, 7, 14 and 30."""
    number = contoso.invoice(days_overdue=-3)
    bot = await contoso.bot()
    days = {}
    for day in range(-3, 33):
        await bot.scan()
        await bot.scan()
        days[day] = reminded_on(contoso, number)
        contoso.clock.advance(days=1)
    assert [day for day in days if day > -3 and days[day] != days[day - 1]] == [0, 1, 7, 14, 30]
    assert days[32] == [0, 1, 7, 14, 30]
    assert len(cards(contoso, number)) == 1


async def test_a_team_can_see_a_reminder_where_the_card_is(contoso: Town) -> None:
    """A reminder is a reply in the card's thread that names the invoice, and the card is louder."""
    number = contoso.invoice(days_overdue=1)
    bot = await contoso.bot()
    await bot.scan()
    before = card(contoso, number)
    assert ":warning:" in text_of(before)
    contoso.clock.advance(days=6)
    report = await bot.scan()
    (reminder,) = reminders(contoso, number)
    assert (reminder.thread_ts, reminder.reply_broadcast) == (before.ts, False)
    assert identity(reminder) == f"invoice:{number}:7"
    assert "7 days overdue" in words(reminder)
    assert "12,340.00 EUR" in words(reminder)
    assert ":rotating_light:" in text_of(card(contoso, number))
    assert report.count("reminded") == 1


async def test_a_team_cannot_be_reminded_twice_by_two_bots(contoso: Town) -> None:
    """Two bots that scan at the same moment, again and again, remind once."""
    numbers = [contoso.invoice(days_overdue=6) for _ in range(3)]
    bots = [await contoso.bot(), await contoso.bot()]
    await bots[0].scan()
    contoso.clock.advance(days=1)
    for _ in range(2):
        await asyncio.gather(*(bot.scan() for bot in bots))
    assert [reminded_on(contoso, number) for number in numbers] == [[7]] * 3
    assert [len(cards(contoso, number)) for number in numbers] == [1] * 3


async def test_a_team_cannot_be_reminded_twice_while_azures_pages_shift(contoso: Town) -> None:
    """An invoice that is listed twice, since new ones push it onto the next page, counts once."""
    numbers = [contoso.invoice(days_overdue=6) for _ in range(4)]
    bot = await contoso.bot()
    await bot.scan()
    contoso.clock.advance(days=1)
    contoso.tenant.switches.page_size = 2
    fresh: list[str] = []

    def shift(exchange: object) -> None:
        if getattr(exchange, "path", "").endswith("/invoices") and len(fresh) < 3:
            fresh.append(contoso.invoice(days_overdue=-60))

    contoso.traffic.on_note.append(shift)
    await bot.scan()
    assert fresh
    assert [reminded_on(contoso, number) for number in numbers] == [[7]] * 4


async def test_a_payer_cannot_be_reminded_of_what_they_are_paying(contoso: Town) -> None:
    """While somebody is paying there is no reminder; if no payment comes, it is made up for."""
    invoice = await unpaid(contoso)
    contoso.clock.advance(days=3.5)
    await invoice.hand_off()
    contoso.clock.advance(hours=13)
    await invoice.bot.scan()
    assert reminded_on(contoso, invoice.number) == []
    contoso.clock.advance(hours=12)
    await invoice.bot.scan()
    await invoice.bot.scan()
    assert reminded_on(contoso, invoice.number) == [14]


async def test_a_payer_cannot_be_reminded_by_what_was_waiting_already(contoso: Town) -> None:
    """Who starts to pay while a reminder waits for Slack to come back is not reminded."""
    invoice = await unpaid(contoso)
    contoso.clock.advance(days=4)
    contoso.fault(POST, "status", times=-1)
    await invoice.bot.scan()
    await invoice.hand_off()
    contoso.faults.clear()
    await invoice.bot.scan()
    assert reminded_on(contoso, invoice.number) == []


async def test_a_team_cannot_be_reminded_of_what_is_paid(contoso: Town) -> None:
    """Paid, whether a reminder is just due or is waiting already: no reminder."""
    paid, waiting = contoso.invoice(days_overdue=6), contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    contoso.clock.advance(days=1)
    contoso.tenant.pay(paid)
    contoso.fault(POST, "status", times=-1)
    await bot.scan()
    contoso.faults.clear()
    contoso.tenant.pay(waiting)
    for _ in range(3):
        await bot.scan()
        contoso.clock.advance(days=7)
    assert reminded_on(contoso, paid) == reminded_on(contoso, waiting) == []


async def test_a_team_can_be_spared_the_milestones_of_an_outage(contoso: Town) -> None:
    """A bot that was off for weeks reminds once, of the latest milestone."""
    number = contoso.invoice(days_overdue=-3)
    bot = await contoso.bot()
    await bot.scan()
    contoso.clock.advance(days=20)
    await bot.scan()
    await bot.scan()
    assert reminded_on(contoso, number) == [14]


@pytest.mark.parametrize("days_before", [1, 6])
async def test_a_team_can_be_spared_the_milestones_of_slacks_outage(
    contoso: Town, days_before: int
) -> None:
    """When Slack takes nothing for weeks, only the latest of what waited is said."""
    number = contoso.invoice(days_overdue=days_before)
    bot = await contoso.bot()
    await bot.scan()
    contoso.fault(POST, "status", times=-1)
    for _ in range(3):
        contoso.clock.advance(days=5)
        await bot.scan()
    contoso.faults.clear()
    await bot.scan()
    await bot.scan()
    assert reminded_on(contoso, number) == [14]


async def test_a_team_cannot_be_reminded_of_a_card_it_has_just_got(contoso: Town) -> None:
    """A card that Slack did not take for weeks comes once it does, and no reminder with it."""
    number = contoso.invoice(days_overdue=1)
    bot = await contoso.bot()
    contoso.fault(POST, "status", times=-1)
    await bot.scan()
    contoso.clock.advance(days=14)
    await bot.scan()
    contoso.faults.clear()
    await bot.scan()
    await bot.scan()
    assert card(contoso, number).ts
    assert reminded_on(contoso, number) == []


async def test_a_team_can_get_a_card_back_that_was_deleted_before_its_reminder(
    contoso: Town,
) -> None:
    """A deleted card is noticed when it is to be reminded of, and comes back instead, once."""
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    contoso.workspace.remove(card(contoso, number))
    contoso.clock.advance(days=1)
    for _ in range(3):
        await bot.scan()
    assert card(contoso, number).thread_ts is None
    assert reminders(contoso, number) == []
    contoso.clock.advance(days=7)
    await bot.scan()
    (reminder,) = reminders(contoso, number)
    assert reminder.thread_ts == card(contoso, number).ts


async def test_a_team_can_follow_an_invoice_that_was_billed_anew(contoso: Town) -> None:
    """The old card closes and names the new invoice, which is chased by a card of its own."""
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    old = card(contoso, number)
    new = contoso.tenant.rebill(number)
    await bot.scan()
    closed = card(contoso, number)
    assert closed.ts == old.ts
    assert f"Replaced by invoice {new}" in text_of(closed)
    assert buttons(closed) == []
    contoso.clock.advance(days=40)
    await bot.scan()
    assert buttons(card(contoso, new))
    assert reminders(contoso, number) == []


# An unclear outcome


@pytest.mark.parametrize("kind", ["drop_after", "truncated", "drop_before"])
async def test_a_team_cannot_see_a_reminder_twice_when_the_answer_is_lost(
    contoso: Town, kind: str
) -> None:
    """Whether Slack took the reminder is looked up in the thread before it is said again."""
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    contoso.clock.advance(days=1)
    contoso.fault(POST, kind)  # type: ignore[arg-type]
    await bot.scan()
    await bot.scan()
    assert reminded_on(contoso, number) == [7]


async def test_a_team_cannot_see_a_reminder_twice_after_a_crash(contoso: Town) -> None:
    """A bot that ended between the reminder and its record finds it in the thread."""
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    contoso.clock.advance(days=1)
    contoso.fault(POST, "drop_after")
    contoso.fault("* */conversations.replies", "status", times=-1)
    assert not (await bot.scan()).is_complete
    contoso.faults.clear()
    later = await contoso.bot()
    await later.scan()
    assert reminded_on(contoso, number) == [7]
    contoso.clock.advance(days=7)
    await later.scan()
    assert reminded_on(contoso, number) == [7, 14]


# Quiet hours


async def _quiet(town: Town) -> Bot:
    return await town.bot(quiet_hours=QUIET)


@pytest.mark.parametrize(("weekday", "hour"), [(WEDNESDAY, 19), (WEDNESDAY, 7), (SATURDAY, 12)])
async def test_a_team_can_be_left_alone_after_hours(
    contoso: Town, weekday: int, hour: float
) -> None:
    """At night and on weekends neither reminders nor cards that can wait come; they come after."""
    set_time(contoso, WEDNESDAY, 12)
    number = contoso.invoice(days_overdue=5)
    bot = await _quiet(contoso)
    await bot.scan()
    set_time(contoso, weekday, hour)
    soon = contoso.invoice(days_overdue=-2)
    calls = slack_calls(contoso).count("chat.postMessage")
    await bot.scan()
    assert slack_calls(contoso).count("chat.postMessage") == calls
    assert reminders(contoso, number) == cards(contoso, soon) == []
    set_time(contoso, 0, 8)
    await bot.scan()
    assert len(reminded_on(contoso, number)) == 1
    assert len(cards(contoso, soon)) == 1


async def test_a_team_can_be_woken_by_what_is_overdue(contoso: Town) -> None:
    """The first alert of an overdue invoice waits for nobody's working hours."""
    set_time(contoso, SATURDAY, 23)
    number = contoso.invoice(days_overdue=1)
    bot = await _quiet(contoso)
    await bot.scan()
    assert card(contoso, number).ts
    contoso.tenant.pay(number)
    await bot.scan()  # and a card may be closed silently at any time
    assert "paid" in text_of(card(contoso, number))


async def test_a_team_can_be_left_alone_by_what_was_waiting_already(contoso: Town) -> None:
    """Reminders and cards that Slack did not take by day wait through the night; what is overdue does not."""
    set_time(contoso, WEDNESDAY, 12)
    reminded, soon = contoso.invoice(days_overdue=6), contoso.invoice(days_overdue=-4)
    bot = await _quiet(contoso)
    await bot.scan()
    contoso.clock.advance(days=1)
    contoso.fault(POST, "status", times=-1)
    await bot.scan()
    assert await bot.outside.outbox.channels() == {FINANCE: 2}
    contoso.faults.clear()
    contoso.clock.advance(hours=7)  # 19:00
    first = contoso.invoice(days_overdue=1)
    await bot.scan()
    assert card(contoso, first).ts
    assert cards(contoso, soon) == reminders(contoso, reminded) == []
    assert await bot.outside.outbox.channels() == {FINANCE: 2}
    contoso.clock.advance(hours=13)  # 08:00
    await bot.house.dispatch.delivery.all(ScanReport(dry_run=False))
    assert reminded_on(contoso, reminded) == [7]
    assert card(contoso, soon).ts
    assert await bot.outside.outbox.channels() == {}


async def test_a_team_can_be_left_alone_by_a_summary_that_was_waiting(contoso: Town) -> None:
    """One message for many reminders is a reminder, too: it waits for the morning."""
    set_time(contoso, WEDNESDAY, 12)
    numbers = [contoso.invoice(days_overdue=6) for _ in range(11)]
    bot = await _quiet(contoso)
    await bot.scan()
    contoso.clock.advance(days=1)
    contoso.fault(POST, "status", times=-1)
    await bot.scan()
    contoso.faults.clear()
    contoso.clock.advance(hours=7)
    await bot.scan()
    assert len(summaries(contoso)) == 1
    contoso.clock.advance(hours=13)
    await bot.scan()
    assert len(summaries(contoso)) == 2
    assert [reminders(contoso, number) for number in numbers] == [[]] * 11


async def test_a_team_can_choose_whose_night_it_is(contoso: Town) -> None:
    """Quiet hours are the channel's own, in its time zone."""
    set_time(contoso, WEDNESDAY, 12)  # 21:00 in Tokyo
    number = contoso.invoice(days_overdue=-1)
    await (await contoso.bot(quiet_hours=QUIET, timezone="Asia/Tokyo")).scan()
    assert cards(contoso, number) == []
    await (await contoso.bot(quiet_hours=QUIET, timezone="Europe/Paris")).scan()
    assert card(contoso, number).ts


async def test_a_quiet_night_can_pass_without_any_work(contoso: Town) -> None:
    """Postponing writes nothing and tells nobody anything, however often it is done."""
    set_time(contoso, FRIDAY, 20)
    contoso.invoice(days_overdue=-1)
    bot = await _quiet(contoso)
    await bot.scan()
    before, calls = await contents(contoso), slack_calls(contoso)
    await bot.scan()
    assert slack_calls(contoso) == calls
    assert (await contents(contoso)).keys() == before.keys()
    assert contoso.posts(FINANCE) == []
