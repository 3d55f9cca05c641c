"""The audit trail in a real Redis: sealed, followed, and trimmed by age."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.adapters.audit_log import RedisAuditLog
from bot.adapters.redis_connection import connect
from bot.domain.chain import GENESIS, Seal
from bot.errors import StoreUnavailable
from bot.services.audit import KEPT
from bot.services.proof import Proof
from tests.trails import Trail, trail_in
from tests.valkey_cluster import valkey_cluster

EVENTS = ("lookup.answered", "payment.offered", "payment.handed_off", "payment.settled")


@pytest.fixture(scope="module")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three nodes for the tests of this module that need them."""
    with valkey_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture
async def trail(redis_url: str) -> AsyncIterator[Trail]:
    """An empty trail."""
    made = await trail_in(redis_url)
    yield made
    await made.client.aclose()


@pytest.mark.parametrize("kind", ["redis_url", "cluster_url"])
async def test_an_auditor_can_follow_the_whole_trail(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """Each entry has its seal under its own id, and the last hash stands for all of them."""
    trail = await trail_in(request.getfixturevalue(kind))
    ids = await trail.write(*EVENTS)
    await trail.client.xadd(trail.key(), {"event": b"\xff no text \xfe"})
    assert await trail.log.seal() == 1

    verdict = await trail.check()

    assert (verdict.broken, verdict.count, verdict.unsealed) == (None, 5, 0)
    assert verdict.start == GENESIS
    assert verdict.head == await trail.head()
    seals = await trail.raw("seals")
    assert [identity for identity, _ in seals[:4]] == ids
    assert list(await trail.log.hashes([seals[2][0], "1-1"])) == [seals[2][1]["hash"], ""]
    assert await trail.log.before(seals[3][0]) == seals[2][1]["hash"]
    assert await trail.log.before("0-1") == GENESIS
    await trail.client.aclose()


async def test_an_auditor_can_follow_a_trail_of_many_pages(trail: Trail) -> None:
    """Reading it takes as many steps as it needs; nothing is left out or read twice."""
    began = int(trail.clock.now().timestamp() * 1000) - 10_000
    await trail.write_at(range(began, began + 2_345))

    assert await trail.log.seal() == 2_345

    assert len(await trail.entries()) == 2_345
    verdict = await trail.check()
    assert (verdict.broken, verdict.count) == (None, 2_345)


async def test_an_auditor_can_tell_an_empty_trail(trail: Trail) -> None:
    """Nothing is written yet, so nothing is wrong, and sealing finds nothing to do."""
    assert await trail.log.seal() == 0
    verdict = await trail.check()
    assert (verdict.broken, verdict.count, verdict.head) == (None, 0, GENESIS)


async def test_a_killed_process_cannot_leave_an_entry_unsealed_for_good(trail: Trail) -> None:
    """Between the entry and its seal: it is counted as waiting, and whoever comes next seals it."""
    with capture_logs() as logs:
        await trail.write(*EVENTS)
        await trail.write("payment.handed_off", sealed=False)
    verdict = await trail.check()
    assert (verdict.broken, verdict.count, verdict.unsealed) == (None, 4, 1)

    other = RedisAuditLog(trail.client, trail.team)
    with capture_logs() as more:
        assert await other.seal() == 1

    verdict = await trail.check()
    assert (verdict.broken, verdict.count, verdict.unsealed) == (None, 5, 0)
    assert len(logs + more) == 5


async def test_a_process_killed_before_its_seal_cannot_make_the_log_look_false(
    trail: Trail,
) -> None:
    """Its line is in the log already; the entry waits in the trail, and will get that very hash."""
    await trail.write(*EVENTS)
    (*_, newest) = await trail.write("payment.handed_off", sealed=False)
    proof = Proof(trail=trail.log, clock=trail.clock)

    assert await proof.unlike([Seal(newest, "ab" * 32)]) is None
    await trail.log.seal()
    assert await proof.unlike([Seal(newest, "ab" * 32)]) == Seal(newest, "ab" * 32)
    await trail.client.xdel(trail.key("seals"), newest)
    assert await proof.unlike([Seal(newest, "ab" * 32)]) == Seal(newest, "ab" * 32)


async def test_many_processes_can_seal_at_once(trail: Trail, redis_url: str) -> None:
    """While entries come in: each gets one seal, and the chain holds."""
    clients = [await connect(redis_url) for _ in range(4)]
    sealers = [RedisAuditLog(client, trail.team) for client in clients]

    async def write() -> None:
        for n in range(50):
            await trail.store.note(f"event.{n}")

    async def seal(log: RedisAuditLog) -> int:
        return sum([await log.seal() for _ in range(25)])

    writing = asyncio.gather(write(), write())
    sealed = await asyncio.gather(*map(seal, sealers))
    await writing
    left = await trail.log.seal()
    for log in sealers:  # and each once more in turn, upon what the others have sealed
        await trail.store.note("event.last")
        assert await log.seal() == 1

    assert sum(sealed) + left == 100
    verdict = await trail.check()
    assert (verdict.broken, verdict.count, verdict.unsealed) == (None, 104, 0)
    for client in clients:
        await client.aclose()


async def test_a_lost_answer_cannot_seal_anything_twice(trail: Trail) -> None:
    """The client sends the same step again: it is done already, and the trail goes on from there."""
    await trail.write("payment.offered")
    (*_, newest) = await trail.write("payment.handed_off", sealed=False)
    head = Seal(*(await trail.client.hmget(trail.key("head"), "id", "hash")))
    made = [Seal(newest, "ab" * 32)]

    assert await trail.log._add(head, made)
    assert not await trail.log._add(head, made)

    assert [identity for identity, _ in await trail.raw("seals")][1:] == [newest]
    assert await trail.log.seal() == 0


async def test_old_entries_can_go_by_age_alone(trail: Trail) -> None:
    """After 400 days, however few there are; the rest can still be followed, again and again."""
    began = int((trail.clock.now() - KEPT - timedelta(days=1)).timestamp() * 1000)
    await trail.write_at(range(began, began + 1_200))
    await trail.write(*EVENTS)

    assert await trail.log.trim(trail.clock.now() - KEPT) == 1_200
    assert await trail.log.trim(trail.clock.now() - KEPT) == 0

    verdict = await trail.check()
    assert (verdict.broken, verdict.count) == (None, 4)
    assert verdict.start != GENESIS
    assert [e.fields["event"] for e in await trail.entries()] == list(EVENTS)
    ids = await trail.write("lookup.answered")
    assert (await trail.check()).count == 5
    await trail.client.xdel(trail.key(), ids[0])
    await trail.client.xdel(trail.key("seals"), ids[0])
    broken = (await trail.check()).broken
    assert broken is not None
    assert broken.id == ids[1]


async def test_a_trail_can_go_on_after_all_of_it_went_by_age(trail: Trail) -> None:
    """A bot that nobody used for 400 days."""
    await trail.write(*EVENTS)
    trail.clock.advance(days=402)

    assert await trail.log.trim(trail.clock.now() - KEPT) == 4

    assert (await trail.raw(), await trail.raw("seals")) == ([], [])
    assert (await trail.check()).broken is None
    await trail.write("lookup.answered")
    verdict = await trail.check()
    assert (verdict.broken, verdict.count) == (None, 1)


async def test_an_entry_without_a_seal_cannot_go_by_age(trail: Trail) -> None:
    """What was never sealed cannot be proven once it is gone, so it stays."""
    await trail.write(*EVENTS, sealed=False)
    trail.clock.advance(days=402)

    assert await trail.log.trim(trail.clock.now() - KEPT) == 0

    assert len(await trail.raw()) == 4


async def test_an_auditor_can_look_while_old_entries_go(trail: Trail) -> None:
    """The beginning that moves meanwhile is no flaw."""
    began = int((trail.clock.now() - KEPT - timedelta(days=3)).timestamp() * 1000)
    await trail.write_at(range(began, began + 100))
    await trail.write(*EVENTS)

    class Meanwhile(RedisAuditLog):
        async def ends(self) -> object:  # type: ignore[override]
            ends = await super().ends()
            await trail.log.trim(trail.clock.now() - KEPT)
            return ends

    verdict = await Proof(trail=Meanwhile(trail.client, trail.team), clock=trail.clock).check()  # type: ignore[arg-type]

    assert (verdict.broken, verdict.count) == (None, 4)


async def test_a_log_line_cannot_hold_what_somebody_wrote(trail: Trail) -> None:
    """Ids and words only: no amount, no e-mail, no sentence, and no line of its own."""
    await trail.store.note(
        "payment.taken_over",
        actor="U0ADA",
        invoice="G100000001",
        decision="allowed",
        reason="ada@contoso.example said\nso",
        amount="12340.00",
        role="billing-profile-owner",
    )
    with capture_logs() as logs:
        await trail.log.seal()

    (line,) = logs
    assert line == {
        "event": "audit",
        "log_level": "info",
        "id": line["id"],
        "hash": await trail.head(),
        "happened": "payment.taken_over",
        "actor": "U0ADA",
        "invoice": "G100000001",
        "decision": "allowed",
    }


async def test_an_auditor_can_be_told_that_redis_does_not_answer(redis_url: str) -> None:
    """By the one error for that, from every step."""
    trail = await trail_in(redis_url)
    await trail.client.xadd(trail.key(), {"event": "x"})
    await trail.client.set(trail.key("seals"), "no stream")

    for step in (trail.log.seal, trail.log.ends, trail.check):
        with pytest.raises(StoreUnavailable):
            await step()
    await trail.client.aclose()
