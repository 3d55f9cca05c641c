"""How soon Slack has its answer while Azure, Redis or both are slow; Slack gives up after three seconds."""

import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from benchmarks.click import pressed
from benchmarks.company import company
from benchmarks.figures import Figure
from sandbox.faults import Faults
from sandbox.serving import Traffic, serve
from sandbox.slack import Person
from tests.paying import Unpaid, card_of
from tests.redis_line import RedisLine, redis_line
from tests.shell import running
from tests.town import FINANCE, Bot, Town

_SLOW = 10.0  # seconds by which each answer of Azure, Graph or Redis is late
_PAUSE = 0.1  # seconds between two acts: all of one person's, who may click a hundred times in ten
_WARM_UP = 14
_CONDITIONS = {
    "all well": (False, False),
    "Azure 10 s slower": (True, False),
    "Redis 10 s slower": (False, True),
    "both 10 s slower": (True, True),
}


async def acks(rounds: int) -> list[Figure]:
    """Send ``rounds`` acts of all kinds in each condition, each to a fresh process."""
    found: list[Figure] = []
    async with company() as town, redis_line(town.redis_url) as line:
        most = len(_CONDITIONS) * (_WARM_UP + rounds)
        acts = await _acts(town, await town.bot(), most)
        for name, (azure, redis) in _CONDITIONS.items():
            took = await _condition(town, line, acts, rounds, azure=azure, redis=redis)
            found += _figures(name, [1000 * seconds for seconds in took])
    return found


async def _condition(
    town: Town, line: RedisLine, acts: Iterator[str], rounds: int, *, azure: bool, redis: bool
) -> list[float]:
    """The seconds until each answer."""
    given = town.environment() | {"REDIS_URL": line.url}
    async with running("web", given=given) as web:
        await web.ready()
        where = {"bot": f"{web.url}/slack/events"}
        await pressed(where, {"bot": list(islice(acts, _WARM_UP))}, {"turns": _PAUSE})
        line.late = _SLOW if redis else 0.0
        for path in ("* /providers/*", "* /v1.0/*") if azure else ():
            town.fault(path, "delay", seconds=_SLOW, times=-1)
        took = await pressed(where, {"bot": list(islice(acts, rounds))}, {"turns": _PAUSE})
    line.late = 0.0
    town.faults.clear()
    return took["bot"]


def _figures(name: str, ms: list[float]) -> list[Figure]:
    return [
        Figure(f"{name}: half of the answers within", statistics.median(ms), "ms"),
        Figure(
            f"{name}: 99 of 100",
            statistics.quantiles(ms, n=100, method="inclusive")[98],
            "ms",
            most=500,
        ),
        Figure(f"{name}: all {len(ms)}", max(ms), "ms", most=3000),
    ]


async def _acts(town: Town, bot: Bot, most: int) -> Iterator[str]:
    """What Slack sends for what people do, all kinds in turns, each another request."""
    numbers = [town.invoice() for _ in range(2)]
    await bot.scan()
    first, second = (Unpaid(town, bot, number, card_of(town, number)) for number in numbers)
    confirming, closing = await first.offer(), await second.offer()
    ts, number, menu = first.card.ts, first.number, town.button(first.card, "card.menu")
    assert menu is not None
    refresh = next(o["value"] for o in menu["options"] if str(o["value"]).startswith("refresh"))
    async with _catcher() as (url, caught), Person(town.workspace, "U0ADA", url) as ada:
        await ada.close(closing.id)
        await ada.submit(confirming.id)
        once = list(caught)
        while len(caught) < most:
            await ada.press(FINANCE, ts, "pay.open")
            await ada.press(FINANCE, ts, "card.menu", option=refresh)
            await ada.command("/invoice", number, channel=FINANCE)
            await ada.command("/invoices", channel=FINANCE)
            await ada.open_home()
            caught += [f"{act}&serial={len(caught)}" for act in once]
    return iter(caught)


@asynccontextmanager
async def _catcher() -> AsyncIterator[tuple[str, list[str]]]:
    """Something in place of the bot that keeps what Slack sends it."""
    caught: list[str] = []

    async def catch(scope: Scope, receive: Receive, send: Send) -> None:
        caught.append((await Request(scope, receive).body()).decode())
        await Response()(scope, receive, send)

    async with serve(catch, "catcher", faults=Faults(), traffic=Traffic()) as url:
        yield url, caught
