"""The outbox: nothing is lost in it, nothing comes out twice, and nothing comes out too fast."""

import time

from bot.domain.alert import Alert, Kind, Summary
from bot.services.report import ScanReport
from tests.alerting import card, page
from tests.town import FINANCE, Town

OTHER = "C0OTHER"


def entries(*numbers: int, milestone: int = 1) -> list[Alert]:
    """Cards to be delivered."""
    return [Alert(Kind.CARD, f"G{number}", milestone) for number in numbers]


async def emptied(town: Town, channel: str = FINANCE) -> list[Alert]:
    """Everything in a channel's outbox as a fresh process takes it out, in order."""
    outbox = (await town.bot()).outside.outbox
    found = []
    while (alert := await outbox.first(channel)) is not None:
        found.append(alert)
        await outbox.done(channel, alert)
    return found


async def test_a_channel_can_rely_on_the_order_of_what_waits(contoso: Town) -> None:
    """First in, first out, over several scans and a restart, as far as numbers go."""
    outbox = (await contoso.bot()).outside.outbox
    many = entries(*range(300, 100, -1))
    await outbox.put(FINANCE, many[:150])
    await outbox.put(FINANCE, many[150:])
    assert await emptied(contoso) == many


async def test_a_channel_cannot_have_one_alert_waiting_twice(contoso: Town) -> None:
    """What waits already keeps its place, whoever finds it due again."""
    one, two = await contoso.bot(), await contoso.bot()
    await one.outside.outbox.put(FINANCE, entries(1, 2, 3))
    await two.outside.outbox.put(FINANCE, entries(3, 1, 4))
    assert await one.outside.outbox.channels() == {FINANCE: 4}
    assert await emptied(contoso) == entries(1, 2, 3, 4)


async def test_a_channel_cannot_be_told_of_a_milestone_that_is_long_past(contoso: Town) -> None:
    """A later milestone takes the place of an earlier one of the same invoice that still waits."""
    outbox = (await contoso.bot()).outside.outbox
    similar = Alert(Kind.REMINDER, "G12", 0)
    await outbox.put(FINANCE, [*entries(1, 2), Alert(Kind.REMINDER, "G1", 0), similar])
    await outbox.put(FINANCE, [*entries(1, milestone=7), Alert(Kind.REMINDER, "G1", 7)])
    later = [*entries(1, milestone=7), *entries(2), Alert(Kind.REMINDER, "G1", 7), similar]
    assert await emptied(contoso) == later


async def test_a_channel_can_have_what_waits_for_it_alone(contoso: Town) -> None:
    """Taking an alert out of one channel's outbox leaves the other's as it is."""
    outbox = (await contoso.bot()).outside.outbox
    await outbox.put(FINANCE, [])
    assert await outbox.channels() == {}
    await outbox.put(FINANCE, entries(1))
    await outbox.put(OTHER, entries(1, 2))
    assert await outbox.channels() == {FINANCE: 1, OTHER: 2}
    for _ in range(2):  # a step may always run twice
        await outbox.done(OTHER, entries(1)[0])
    assert await outbox.channels() == {FINANCE: 1, OTHER: 1}
    assert await emptied(contoso) == entries(1)
    assert await outbox.first(FINANCE) is None
    assert await outbox.channels() == {OTHER: 1}


async def test_an_operator_can_rely_on_a_summary_being_remembered(contoso: Town) -> None:
    """What a summary stands for survives a restart, under any name."""
    summary = Summary("odd:{na}me", FINANCE, ("G1", "G2"), reminds=True, ts="1.5", intent=2.5)
    await (await contoso.bot()).outside.outbox.save_summary(summary)
    fresh = (await contoso.bot()).outside.outbox
    assert await fresh.summary(summary.id) == summary
    assert await fresh.summary("another") is None


async def test_a_channel_cannot_get_more_than_a_message_a_second_from_two_bots(
    contoso: Town,
) -> None:
    """All processes share the seconds of one channel, and each channel has its own."""
    one = (await contoso.bot()).outside.outbox
    two = (await contoso.bot()).outside.outbox
    waits = [await (one, two)[turn % 2].turn(FINANCE) for turn in range(6)]
    assert waits[0] == 0
    assert all(turn - 0.5 < wait <= turn for turn, wait in enumerate(waits[1:], start=1))
    assert await one.turn(OTHER) == 0


async def test_slack_can_ask_all_bots_to_slow_down(contoso: Town) -> None:
    """A pause that one process was asked for holds for the others, and for that channel alone."""
    one = (await contoso.bot()).outside.outbox
    two = (await contoso.bot()).outside.outbox
    await one.slow_down(FINANCE, 30)
    assert 29 < await two.turn(FINANCE) <= 30
    await one.slow_down(FINANCE, 2)  # a shorter pause ends no longer one
    assert 30 < await one.turn(FINANCE) <= 31
    assert await two.turn(OTHER) == 0


async def test_a_channel_can_count_on_the_bots_own_pace(contoso: Town) -> None:
    """Each message waits for its turn, one second after the one before."""
    began = time.monotonic()
    turns: list[tuple[float, float]] = []  # seconds to wait, and when that will be over

    async def wait(seconds: float) -> None:
        turns.append((seconds, time.monotonic() - began + seconds))

    for _ in range(4):
        contoso.invoice()
    await (await contoso.bot(sleep=wait)).scan()
    assert len(turns) == 4
    for place, (seconds, over) in enumerate(turns):  # true however slow the machine is
        assert seconds <= place
        assert over >= place - 0.05


async def test_a_channel_can_get_what_waited_through_a_restart(contoso: Town) -> None:
    """What a scan found and Slack could not take yet is delivered by the next process."""
    number = contoso.invoice()
    contoso.fault("* */chat.postMessage", "status", times=-1)
    await (await contoso.bot()).scan()
    contoso.faults.clear()
    later = await contoso.bot()
    assert await later.outside.outbox.channels() == {FINANCE: 1}
    await later.house.dispatch.delivery.all(report := ScanReport(dry_run=False))
    assert report.count("posted") == 1
    assert card(contoso, number).ts
    assert await later.outside.outbox.channels() == {}


async def test_a_channel_can_get_what_waited_once_it_is_open_again(contoso: Town) -> None:
    """An archived channel is reported at each scan; what waits for it comes without another one."""
    bot = await contoso.bot()
    await bot.scan()
    numbers = [contoso.invoice() for _ in range(3)]
    contoso.workspace.channels[FINANCE].is_archived = True
    for _ in range(2):
        (failure,) = (await bot.scan()).failures
        assert f"{FINANCE} (is_archived)" in failure
        assert await bot.outside.outbox.channels() == {FINANCE: 3}
    contoso.workspace.channels[FINANCE].is_archived = False
    await bot.house.dispatch.delivery.all(ScanReport(dry_run=False))
    assert all(card(contoso, number).ts for number in numbers)
    assert await bot.outside.outbox.channels() == {}
    await bot.scan()
    assert len(contoso.posts()) == 3


async def test_an_operator_can_see_how_much_waits(contoso: Town) -> None:
    """The metrics tell the length of each channel's outbox, and no longer once it is empty."""
    bot = await contoso.bot()
    await bot.outside.outbox.put(FINANCE, entries(1, 2, 3))
    line = f'aib_outbox_waiting{{channel="{FINANCE}"}} 3.0'
    assert line in await page(bot, "/metrics")
    await emptied(contoso)
    assert "aib_outbox_waiting{" not in await page(bot, "/metrics")
