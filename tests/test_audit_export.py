"""The audit trail as files: for a spreadsheet, for programs, and to be proven by itself."""

import csv
import io
import json
import re
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit_export import COLUMNS, Shape, exported, lines, mirrored
from bot.domain.chain import GENESIS, Entry, Flaw, Place, Seal, seals
from bot.services.proof import check_file

TOLD = {
    "time": "2026-11-22T10:00:00+00:00",
    "event": "payment.handed_off",
    "actor": "U0ADA",
    "entra_id": "9f1c",
    "invoice": "G100000001",
    "billing_profile": "profile",
    "billing_account": "account",
    "decision": "allowed",
    "role": "billing-profile-owner",
    "scope": "billing profile",
    "amount": "-12340.00",
    "currency": "EUR",
    "payment": "token",
    "request_id": "one two",
    "took_over": "U0BEN",
}


def trail(*told: dict[str, str]) -> list[Place]:
    """Sealed entries that say this."""
    entries = [Entry(f"{1_800_000_000_000 + n}-0", fields) for n, fields in enumerate(told)]
    marks = seals(GENESIS, entries)
    return [Place(e.id, e, mark.hash) for e, mark in zip(entries, marks, strict=True)]


async def written(shape: Shape, *places: Place, start: str = GENESIS) -> list[str]:
    """The lines of an export of these places."""

    async def stream() -> AsyncIterator[Place]:
        for place in places:
            yield place

    return [line async for line in lines(shape, stream(), start)]


async def test_an_auditor_can_open_the_export_in_a_spreadsheet() -> None:
    """One row an entry, the columns always the same, the hash among them."""
    places = trail(TOLD, {"time": "later", "event": "lookup.answered"})

    text = "".join(await written(Shape.CSV, *places))

    first, second = csv.DictReader(io.StringIO(text))
    assert tuple(first) == COLUMNS
    assert first == {name: TOLD.get(name, "") for name in COLUMNS} | {"hash": places[0].hash}
    assert (second["event"], second["amount"]) == ("lookup.answered", "")
    assert ",".join(COLUMNS) == (
        "time,event,actor,entra_id,invoice,billing_profile,billing_account,decision,role,scope,"
        "reason,amount,currency,payment,request_id,hash"
    )


async def test_an_auditor_can_read_the_export_with_a_program() -> None:
    """Each line has all columns, whatever else the entry says, and its place in the chain."""
    places = trail(TOLD, {"event": "lookup.answered"})

    first, second = map(json.loads, await written(Shape.JSONL, *places))

    assert set(COLUMNS) < set(first) == set(TOLD) | {"reason", "hash", "id", "previous"}
    assert first["took_over"] == "U0BEN"
    assert (first["id"], first["hash"]) == (places[0].id, places[0].hash)
    assert (first["previous"], second["previous"]) == (GENESIS, places[0].hash)
    assert second["amount"] == ""


@pytest.mark.parametrize(
    "said",
    [
        "=1+1",
        "+1 (555)",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "\0=1",
        "=cmd|' /C calc'!A0",
    ],
)
async def test_a_payer_s_words_cannot_become_a_formula(said: str) -> None:
    """What somebody gave as a reason stays a text in every spreadsheet."""
    (_, row) = await written(Shape.CSV, *trail({"reason": said, "amount": "-5.00"}))

    (cells,) = csv.reader(io.StringIO(row))
    assert cells[COLUMNS.index("reason")] == f"'{said}"
    assert cells[COLUMNS.index("amount")] == "-5.00"


words = st.text('a=,"\n\r\\ä\u2028\udc80', max_size=5)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["event", "reason", "amount", "more"]), words),
        min_size=1,
        max_size=4,
    )
)
async def test_an_auditor_can_verify_an_export_by_itself(told: list[dict[str, str]]) -> None:
    """Whatever the entries say, also what is no text; without the bot and without its store."""
    places = trail(*told)

    verdict = check_file(exported(await written(Shape.JSONL, *places)))

    assert (verdict.broken, verdict.count) == (None, len(told))
    assert (verdict.start, verdict.head) == (GENESIS, places[-1].hash)


