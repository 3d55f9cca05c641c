"""A Redis client whose commands travel together: what is asked at the same moment is one round trip.

redis-py takes a connection from its pool for each command, which costs more than the command
itself once many people click at once.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

_MOST = 256  # commands in one pipeline


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


class Together(Redis):
    """redis-py's client with the same commands, answers and errors; each command has its own.

    Only a connection that fails fails for all who share it, and its commands are sent again
    together, as the client's ``retry`` has it for one. Not for commands that block.
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # redis-py's
        super().__init__(*args, **options)
        self._waiting: list[_Question] = []
        self._sending: set[asyncio.Task[None]] = set()  # the event loop holds tasks only weakly

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Send a command with all others of this moment; its answer. Raises ``RedisError``."""
        loop = asyncio.get_running_loop()
        question = _Question(args, options, loop.create_future())
        self._waiting.append(question)
        if len(self._waiting) == 1:
            # It begins when all that is ready now has had its turn, and so may have asked, too.
            sending = loop.create_task(self._send())
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
        return await question.answer

    async def _send(self) -> None:
        questions, self._waiting = self._waiting, []
        for start in range(0, len(questions), _MOST):
            some = questions[start : start + _MOST]
            try:
                answers = await self._ask(some)
            except Exception as error:  # noqa: BLE001  # each asker has it raised
                answers = [error] * len(some)
            for question, answer in zip(some, answers, strict=True):
                question.settle(answer)

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
