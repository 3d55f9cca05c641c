"""Wait for a condition instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any


async def until(condition: Callable[[], Any], within: float = 15.0) -> Any:
    """The first truthy answer of ``condition`` (plain or async), asked every few milliseconds.

    Fails after ``within`` seconds.
    """
    for pause in _pauses(condition, within):
        answer = condition()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        await asyncio.sleep(pause)
    raise AssertionError


def until_now(condition: Callable[[], Any], within: float = 15.0) -> Any:
    """The same where there is no event loop."""
    for pause in _pauses(condition, within):
        if value := condition():
            return value
        time.sleep(pause)
    raise AssertionError


def _pauses(condition: Callable[[], Any], within: float) -> Iterator[float]:
    """Seconds between two questions, 5 ms at first and later 50; fails after ``within`` seconds."""
    deadline, pause = time.monotonic() + within, 0.005
    while True:
        yield pause
        pause = min(pause * 1.2, 0.05)
        if time.monotonic() > deadline:
            asked = inspect.getsource(condition).strip()
            raise AssertionError(f"nothing after {within} s: {asked}")
