"""What the store promises to the services, on a single server and on a cluster alike."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bot.adapters.redis_connection import connect
from bot.adapters.redis_payments import RedisPayments
from bot.adapters.redis_store import RedisStore
from bot.domain.invoice import Status
from bot.domain.money import Money
from bot.domain.payment import Payment, State, step
from bot.ports import Claimed
from tests.stored import CLOCK, NUMBER, card, offer, payment
from tests.valkey_cluster import valkey_cluster
from tests.waiting import until

RIVALS, ROUNDS = 64, 3


@pytest.fixture(scope="module")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three nodes for all tests of this module."""
    with valkey_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture(params=["redis_url", "cluster_url"], ids=["server", "cluster"])
def url(request: pytest.FixtureRequest) -> str:
    """Where each kind of Redis is."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def client(url: str) -> AsyncIterator[Any]:
    """The bot's own client to it."""
    made = await connect(url)
    yield made
    await made.aclose()


@pytest.fixture
def team() -> str:
    """A Slack team nobody else has."""
    return f"T{uuid4().hex[:10].upper()}"


@pytest.fixture
def kept(client: Any, team: str) -> RedisStore:
    """The store of that team."""
    return RedisStore(client, team, CLOCK)


@pytest.fixture
async def paid(client: Any, team: str) -> RedisPayments:
    """The payments of that team, known to be whole."""
    payments = RedisPayments(client, team, CLOCK)
    await payments.begin_ledger()
    return payments


def of(claimed: Claimed | None) -> Payment | None:
    """The payment as it stands after a step."""
    return claimed.payment if claimed else None


async def end(paid: RedisPayments, before: Payment, state: State, operation: str) -> bool:
    """Move it to an end state; whether it is there by this operation."""
    after = of(await paid.move(before, step(before, state, operation=operation, at=CLOCK.now())))
    return after is not None and after.operation == operation


async def entries(client: Any, team: str) -> list[dict[str, str]]:
    """The journal but for the offers."""
    found = [fields for _, fields in await client.xrange(f"aib:{{{team}}}:journal")]
    return [fields for fields in found if fields["event"] != "payment.offered"]


async def test_an_offer_can_be_read_back_as_it_was_made(paid: RedisPayments) -> None:
    """To the last digit of the amount."""
    made = offer(amount=Money(Decimal("999999999999999.9999999999"), "JPY"), status=Status.DUE)

    await paid.make(made, 60)

    assert await paid.read("token") == made
    assert await paid.read("other") is None


async def test_an_offer_cannot_outlive_its_time(paid: RedisPayments) -> None:
    """After the seconds it was made for it is gone."""
    await paid.make(offer(), 1)

    async def gone() -> bool:
        return await paid.read("token") is None

    await until(gone, within=2.5)
    assert await paid.claim(offer(), payment(offer())) is None


async def test_only_its_owner_can_withdraw_an_offer(paid: RedisPayments) -> None:
    """Once; afterwards it cannot be claimed."""
    await paid.make(offer(), 60)

    assert not await paid.withdraw(offer(user="U0BEN"))
    assert await paid.withdraw(offer())
    assert not await paid.withdraw(offer())
    assert await paid.claim(offer(), payment(offer())) is None


async def test_a_payment_can_be_read_back_as_it_was_claimed(paid: RedisPayments) -> None:
    """With all its fields, and only for its own invoice."""
    ours = payment(offer(), failures_before=3, amount=Money(Decimal("0.10"), "KWD"))
    await paid.make(offer(), 60)

    assert of(await paid.claim(offer(), ours)) == ours
    assert await paid.current([NUMBER, "G2"]) == {NUMBER: ours}
    assert await paid.current([]) == {}


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(None, id="no offer"),
        pytest.param({"user": "U0BEN"}, id="somebody else's"),
        pytest.param({"invoice": "G2"}, id="for another invoice"),
    ],
)
async def test_a_claim_cannot_do_without_the_offer_of_this_person_and_invoice(
    paid: RedisPayments, client: Any, team: str, stored: dict[str, str] | None
) -> None:
    """Anything else starts nothing and says so."""
    if stored is not None:
        await paid.make(offer(**stored), 60)

    assert await paid.claim(offer(), payment(offer())) is None

    assert await paid.current([NUMBER]) == {}
    assert await entries(client, team) == []


