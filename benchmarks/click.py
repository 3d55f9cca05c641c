"""From a signed click to the HTTP answer: the bot beside plain Bolt apps."""

import json
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response

from benchmarks.company import card_ts, company
from benchmarks.figures import Figure, median, ratio
from benchmarks.presser import ANYBODY
from benchmarks.processes import module, printed
from sandbox.faults import Faults
from sandbox.serving import Traffic, serve
from sandbox.slack import Person
from tests.shell import running
from tests.town import FINANCE, SECRET, Town

_PAUSE = 0.06  # seconds between two clicks, so that what the bot does after its answer is over
_WARM_UP, _ROUNDS = 10, 8
_AT_ONCE, _SECONDS, _REST = 64, 1.0, 0.4
_BOT, _PLAIN, _BEFORE = "the bot", "plain Bolt", "process_before_response"
_ALIKE = "process_before_response on the bot's server"


async def click(count: int) -> list[Figure]:
    """Press *Pay now* ``count`` times for each app in turns, then have 64 people click at once."""
    async with company() as town:
        town.colleague(ANYBODY, "anybody")
        number = town.invoice()
        await (await town.bot()).scan()
        ts = card_ts(town, number)
        async with _apps(town) as urls:
            presses = {name: await _bodies(town, ts, "pay.open", _WARM_UP + count) for name in urls}
            took = await pressed(urls, presses, {"turns": _PAUSE})
            link = await link_body(town, ts)
            links = {name: [link] for name in urls}
            parallel = {"parallel": _AT_ONCE, "seconds": _SECONDS, "rounds": _ROUNDS, "rest": _REST}
            rates = await pressed(urls, links, parallel)
    return [*_latencies(took), *_rates(rates)]


def _latencies(took: dict[str, list[float]]) -> list[Figure]:
    ms = {name: [1000 * one for one in seconds[_WARM_UP:]] for name, seconds in took.items()}
    p50 = {name: statistics.median(one) for name, one in ms.items()}
    found = [median(f"{name}: click to answer", one, "ms") for name, one in ms.items()]
    found += [
        Figure(f"{name}: 99 of 100 within", statistics.quantiles(one, n=100)[98], "ms")
        for name, one in ms.items()
    ]
    return [
        *found,
        Figure("median / plain Bolt", p50[_BOT] / p50[_PLAIN], most=0.15),
        Figure("median / process_before_response", p50[_BOT] / p50[_BEFORE], most=1.5),
    ]


def _rates(rates: dict[str, list[float]]) -> list[Figure]:
    return [
        *(median(f"{name}: clicks, {_AT_ONCE} at once", one, "/s") for name, one in rates.items()),
        median("clicks / plain Bolt", ratio(rates[_BOT], rates[_PLAIN]), least=1.2),
        median("clicks / process_before_response", ratio(rates[_BOT], rates[_BEFORE]), least=0.8),
    ]


@asynccontextmanager
async def _apps(town: Town) -> AsyncIterator[dict[str, str]]:
    """The bot, Bolt as ``AsyncApp.start()`` serves it, and on the bot's server; a process each."""
    given = {
        "TOKEN": town.workspace.bot_token,
        "SECRET": SECRET,
        "API": f"{town.workspace.url}/api/",
    }
    async with (
        running("web", given=town.environment(), anew=True) as web,
        module("click_server", "after", given=given) as plain,
        module("click_server", "before", given=given) as before,
        module("click_server", "before", "uvicorn", given=given) as alike,
    ):
        await web.ready()
        yield {
            _BOT: f"{web.url}/slack/events",
            _PLAIN: plain,
            _BEFORE: before,
            _ALIKE: alike,
        }


async def link_body(town: Town, ts: str) -> str:
    """What Slack sends when anybody presses the card's link, which needs no work but the answer."""
    (body,) = await _bodies(town, ts, "portal.open", 1)
    return body


async def _bodies(town: Town, ts: str, action: str, count: int) -> list[str]:
    """What Slack sends when Ada presses *Pay now*, or anybody the link, so many times."""
    caught: list[str] = []

    async def catch(scope: dict[str, object], receive: object, send: object) -> None:
        caught.append((await Request(scope, receive).body()).decode())  # type: ignore[arg-type]
        await Response()(scope, receive, send)  # type: ignore[arg-type]

    who = "U0ADA" if action == "pay.open" else ANYBODY
    serving = serve(catch, "catcher", faults=Faults(), traffic=Traffic())  # type: ignore[arg-type]
    async with serving as url, Person(town.workspace, who, url) as person:
        for _ in range(count):
            await person.press(FINANCE, ts, action)
    return caught


async def pressed(
    urls: dict[str, str], bodies: dict[str, list[str]], how: dict[str, float]
) -> dict[str, list[float]]:
    """What ``presser`` measures at these addresses."""
    asked = json.dumps({"secret": SECRET, "targets": urls, "bodies": bodies, **how})
    found: dict[str, list[float]] = json.loads(await printed("presser", given={}, asked=asked))
    return found
