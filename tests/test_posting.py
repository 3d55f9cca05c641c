"""At least once to Slack, once as people see it: whatever happens between a post and its record."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from bot import vendors
from tests.cards import assert_kept, remembering, words
from tests.paying import key, store
from tests.shell import command, running
from tests.town import FINANCE, Town
from tests.waiting import until

POST, HISTORY = "* */chat.postMessage", "* */conversations.history"


async def lose_everything(town: Town) -> None:
    """Redis forgets all keys of this workspace."""
    async with store(town) as redis:
        names = [name async for name in redis.scan_iter(key(town, "*"), count=1000)]
        await redis.delete(*names)


# The answer is lost


@pytest.mark.parametrize("kind", ["drop_after", "malformed", "truncated", "empty"])
@pytest.mark.parametrize("start", [Town.bot, remembering], ids=["a new store", "an old store"])
async def test_a_channel_cannot_see_a_card_twice_when_the_answer_is_lost(
    contoso: Town, kind: Any, start: Callable[[Town], Any]
) -> None:
    """Slack took the post and its answer is lost: the card is found by its metadata."""
    bot = await start(contoso)
    number, other = contoso.invoice(), contoso.invoice()
    contoso.fault(POST, kind)
    report = await bot.scan()
    assert report.is_complete
    assert report.count("posted") == 2
    await assert_kept(contoso, bot, number, other)


@pytest.mark.parametrize(
    ("kind", "how"),
    [("drop_before", {}), ("status", {"status": 500}), ("status", {"status": 503})],
)
async def test_a_channel_can_rely_on_a_card_that_was_cut_off(
    contoso: Town, kind: Any, how: dict[str, Any]
) -> None:
    """Slack never took the post: nothing is found, and the card is posted after all, once."""
    bot = await contoso.bot()
    number = contoso.invoice()
    contoso.fault(POST, kind, **how)
    assert (await bot.scan()).is_complete
    await assert_kept(contoso, bot, number)


async def test_a_channel_can_rely_on_the_next_scan(contoso: Town) -> None:
    """When the second try is lost as well, it is reported, and the next scan finds or posts."""
    bot = await contoso.bot()
    kept, cut = contoso.invoice(), contoso.invoice()
    contoso.fault(POST, "drop_before", times=2)
    report = await bot.scan()
    assert report.failures in [[f"Slack's answer was lost. ({one})"] for one in (cut, kept)]
    assert contoso.posts() == []
    assert (await bot.scan()).is_complete
    await assert_kept(contoso, bot, kept, cut)


async def test_a_channel_cannot_see_a_card_twice_when_slack_is_late(
    contoso: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that Slack carries out only after the bot's time-out is not posted again."""
    monkeypatch.setattr(vendors, "TIMEOUT", aiohttp.ClientTimeout(total=0.8))
    bot = await contoso.bot()
    number = contoso.invoice()
    contoso.fault(POST, "delay", seconds=1.6)
    report = await bot.scan()
    assert report.count("failed") == 1
    await until(contoso.posts)
    assert (await bot.scan()).count("found again") == 1
    await assert_kept(contoso, bot, number)


async def test_a_channel_can_wait_when_slack_is_busy(contoso: Town) -> None:
    """A throttled post waits as long as Slack asks, and is posted once."""
    bot = await contoso.bot(sleep=asyncio.sleep)
    number = contoso.invoice()
    contoso.fault(POST, "throttle", seconds=1)
    assert (await bot.scan()).is_complete
    tries = [one for one in contoso.traffic.exchanges if one.path.endswith("chat.postMessage")]
    assert [one.status for one in tries] == [429, 200]
    assert tries[1].at - tries[0].at >= 1
    await assert_kept(contoso, bot, number)


