"""A Redis client whose commands travel together: what is asked at the same moment is one round trip.

redis-py takes a connection from its pool for each command, which costs more than the command
itself once many people click at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

_LEAST, _PARTS = 16, 8  # a moment's commands go out in so many pipelines at most, none smaller


@dataclass(frozen=True, slots=True)
class _Question:
    command: tuple[Any, ...]
    options: dict[str, Any]
    answer: asyncio.Future[Any]

    def settle(self, answer: object) -> None:
        """Hand the answer to whoever asked, unless they have lost patience."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class _Lane:
    """Collects the questions of a moment and has them asked at once.

    Args:
        ask: asks them; an answer or an error for each.
    """

    def __init__(self, ask: Callable[[list[_Question]], Awaitable[list[Any]]]) -> None:
        self._ask = ask
        self._waiting: list[_Question] = []
        self._sending: set[asyncio.Task[None]] = set()  # the event loop holds tasks only weakly

    async def answer(self, command: tuple[Any, ...], options: dict[str, Any]) -> Any:  # noqa: ANN401
        """The answer to this one. Raises its error."""
        loop = asyncio.get_running_loop()
        question = _Question(command, options, loop.create_future())
        self._waiting.append(question)
        if len(self._waiting) == 1:
            # It begins when all that is ready now has had its turn, and so may have asked, too.
            sending = loop.create_task(self._send())
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
        return await question.answer

    async def _send(self) -> None:
        """Ask them in parts: while one part's answers are read, the server deals with others."""
        questions, self._waiting = self._waiting, []
        size = max(_LEAST, -(-len(questions) // _PARTS))
        while questions:
            some, questions = questions[:size], questions[size:]
            try:
                answers = await self._ask(some)
            except ResponseError as error:
                answers = [error] * len(some)
            except Exception as error:  # noqa: BLE001  # each asker has it raised
                # Nobody answers: the others need not wait in turn to hear the same.
                some, questions = some + questions, []
                answers = [error] * len(some)
            for question, answer in zip(some, answers, strict=True):
                question.settle(answer)


class Together(Redis):
    """redis-py's client with the same commands, answers and errors; each command has its own.

    Only a connection that fails fails for all who share it, and its commands are sent again
    together, as the client's ``retry`` has it for one. Not for commands that block.
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # redis-py's
        super().__init__(*args, **options)
        self._plain, self._durable = _Lane(self._ask), _Lane(self._ask_durably)

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Send a command with all others of this moment; its answer. Raises ``RedisError``."""
        return await self._plain.answer(args, options)

    async def durably(self, *command: Any, within: int) -> tuple[Any, bool]:  # noqa: ANN401
        """Send a command that writes, and wait until the server has it on disk.

        Args:
            *command: as for ``execute_command``.
            within: milliseconds to wait at most.

        Returns:
            Its answer, and whether it is known to be on disk: never so without an append-only file,
            or on a server that knows no WAITAOF.
        """
        answer: tuple[Any, bool] = await self._durable.answer(command, {"within": within})
        return answer

    async def _ask(self, questions: list[_Question]) -> list[Any]:
        if len(questions) == 1:
            (only,) = questions
            plain = super().execute_command
            return [await plain(*only.command, **only.options)]  # type: ignore[no-untyped-call]
        async with self.pipeline(transaction=False) as pipe:
            for question in questions:
                pipe.execute_command(*question.command, **question.options)
            answers: list[Any] = await pipe.execute(raise_on_error=False)
        return answers

    async def _ask_durably(self, questions: list[_Question]) -> list[Any]:
        """WAITAOF covers what its own connection wrote, so one of them is enough for all."""
        within = max(question.options["within"] for question in questions)
        async with self.pipeline(transaction=False) as pipe:
            for question in questions:
                pipe.execute_command(*question.command)
            pipe.execute_command("WAITAOF", 1, 0, within)
            *answers, synced = await pipe.execute(raise_on_error=False)
        on_disk = not isinstance(synced, Exception) and bool(synced[0])
        return [a if isinstance(a, Exception) else (a, on_disk) for a in answers]
