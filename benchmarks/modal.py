"""From the click to the confirmation, and from there to the hand-off, where Azure takes its time."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.company import card_ts, company
from benchmarks.figures import Figure, median
from sandbox.serving import Exchange
from sandbox.slack import Person
from tests.shell import running
from tests.town import FINANCE, Town, modal, told

_DELAY = 0.2  # seconds that each call to Azure and to Graph takes
_PROCESSES, _PRESSES = 4, 5
_DIRECT, _GROUP = "role held directly", "role held through a group"
_WHO = {_GROUP: "U0BEN", _DIRECT: "U0ADA"}
_CHAIN = {_GROUP: 2, _DIRECT: 1}  # calls that must wait for each other: the user, their groups


@dataclass
class Stopwatch:
    """Times what happens between a click and the modal's next change, and the calls meanwhile."""

    town: Town
    began: float = 0.0
    shown: float = 0.0
    calls: float = 0.0

    def __post_init__(self) -> None:
        """Listen to the pretend services."""
        self.town.traffic.on_note.append(self._note)

    def start(self) -> None:
        """From now."""
        self.began, self.shown, self.calls = time.perf_counter(), 0.0, 0.0

    async def read(self) -> tuple[float, float]:
        """Seconds until the modal changed, and what the calls take one after another."""
        await asyncio.sleep(0.05)  # calls that nobody waited for
        return self.shown - self.began, self.calls

    def _note(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/views.update"):
            self.shown = self.shown or time.perf_counter()
        elif exchange.path.startswith(("/providers/", "/v1.0/")):
            self.calls += exchange.ms / 1000


async def modals() -> list[Figure]:
    """Press and confirm in fresh processes, by people whose role needs one more call or not."""
    took: dict[str, list[float]] = defaultdict(list)
    async with company() as town:
        _ben_by_group(town)
        numbers = [town.invoice() for _ in range(_PROCESSES * (_PRESSES + 1) * len(_WHO))]
        bot = await town.bot()
        await bot.scan()
        for pattern in ("* /providers/*", "* /v1.0/*"):
            town.fault(pattern, "delay", seconds=_DELAY, times=-1)
        watch = Stopwatch(town)
        for serial in range(_PROCESSES):
            order = list(_WHO.items())[:: -1 if serial % 2 else 1]
            await _process(town, watch, numbers, order, took)
    return [figure for name in _WHO for figure in _figures(name, took)]


def _ben_by_group(town: Town) -> None:
    town.colleague("U0BEN", "ben")
    group = town.tenant.add_group("Payables", [town.ids["U0BEN"]])
    town.ids[group] = group
    town.holds(group, "billing-profile-contributor")


async def _process(
    town: Town,
    watch: Stopwatch,
    numbers: list[str],
    order: list[tuple[str, str]],
    took: dict[str, list[float]],
) -> None:
    """One fresh process: its first click is the first person's."""
    async with running("web", given=town.environment()) as web:
        await web.ready()
        for turn in range(_PRESSES + 1):
            for name, user in order:
                cold = turn == 0 and (name, user) == order[0]
                async with Person(town.workspace, user, f"{web.url}/slack/events") as person:
                    pressed = await _press(town, watch, person, numbers.pop())
                    confirmed = await _confirm(watch, person)
                kind = "first click" if cold else "click"
                took[f"{name}: {kind}"].append(pressed[0])
                if not cold:
                    took[f"{name}: {kind} in turn"].append(pressed[1])
                    took[f"{name}: confirm"].append(confirmed[0])
                    took[f"{name}: confirm in turn"].append(confirmed[1])


async def _press(town: Town, watch: Stopwatch, person: Person, number: str) -> tuple[float, float]:
    watch.start()
    await person.press(FINANCE, card_ts(town, number), "pay.open")
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


def _figures(name: str, took: dict[str, list[float]]) -> list[Figure]:
    chain = _CHAIN[name] * _DELAY
    press, confirm = took[f"{name}: click"], took[f"{name}: confirm"]
    first = [one / chain for one in took[f"{name}: first click"]]
    in_turn = [a / b for a, b in zip(press, took[f"{name}: click in turn"], strict=True)]
    wanted = 1.15 if name == _GROUP else None
    return [
        Figure(f"{name}: longest chain of calls", chain, "s"),
        median(f"{name}: click to modal", press, "s"),
        median(f"{name}: click to modal / chain", [p / chain for p in press], most=wanted),
        median(f"{name}: the first click of a process / chain", first, most=wanted),
        median(f"{name}: click to modal / its calls one after another", in_turn),
        median(f"{name}: confirm to hand-off", confirm, "s"),
        median(
            f"{name}: confirm to hand-off / chain",
            [c / chain for c in confirm],
            most=1.2,
        ),
    ]
