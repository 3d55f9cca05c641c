"""What the store promises to the services, on a single server and on a cluster alike."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import bot.adapters.redis_outbox
import bot.adapters.redis_store
import bot.adapters.redis_watches
from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.adapters.redis_connection import connect
from bot.adapters.redis_store import RedisStore
from bot.domain.card import Card
from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.domain.payment import Offer, Payment, State
from bot.errors import SetupError, StoreUnavailable
from tests.paying import key, store, unpaid
from tests.town import HandClock, Town
from tests.valkey_cluster import valkey_cluster
from tests.waiting import until

EUR = Money(Decimal("12340.00"), "EUR")
NUMBER = "G100000001"
RIVALS, ROUNDS = 64, 3
CLOCK = HandClock()


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


def offer(token: str = "token", **changes: Any) -> Offer:
    """Ada's offer to pay 12,340.00 EUR."""
    made = Offer(token, "T1", "U0ADA", NUMBER, "account", "profile", EUR, Status.OVERDUE)
    return replace(made, **changes)


def payment(of: Offer, **changes: Any) -> Payment:
    """The payment that confirming the offer would start."""
    made = Payment(
        of.invoice, State.HANDED_OFF, of.token, of.user, "entra", "owner", of.amount, CLOCK.now()
    )
    return replace(made, **changes)


def card(**changes: Any) -> Card:
    """A posted card."""
    invoice = Invoice(NUMBER, "account", "profile", "Finance", Status.OVERDUE, EUR)
    return replace(Card(invoice, "C0FINANCE", ts="1.000001", intent=1.5, face="face"), **changes)


async def entries(client: Any, team: str) -> list[dict[str, str]]:
    """The journal."""
    return [fields for _, fields in await client.xrange(f"aib:{{{team}}}:journal")]


async def test_an_offer_can_be_read_back_as_it_was_made(kept: RedisStore) -> None:
    """To the last digit of the amount."""
    made = offer(amount=Money(Decimal("999999999999999.9999999999"), "JPY"), status=Status.DUE)

    await kept.make(made, 60)

    assert await kept.read("token") == made
    assert await kept.read("other") is None


async def test_an_offer_cannot_outlive_its_time(kept: RedisStore) -> None:
    """After the seconds it was made for it is gone."""
    await kept.make(offer(), 1)

    async def gone() -> bool:
        return await kept.read("token") is None

    await until(gone, within=2.5)
    assert await kept.claim(offer(), payment(offer())) is None


async def test_only_its_owner_can_withdraw_an_offer(kept: RedisStore) -> None:
    """Once; afterwards it cannot be claimed."""
    await kept.make(offer(), 60)

    assert not await kept.withdraw("token", "U0BEN")
    assert await kept.withdraw("token", "U0ADA")
    assert not await kept.withdraw("token", "U0ADA")
    assert await kept.claim(offer(), payment(offer())) is None


async def test_a_payment_can_be_read_back_as_it_was_claimed(kept: RedisStore) -> None:
    """With all its fields, and only for its own invoice."""
    ours = payment(offer(), failures_before=3, amount=Money(Decimal("0.10"), "KWD"))
    await kept.make(offer(), 60)

    assert await kept.claim(offer(), ours) == ours
    assert await kept.current([NUMBER, "G2"]) == {NUMBER: ours}
    assert await kept.current([]) == {}


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(None, id="no offer"),
        pytest.param({"user": "U0BEN"}, id="somebody else's"),
        pytest.param({"invoice": "G2"}, id="for another invoice"),
    ],
)
async def test_a_claim_cannot_do_without_the_offer_of_this_person_and_invoice(
    kept: RedisStore, client: Any, team: str, stored: dict[str, str] | None
) -> None:
    """Anything else starts nothing and says so."""
    if stored is not None:
        await kept.make(offer(**stored), 60)

    assert await kept.claim(offer(), payment(offer())) is None

    assert await kept.current([NUMBER]) == {}
    assert await entries(client, team) == []


async def test_of_64_claims_at_once_one_can_win(kept: RedisStore, client: Any, team: str) -> None:
    """Everybody has an offer of their own; all see the one winner; the journal knows one."""
    for turn in range(ROUNDS):
        number = f"G10000000{turn}"
        rivals = [offer(f"{turn}-{n}", user=f"U{n}", invoice=number) for n in range(RIVALS)]
        await asyncio.gather(*(kept.make(rival, 60) for rival in rivals))

        seen = await asyncio.gather(*(kept.claim(rival, payment(rival)) for rival in rivals))

        (winner,) = {after.operation for after in seen if after is not None}
        assert None not in seen
        assert (await kept.current([number]))[number].operation == winner
        assert await kept.read(winner) is None
    handed = [entry["invoice"] for entry in await entries(client, team)]
    assert sorted(handed) == [f"G10000000{turn}" for turn in range(ROUNDS)]