async def test_an_operator_can_be_told_that_slack_stays_busy(contoso: Town) -> None:
    """Throttling that does not end is reported after a few tries; a later scan posts."""
    bot = await contoso.bot()
    number = contoso.invoice()
    contoso.fault(POST, "throttle", seconds=0, times=-1)
    report = await bot.scan()
    assert report.failures == [f"Slack asks the bot to slow down. ({number})"]
    assert contoso.traffic.count("chat.postMessage") == 5
    contoso.faults.clear()
    await bot.scan()
    await assert_kept(contoso, bot, number)


# The history cannot be read


@pytest.mark.parametrize(("kind", "posted"), [("drop_after", 1), ("drop_before", 0)])
async def test_a_channel_cannot_see_a_blind_second_post(
    contoso: Town, kind: Any, posted: int
) -> None:
    """When it cannot be looked up what became of a post, nothing is posted, and that is told."""
    bot = await remembering(contoso)
    number = contoso.invoice()
    contoso.fault(POST, kind)
    contoso.fault(HISTORY, "status", status=500, times=-1)
    for _ in range(2):
        report = await bot.scan()
        assert report.count("failed") == 1
        assert len(contoso.posts()) == posted
    contoso.faults.clear()
    assert (await bot.scan()).is_complete
    await assert_kept(contoso, bot, number)


async def test_an_operator_can_be_told_that_the_history_is_closed(contoso: Town) -> None:
    """Without the scope to read the channel a new store posts nothing and says what to do."""
    contoso.workspace.scopes -= {"channels:history", "groups:history", "im:history"}
    contoso.invoice()
    report = await (await contoso.bot()).scan()
    (failure,) = report.failures
    assert failure.startswith("The Slack app lacks a scope: update it from manifest.yml")
    assert contoso.posts() == []


async def test_a_channel_cannot_be_fooled_by_a_stranger_with_the_same_metadata(
    contoso: Town,
) -> None:
    """Only the bot's own messages count as its cards."""
    bot = await contoso.bot()
    number = contoso.invoice()
    metadata = {
        "event_type": "azure_invoice_alert",
        "event_payload": {"alert_id": f"invoice:{number}"},
    }
    contoso.workspace.post(FINANCE, "not a card", user="U0ADA", metadata=metadata)
    report = await bot.scan()
    assert report.count("posted") == 1
    assert contoso.card(number).bot_id


async def test_a_channel_can_be_busy_around_a_card(contoso: Town) -> None:
    """A card is found behind hundreds of later messages, page by page."""
    bot = await remembering(contoso)
    number = contoso.invoice()
    contoso.fault(POST, "drop_after")
    contoso.fault(HISTORY, "status", status=500)
    await bot.scan()
    for at in range(450):
        contoso.workspace.post(FINANCE, f"chatter {at}", user="U0ADA")
    report = await bot.scan()
    assert report.count("found again") == 1
    assert contoso.card(number).bot_id
    assert contoso.traffic.count("conversations.history") >= 3


# Between the post and its record


async def test_a_channel_cannot_see_a_card_twice_after_a_crash(contoso: Town) -> None:
    """A process that died between the post and its record has left its intent; the card is found."""
    bot = await contoso.bot()
    number = contoso.invoice()
    await bot.scan()
    async with store(contoso) as redis:
        record = json.loads(str(await redis.get(key(contoso, "card", number))))
        assert record["ts"] == contoso.card(number).ts
        await redis.set(key(contoso, "card", number), json.dumps(record | {"ts": "", "face": ""}))
    report = await bot.scan()
    assert report.count("found again") == 1
    await assert_kept(contoso, bot, number)


async def test_a_channel_cannot_see_a_card_twice_after_a_kill(contoso: Town) -> None:
    """A scan killed with its post on the way leaves a lock that runs out, and one card."""
    number = contoso.invoice()
    contoso.fault(POST, "delay", seconds=0.5)
    async with running("scan", given=contoso.environment()) as scan:
        await until(lambda: not contoso.faults.waiting, within=20)
        await scan.kill()
    async with store(contoso) as redis:
        lock = key(contoso, "lock", f"deliver:{FINANCE}")
        assert 0 < await redis.pttl(lock) <= 15_000
        await redis.delete(lock)  # instead of waiting for it to run out
    await until(contoso.posts)
    bot = await contoso.bot()
    report = await bot.scan()
    assert report.count("found again") == 1
    await assert_kept(contoso, bot, number)


