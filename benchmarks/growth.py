"""What a scan and a click cost as there is more of everything."""

import math
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.click import link_body, pressed
from benchmarks.company import card_ts, company
from benchmarks.figures import Figure
from benchmarks.presser import ANYBODY
from benchmarks.processes import cpu_seconds, memory
from benchmarks.scan import scanned
from tests.shell import running

_UNPAID = (10, 100, 1000, 10_000)
_ACCOUNTS, _IN_EACH = (1, 5, 20, 50), 200
_PROCESSES = (1, 2, 4)
_AT_ONCE, _SECONDS, _ROUNDS = 8, 0.8, 3
_LINEAR = 1.1  # an exponent up to here is a straight line with noise


@dataclass(frozen=True)
class Series:
    """How a cost grows: ``costs[i]`` (in ``unit``) at ``sizes[i]``.

    Attributes:
        name: what it is the cost of.
        of: what there is more of.
    """

    name: str
    of: str
    unit: str
    sizes: tuple[int, ...]
    costs: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """The ``b`` of ``cost ~ size ** b`` that fits the larger half best: 1 is a straight line.

        The smaller half would only flatter it, being mostly what a scan costs without any invoice.
        """
        half = len(self.sizes) // 2
        xs = [math.log(size) for size in self.sizes[-half - 1 :]]
        ys = [math.log(max(cost, 1e-9)) for cost in self.costs[-half - 1 :]]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        over = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
        return over / sum((a - x) ** 2 for a in xs)

    @property
    def figures(self) -> list[Figure]:
        """One for each size, and the exponent."""
        found = [
            Figure(f"{self.name}, {size:,} {self.of}", cost, self.unit)
            for size, cost in zip(self.sizes, self.costs, strict=True)
        ]
        return [*found, Figure(f"{self.name}: exponent", self.exponent, most=_LINEAR)]


async def growth(picture: Path | None) -> list[Figure]:
    """Scan and click at growing sizes; draw what was measured into ``picture`` where one is named."""
    series = [*await _unpaid(), *await _accounts(), *await _processes()]
    if picture:
        from benchmarks.plot import draw  # noqa: PLC0415  # it takes a second to load

        draw(series, picture)
    return [figure for one in series for figure in one.figures]


async def _unpaid() -> list[Series]:
    """Scans of accounts in which every invoice is unpaid and has its card."""
    cpu, trips, peak = list[float](), list[float](), list[float]()
    for unpaid in _UNPAID:
        async with company() as town:
            found = await scanned(town, invoices=unpaid, unpaid=unpaid, rounds=0)
        cpu.append(min(one["cpu"] for one in found["scan"]))
        trips.append(found["scan"][-1]["round_trips"])
        peak.append(found["peak_kib"] / 1024)
    of = "unpaid invoices"
    return [
        Series("CPU of a scan", of, "s", _UNPAID, tuple(cpu)),
        Series("Redis round trips of a scan", of, "", _UNPAID, tuple(trips)),
        Series("peak memory", of, "MiB", _UNPAID, tuple(peak)),
    ]


async def _accounts() -> list[Series]:
    """Scans of more and more accounts of the same size."""
    cpu, calls = list[float](), list[float]()
    for accounts in _ACCOUNTS:
        async with company() as town:
            found = await scanned(
                town,
                invoices=accounts * _IN_EACH,
                unpaid=accounts * _IN_EACH // 20,
                accounts=accounts,
                rounds=0,
            )
        cpu.append(min(one["cpu"] for one in found["scan"]))
        calls.append(found["served"])
    of = f"billing accounts of {_IN_EACH} invoices"
    return [
        Series("CPU of a scan", of, "s", _ACCOUNTS, tuple(cpu)),
        Series("Azure calls of a scan", of, "", _ACCOUNTS, tuple(calls)),
    ]


async def _processes() -> list[Series]:
    """More ``web`` processes over one store, each with as many people clicking at it."""
    async with AsyncExitStack() as stack:
        groups = [await _group(stack, count) for count in _PROCESSES]
        rounds = [[await group.clicked() for group in groups] for _ in range(_ROUNDS)]
        weighs = [sum(map(memory, group.pids)) for group in groups]
    # Each process at its best: a slow moment of the machine belongs to no size.
    best = [
        [min(costs) for costs in zip(*group, strict=True)] for group in zip(*rounds, strict=True)
    ]
    each = [1000 * sum(costs) for costs in best]
    of = "web processes"
    return [
        Series("CPU of a thousand clicks at each", of, "s", _PROCESSES, tuple(each)),
        Series("memory of all", of, "MiB", _PROCESSES, tuple(weighs)),
    ]


@dataclass(frozen=True)
class Group:
    """Some ``web`` processes with a store of their own, and a click for them."""

    urls: list[str]
    pids: list[int]
    body: str

    async def clicked(self) -> list[float]:
        """CPU seconds of a click, of each process."""
        # In turns: more than two at once would only share the machine's cores.
        return [await self._clicked(*one) for one in zip(self.urls, self.pids, strict=True)]

    async def _clicked(self, url: str, pid: int) -> float:
        before = cpu_seconds(pid)
        clicks = await _clicks(url, self.body)
        return (cpu_seconds(pid) - before) / clicks


async def _group(stack: AsyncExitStack, count: int) -> Group:
    """So many processes that are ready; they end with the stack."""
    town = await stack.enter_async_context(company())
    town.colleague(ANYBODY, "anybody")
    number = town.invoice()
    await (await town.bot()).scan()
    webs = [
        await stack.enter_async_context(running("web", given=town.environment(), anew=True))
        for _ in range(count)
    ]
    for web in webs:
        await web.ready()
    body = await link_body(town, card_ts(town, number))
    return Group([web.url for web in webs], [web.process.pid for web in webs], body)


async def _clicks(url: str, body: str) -> float:
    """How many clicks one process answered."""
    how = {"parallel": _AT_ONCE, "seconds": _SECONDS, "rounds": 1, "rest": 0}
    (rate,) = (await pressed({"it": f"{url}/slack/events"}, {"it": [body]}, how))["it"]
    return rate * _SECONDS
