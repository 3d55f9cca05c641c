"""The hash chain over the audit trail: arithmetic only.

Each entry's hash covers the hash before it, its id and its fields, so none can be changed, removed,
inserted or moved without every later hash being wrong.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

GENESIS = "0" * 64
"""What stands before the first entry ever."""

_EPOCH, _MOST_MS = datetime(1970, 1, 1, tzinfo=UTC), 253_402_214_400_000  # 31 December 9999


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its id (``<ms>-<n>``, growing) and its fields."""

    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seal:
    """The hash (64 hex digits) of the entry with this id."""

    id: str
    hash: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the trail: what is left there of an entry and of its seal (None, "" for gone)."""

    id: str
    entry: Entry | None
    hash: str


class Flaw(StrEnum):
    """What is wrong with a place."""

    CHANGED = "changed"  # it, or what came before it
    REMOVED = "removed"
    UNSEALED = "unsealed"  # inserted, or its seal is gone
    ENDS_EARLY = "ends early"


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain breaks first: the flaw, the id there, and the entry if there is one."""

    flaw: Flaw
    id: str
    entry: Entry | None = None


def digest(previous: str, entry: Entry) -> str:
    """The hash of an entry that follows one with the hash ``previous``; an empty field counts as none."""
    told = {name: value for name, value in entry.fields.items() if value}
    text = json.dumps([entry.id, told], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(f"{previous}{text}".encode()).hexdigest()


def seals(previous: str, entries: list[Entry]) -> list[Seal]:
    """The seals of entries that follow one with the hash ``previous``, in order."""
    found = []
    for entry in entries:
        previous = digest(previous, entry)
        found.append(Seal(entry.id, previous))
    return found


def position(identity: str) -> tuple[int, int]:
    """An id as numbers, which order as the trail does. Raises ``ValueError``."""
    ms, _, n = identity.partition("-")
    return int(ms), int(n)


def moment(identity: str) -> datetime:
    """When the entry with this id was written, by the store's clock, aware UTC."""
    return _EPOCH + timedelta(milliseconds=min(position(identity)[0], _MOST_MS))


class Chain:
    """Follows the chain place by place, and stops at the first flaw.

    Args:
        start: the seal before the first place: of the last entry that went by age, or None.

    Attributes:
        hash: of the last entry that was right, or the start's.
        last: its id, or the start's, or "".
        count: how many were right.
    """

    def __init__(self, start: Seal | None = None) -> None:
        self.last, self.hash = (start.id, start.hash) if start else ("", GENESIS)
        self.count = 0

    def follow(self, place: Place) -> Break | None:
        """Go on to the next place; what is wrong there, or None."""
        if place.entry is None:
            return Break(Flaw.REMOVED, place.id)
        if not place.hash:
            return Break(Flaw.UNSEALED, place.id, place.entry)
        if digest(self.hash, place.entry) != place.hash:
            return Break(Flaw.CHANGED, place.id, place.entry)
        self.hash, self.last, self.count = place.hash, place.id, self.count + 1
        return None

    def end(self, head: Seal | None) -> Break | None:
        """Stop here, where ``head`` says the trail ends; what is wrong with that, or None."""
        there = head or Seal("", GENESIS)
        if (self.last, self.hash) == (there.id, there.hash):
            return None
        return Break(Flaw.ENDS_EARLY, there.id or self.last)