async def test_an_auditor_can_verify_an_export_of_some_days() -> None:
    """It begins where it begins: what it builds upon is named, and can be looked for."""
    places = trail(*[{"event": str(n)} for n in range(5)])

    file = await written(Shape.JSONL, *places[2:4], start=places[1].hash)
    verdict = check_file(exported(file), frozenset({places[3].hash, places[4].hash}))

    assert (verdict.broken, verdict.count, verdict.start) == (None, 2, places[1].hash)
    assert verdict.found == {places[3].hash}


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        ("U0ADA", "U0EVE"),
        ("12340.00", "1.00"),
        ('"more": "x"', '"less": "x"'),
        ('"previous": "[0-9a-f]{64}', f'"previous": "{"ab" * 32}'),
        ('"hash": "[0-9a-f]{64}', f'"hash": "{"ab" * 32}'),
        ('"id": "1800000000001-0', '"id": "1800000000001-1'),
    ],
)
async def test_an_intruder_cannot_change_an_export_unnoticed(pattern: str, instead: str) -> None:
    """Any field, name, id or hash of any line but the start, which nothing in the file proves."""
    file = await written(Shape.JSONL, *trail({"event": "first"}, {**TOLD, "more": "x"}))
    changed = re.sub(pattern, instead, file[1])
    assert changed != file[1]

    broken = check_file(exported([file[0], changed])).broken

    assert broken is not None
    assert broken.flaw is Flaw.CHANGED


async def test_an_intruder_cannot_remove_or_move_lines_of_an_export() -> None:
    """Nor put one in: each builds upon the one before."""
    file = await written(Shape.JSONL, *trail(*[{"event": str(n)} for n in range(4)]))
    (other,) = await written(Shape.JSONL, *trail({"event": "other"}))
    (bare,) = await written(Shape.JSONL, Place("1800000000000-5", Entry("1800000000000-5", {}), ""))

    for wrong in (
        [file[0], *file[2:]],
        [file[0], file[2], file[1], file[3]],
        [file[0], other, *file[1:]],
        [file[0], bare, *file[1:]],
        [file[0], *file],
    ):
        assert check_file(exported(wrong)).broken is not None


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '"text"', "{}", '{"id": 5, "previous": "", "hash": ""}', "[" * 5000]
)
def test_an_auditor_can_be_told_that_a_file_is_no_export(line: str) -> None:
    """With the number of the line; a CSV is none that could be verified."""
    with pytest.raises(ValueError, match="Line 2 is no line of an export"):
        list(exported(["\n", line]))


async def test_an_export_cannot_hold_what_is_no_entry() -> None:
    """Where only a seal is left there is nothing to write down; a missing seal leaves its hash empty."""
    first, second, third = trail({"event": "1"}, {"event": "2"}, {"event": "3"})
    gone, bare = Place(second.id, None, second.hash), Place(third.id, third.entry, "")

    one, two = map(json.loads, await written(Shape.JSONL, first, gone, bare))

    assert (one["event"], two["event"], two["hash"]) == ("1", "3", "")


async def test_an_export_of_a_million_entries_cannot_fill_the_memory() -> None:
    """It is written as it is read; the same for 2,000 entries and for ten times as many."""

    async def peak(count: int) -> int:
        async def stream() -> AsyncIterator[Place]:
            for n in range(count):
                yield Place(f"{n}-0", Entry(f"{n}-0", TOLD), "ab" * 32)

        tracemalloc.start()
        async for _ in lines(Shape.JSONL, stream(), GENESIS):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    await peak(10)
    assert await peak(5_000) < 1.5 * await peak(500) + 50_000


def shapes(seal: Seal) -> Iterator[str]:
    """The line that mirrors a seal, as logs are written and as others wrap them."""
    plain = {"id": seal.id, "hash": seal.hash, "happened": "payment.offered", "event": "audit"}
    yield json.dumps(plain)
    yield json.dumps({"log": json.dumps(plain) + "\n", "stream": "stderr"})
    yield f"2026-11-22T10:00:00Z host bot[12]: {json.dumps(plain)}"
    yield f"2026-11-22T10:00:00Z [info     ] audit   [bot.audit] hash={seal.hash} id={seal.id}"


def test_an_auditor_can_compare_with_any_kind_of_log() -> None:
    """JSON or console lines, bare or as a log collector wraps them, among all the others."""
    seal = Seal("1800000000000-0", "ab" * 32)
    others = [
        "",
        "nonsense",
        "[1, 2]",
        '{"event": "press", "outcome": "Offered", "user": "U0ADA"}',
        json.dumps({"event": "failed", "said": f"audit id=1-1 hash={'cd' * 32}"}),
        f"[error] audit_not_written [bot.services.audit] id=1-1 hash={'cd' * 32}",
    ]
    for line in shapes(seal):
        assert list(mirrored([*others, line, *others])) == [seal], line
