"""What the services need to keep besides payments."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.admission import Entry
from bot.domain.alert import Alert, Summary
from bot.domain.card import Card
from bot.domain.chain import Place, Seal
from bot.domain.digest import Digest
from bot.domain.home import Look
from bot.domain.people import Presence


class Cards(Protocol):
    """The records of cards. Every method may raise ``StoreUnavailable``."""

    async def load(self, numbers: Iterable[str]) -> Mapping[str, Card]:
        """The records of these invoices that have one."""

    async def begin(self, card: Card) -> bool:
        """Write the intent to post this card; False where the invoice has a record already."""

    async def save(self, card: Card) -> None:
        """Keep the record; an open card also joins the index of open cards."""

    async def open_numbers(self) -> frozenset[str]:
        """The invoice numbers of all open cards."""


class Outbox(Protocol):
    """Alerts waiting to be delivered, by channel. Every method may raise ``StoreUnavailable``."""

    async def put(
        self, channel: str, alerts: Sequence[Alert], *, instead_of: Sequence[Alert] = ()
    ) -> None:
        """Append those that are not in it yet; ``instead_of`` are taken out in the same step."""

    async def first(self, channel: str, *, after: int = 0) -> Alert | None:
        """The alert to be delivered next, passing over so many, or None."""

    async def waiting(self, channel: str) -> Sequence[tuple[Alert, datetime]]:
        """All alerts of a channel in order, each with when it was put in (aware UTC)."""

    async def done(self, channel: str, alert: Alert) -> None:
        """Take an alert out: it was delivered, or need not be any more."""

    async def channels(self) -> Mapping[str, int]:
        """How many alerts wait for each channel; channels without any are left out."""


class Summaries(Protocol):
    """The records of summaries. Every method may raise ``StoreUnavailable``."""

    async def save_summary(self, summary: Summary) -> None:
        """Keep the record."""

    async def summary(self, identity: str) -> Summary | None:
        """The record, or None."""


class Digests(Protocol):
    """The latest digest of each channel. Every method may raise ``StoreUnavailable``."""

    async def save_digest(self, digest: Digest) -> None:
        """Keep it in the place of the channel's earlier one."""

    async def digest(self, channel: str) -> Digest | None:
        """The channel's latest, or None."""


class Pace(Protocol):
    """One message a second per channel, over all processes. May raise ``StoreUnavailable``."""

    async def turn(self, channel: str) -> float:
        """Take the channel's next free second; how many seconds until it comes."""

    async def slow_down(self, channel: str, seconds: float) -> None:
        """Slack asked for a pause in this channel."""


class ScanTimes(Protocol):
    """When each billing account was last read completely. May raise ``StoreUnavailable``."""

    async def scanned(self, accounts: Iterable[str]) -> None:
        """These accounts have just been read completely."""

    async def scan_times(self) -> Mapping[str, datetime]:
        """The last complete reading of each account, aware UTC."""

    async def alarm(self, *, on: bool) -> bool:
        """Raise or lower the alarm; whether that changed anything."""


class StaleCards(Protocol):
    """Which cards no longer show the truth. Every method may raise ``StoreUnavailable``."""

    async def stale(self) -> frozenset[str]:
        """The invoice numbers whose cards are to be shown anew."""

    async def touch(self, number: str, *, stale: bool) -> None:
        """Say that a card must be shown anew, or no longer."""


class Memory(Protocol):
    """What the store knows of its own completeness. May raise ``StoreUnavailable``."""

    async def remembers_since(self) -> str:
        """When the store began to serve (ISO, UTC), or "" where it is new or lost everything."""

    async def begin_memory(self) -> None:
        """From now on the store's records are known to be whole."""


class Locks(Protocol):
    """Mutual exclusion between processes. May raise ``StoreUnavailable``."""

    def hold(self, name: str, *, wait: float) -> AbstractAsyncContextManager[bool]:
        """Hold the lock while inside; False where it was not to be had within ``wait`` seconds.

        A holder that dies loses it within 15 s.
        """


class Gate(Protocol):
    """What the front door remembers. May raise ``StoreUnavailable``."""

    async def enter(self, mark: str, user: str) -> Entry:
        """Note the request ``mark`` and a click of ``user`` ("" for nobody's); what that makes of it."""


class Journal(Protocol):
    """The audit trail. May raise ``StoreUnavailable``."""

    async def note(self, event: str, **fields: str) -> None:
        """Append one entry; the time is the journal's own, aware UTC."""


@dataclass(frozen=True, slots=True)
class AuditEnds:
    """Where the audit trail begins and ends.

    Attributes:
        anchor: the seal of the last entry that went by age, None where none has gone.
        head: what the trail itself says is its last seal, None before the first.
        last: the id of the last seal that is really there (or the anchor's, or "").
    """

    anchor: Seal | None
    head: Seal | None
    last: str


class Sealing(Protocol):
    """Makes the audit trail provable. Every method may raise ``StoreUnavailable``."""

    async def seal(self) -> int:
        """Seal the entries that have no seal yet; how many this process sealed."""

    async def trim(self, oldest: datetime) -> int:
        """Let entries from before ``oldest`` (aware UTC) go without breaking the chain; how many."""


class AuditLog(Protocol):
    """The audit trail and its proof, to be read. Every method may raise ``StoreUnavailable``."""

    async def ends(self) -> AuditEnds:
        """Where the trail begins and ends, as of one moment."""

    def places(self, first: str = "-", last: str = "+") -> AsyncIterator[Place]:
        """Entries beside their seals in order, between two ids; either may be missing.

        An id may be ``<ms>`` alone, ``(<id>`` leaves it out itself, ``-`` and ``+`` are the ends.
        """

    async def hashes(self, ids: Sequence[str]) -> Sequence[str]:
        """The hashes of these entries; "" where there is no seal."""

    async def before(self, first: str) -> str:
        """The hash that the first entry from this id on builds upon."""


class Homes(Protocol):
    """Whose Home tab shows what. Every method may raise ``StoreUnavailable``."""

    async def remember(self, presence: Presence, look: Look) -> None:
        """This person looks at their Home tab like this."""

    async def recall(self, user: str) -> tuple[Look, int]:
        """How they look at it (the usual way unless told), and how many changes there have been."""

    async def change(self) -> None:
        """Something has changed that Home tabs show."""

    async def shown(self, user: str, changes: int | None) -> None:
        """Their Home tab shows the truth up to this change; None: it is not to be looked after."""

    async def outdated(self, most: int) -> Sequence[Presence]:
        """Some of the people whose Home tab, opened lately, does not show the last change."""
