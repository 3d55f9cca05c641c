"""Somebody who may write to Redis tampers with the audit trail, and is found out."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bot.adapters.audit_log import RedisAuditLog
from bot.domain.chain import Break, Flaw, Seal
from bot.services.proof import Proof
from tests.trails import Trail, trail_in

EVENTS = ("lookup.answered", "payment.offered", "payment.handed_off", "payment.settled")


@pytest.fixture
async def trail(redis_url: str) -> AsyncIterator[Trail]:
    """An empty trail."""
    made = await trail_in(redis_url)
    yield made
    await made.client.aclose()


def between(ids: list[str]) -> str:
    """An id between the second and the third."""
    return f"{ids[1].partition('-')[0]}-77"


Tampering = Callable[[Trail, list[str]], Awaitable[Break]]


async def changed(trail: Trail, ids: list[str]) -> Break:
    """The payer of the third entry becomes somebody else."""
    raw = await trail.raw()
    raw[2][1]["actor"] = "U0EVE"
    await trail.rewrite(raw)
    return Break(Flaw.CHANGED, ids[2])


async def removed(trail: Trail, ids: list[str]) -> Break:
    """The third entry is deleted."""
    await trail.client.xdel(trail.key(), ids[2])
    return Break(Flaw.REMOVED, ids[2])


async def removed_with_its_seal(trail: Trail, ids: list[str]) -> Break:
    """The third entry and its seal are deleted: the one after it no longer follows."""
    for key in (trail.key(), trail.key("seals")):
        await trail.client.xdel(key, ids[2])
    return Break(Flaw.CHANGED, ids[3])


async def first_removed(trail: Trail, ids: list[str]) -> Break:
    """The first entry and its seal are deleted."""
    for key in (trail.key(), trail.key("seals")):
        await trail.client.xdel(key, ids[0])
    return Break(Flaw.CHANGED, ids[1])


async def inserted(trail: Trail, ids: list[str]) -> Break:
    """An entry that nobody wrote appears between two others."""
    raw = await trail.raw()
    raw.insert(2, (between(ids), {"event": "payment.settled"}))
    await trail.rewrite(raw)
    return Break(Flaw.UNSEALED, between(ids))


async def inserted_with_a_seal(trail: Trail, ids: list[str]) -> Break:
    """It even has a seal."""
    await inserted(trail, ids)
    raw = await trail.raw("seals")
    raw.insert(2, (between(ids), {"hash": "ab" * 32}))
    await trail.rewrite(raw, "seals")
    return Break(Flaw.CHANGED, between(ids))


async def swapped(trail: Trail, ids: list[str]) -> Break:
    """What two entries say changes places."""
    raw = await trail.raw()
    raw[1], raw[2] = (raw[1][0], raw[2][1]), (raw[2][0], raw[1][1])
    await trail.rewrite(raw)
    return Break(Flaw.CHANGED, ids[1])


async def seal_removed(trail: Trail, ids: list[str]) -> Break:
    """A seal is deleted, as if the entry had never been sealed."""
    await trail.client.xdel(trail.key("seals"), ids[1])
    return Break(Flaw.UNSEALED, ids[1])


async def seal_emptied(trail: Trail, ids: list[str]) -> Break:
    """A seal loses its hash."""
    raw = await trail.raw("seals")
    raw[1] = (ids[1], {"other": "field"})
    await trail.rewrite(raw, "seals")
    return Break(Flaw.UNSEALED, ids[1])


async def end_cut_off(trail: Trail, ids: list[str]) -> Break:
    """The last two entries and their seals are deleted."""
    for identity in ids[2:]:
        for key in (trail.key(), trail.key("seals")):
            await trail.client.xdel(key, identity)
    return Break(Flaw.ENDS_EARLY, ids[3])


async def head_set_back(trail: Trail, ids: list[str]) -> Break:
    """The record of the end names an earlier one."""
    raw = await trail.raw("seals")
    await trail.client.hset(trail.key("head"), mapping={"id": ids[1], "hash": raw[1][1]["hash"]})
    return Break(Flaw.ENDS_EARLY, ids[1])


async def head_lost(trail: Trail, ids: list[str]) -> Break:
    """The record of the end is deleted."""
    await trail.client.delete(trail.key("head"))
    return Break(Flaw.ENDS_EARLY, ids[3])


async def head_spoilt(trail: Trail, ids: list[str]) -> Break:
    """The record of the end is nonsense."""
    await trail.client.hset(trail.key("head"), "id", "nonsense")
    return Break(Flaw.ENDS_EARLY, "0-0")


async def start_removed(trail: Trail, ids: list[str]) -> Break:
    """The first entries are made to look as if they had gone by age, which they cannot have."""
    raw = await trail.raw("seals")
    anchor = {"id": ids[1], "hash": raw[1][1]["hash"]}
    await trail.client.hset(trail.key("anchor"), mapping=anchor)
    for key in (trail.key(), trail.key("seals")):
        await trail.client.xtrim(key, minid=ids[2], approximate=False)
    return Break(Flaw.REMOVED, ids[1])


@pytest.mark.parametrize(
    "tamper",
    [
        changed,
        removed,
        removed_with_its_seal,
        first_removed,
        inserted,
        inserted_with_a_seal,
        swapped,
        seal_removed,
        seal_emptied,
        end_cut_off,
        head_set_back,
        head_lost,
        head_spoilt,
        start_removed,
    ],
)
async def test_an_intruder_cannot_touch_the_trail_unnoticed(
    trail: Trail, tamper: Tampering
) -> None:
    """The first place where it is wrong is named; later entries change nothing about that."""
    ids = [(await trail.write(event))[-1] for event in EVENTS]
    expected = await tamper(trail, ids)

    first = (await trail.check()).broken
    with capture_logs():
        await trail.write("lookup.answered", "payment.offered")
    later = (await trail.check()).broken

    assert first is not None
    assert later is not None
    assert (first.flaw, first.id) == (expected.flaw, expected.id)


async def test_an_intruder_cannot_compute_a_new_chain_that_the_log_agrees_with(
    trail: Trail,
) -> None:
    """Whoever rewrites all of Redis makes a chain that holds; its hashes are not those in the log."""
    with capture_logs() as logs:
        ids = await trail.write(*EVENTS)
    mirrored = [Seal(line["id"], line["hash"]) for line in logs]
    raw, head = await trail.raw(), await trail.head()
    proof = Proof(trail=trail.log, clock=trail.clock)
    assert [seal.id for seal in mirrored] == ids
    assert await proof.unlike(mirrored) is None
    assert (await trail.check(head)).found == {head}

    raw[2][1]["actor"] = "U0EVE"
    await trail.client.delete(trail.key("seals"), trail.key("head"))
    await trail.rewrite(raw)
    await RedisAuditLog(trail.client, trail.team).seal()

    assert (await trail.check()).broken is None
    assert (await trail.check(head)).found == frozenset()
    assert await proof.unlike(mirrored) == mirrored[2]


async def test_an_intruder_cannot_cut_off_the_end_behind_the_log_s_back(trail: Trail) -> None:
    """Even where the record of the end is set back with it."""
    with capture_logs() as logs:
        ids = await trail.write(*EVENTS)
    mirrored = [Seal(line["id"], line["hash"]) for line in logs]
    await end_cut_off(trail, ids)
    await trail.client.hset(trail.key("head"), mapping={"id": ids[1], "hash": mirrored[1].hash})

    assert (await trail.check()).broken is None
    assert await Proof(trail=trail.log, clock=trail.clock).unlike(mirrored) == mirrored[2]
    assert (await trail.check(mirrored[3].hash)).found == frozenset()


async def test_the_bot_cannot_bless_a_trail_that_ends_elsewhere(trail: Trail) -> None:
    """Sealing stops and says so, until somebody has looked at it."""
    ids = await trail.write(*EVENTS)
    for tamper in (head_set_back, head_lost, head_spoilt):
        before = await trail.client.hgetall(trail.key("head"))
        await tamper(trail, ids)
        with capture_logs() as logs:
            await trail.write("lookup.answered")
        assert [line["event"] for line in logs] == ["audit_chain_broken"]
        assert len(await trail.raw("seals")) == 4
        await trail.client.hset(trail.key("head"), mapping=before)
    assert await trail.log.seal() == 3
    assert (await trail.check()).broken is None


async def test_a_running_bot_can_notice_that_the_end_was_set_back(trail: Trail) -> None:
    """It remembers how far it has sealed, whatever the store says afterwards."""
    ids = await trail.write(*EVENTS)
    seals = await trail.raw("seals")
    await end_cut_off(trail, ids)
    await trail.client.hset(trail.key("head"), mapping={"id": ids[1], "hash": seals[1][1]["hash"]})

    with capture_logs() as logs:
        await trail.write("lookup.answered")

    assert [line["event"] for line in logs] == ["audit_chain_rewound", "audit"]
