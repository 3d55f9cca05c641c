"""Things that go wrong on request, by the name of their button."""

import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from sandbox.faults import Fault, Faults
from sandbox.page.fields import Fields, NotDone

_ARM, _GRAPH = "* /providers/*", "* /v1.0/*"
_POST, _UPDATE = "* /api/chat.postMessage", "* /api/chat.update"
_FOR_EVER = -1
_ORDERS: dict[str, tuple[tuple[Fault, ...], str]] = {
    "azure_slow": (
        tuple(Fault(on, "delay", seconds=4, times=_FOR_EVER) for on in (_ARM, _GRAPH)),
        "Azure takes 4 s longer for each answer.",
    ),
    "azure_down": (
        tuple(Fault(on, "status", status=503, times=_FOR_EVER) for on in (_ARM, _GRAPH)),
        "Azure answers everything with 503.",
    ),
    "slack_429": (
        tuple(Fault(on, "throttle", seconds=2, times=_FOR_EVER) for on in (_POST, _UPDATE)),
        "Slack takes no message and no update: try again in 2 s, it says.",
    ),
    "slack_lost_response": (
        (Fault(_POST, "drop_after"),),
        "Slack will post the next message, but its answer will be lost.",
    ),
}
_INSTEAD = {"azure_slow": "azure_down", "azure_down": "azure_slow"}


class Mishaps:
    """What is wrong at the moment.

    Args:
        faults: of the pretend servers.
        store: finds the Unix socket of the bot's Valkey.
        announce: called after each change.
    """

    def __init__(
        self, faults: Faults, store: Callable[[], Path], announce: Callable[[], None]
    ) -> None:
        self._faults, self._store, self._announce = faults, store, announce
        self._ordered: dict[str, list[Fault]] = {}

    def active(self) -> list[str]:
        """The names of what still strikes."""
        return [
            name
            for name, faults in self._ordered.items()
            if any(one is waiting for one in faults for waiting in self._faults.waiting)
        ]

    async def __call__(self, given: Fields) -> str:
        """Do what the field ``do`` says; what to expect now. Raises NotDone."""
        name = given.text("do")
        others: dict[str, Callable[[], Awaitable[str]]] = {
            "redis_restart": self._kill_store,
            "clear": self._clear,
        }
        if name in others:
            return await others[name]()
        if name not in _ORDERS:
            raise NotDone(f"There is no fault “{name}”.")
        self._withdraw(name)
        self._withdraw(_INSTEAD.get(name, ""))
        faults, sentence = _ORDERS[name]
        self._ordered[name] = [replace(one) for one in faults]
        for one in self._ordered[name]:
            self._faults.order(one)
        self._announce()
        return sentence

    def _withdraw(self, name: str) -> None:
        gone = self._ordered.pop(name, [])
        waiting = self._faults.waiting
        self._faults.waiting = [one for one in waiting if not any(one is it for it in gone)]

    async def _clear(self) -> str:
        self._ordered.clear()
        self._faults.clear()
        self._announce()
        return "All is well again."

    async def _kill_store(self) -> str:
        from redis.asyncio import Redis  # noqa: PLC0415  # slow to load and seldom needed
        from redis.exceptions import RedisError  # noqa: PLC0415

        try:
            async with Redis(unix_socket_path=str(self._store()), socket_timeout=2) as client:
                server = int((await client.info("server"))["process_id"])
        except (RedisError, OSError) as error:
            raise NotDone("Redis does not answer just now.") from error
        os.kill(server, signal.SIGKILL)
        return "Redis was killed without warning; its keeper starts it again."