async def test_a_channel_cannot_see_cards_twice_from_two_processes(contoso: Town) -> None:
    """Two scans at once, each its own process, post each card once."""
    numbers = [contoso.invoice() for _ in range(2)]
    scans = [command("scan", given=contoso.environment()) for _ in range(2)]
    for ended in await asyncio.gather(*scans):
        assert ended.code == 0, ended.shown
    await assert_kept(contoso, await contoso.bot(), *numbers)


async def test_a_channel_cannot_see_cards_twice_from_many_scans(contoso: Town) -> None:
    """Scans of several bots at once wait for each other."""
    numbers = [contoso.invoice() for _ in range(3)]
    bots = [await contoso.bot() for _ in range(3)]
    reports = await asyncio.gather(*(bot.scan() for bot in bots))
    assert sorted(report.count("posted") for report in reports) == [0, 0, 3]
    await assert_kept(contoso, bots[0], *numbers)


async def test_a_channel_cannot_see_a_deleted_card_come_back_twice(contoso: Town) -> None:
    """An account named twice lists each invoice twice; a lost card comes back once all the same."""
    number = contoso.invoice()
    bot = await contoso.bot(azure_billing_accounts=f"{contoso.account},{contoso.account}")
    await bot.scan()
    contoso.workspace.remove(contoso.card(number))
    contoso.clock.advance(days=1)
    await bot.scan()
    await bot.scan()
    await assert_kept(contoso, bot, number)


# Redis lost everything


async def test_a_channel_cannot_see_cards_twice_when_redis_lost_everything(contoso: Town) -> None:
    """An empty store finds its old cards by their metadata, and posts only what is missing."""
    bot = await contoso.bot()
    old = [contoso.invoice() for _ in range(3)]
    await bot.scan()
    await lose_everything(contoso)
    contoso.clock.advance(days=60)
    new = contoso.invoice()
    report = await bot.scan()
    assert (report.count("found again"), report.count("posted")) == (3, 1)
    assert "70 days overdue" in words(contoso.card(old[0]))
    await assert_kept(contoso, bot, *old, new)


async def test_a_channel_cannot_see_cards_twice_after_an_incomplete_scan(contoso: Town) -> None:
    """After a loss the channel is searched until one scan has seen every account."""
    bot = await contoso.bot()
    other = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, other)
    profile = contoso.tenant.add_profile(other, "Fabrikam", currency="EUR")
    due = contoso.midnight() - timedelta(days=3)
    theirs = contoso.tenant.add_invoice(
        other, profile, amount=Decimal(9), due=due, status="OverDue"
    )
    ours = contoso.invoice()
    await bot.scan()
    await lose_everything(contoso)
    contoso.fault(f"GET */{other}/invoices", "status", status=403)
    assert not (await bot.scan()).is_complete
    assert (await bot.scan()).count("found again") == 1
    await assert_kept(contoso, bot, ours, theirs)


async def test_a_channel_cannot_see_cards_twice_after_an_unreadable_invoice(contoso: Town) -> None:
    """Nor does an invoice that made no sense in the scan after the loss get a second card."""
    bot = await contoso.bot()
    number = contoso.invoice()
    await bot.scan()
    await lose_everything(contoso)
    contoso.tenant.invoices[number].raw = {"dueDate": "soon"}
    assert len((await bot.scan()).unreadable) == 1
    contoso.tenant.invoices[number].raw = {}
    assert (await bot.scan()).count("found again") == 1
    await assert_kept(contoso, bot, number)
