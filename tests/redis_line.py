"""A wire between the bot and its Redis that can stall or break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass
class RedisLine:
    """Passes every byte on to a Redis at a ``unix://`` address.

    Attributes:
        url: where the bot connects.
        held: how many connections have said something that has not come through.
        late: how many seconds each answer is late from now on.
    """

    _path: str
    url: str = ""
    held: int = 0
    late: float = 0.0
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _broken: bool = False

    def stall(self) -> None:
        """From now on nothing comes through, while every connection stays up."""
        self._flowing.clear()

    def flow(self) -> None:
        """What was held up goes on its way."""
        self._broken = False
        self._flowing.set()

    def cut(self) -> None:
        """Break every connection, and each new one at once."""
        self._broken = True
        for writer in self._open:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the bot."""
        if self._broken:
            writer.transport.abort()
            return
        there, back = await asyncio.open_unix_connection(self._path)
        ends = {writer, back}
        self._open |= ends
        with suppress(OSError):
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer, answers=True))
        self._open -= ends

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await source.read(65_536):
                self.held += 1
                await self._flowing.wait()
                self.held -= 1
                if answers and self.late:
                    loop.call_later(self.late, sink.write, data)
                    continue
                sink.write(data)
                await sink.drain()
        finally:
            sink.close()


@asynccontextmanager
async def redis_line(redis_url: str) -> AsyncIterator[RedisLine]:
    """A flowing line to the Redis at ``redis_url`` until the block ends."""
    line = RedisLine(unquote(urlsplit(redis_url).path))
    line.flow()
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    line.url = f"redis://{host}:{port}"
    try:
        yield line
    finally:
        line.flow()
        server.close()
        line.cut()