async def test_one_offer_claimed_64_times_at_once_can_be_one_payment_only(
    kept: RedisStore, client: Any, team: str
) -> None:
    """A client that lost the answer sends the same claim again: the answer is the same."""
    await kept.make(offer(), 60)
    ours = payment(offer())

    seen = await asyncio.gather(*(kept.claim(offer(), ours) for _ in range(RIVALS)))

    assert seen == [ours] * RIVALS
    assert len(await entries(client, team)) == 1


async def test_a_claim_can_survive_the_loss_of_its_script(
    kept: RedisStore, client: Any, team: str
) -> None:
    """SCRIPT FLUSH, or a fail-over to a node that never had it, changes nothing."""
    ours = payment(offer())
    await kept.make(offer(), 60)
    await client.script_flush()
    assert await kept.claim(offer(), ours) == ours
    await client.script_flush()
    assert await kept.claim(offer(), ours) == ours
    await client.script_flush()
    assert await kept.end(ours, State.FAILED, "failed:token")
    await client.script_flush()
    assert not await kept.withdraw("token", "U0ADA")
    assert len(await entries(client, team)) == 2


async def test_a_payment_can_end_once_only(kept: RedisStore, client: Any, team: str) -> None:
    """The same end sent again is harmless; another one comes too late; the end is remembered."""
    ours = payment(offer())
    await kept.make(offer(), 60)
    await kept.claim(offer(), ours)

    assert await kept.end(ours, State.SETTLED, "settled:token")
    assert await kept.end(ours, State.SETTLED, "settled:token")
    assert not await kept.end(ours, State.STALLED, "stalled:token")

    assert (await kept.current([NUMBER]))[NUMBER].state is State.SETTLED
    events = [entry["event"] for entry in await entries(client, team)]
    assert events == ["payment.handed_off", "payment.settled"]
    left = await client.ttl(f"aib:{{{team}}}:payment:{NUMBER}")
    assert 399 < left / 86_400 <= 400


async def test_of_64_ends_at_once_one_can_count(kept: RedisStore, client: Any, team: str) -> None:
    """Scans in many processes may see the same payment end, even differently."""
    ours = payment(offer())
    await kept.make(offer(), 60)
    await kept.claim(offer(), ours)
    ends = [State.SETTLED, State.FAILED, State.STALLED, State.SUPERSEDED] * (RIVALS // 4)

    done = await asyncio.gather(*(kept.end(ours, state, f"{state}:token") for state in ends))

    assert sum(done) == RIVALS // 4
    assert len(await entries(client, team)) == 2


async def test_an_invoice_can_be_claimed_again_after_its_payment_has_ended(
    kept: RedisStore,
) -> None:
    """The new one replaces the old one's record and its expiry."""
    first, second = offer("first"), offer("second", user="U0BEN")
    for one in (first, second):
        await kept.make(one, 60)
    ours = payment(first)
    await kept.claim(first, ours)
    assert await kept.claim(second, payment(second)) == ours

    await kept.end(ours, State.FAILED, "failed:first")
    assert await kept.claim(first, ours) is None  # an old claim cannot come back
    assert await kept.claim(second, payment(second)) == payment(second)

    assert not await kept.end(ours, State.STALLED, "stalled:first")
    assert (await kept.current([NUMBER]))[NUMBER].is_in_flight


async def test_a_claimed_payment_cannot_expire(kept: RedisStore, client: Any, team: str) -> None:
    """It guards money for as long as it is in flight, also where an ended one came before."""
    name = f"aib:{{{team}}}:payment:{NUMBER}"
    for token in ("first", "second"):
        await kept.make(offer(token), 60)
        await kept.claim(offer(token), payment(offer(token)))
        assert await client.ttl(name) == -1
        await kept.end(payment(offer(token)), State.FAILED, f"failed:{token}")
        assert await client.ttl(name) > 0


async def test_a_claim_or_an_end_cannot_leave_a_false_card_unmarked(kept: RedisStore) -> None:
    """In the same step, so that no crash can leave a false card unnoticed."""
    await kept.make(offer(), 60)
    assert await kept.stale() == frozenset()

    await kept.claim(offer(), payment(offer()))
    assert await kept.stale() == {NUMBER}
    await kept.touch(NUMBER, stale=False)
    await kept.end(payment(offer()), State.SETTLED, "settled:token")
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


async def test_teams_cannot_see_each_other(client: Any, kept: RedisStore, team: str) -> None:
    """Every key belongs to one workspace."""
    other = RedisStore(client, f"{team}X", CLOCK)
    await kept.make(offer(), 60)
    await kept.claim(offer(), payment(offer()))
    await kept.save(card())

    assert await other.read("token") is None
    assert await other.current([NUMBER]) == {}
    assert await other.open_numbers() == frozenset()


async def test_nobody_can_mistake_an_absent_server_for_an_empty_one(tmp_path: Path) -> None:
    """Whatever is asked of it once it is gone, within moments."""
    embedded = EmbeddedValkey(tmp_path / "data")
    lost = await connect(await embedded.start())
    absent = RedisStore(lost, "T1", CLOCK)
    await embedded.stop()

    async def is_gone() -> bool:
        try:
            await absent.ping()
        except StoreUnavailable:
            return True
        return False

    await until(is_gone)
    asked = [
        absent.make(offer(), 60),
        absent.read("token"),
        absent.withdraw("token", "U0ADA"),
        absent.claim(offer(), payment(offer())),
        absent.end(payment(offer()), State.FAILED, "x"),
        absent.current([NUMBER]),
        absent.load([NUMBER]),
        absent.begin(card()),
        absent.save(card()),
        absent.open_numbers(),
        absent.stale(),
        absent.touch(NUMBER, stale=True),
        absent.note("event"),
        absent.remembers_since(),
        absent.begin_memory(),
        absent.hold("scan", wait=0.1).__aenter__(),
    ]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreUnavailable] * len(asked)
    await lost.aclose()


