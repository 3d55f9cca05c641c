"""Whether a Redis keeps what it is told, judged from what it tells of itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_KEEPS_ALL = "noeviction"


@dataclass(frozen=True, slots=True)
class Durability:
    """What was found in one sentence; ``safe`` where nothing may be lost or evicted.

    The sentence of an unsafe store holds the fix.
    """

    safe: bool
    sentence: str


def durability(servers: Iterable[Mapping[str, Any]]) -> Durability:
    """The least durable of the servers that hold keys, each as its INFO tells."""
    judged = [_judged(info) for info in servers]
    unsafe = [one for one in judged if not one.safe]
    return (unsafe or judged or [_UNTOLD])[0]


_UNTOLD = Durability(
    safe=False,
    sentence="Redis does not tell whether it keeps its data: let the bot's user run INFO.",
)


def _judged(info: Mapping[str, Any]) -> Durability:
    policy, appends = info.get("maxmemory_policy"), info.get("aof_enabled")
    if policy is None or appends is None:
        return _UNTOLD
    if policy != _KEEPS_ALL:
        return Durability(
            safe=False,
            sentence=f"Redis may evict keys ({policy}): set maxmemory-policy to {_KEEPS_ALL}.",
        )
    if not int(appends):
        return Durability(
            safe=False, sentence="Redis keeps no append-only file: set appendonly to yes."
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        return Durability(
            safe=False,
            sentence="Redis cannot write its append-only file: see its log, and make room on its disk.",
        )
    return Durability(safe=True, sentence=f"append-only file on, {_KEEPS_ALL}.")
