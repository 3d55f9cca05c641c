"""Whether the audit trail still says what was written into it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.chain import Break, Chain, Flaw, Place, Seal, moment, position
from bot.ports import AuditEnds, AuditLog, Clock
from bot.services.audit import KEPT

_CLOCKS_APART = timedelta(days=1)  # the store's ids and our clock may differ by less
_AT_ONCE = 500
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What following the chain showed.

    Attributes:
        broken: where it breaks first, None where it holds.
        count: entries that were found right.
        start, head: the hashes before the first and of the last of them.
        unsealed: entries after the end that have no seal yet.
        found: those of the hashes looked for that are in the chain.
    """

    broken: Break | None
    count: int
    start: str
    head: str
    unsealed: int = 0
    found: frozenset[str] = frozenset()


class Proof:
    """Follows the chain; it only reads.

    Args:
        trail: the audit trail.
        clock: tells what may have gone by age.
    """

    def __init__(self, *, trail: AuditLog, clock: Clock) -> None:
        self._trail, self._clock = trail, clock

    async def check(self, wanted: frozenset[str] = frozenset()) -> Verdict:
        """Follow the whole chain, looking for the ``wanted`` hashes. Raises ``StoreUnavailable``."""
        ends = await self._trail.ends()
        for _ in range(_TRIES):
            verdict = await self._follow(ends, wanted)
            before, ends = ends, await self._trail.ends()
            if verdict.broken is None or ends.anchor == before.anchor:
                break  # else its beginning went by age meanwhile
        return verdict

    async def _follow(self, ends: AuditEnds, wanted: frozenset[str]) -> Verdict:
        chain, found = Chain(ends.anchor), set[str]()
        start = chain.hash
        claimed = ends.head.id if ends.head else ""
        last = max((i for i in (ends.last, claimed) if i), key=position, default="")
        broken = self._too_early(ends.anchor)
        async for place in self._trail.places(last=last or "0-0"):
            found |= {place.hash} & wanted
            if broken := broken or chain.follow(place):
                break
        broken = broken or chain.end(ends.head)
        unsealed = 0
        async for place in self._trail.places(f"({last}" if last else "-"):
            unsealed += not place.hash
        return Verdict(broken, chain.count, start, chain.hash, unsealed, frozenset(found))

    def _too_early(self, anchor: Seal | None) -> Break | None:
        """The anchor claims that its entry went by age: not before its time."""
        if anchor is None:
            return None
        young = moment(anchor.id) > self._clock.now() - KEPT + _CLOCKS_APART
        return Break(Flaw.REMOVED, anchor.id) if young else None

    async def unlike(self, mirrored: Iterable[Seal]) -> Seal | None:
        """The first of the seals known from elsewhere that the trail does not have.

        What has gone by age, and what is still waiting for its seal, is passed over.
        Raises ``StoreUnavailable``.
        """
        anchor = (await self._trail.ends()).anchor
        oldest = position(anchor.id) if anchor else (0, 0)
        for batch in _batches(seal for seal in mirrored if position(seal.id) > oldest):
            hashes = await self._trail.hashes([seal.id for seal in batch])
            for seal, there in zip(batch, hashes, strict=True):
                if there != seal.hash and not (not there and await self._waits(seal.id)):
                    return seal
        return None

    async def _waits(self, identity: str) -> bool:
        """Whether the entry is there and the chain has not come to it yet."""
        head = (await self._trail.ends()).head
        ahead = head is None or position(identity) > position(head.id)
        return ahead and bool([p async for p in self._trail.places(identity, identity) if p.entry])


def check_file(
    places: Iterable[tuple[str, Place]], wanted: frozenset[str] = frozenset()
) -> Verdict:
    """Follow the chain in exported entries, each with the hash it says it builds upon.

    The first of these is taken as it is, since what came before is not in the file.
    """
    chain, start, found = Chain(), "", set[str]()
    broken: Break | None = None
    for previous, place in places:
        if not start:
            start, chain = previous, Chain(Seal("", previous))
        moved = Break(Flaw.CHANGED, place.id, place.entry) if previous != chain.hash else None
        broken = moved or chain.follow(place)
        if broken:
            break
        found |= {place.hash} & wanted
    return Verdict(broken, chain.count, start, chain.hash, 0, frozenset(found))


def _batches(seals: Iterable[Seal]) -> Iterator[list[Seal]]:
    batch: list[Seal] = []
    for seal in seals:
        batch.append(seal)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