@pytest.mark.parametrize("kind", ["redis", "redis+cluster"])
async def test_an_operator_can_read_that_the_address_is_wrong(kind: str) -> None:
    """At the start, with what to check; the address itself, maybe with a password, stays unsaid."""
    with pytest.raises(SetupError, match="check REDIS_URL") as told:
        await connect(f"{kind}://user:secret@127.0.0.1:1")
    assert "secret" not in str(told.value)


def documented() -> dict[str, bool]:
    """Pattern of each key in the stores' documentation -> whether it may lack a time to live."""
    rooms = (bot.adapters.redis_store, bot.adapters.redis_outbox, bot.adapters.redis_watches)
    docs = "\n".join(room.__doc__ or "" for room in rooms)
    rows = re.findall(r"^    (\S+) +(?:hash|string|set|zset|stream) +(.+)$", docs, re.MULTILINE)
    assert len(rows) == 17
    lasting = (
        *("payment", "card", "cards:open", "cards:stale", "journal", "memory"),
        *("outbox:channels", "outbox", "scans", "alarm", "watch:payments", "watch:offers"),
    )
    return {
        re.sub(
            r"<[^>]+>", ".+", re.escape(name).replace(r"\<", "<").replace(r"\>", ">")
        ): name.split(":<")[0] in lasting
        for name, _ in rows
    }


async def lasting_keys(town: Town) -> set[str]:
    """The town's keys without a time to live; every key must be a documented one."""
    patterns = documented()
    found = set()
    async with store(town) as redis:
        async for name in redis.scan_iter(key(town, "*"), count=1000):
            short = name.removeprefix(key(town, ""))
            may_last = any(lasts for p, lasts in patterns.items() if re.fullmatch(p, short))
            assert any(re.fullmatch(p, short) for p in patterns), f"{short} is not documented"
            if await redis.ttl(name) == -1:
                assert may_last, f"{short} lives for ever"
                found.add(short)
    return found


async def test_a_key_cannot_live_for_ever_without_a_reason(contoso: Town) -> None:
    """After a whole story only the audit trail and the store's own memory have no time to live."""
    invoice = await unpaid(contoso)
    await invoice.offer()
    open_card = {f"card:{invoice.number}", "cards:open", "journal", "memory", "scans"}
    assert await lasting_keys(contoso) == open_card | {"watch:offers"}

    await invoice.hand_off()
    flying = {f"payment:{invoice.number}", "watch:payments", "watch:offers"}
    assert await lasting_keys(contoso) - {"watch:offers"} == open_card | flying - {"watch:offers"}

    contoso.tenant.pay(invoice.number)
    await invoice.bot.scan()
    assert await lasting_keys(contoso) - {"watch:offers"} == {"journal", "memory", "scans"}


async def test_the_audit_trail_cannot_grow_for_ever(contoso: Town) -> None:
    """Entries older than 400 days go as new ones come."""
    invoice = await unpaid(contoso)
    memory = invoice.bot.outside.store
    async with store(contoso) as redis:
        old = int((contoso.clock.now() - timedelta(days=401)).timestamp() * 1000)
        async with redis.pipeline() as pipe:
            for n in range(400):
                pipe.xadd(key(contoso, "journal"), {"event": "old"}, id=f"{old + n}-1")
            await pipe.execute()
        await memory.note("new")
        first, *_ = await redis.xrange(key(contoso, "journal"), count=1)
    assert int(first[0].partition("-")[0]) > old + 99
