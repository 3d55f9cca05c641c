"""From the click to the confirmation, and from there to the hand-off, where Azure takes its time."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.company import card_ts, company
from benchmarks.figures import Figure, median, ratio
from sandbox.serving import Exchange
from sandbox.slack import Person
from tests.shell import running
from tests.town import FINANCE, Town, modal, told

_DELAY = 0.2  # seconds that each call to Azure and to Graph takes
_PROCESSES, _PRESSES = 6, 1
_DIRECT, _GROUP = "role held directly", "role held through a group"
_WHO = {_GROUP: "U0BEN", _DIRECT: "U0ADA"}
Took = dict[str, list[float]]


@dataclass
class Stopwatch:
    """Times what happens between a click and the modal's next change, and the calls meanwhile.

    The change counts from when it reaches the pretend Slack: how long that one then looks whether
    Slack would take it is no time of the bot's.
    """

    town: Town
    began: float = 0.0
    shown: float = 0.0
    calls: float = 0.0

    def __post_init__(self) -> None:
        """Listen to the pretend services."""
        self.town.traffic.on_note.append(self._note)

    def start(self) -> None:
        """From now."""
        self.began, self.shown, self.calls = time.time(), 0.0, 0.0

    async def read(self) -> tuple[float, float]:
        """Seconds until the modal changed, and what the calls take one after another."""
        await asyncio.sleep(0.05)  # calls that nobody waited for
        return self.shown - self.began, self.calls

    def _note(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/views.update"):
            self.shown = self.shown or exchange.at
        elif exchange.path.startswith(("/providers/", "/v1.0/")):
            self.calls += exchange.ms / 1000


@dataclass(frozen=True)
class Chain:
    """The calls that have to wait for each other, made by a plain HTTP client and nothing else."""

    town: Town
    session: aiohttp.ClientSession
    group: str

    async def seconds(self, name: str) -> float:
        """Graph's user, and then their groups where the role comes by a group."""
        user = f"{self.town.azure.graph}/users/{self.town.ids[_WHO[name]]}"
        began = time.perf_counter()
        async with self.session.get(user) as answer:
            await answer.read()
        if name == _GROUP:
            asked = {"groupIds": [self.group]}
            async with self.session.post(f"{user}/checkMemberGroups", json=asked) as answer:
                await answer.read()
        return time.perf_counter() - began


async def modals() -> list[Figure]:
    """Press and confirm in fresh processes, by people whose role needs one more call or not."""
    took: Took = defaultdict(list)
    async with company() as town, _chain(town) as chain:
        numbers = [town.invoice() for _ in range(_PROCESSES * (_PRESSES + 1) * len(_WHO))]
        await (await town.bot()).scan()
        for pattern in ("* /providers/*", "* /v1.0/*"):
            town.fault(pattern, "delay", seconds=_DELAY, times=-1)
        watch = Stopwatch(town)
        for serial in range(_PROCESSES):
            order = list(_WHO)[:: -1 if serial % 2 else 1]
            await _process(watch, chain, numbers, order, took)
    return [figure for name in _WHO for figure in _figures(name, took)]


@asynccontextmanager
async def _chain(town: Town) -> AsyncIterator[Chain]:
    """Ben, whose role comes by a group, and somebody who only asks for that."""
    town.colleague("U0BEN", "ben")
    group = town.tenant.add_group("Payables", [town.ids["U0BEN"]])
    town.ids[group] = group
    town.holds(group, "billing-profile-contributor")
    token = town.tenant.tokens.issue("https://graph.microsoft.com").text
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:
        yield Chain(town, session, group)


async def _process(
    watch: Stopwatch, chain: Chain, numbers: list[str], order: list[str], took: Took
) -> None:
    """One fresh process: its first click is the first person's."""
    town = watch.town
    async with running("web", given=town.environment(), anew=True) as web:
        await web.ready()
        for turn in range(_PRESSES + 1):
            for name in order:
                async with Person(town.workspace, _WHO[name], f"{web.url}/slack/events") as person:
                    pressed = await _press(watch, person, numbers.pop())
                    confirmed = await _confirm(watch, person)
                cold = turn == 0 and name == order[0]
                kind = f"{name}, first click" if cold else name
                took[f"{kind}: chain"].append(await chain.seconds(name))
                took[f"{kind}: press"].append(pressed[0])
                took[f"{kind}: press in turn"].append(pressed[1])
                took[f"{kind}: confirm"].append(confirmed[0])


async def _press(watch: Stopwatch, person: Person, number: str) -> tuple[float, float]:
    watch.start()
    await person.press(FINANCE, card_ts(watch.town, number), "pay.open")
    await modal(person, "pay.confirm")
    return await watch.read()


async def _confirm(watch: Stopwatch, person: Person) -> tuple[float, float]:
    (view,) = [v for v in person.modals() if v.callback_id == "pay.confirm"]
    watch.start()
    await person.submit(view.id)
    await told(person, "reserved for you")
    found = await watch.read()
    await person.close(person.modals()[-1].id)
    return found


def _figures(name: str, took: Took) -> list[Figure]:
    cold = f"{name}, first click"
    chain, press = took[f"{name}: chain"], took[f"{name}: press"]
    first = ratio(took[f"{cold}: press"], took[f"{cold}: chain"])
    confirm = took[f"{name}: confirm"]
    return [
        median(f"{name}: longest chain of calls, alone", chain, "s"),
        median(f"{name}: click to modal", press, "s"),
        median(f"{name}: click to modal / chain", ratio(press, chain), most=1.15),
        median(f"{name}: first click of a process / chain", first, most=1.15),
        median(
            f"{name}: click to modal / its calls one after another",
            ratio(press, took[f"{name}: press in turn"]),
        ),
        median(f"{name}: confirm to hand-off", confirm, "s"),
        median(f"{name}: confirm to hand-off / chain", ratio(confirm, chain), most=1.2),
    ]
