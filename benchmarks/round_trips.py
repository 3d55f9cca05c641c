"""How often this process asks Redis something and waits: a pipeline counts as one round trip."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio.connection import AbstractConnection


class Count:
    """The round trips so far, in order."""

    def __init__(self) -> None:
        self._sent: list[bytes] = []

    @property
    def made(self) -> int:
        """How many."""
        return len(self._sent)

    def until(self, words: str) -> int:
        """How many it took up to the one that says this. Raises ``LookupError`` where none does."""
        for number, sent in enumerate(self._sent, 1):
            if words.encode() in sent:
                return number
        raise LookupError(f"nothing was sent that says {words}")

    def note(self, packed: bytes | str | Iterable[bytes]) -> None:
        """One more."""
        if isinstance(packed, str):
            packed = packed.encode()
        self._sent.append(packed if isinstance(packed, bytes) else b"".join(packed))


@contextmanager
def counted() -> Iterator[Count]:
    """Count those of every redis-py connection in this process, as long as the block lasts."""
    count, send = Count(), AbstractConnection.send_packed_command

    async def counting(self: AbstractConnection, packed: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401
        count.note(packed)
        await send(self, packed, *rest, **options)

    AbstractConnection.send_packed_command = counting  # type: ignore[method-assign]
    try:
        yield count
    finally:
        AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
