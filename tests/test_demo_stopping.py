"""The demo leaves nothing behind."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.demo import Demo, end, launch, start
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"
)


@pytest.fixture
def running() -> Iterator[Demo]:
    """A demo whose page is ready."""
    demo = start()
    assert len(demo.left()) >= 5  # the demo, web, worker, Valkey and its keeper
    yield demo
    shutil.rmtree(demo.folder)


async def test_a_visitor_can_stop_the_demo_with_ctrl_c(running: Demo) -> None:
    """Even with the page open, no process and no file is left, and the exit code is 0."""
    live = f"{running.url}/api/live"
    async with aiohttp.ClientSession() as session, session.get(live):
        assert end(running, signal.SIGINT) == 0
    assert not running.left()
    assert not list(running.folder.iterdir())


async def test_a_visitor_can_kill_the_demo(running: Demo) -> None:
    """Everything it started ends by itself when it is killed without warning."""
    assert end(running, signal.SIGKILL) == -signal.SIGKILL
    await until(lambda: not running.left(), within=15)


async def test_a_visitor_can_stop_the_demo_while_it_starts() -> None:
    """SIGTERM as soon as the bot's processes are there leaves no process and no file."""
    demo = launch()
    await until(lambda: len(demo.left()) >= 3, within=15)
    assert end(demo, signal.SIGTERM) == 0
    assert not demo.left()
    assert not list(demo.folder.iterdir())
    shutil.rmtree(demo.folder)
