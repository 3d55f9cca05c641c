"""The worker: scans by the clock, heals cards, and shares the work with others.

What becomes of a killed one is told in ``test_commands``, where its processes are.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.jobs import work
from sandbox.slack import text_of
from tests.town import FINANCE, Bot, Town, modal, told
from tests.waiting import until


@asynccontextmanager
async def working(bot: Bot) -> AsyncIterator[None]:
    """The bot's background jobs, until the block ends."""
    jobs = asyncio.create_task(work(bot.outside, bot.house))
    try:
        yield
        assert not jobs.done()
    finally:
        jobs.cancel()
        with suppress(asyncio.CancelledError):
            await jobs


def shown(town: Town, *numbers: str) -> bool:
    """Whether each of these invoices is in the channel."""
    texts = [text_of(message) for message in town.posts()]
    return all(any(number in text for text in texts) for number in numbers)


async def test_a_channel_can_see_new_invoices_by_themselves(contoso: Town) -> None:
    """The worker scans when it starts, and again every ``SCAN_EVERY_SECONDS``."""
    first = contoso.invoice()
    async with working(await contoso.bot(scan_every_seconds=1)):
        await until(lambda: shown(contoso, first))
        second = contoso.invoice()
        await until(lambda: shown(contoso, second))
        contoso.tenant.pay(first)
        await until(lambda: not contoso.button(contoso.card(first), "pay.open"))


async def test_a_channel_cannot_get_a_card_twice_from_two_workers(contoso: Town) -> None:
    """Any number of workers may run; one of them takes each tick, and each card comes once."""
    numbers = [contoso.invoice() for _ in range(5)]
    async with (
        working(await contoso.bot(scan_every_seconds=1)),
        working(await contoso.bot(scan_every_seconds=1)),
    ):
        await until(lambda: shown(contoso, *numbers))
        late = contoso.invoice()
        await until(lambda: shown(contoso, late))
        lists = contoso.traffic.count("/invoices")
        await until(lambda: contoso.traffic.count("/invoices") > lists)
    assert len(contoso.posts()) == 6
    assert contoso.traffic.count("chat.postMessage") == 6


async def test_a_channel_can_see_the_truth_again_after_slack_failed(contoso: Town) -> None:
    """A card that could not be shown is shown by the worker, without Azure being asked."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    contoso.fault("* */chat.update", "status", times=-1)
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await told(ada, "reserved for you")
    await bot.settle()
    assert "is paying since" not in text_of(contoso.card(number))
    contoso.faults.clear()
    contoso.fault("GET */billingAccounts", "status", times=-1)
    async with working(bot):
        await until(lambda: "is paying since" in text_of(contoso.card(number)))


async def test_a_channel_can_see_invoices_again_after_azure_failed(contoso: Town) -> None:
    """A scan that fails is logged, and the next tick tries again."""
    number = contoso.invoice()
    contoso.fault("GET */billingAccounts", "status", status=403)
    async with working(await contoso.bot(scan_every_seconds=1)):
        await until(lambda: shown(contoso, number))
