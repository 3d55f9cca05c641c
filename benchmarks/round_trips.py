"""How often this process asks Redis something and waits: a pipeline counts as one round trip."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio.connection import AbstractConnection


class Count:
    """The round trips so far."""

    made = 0


@contextmanager
def counted() -> Iterator[Count]:
    """Count those of every redis-py connection in this process, as long as the block lasts."""
    count, send = Count(), AbstractConnection.send_packed_command

    async def counting(self: AbstractConnection, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        count.made += 1
        await send(self, *arguments, **options)

    AbstractConnection.send_packed_command = counting  # type: ignore[method-assign]
    try:
        yield count
    finally:
        AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