async def test_of_64_claims_at_once_one_can_win(
    paid: RedisPayments, client: Any, team: str
) -> None:
    """Everybody has an offer of their own; all see the one winner; the journal knows one."""
    for turn in range(ROUNDS):
        number = f"G10000000{turn}"
        rivals = [offer(f"{turn}-{n}", user=f"U{n}", invoice=number) for n in range(RIVALS)]
        await asyncio.gather(*(paid.make(rival, 60) for rival in rivals))

        seen = await asyncio.gather(*(paid.claim(rival, payment(rival)) for rival in rivals))

        (winner,) = {after.payment.operation for after in seen if after is not None}
        assert None not in seen
        assert (await paid.current([number]))[number].operation == winner
        assert await paid.read(winner) is None
    handed = [entry["invoice"] for entry in await entries(client, team)]
    assert sorted(handed) == [f"G10000000{turn}" for turn in range(ROUNDS)]


async def test_one_offer_claimed_64_times_at_once_can_be_one_payment_only(
    paid: RedisPayments, client: Any, team: str
) -> None:
    """A client that lost the answer sends the same claim again: the answer is the same."""
    await paid.make(offer(), 60)
    ours = payment(offer())

    seen = await asyncio.gather(*(paid.claim(offer(), ours) for _ in range(RIVALS)))

    assert [of(one) for one in seen] == [ours] * RIVALS
    assert len(await entries(client, team)) == 1


async def test_a_claim_can_survive_the_loss_of_its_script(
    paid: RedisPayments, client: Any, team: str
) -> None:
    """SCRIPT FLUSH, or a fail-over to a node that never had it, changes nothing."""
    ours = payment(offer())
    await paid.make(offer(), 60)
    await client.script_flush()
    assert of(await paid.claim(offer(), ours)) == ours
    await client.script_flush()
    assert of(await paid.claim(offer(), ours)) == ours
    await client.script_flush()
    assert await end(paid, ours, State.FAILED, "failed:token")
    await client.script_flush()
    assert not await paid.withdraw(offer())
    assert len(await entries(client, team)) == 2


async def test_a_payment_can_end_once_only(paid: RedisPayments, client: Any, team: str) -> None:
    """The same end sent again is harmless; another one comes too late; the end is remembered."""
    ours = payment(offer())
    await paid.make(offer(), 60)
    await paid.claim(offer(), ours)

    assert await end(paid, ours, State.SETTLED, "settled:token")
    assert await end(paid, ours, State.SETTLED, "settled:token")
    assert not await end(paid, ours, State.STALLED, "stalled:token")

    assert (await paid.current([NUMBER]))[NUMBER].state is State.SETTLED
    events = [entry["event"] for entry in await entries(client, team)]
    assert events == ["payment.handed_off", "payment.settled"]
    left = await client.ttl(f"aib:{{{team}}}:payment:{NUMBER}")
    assert 399 < left / 86_400 <= 400


