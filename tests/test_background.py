"""Work that goes on after Slack has its answer: it begins in time, ends in time, and is not lost."""

import asyncio

from structlog.testing import capture_logs

from bot.adapters.background import Background
from bot.errors import SlackUnclear
from tests.waiting import until


class Steps:
    """Work that notes when it begins and ends, and can be held up."""

    def __init__(self) -> None:
        self.begun = 0
        self.done = 0
        self.may_end = asyncio.Event()

    async def work(self) -> None:
        """One piece of work."""
        self.begun += 1
        await self.may_end.wait()
        self.done += 1


async def test_a_listener_can_put_work_aside_until_the_answer_is_out() -> None:
    """Inside of a request nothing begins; whoever answers it starts the work."""
    background, steps = Background(), Steps()
    steps.may_end.set()
    with background.held() as works:
        background(steps.work())
        background(steps.work())
    await background.drain(1)
    assert (len(works), steps.begun) == (2, 0)
    for work in works:
        background.start(work)
    await background.drain(1)
    assert steps.done == 2


async def test_two_requests_cannot_take_each_others_work() -> None:
    """Each request holds its own work, however they overlap."""
    background, steps = Background(), Steps()
    steps.may_end.set()
    both_in = asyncio.Barrier(2)

    async def request(pieces: int) -> int:
        with background.held() as works:
            await both_in.wait()
            for _ in range(pieces):
                background(steps.work())
            await both_in.wait()
        for work in works:
            background.start(work)
        return len(works)

    assert list(await asyncio.gather(request(1), request(3))) == [1, 3]
    await background.drain(1)
    assert steps.done == 4


async def test_work_can_start_further_work_at_once() -> None:
    """Outside of a request there is no answer to wait for; a shutdown waits for it as well."""
    background, steps = Background(), Steps()
    steps.may_end.set()

    async def outer() -> None:
        background(steps.work())

    with background.held() as works:
        background(outer())
    background.start(works[0])
    await background.drain(1)
    assert steps.done == 1


async def test_a_shutdown_can_wait_for_work_in_hand() -> None:
    """Draining returns when everything is done."""
    background, steps = Background(), Steps()
    for _ in range(3):
        background.start(steps.work())
    draining = asyncio.create_task(background.drain(5))
    await until(lambda: steps.begun == 3)
    assert not draining.done()
    steps.may_end.set()
    await draining
    assert steps.done == 3


async def test_a_shutdown_cannot_be_held_up_for_ever() -> None:
    """Work that takes too long is cut off and counted in the log, the rest is finished."""
    background, slow, quick = Background(), Steps(), Steps()
    quick.may_end.set()
    background.start(slow.work())
    background.start(quick.work())
    with capture_logs() as logs:
        await asyncio.wait_for(background.drain(0.05), 1)
    assert (slow.begun, slow.done, quick.done) == (1, 0, 1)
    assert logs == [{"event": "work_cut_off", "tasks": 1, "log_level": "warning"}]


async def test_a_shutdown_cannot_be_held_up_by_a_chain_of_work() -> None:
    """The time is for everything together, however often work starts further work."""
    background = Background()

    async def endless() -> None:
        await asyncio.sleep(0.03)
        background(endless())

    background.start(endless())
    await asyncio.wait_for(background.drain(0.1), 1)


async def test_work_cannot_fail_unseen() -> None:
    """A failure is logged, expected ones by their sentence, and nothing else suffers from it."""
    background, steps = Background(), Steps()
    steps.may_end.set()

    async def expected() -> None:
        raise SlackUnclear("Slack's answer was lost.", code="answer_lost")

    async def fault() -> None:
        raise LookupError("a fault of ours")

    with capture_logs() as logs:
        for work in (expected(), fault(), steps.work()):
            background.start(work)
        await background.drain(1)
    assert steps.done == 1
    told = {log["log_level"]: log for log in logs}
    assert told["warning"]["sentence"] == "Slack's answer was lost."
    assert isinstance(told["error"]["exc_info"], LookupError)
