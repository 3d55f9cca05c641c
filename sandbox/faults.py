"""Faults to order: what a pretend server does wrong, when, and how often."""

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

Kind = Literal[
    "delay",  # wait `seconds`, then serve as usual
    "hold",  # wait until all is well again, then serve as usual
    "throttle",  # 429 with Retry-After: `seconds`; nothing happens
    "status",  # answer `status` with an empty JSON object; nothing happens
    "status_after",  # do the work, then answer `status` with an empty JSON object all the same
    "hang_before",  # say nothing for `seconds`, then cut the connection; nothing happens
    "hang_after",  # do the work, say nothing for `seconds`, then cut the connection
    "drop_before",  # cut the connection; nothing happens
    "drop_after",  # do the work, then cut the connection: the caller never learns
    "malformed",  # do the work, answer 200 with text that is not JSON
    "truncated",  # do the work, answer half of the JSON
    "empty",  # do the work, answer 200 with no body
]


@dataclass
class Fault:
    """One ordered fault.

    Attributes:
        on: pattern over ``"<METHOD> <path>"``, ``*`` is any text: ``"* */chat.postMessage"``.
        kind: what goes wrong.
        seconds: the delay, or the Retry-After of a throttle.
        status: the HTTP status for ``status`` and ``status_after``.
        headers: what else these two answer, e.g. ``{"Retry-After": "0"}``.
        times: how many requests it hits before it is spent; -1 for ever.
    """

    on: str
    kind: Kind
    seconds: float = 1.0
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


@dataclass
class Faults:
    """The faults waiting to strike, oldest first."""

    waiting: list[Fault] = field(default_factory=list)
    _well: asyncio.Event = field(default_factory=asyncio.Event)

    def order(self, fault: Fault) -> None:
        """Let ``fault`` strike the next matching requests."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Be well again; what is held goes on."""
        self.waiting.clear()
        self._well.set()
        self._well = asyncio.Event()

    async def cleared(self) -> None:
        """Wait until all is well again."""
        await self._well.wait()

    def take(self, request: str) -> Fault | None:
        """The fault that strikes ``request`` (``"<METHOD> <path>"``), or None; counts it down."""
        for fault in self.waiting:
            if fault.times and fnmatchcase(request, fault.on):
                fault.times -= 1
                self.waiting = [f for f in self.waiting if f.times]
                return fault
        return None
