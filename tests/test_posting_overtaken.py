"""An invoice that is paid while its card is on its way leaves no card that offers to pay it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.services.report import ScanReport
from tests.alerting import card, cards, set_time
from tests.cards import remembering
from tests.paying import key, store
from tests.town import FINANCE, Bot, Town
from tests.waiting import until

POST, HISTORY = "* */chat.postMessage", "* */conversations.history"


async def lost(town: Town, bot: Bot, kind: Any, number: str = "") -> str:
    """A new invoice whose card was posted or not, which nobody knows."""
    number = number or town.invoice()
    town.fault(POST, kind)
    town.fault(HISTORY, "status", status=500, times=-1)
    assert (await bot.scan()).count("failed") == 1
    town.faults.clear()
    return number


@asynccontextmanager
async def held(town: Town, bot: Bot, method: str) -> AsyncIterator[None]:
    """The bot delivers, and stands still at this question to Slack."""
    town.fault(f"* */{method}", "hold")
    delivering = asyncio.create_task(bot.house.dispatch.delivery.all(ScanReport(dry_run=False)))
    await until(lambda: not town.faults.waiting)
    yield
    town.faults.clear()
    await delivering


async def assert_closed(town: Town, bot: Bot, number: str) -> None:
    """Its one card says so, and the bot has nothing left to do about it."""
    assert town.button(card(town, number), "pay.open") is None
    await assert_forgotten(town, bot, number)


async def assert_forgotten(town: Town, bot: Bot, number: str) -> None:
    """Its record is closed, nothing waits, and scans leave Slack alone."""
    async with store(town) as redis:
        assert json.loads(str(await redis.get(key(town, "card", number))))["closed"] is True
    assert await bot.outside.outbox.channels() == {}
    town.traffic.exchanges.clear()
    assert (await bot.scan()).is_complete
    assert town.traffic.count("chat.") + town.traffic.count("conversations.history") == 0


async def test_a_channel_cannot_keep_a_card_whose_answer_was_lost(contoso: Town) -> None:
    """Slack took the card, the bot was not told, and the invoice is paid: it is found and closed."""
    bot = await remembering(contoso)
    number = await lost(contoso, bot, "drop_after")
    assert contoso.button(card(contoso, number), "pay.open")
    contoso.tenant.pay(number)
    assert (await bot.scan()).count("found again") == 1
    await assert_closed(contoso, bot, number)


async def test_a_channel_cannot_get_a_card_that_nobody_needs_any_more(contoso: Town) -> None:
    """Slack never took the card, and the invoice is paid: it is looked for once, and not posted."""
    bot = await remembering(contoso)
    number = await lost(contoso, bot, "drop_before")
    contoso.tenant.pay(number)
    await bot.scan()
    assert cards(contoso, number) == []
    await assert_forgotten(contoso, bot, number)


async def test_a_channel_can_wait_until_it_is_known_whether_a_card_is_there(contoso: Town) -> None:
    """While the history cannot be read the card of a paid invoice is not forgotten."""
    bot = await remembering(contoso)
    number = await lost(contoso, bot, "drop_after")
    contoso.tenant.pay(number)
    contoso.fault(HISTORY, "status", status=500, times=-1)
    for _ in range(2):
        assert (await bot.scan()).count("failed") == 1
    contoso.faults.clear()
    await bot.scan()
    await assert_closed(contoso, bot, number)


async def test_a_channel_cannot_keep_a_lost_card_through_quiet_hours(contoso: Town) -> None:
    """Closing disturbs nobody, so it waits for nothing."""
    set_time(contoso, 1, 12)
    bot = await contoso.bot(quiet_hours="18:00-08:00")
    await bot.scan()
    number = await lost(contoso, bot, "drop_after", contoso.invoice(days_overdue=0))
    set_time(contoso, 2, 20)
    contoso.tenant.pay(number)
    await bot.scan()
    await assert_closed(contoso, bot, number)


async def test_a_channel_cannot_keep_a_card_that_was_paid_on_its_way(contoso: Town) -> None:
    """A scan sees the invoice paid while another process posts its card: it is closed at once."""
    poster, scanner = await remembering(contoso), await contoso.bot()
    number = contoso.invoice()
    await poster.house.look()
    async with held(contoso, poster, "chat.postMessage"):
        contoso.tenant.pay(number)
        await scanner.house.look()
    await assert_closed(contoso, poster, number)


async def test_a_channel_cannot_keep_a_card_that_was_paid_while_it_was_looked_for(
    contoso: Town,
) -> None:
    """The same while another process looks for a card whose answer was lost."""
    poster, scanner = await remembering(contoso), await contoso.bot()
    number = await lost(contoso, poster, "drop_after")
    async with held(contoso, poster, "conversations.history"):
        contoso.tenant.pay(number)
        await scanner.house.look()
    await scanner.scan()
    await assert_closed(contoso, poster, number)


async def test_a_channel_cannot_keep_a_card_that_a_slow_scan_does_not_know_of(
    contoso: Town,
) -> None:
    """A scan knows of no card, and before it acts on that another process has posted it."""
    poster, scanner = await remembering(contoso), await contoso.bot()
    # Whichever way Azure sorts them, the scan comes to one before and to one after the one paid.
    issued = contoso.midnight() - timedelta(days=40)
    before, number, after = (contoso.invoice(days_overdue=d, issued=issued) for d in (10, -30, 10))
    await poster.scan()
    contoso.tenant.invoices[number].due = contoso.midnight()
    await poster.house.look()
    contoso.tenant.pay(number)
    for other in (before, after):
        contoso.tenant.change_amount(other, Decimal("1.25"))
    contoso.fault("* */chat.update", "hold")
    scanning = asyncio.create_task(scanner.house.look())
    await until(lambda: not contoso.faults.waiting)
    await poster.house.dispatch.delivery.all(ScanReport(dry_run=False))
    assert contoso.button(card(contoso, number), "pay.open")  # the poster has not heard of it
    contoso.faults.clear()
    await scanning
    await assert_closed(contoso, poster, number)


@pytest.mark.parametrize("change", ["void", "rebill"])
async def test_a_channel_cannot_keep_a_lost_card_of_a_withdrawn_invoice(
    contoso: Town, change: str
) -> None:
    """Void or billed anew while its card's answer was lost: the card offers no payment."""
    bot = await remembering(contoso)
    number = await lost(contoso, bot, "drop_after")
    getattr(contoso.tenant, change)(number)
    await bot.scan()
    await assert_closed(contoso, bot, number)


async def test_a_channel_can_get_a_card_again_that_was_not_needed_for_a_while(
    contoso: Town,
) -> None:
    """Azure takes a payment back after the card was given up: it is posted after all, once."""
    bot = await remembering(contoso)
    number = await lost(contoso, bot, "drop_before")
    contoso.tenant.invoices[number].status = "Locked"
    await bot.scan()
    assert await bot.outside.outbox.channels() == {}
    contoso.tenant.invoices[number].status = "OverDue"
    assert (await bot.scan()).count("posted") == 1
    assert contoso.button(card(contoso, number, FINANCE), "pay.open")
