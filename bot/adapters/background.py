"""Work that goes on after Slack has its answer, tracked so that a shutdown can wait for it."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from bot.errors import BotError

Work = Coroutine[Any, Any, None]

_log = structlog.get_logger(__name__)
_held: ContextVar[list[Work] | None] = ContextVar(
    "work held until Slack has its answer", default=None
)


def drop(works: Iterable[Work]) -> None:
    """Let go of work that will never begin."""
    for work in works:
        work.close()


class Background:
    """Tracked tasks; call it with a coroutine to have it run after the present answer is sent."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, work: Work) -> None:
        """Run ``work`` once the request being answered has its answer, or now outside of one."""
        held = _held.get()
        if held is None:
            self.start(work)
        else:
            held.append(work)

    @contextmanager
    def held(self) -> Iterator[list[Work]]:
        """Collect the work asked for inside; the caller starts it when the answer is out."""
        works: list[Work] = []
        token = _held.set(works)
        try:
            yield works
        finally:
            _held.reset(token)

    def start(self, work: Work) -> None:
        """Run ``work`` now as a tracked task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def drain(self, seconds: float) -> None:
        """Wait for all running work at most ``seconds``; what still runs then is cancelled."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds  # for all, since work may start further work
        while self._tasks:
            left = max(0.0, deadline - clock())
            _, late = await asyncio.wait(self._tasks, timeout=left)
            if late:
                _log.warning("work_cut_off", tasks=len(late))
                for task in late:
                    task.cancel()
                await asyncio.wait(late, timeout=1)
                return

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, BotError):
            _log.warning("work_failed", error=type(error).__name__, sentence=error.sentence)
        else:
            _log.error("work_failed", exc_info=error)
