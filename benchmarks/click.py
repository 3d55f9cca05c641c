"""From a signed click to the HTTP answer: the bot beside two plain Bolt apps."""

import asyncio
import statistics
from contextlib import AsyncExitStack

from benchmarks.company import company
from benchmarks.figures import Figure
from benchmarks.processes import module
from sandbox.slack import Person
from tests.shell import running
from tests.town import FINANCE, SECRET, Town

_PAUSE = 0.05  # seconds between two clicks, so that what the bot does after its answer is over
_WARM_UP = 10


async def click(count: int) -> list[Figure]:
    """Press ``pay.open`` on a card ``count`` times for each app, one after the other in turns."""
    async with company() as town, AsyncExitStack() as stack:
        number = town.invoice()
        bot = await town.bot()
        await bot.scan()
        web = await stack.enter_async_context(running("web", given=town.environment()))
        await web.ready()
        urls = {"the bot": f"{web.url}/slack/events"}
        for name, option in (("plain Bolt", "after"), ("process_before_response", "before")):
            given = {
                "TOKEN": town.workspace.bot_token,
                "SECRET": SECRET,
                "API": f"{town.workspace.url}/api/",
            }
            urls[name] = await stack.enter_async_context(
                module("click_server", option, given=given)
            )
        took = await _presses(town, number, urls, count, stack)
    figures = []
    for name, seconds in took.items():
        figures.append(Figure(f"{name}: p50", 1000 * statistics.median(seconds), "ms, median"))
        figures.append(
            Figure(f"{name}: p99", 1000 * statistics.quantiles(seconds, n=100)[98], "ms")
        )
    return figures


async def _presses(
    town: Town, number: str, urls: dict[str, str], count: int, stack: AsyncExitStack
) -> dict[str, list[float]]:
    people = {
        name: await stack.enter_async_context(Person(town.workspace, "U0ADA", url))
        for name, url in urls.items()
    }
    ts, took = town.card(number).ts, {name: list[float]() for name in urls}
    for turn in range(_WARM_UP + count):
        for name, person in people.items():
            receipt = await person.press(FINANCE, ts, "pay.open")
            if receipt.status != 200:
                raise RuntimeError(f"{name} answered {receipt.status}: {receipt.body}")
            if turn >= _WARM_UP:
                took[name].append(receipt.seconds)
            await asyncio.sleep(_PAUSE)
    return took
