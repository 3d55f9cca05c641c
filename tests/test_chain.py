"""The arithmetic that makes the audit trail provable."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.chain import GENESIS, Break, Chain, Entry, Flaw, Place, Seal, digest, moment, seals

TRAIL = list[Place]

words = st.text('aB0"\\,:{ä\udc80', min_size=1, max_size=4)  # with what is no text at all
facts = st.dictionaries(words, words, min_size=1, max_size=3)
trails = st.lists(facts, min_size=1, max_size=6).map(lambda told: sealed(told))  # noqa: PLW0108
few = settings(max_examples=60, deadline=None)


def sealed(told: Sequence[dict[str, str]]) -> TRAIL:
    """A trail of entries that say this, each sealed."""
    entries = [
        Entry(f"{1_700_000_000_000 + n // 2}-{n % 2}", fields) for n, fields in enumerate(told)
    ]
    marks = seals(GENESIS, entries)
    return [Place(e.id, e, mark.hash) for e, mark in zip(entries, marks, strict=True)]


def broken(trail: TRAIL, head: Seal | None, start: Seal | None = None) -> Break | None:
    """Where following this trail to that head fails."""
    chain = Chain(start)
    for place in trail:
        if flaw := chain.follow(place):
            return flaw
    return chain.end(head)


def head_of(trail: TRAIL) -> Seal:
    """The seal a trail ends with."""
    return Seal(trail[-1].id, trail[-1].hash)


def entry_of(place: Place) -> Entry:
    """The entry that must be there."""
    assert place.entry is not None
    return place.entry


@few
@given(trails)
def test_an_untouched_trail_can_be_followed_to_its_end(trail: TRAIL) -> None:
    """Whatever its entries say."""
    assert broken(trail, head_of(trail)) is None


@few
@given(trails, st.data())
def test_an_intruder_cannot_change_an_entry(trail: TRAIL, data: st.DataObject) -> None:
    """Another value, another name, one field more or less, another id: found at that very entry."""
    at = data.draw(st.integers(0, len(trail) - 1))
    before = entry_of(trail[at])
    fields = data.draw(facts.filter(lambda other: other != before.fields))
    trail[at] = replace(trail[at], entry=replace(before, fields=fields))

    found = broken(trail, head_of(trail))

    assert found == Break(Flaw.CHANGED, before.id, trail[at].entry)


@few
@given(trails, st.data())
def test_an_intruder_cannot_remove_an_entry(trail: TRAIL, data: st.DataObject) -> None:
    """Alone, its seal alone, or both of them; anywhere, the last one included."""
    head, at = head_of(trail), data.draw(st.integers(0, len(trail) - 1))
    gone = trail[at]
    how: Callable[[], None] = data.draw(
        st.sampled_from(
            [
                lambda: trail.__setitem__(at, replace(gone, entry=None)),
                lambda: trail.__setitem__(at, replace(gone, hash="")),
                lambda: trail.__delitem__(at),
            ]
        )
    )
    how()

    found = broken(trail, head)

    assert found is not None
    assert found.id in {gone.id, *(place.id for place in trail[at : at + 1]), head.id}


@few
@given(trails, facts, st.sampled_from(["none", "random", "right"]), st.data())
def test_an_intruder_cannot_insert_an_entry(
    trail: TRAIL, told: dict[str, str], seal: str, data: st.DataObject
) -> None:
    """Without a seal, with any seal, or even with the one that belongs there."""
    head, at = head_of(trail), data.draw(st.integers(0, len(trail) - 1))
    new = Entry("1699999999999-0" if at == 0 else f"{trail[at - 1].id}5", told)
    previous = trail[at - 1].hash if at else GENESIS
    marks = {"none": "", "random": "ab" * 32, "right": digest(previous, new)}
    trail.insert(at, Place(new.id, new, marks[seal]))

    found = broken(trail, head)

    assert found is not None
    assert found.id in {new.id, trail[at + 1].id}


@few
@given(trails, st.data())
def test_an_intruder_cannot_move_entries(trail: TRAIL, data: st.DataObject) -> None:
    """Two whole places swapped, or only what two entries say."""
    head = head_of(trail)
    one, other = data.draw(st.tuples(*[st.integers(0, len(trail) - 1)] * 2))
    if data.draw(st.booleans()):
        moved = [
            trail[other] if n == one else trail[one] if n == other else p
            for n, p in enumerate(trail)
        ]
    else:
        first, second = entry_of(trail[one]), entry_of(trail[other])
        moved = list(trail)
        moved[one] = replace(trail[one], entry=replace(first, fields=second.fields))
        moved[other] = replace(trail[other], entry=replace(second, fields=first.fields))

    assert (broken(moved, head) is None) == (moved == trail)


@few
@given(trails, st.data())
def test_an_intruder_cannot_cut_off_the_end(trail: TRAIL, data: st.DataObject) -> None:
    """As long as the head is known, from the store or from elsewhere."""
    head, left = head_of(trail), data.draw(st.integers(0, len(trail) - 1))

    assert broken(trail[:left], head) == Break(Flaw.ENDS_EARLY, head.id)
    if left:
        assert broken(trail[:left], None) == Break(Flaw.ENDS_EARLY, trail[left - 1].id)


@few
@given(trails, st.data())
def test_old_entries_can_go_without_breaking_the_chain(trail: TRAIL, data: st.DataObject) -> None:
    """With the seal of the last one that went; with no other, and not without it."""
    head, kept = head_of(trail), data.draw(st.integers(1, len(trail)))
    anchor = Seal(trail[kept - 1].id, trail[kept - 1].hash)

    assert broken(trail[kept:], head, anchor) is None
    assert broken(trail[kept:], head) is not None
    assert broken(trail[kept:], head, replace(anchor, hash="cd" * 32)) is not None


def test_an_entry_s_hash_cannot_depend_on_order_or_emptiness() -> None:
    """A field that is empty says no more than one that is not there, and none comes first."""
    plain = digest(GENESIS, Entry("1-0", {"a": "1", "b": "2"}))

    assert digest(GENESIS, Entry("1-0", {"b": "2", "c": "", "a": "1"})) == plain
    assert digest(GENESIS, Entry("1-0", {"a": "1", "b": "2", "c": "0"})) != plain
    assert len(plain) == 64


def test_an_auditor_can_compute_a_hash_alone() -> None:
    """SHA-256 over the hash before and compact JSON with sorted names: any language can do it."""
    entry = Entry("1700000000000-0", {"event": "payment.handed_off", "actor": "U0ÄDA"})

    # echo -n '000…000["1700000000000-0",{"actor":"U0\u00c4DA","event":"payment.handed_off"}]' | sha256sum
    assert digest(GENESIS, entry) == (
        "1deb2f880f77e6ad5d2979033d8be3acd28e67f3ecbb936bc666b7217ba1c1db"
    )


def test_an_id_can_tell_when_its_entry_was_written() -> None:
    """However absurd it is."""
    assert moment("1700000000123-4") == datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)
    assert moment("18446744073709551615-1").year == 9999


def test_an_auditor_can_see_how_and_where_a_trail_breaks() -> None:
    """The flaw, what is left of the entry there, and how many before it were right."""
    *right, last = trail = sealed([{"a": "1"}, {"b": "2"}, {"c": "3"}])
    forged = entry_of(right[0])
    breaks = (
        (replace(last, entry=None), Break(Flaw.REMOVED, last.id)),
        (replace(last, hash=""), Break(Flaw.UNSEALED, last.id, last.entry)),
        (replace(last, entry=forged), Break(Flaw.CHANGED, last.id, forged)),
    )
    assert seals(GENESIS, [entry_of(place) for place in trail]) == [
        Seal(place.id, place.hash) for place in trail
    ]
    for place, flaw in breaks:
        chain = Chain()
        assert (chain.last, chain.hash, chain.count) == ("", GENESIS, 0)
        assert [chain.follow(one) for one in right] == [None, None]
        assert chain.follow(place) == flaw
        assert (chain.last, chain.hash, chain.count) == (right[1].id, right[1].hash, 2)


def test_an_empty_trail_can_be_whole() -> None:
    """Where nothing has ever been sealed."""
    assert broken([], None) is None
