"""Wait for a condition instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], within: float = 5.0) -> Any:
    """The first truthy answer of ``condition`` (plain or async), asked every 10 ms.

    Fails after ``within`` seconds.
    """
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
