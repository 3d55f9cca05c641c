"""May this request do anything? Slack has its answer at once; nothing begins before this is known."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextvars import ContextVar
from typing import Any

from bot.domain.admission import CLICK_SECONDS, Entry
from bot.errors import BotError, StoreUnavailable, TooManyClicks
from bot.ports import Gate
from bot.services.recent import Recent

Work = Coroutine[Any, Any, None]
Asking = asyncio.Task[Entry]

_PATIENCE, _LONGEST = 0.2, 2.0  # seconds
_REMEMBERED = 60.0  # seconds; what is older is left to the gate
_refusal: ContextVar[BotError | None] = ContextVar("why this work may not go on", default=None)


def must_be_admitted() -> None:
    """Return if the request behind this work was let in. Raises ``BotError``, to be told the person."""
    if (error := _refusal.get()) is not None:
        raise error


class Admission:
    """Asks about each request, and starts the work of those let in.

    Args:
        gate: what all processes remember of requests and clicks.
        start: starts a tracked task.
        drop: lets go of work that will never begin.
        patience: seconds that an answer to Slack waits for the gate's.
        longest: seconds after which the person is told that the bot's memory does not answer.
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
        self._seen, self._over = Recent(_REMEMBERED), Recent(CLICK_SECONDS)
        self._asking: set[Asking] = set()  # the event loop itself holds tasks only weakly

    def glance(self, mark: str, user: str) -> Entry:
        """What this process alone knows of a request, at no cost; it knows the request from now on.

        Args:
            mark: what tells this request from all others.
            user: the Slack user id whose click it is, or "".
        """
        if not self._seen.add(mark):
            return Entry.SEEN
        return Entry.OVER if user in self._over else Entry.FIRST

    def ask(self, mark: str, user: str) -> Asking:
        """Begin to ask the gate about a request, counting the click."""
        asking = asyncio.create_task(self._enter(mark, user))
        self._asking.add(asking)
        asking.add_done_callback(self._answered)
        return asking

    async def answer(self, asking: Asking) -> Entry | None:
        """The gate's answer, or None where it has none soon enough for Slack."""
        await asyncio.wait({asking}, timeout=self._patience)
        return asking.result() if asking.done() and not asking.exception() else None

    def admit(self, asking: Asking, user: str, works: list[Work]) -> None:
        """Start what was asked for once the gate allows it, or see to it that the person is told.

        What was seen before ends without a word, and so do more clicks of somebody just told.
        """
        if works:
            self._start(self._admit(asking, user, works))

    async def _enter(self, mark: str, user: str) -> Entry:
        try:
            async with asyncio.timeout(self._longest):
                return await self._gate.enter(mark, user)
        except TimeoutError:
            raise StoreUnavailable("The bot's memory does not answer in time.") from None

    async def _admit(self, asking: Asking, user: str, works: list[Work]) -> None:
        try:
            entry = await asking
        except BotError as error:
            return self._start_all(works, error)
        if entry is Entry.FIRST and len(works) == 1:
            return await works[0]  # as most often, and it needs no task of its own
        if entry is Entry.FIRST:
            return self._start_all(works, None)
        if entry is Entry.SEEN or not self._over.add(user):
            return self._drop(works)
        return self._start_all(works, TooManyClicks())

    def _start_all(self, works: list[Work], refusal: BotError | None) -> None:
        _refusal.set(refusal)  # each task starts with a copy of this one's context
        for work in works:
            self._start(work)

    def _answered(self, asking: Asking) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # seen, so that asyncio does not report it as lost
