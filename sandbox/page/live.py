"""Server-Sent Events: the newest snapshot whenever something has changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from sandbox.slack.records import Json

_SOON, _LATER, _PING = 0.05, 0.3, 15.0  # seconds


class _Watch:
    """One open page: what has happened since it was last served."""

    def __init__(self) -> None:
        self.anything, self.important = asyncio.Event(), asyncio.Event()

    async def next(self) -> None:
        """Return a little after the next change, so that several make one push."""
        await self.anything.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.important.wait(), _LATER)
            await asyncio.sleep(_SOON)
        self.anything.clear()
        self.important.clear()


class Live:
    """Everyone who has the page open."""

    def __init__(self) -> None:
        self._watches: set[_Watch] = set()
        self._closed = False

    def changed(self, *_: object) -> None:
        """Something people look at has changed: push soon."""
        for watch in self._watches:
            watch.important.set()
            watch.anything.set()

    def traffic(self, *_: object) -> None:
        """Only a request was seen: it may wait a little for others."""
        for watch in self._watches:
            watch.anything.set()

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self.changed()

    async def stream(self, snapshot: Callable[[], Json]) -> AsyncIterator[str]:
        """The event stream of one page: ``event: state`` with a snapshot, now and ever again."""
        watch = _Watch()
        self._watches.add(watch)
        try:
            yield _event(snapshot())
            while not self._closed:
                try:
                    await asyncio.wait_for(watch.next(), _PING)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if not self._closed:
                    yield _event(snapshot())
        finally:
            self._watches.discard(watch)


def _event(state: Json) -> str:
    return f"event: state\ndata: {json.dumps(state, separators=(',', ':'))}\n\n"
