"""May this request do anything? Asked while Slack gets its answer; nothing begins before it is told."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextvars import ContextVar
from typing import Any

from bot.domain.admission import Entry
from bot.errors import BotError, StoreUnavailable, TooManyClicks
from bot.ports import Gate

Work = Coroutine[Any, Any, None]
Asking = asyncio.Task[Entry]

_PATIENCE, _LONGEST = 0.2, 2.0  # seconds
_refusal: ContextVar[BotError | None] = ContextVar("why this work may not go on", default=None)


def must_be_admitted() -> None:
    """Return if the request behind this work was let in. Raises ``BotError``, to be told the person."""
    if (error := _refusal.get()) is not None:
        raise error


class Admission:
    """Asks the door's memory about each request, and starts the work of those let in.

    Args:
        gate: the door's memory.
        start: starts a tracked task.
        drop: lets go of work that will never begin.
        patience: seconds that Slack's answer waits for the memory's.
        longest: seconds after which the person is told that the memory does not answer.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        start: Callable[[Work], None],
        drop: Callable[[Iterable[Work]], None],
        patience: float = _PATIENCE,
        longest: float = _LONGEST,
    ) -> None:
        self._gate, self._start, self._drop = gate, start, drop
        self._patience, self._longest = patience, longest
        self._asking: set[Asking] = set()  # the event loop itself holds tasks only weakly

    async def ask(self, mark: str, user: str) -> Asking:
        """Begin to ask about a request; the question is on its way when this returns.

        Args:
            mark: what tells this request from all others.
            user: the Slack user id to count the click for, or "".
        """
        asking = asyncio.create_task(self._enter(mark, user))
        self._asking.add(asking)
        asking.add_done_callback(self._answered)
        await asyncio.sleep(0)
        return asking

    async def answer(self, asking: Asking) -> Entry | None:
        """The memory's answer, or None where it did not come soon enough for Slack's."""
        if not asking.done():
            await asyncio.wait({asking}, timeout=self._patience)
        return asking.result() if asking.done() and not asking.exception() else None

    def admit(self, asking: Asking, works: Iterable[Work]) -> None:
        """Start what the request asked for, or see to it that the person is told why not.

        What was seen before ends here without a word.
        """
        if asking.done():
            self._begin(asking, works)
        else:
            self._start(self._begin_later(asking, works))

    async def _enter(self, mark: str, user: str) -> Entry:
        try:
            async with asyncio.timeout(self._longest):
                return await self._gate.enter(mark, user)
        except TimeoutError:
            raise StoreUnavailable("The bot's memory does not answer in time.") from None

    async def _begin_later(self, asking: Asking, works: Iterable[Work]) -> None:
        await asyncio.wait({asking})
        self._begin(asking, works)

    def _begin(self, asking: Asking, works: Iterable[Work]) -> None:
        try:
            entry = asking.result()
        except BotError as error:
            return self._start_all(works, error)
        if entry is Entry.SEEN:
            return self._drop(works)
        return self._start_all(works, None if entry is Entry.FIRST else TooManyClicks())

    def _start_all(self, works: Iterable[Work], refusal: BotError | None) -> None:
        token = _refusal.set(refusal)  # each task starts with a copy of this context
        for work in works:
            self._start(work)
        _refusal.reset(token)

    def _answered(self, asking: Asking) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # seen, so that asyncio does not report it as lost
