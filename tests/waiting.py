"""Wait for a condition instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], T | Awaitable[T]], within: float = 5.0) -> T:
    """The first truthy answer of ``condition``, asked every 10 ms; fails after ``within`` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(
                f"nothing after {within} s: {inspect.getsource(condition).strip()}"
            )
        await asyncio.sleep(0.01)