async def test_of_64_ends_at_once_one_can_count(
    paid: RedisPayments, client: Any, team: str
) -> None:
    """Scans in many processes may see the same payment end, even differently."""
    ours = payment(offer())
    await paid.make(offer(), 60)
    await paid.claim(offer(), ours)
    ends = [State.SETTLED, State.FAILED, State.STALLED, State.SUPERSEDED] * (RIVALS // 4)

    done = await asyncio.gather(*(end(paid, ours, state, f"{state}:token") for state in ends))

    assert sum(done) == RIVALS // 4
    assert len(await entries(client, team)) == 2


async def test_an_invoice_can_be_claimed_again_after_its_payment_has_ended(
    paid: RedisPayments,
) -> None:
    """The new one replaces the old one's record and its expiry."""
    first, second = offer("first"), offer("second", user="U0BEN")
    for one in (first, second):
        await paid.make(one, 60)
    ours = payment(first)
    await paid.claim(first, ours)
    assert of(await paid.claim(second, payment(second))) == ours

    await end(paid, ours, State.FAILED, "failed:first")
    assert await paid.claim(first, ours) is None  # an old claim cannot come back
    assert of(await paid.claim(second, payment(second))) == payment(second)

    assert not await end(paid, ours, State.STALLED, "stalled:first")
    assert (await paid.current([NUMBER]))[NUMBER].is_in_flight


async def test_a_claimed_payment_cannot_expire(paid: RedisPayments, client: Any, team: str) -> None:
    """It guards money for as long as it is in flight, also where an ended one came before."""
    name = f"aib:{{{team}}}:payment:{NUMBER}"
    for token in ("first", "second"):
        await paid.make(offer(token), 60)
        await paid.claim(offer(token), payment(offer(token)))
        assert await client.ttl(name) == -1
        await end(paid, payment(offer(token)), State.FAILED, f"failed:{token}")
        assert await client.ttl(name) > 0


async def test_a_claim_or_an_end_cannot_leave_a_false_card_unmarked(
    kept: RedisStore, paid: RedisPayments
) -> None:
    """In the same step, so that no crash can leave a false card unnoticed."""
    await paid.make(offer(), 60)
    assert await kept.stale() == frozenset()

    await paid.claim(offer(), payment(offer()))
    assert await kept.stale() == {NUMBER}
    await kept.touch(NUMBER, stale=False)
    await end(paid, payment(offer()), State.SETTLED, "settled:token")
    assert await kept.stale() == {NUMBER}


async def test_only_one_process_can_begin_a_card(kept: RedisStore) -> None:
    """Whoever comes second finds it begun."""
    begun = await asyncio.gather(*(kept.begin(card(ts="")) for _ in range(RIVALS)))

    assert sum(begun) == 1
    assert await kept.open_numbers() == {NUMBER}


async def test_an_open_card_cannot_be_forgotten(kept: RedisStore, client: Any, team: str) -> None:
    """Closed it goes after 90 days; open again it stays again."""
    name = f"aib:{{{team}}}:card:{NUMBER}"
    for closed in (False, True, False):
        await kept.save(card(closed=closed))
        assert (await kept.load([NUMBER, "G2"])) == {NUMBER: card(closed=closed)}
        assert (NUMBER in await kept.open_numbers()) is not closed
        left = await client.ttl(name)
        assert (89 < left / 86_400 <= 90) if closed else left == -1


async def test_two_processes_cannot_hold_the_same_lock(kept: RedisStore) -> None:
    """The second waits as long as it likes and then goes without; other locks are free."""
    async with kept.hold("scan", wait=0.1) as first:
        assert first
        async with kept.hold("scan", wait=0.1) as second:
            assert not second
        async with kept.hold("card:G1", wait=0.1) as other:
            assert other
    async with kept.hold("scan", wait=0.1) as again:
        assert again


async def test_a_dead_process_cannot_keep_a_lock(kept: RedisStore, client: Any, team: str) -> None:
    """Nobody renews it, so it runs out within 15 seconds."""
    async with kept.hold("scan", wait=0.1):
        assert 0 < await client.pttl(f"aib:{{{team}}}:lock:scan") <= 15_000


async def test_an_auditor_can_read_when_and_who(kept: RedisStore, client: Any, team: str) -> None:
    """Each entry has its time and event; old ones go by age."""
    await kept.note("access.refused", actor="U0BEN", reason="guest")

    (entry,) = await entries(client, team)
    assert entry == {
        "time": CLOCK.now().isoformat(),
        "event": "access.refused",
        "actor": "U0BEN",
        "reason": "guest",
    }


async def test_a_store_can_tell_that_it_lost_everything(kept: RedisStore) -> None:
    """An empty answer means that it lost everything."""
    assert await kept.remembers_since() == ""
    await kept.begin_memory()
    began = await kept.remembers_since()
    assert began == CLOCK.now().isoformat()
    await kept.begin_memory()
    assert await kept.remembers_since() == began


async def test_teams_cannot_see_each_other(
    client: Any, kept: RedisStore, paid: RedisPayments, team: str
) -> None:
    """Every key belongs to one workspace."""
    other, cards = RedisPayments(client, f"{team}X", CLOCK), RedisStore(client, f"{team}X", CLOCK)
    await paid.make(offer(), 60)
    await paid.claim(offer(), payment(offer()))
    await kept.save(card())

    assert await other.read("token") is None
    assert await other.current([NUMBER]) == {}
    assert await cards.open_numbers() == frozenset()
