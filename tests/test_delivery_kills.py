"""Workers that are killed or replaced at each step of a delivery: none lost, none seen twice."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.alerting import identity, reminded_on
from tests.paying import key, store
from tests.shell import Running, running
from tests.town import Town, town
from tests.waiting import until

POST = "* */chat.postMessage"
Trap = Callable[[Town, Running], None]


@dataclass
class Played:
    """What became of a delivery that was broken off.

    Attributes:
        numbers: the invoices it was about.
        at_the_end: how many messages were there when the first worker was gone.
        code: the first worker's exit code.
        log: what the second worker said.
    """

    town: Town
    numbers: list[str]
    at_the_end: int
    code: int
    log: str


def _end(worker: Running, how: int) -> None:
    """Once; a process that is gone already needs no more."""
    if worker.process.returncode is None:
        os.kill(worker.process.pid, how)


def _before_post(made: Town, worker: Running) -> None:
    """The request is cut off before Slack has done anything, and the worker dies on it."""
    made.fault(POST, "drop_before")

    def die(exchange: Any) -> None:
        if exchange.path.endswith("chat.postMessage"):
            made.traffic.on_note.remove(die)
            _end(worker, signal.SIGKILL)

    made.traffic.on_note.append(die)


def _after_post(
    made: Town, worker: Running, *, how: int = signal.SIGKILL, reply: bool = False
) -> None:
    """The message is there, and the worker is ended before it hears of it."""

    def die(change: dict[str, Any]) -> None:
        if change["kind"] != "message":
            return
        posted = made.workspace.message(change["channel"], change["ts"])
        if posted is not None and bool(posted.thread_ts) is reply:
            made.workspace.on_change.remove(die)
            _end(worker, how)

    made.workspace.on_change.append(die)


def _after_record(made: Town, worker: Running) -> None:
    """The first card is in the store, and the worker dies with the others still to come."""

    async def is_recorded() -> bool:
        async with store(made) as redis:
            names = [name async for name in redis.scan_iter(key(made, "card", "*"))]
            return any(json.loads(raw)["ts"] for raw in await redis.mget(names) if names)

    async def die() -> None:
        await until(is_recorded, within=60)
        _end(worker, signal.SIGKILL)

    made.stack.push_async_callback(lambda: task)
    task = asyncio.create_task(die())


def _after_reminder(made: Town, worker: Running) -> None:
    """The card is there; days pass, and the worker dies on the reminder in its thread."""
    _after_post(made, worker, reply=True)

    def later(change: dict[str, Any]) -> None:
        if change["kind"] == "message":
            made.workspace.on_change.remove(later)
            for invoice in made.tenant.invoices.values():
                assert invoice.due is not None
                invoice.due -= timedelta(days=6)

    made.workspace.on_change.append(later)


def _asked_to_end(made: Town, worker: Running) -> None:
    """A rolling restart, in the very moment between a post and its record."""
    _after_post(made, worker, how=signal.SIGTERM)


STEPS: dict[str, tuple[Trap, int]] = {
    "before the post": (_before_post, 3),
    "after the post": (_after_post, 3),
    "after the record": (_after_record, 3),
    "after a reminder": (_after_reminder, 1),
    "when asked to end": (_asked_to_end, 3),
}


async def _play(redis_url: str, step: str) -> Played:
    """One worker up to the step, and another one that goes on from there."""
    trap, count = STEPS[step]
    async with town(redis_url) as made:
        numbers = [made.invoice(days_overdue=1) for _ in range(count)]
        given = made.environment() | {"SCAN_EVERY_SECONDS": "1"}
        async with running("worker", given=given) as first:
            trap(made, first)
            await until(lambda: made.posts() or first.process.returncode is not None, within=60)
            code = await asyncio.wait_for(first.process.wait(), 10)
        before = len(made.posts())
        async with running("worker", given=given) as second:
            await second.ready()
            await until(lambda: _is_done(made, numbers, step), within=60)
            assert await second.stop() == 0
            return Played(made, numbers, before, code, second.log)


def _is_done(made: Town, numbers: list[str], step: str) -> bool:
    """Whether everything that is to be said has been said, and the second worker knows it."""
    ids = [identity(message) for message in made.posts()]
    said = {f"invoice:{number}" for number in numbers} <= set(ids)
    if step == "after a reminder":
        return said and "7 days overdue" in made.posts()[0].text
    return said


@pytest.fixture(scope="module")
def played(redis_url: str) -> dict[str, Played]:
    """All steps side by side: most of the time is spent waiting for a dead worker's lock."""

    async def all_of_them() -> list[Played]:
        return await asyncio.gather(*(_play(redis_url, step) for step in STEPS))

    return dict(zip(STEPS, asyncio.run(all_of_them()), strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_a_channel_cannot_lose_or_get_anything_twice_by_a_kill(
    played: dict[str, Played], step: str
) -> None:
    """Wherever a worker ends, another one goes on, and people see each message exactly once."""
    one = played[step]
    seen = Counter(identity(message) for message in one.town.posts())
    assert set(seen.values()) == {1}
    assert {f"invoice:{number}" for number in one.numbers} <= set(seen)
    assert one.code == (0 if step == "when asked to end" else -signal.SIGKILL)
    assert "Traceback" not in one.log


@pytest.mark.parametrize(
    ("step", "there"), [("before the post", 0), ("after the post", 1), ("after a reminder", 2)]
)
def test_a_channel_can_be_seen_as_it_was_when_the_worker_died(
    played: dict[str, Played], step: str, there: int
) -> None:
    """The kills strike where they should: before the post nothing is there, after it one more."""
    assert played[step].at_the_end == there


def test_a_team_cannot_lose_or_see_a_reminder_twice_by_a_kill(played: dict[str, Played]) -> None:
    """A reminder whose worker died before it was recorded is found in the thread."""
    one = played["after a reminder"]
    assert reminded_on(one.town, one.numbers[0]) == [7]
