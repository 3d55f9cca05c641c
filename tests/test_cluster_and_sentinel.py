"""The main job on a Valkey Cluster and behind Sentinel: the same as on a single server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.adapters.durability import durability_of
from bot.adapters.redis_connection import connect
from bot.errors import StoreUnavailable, StoreUnsafe
from sandbox.slack import text_of
from tests.alerting import cards
from tests.paying import key
from tests.shell import running
from tests.test_worker import shown, working
from tests.town import FINANCE, Bot, Town, modal, told, town
from tests.valkey_cluster import Cluster, mendable_cluster, valkey_cluster
from tests.valkey_sentinel import Pair, valkey_behind_sentinel, valkey_pair
from tests.waiting import until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of three nodes."""
    with valkey_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server behind a Sentinel."""
    with valkey_behind_sentinel(tmp_path_factory.mktemp("sentinel")) as url:
        yield url


@pytest.fixture(params=["cluster", "sentinel"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def company(store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town whose bot keeps its memory there."""
    async with town(store_url) as made:
        for name, value in made.azure.environment().items():
            monkeypatch.setenv(name, value)
        yield made


async def test_an_owner_can_pay_whatever_kind_of_redis_there_is(company: Town) -> None:
    """A scan posts the card, the owner confirms, Azure says paid, and the card closes in place."""
    number = company.invoice()
    bot = await company.bot(allow_volatile_store=True)
    assert (await bot.scan()).is_complete
    ada = await company.person("U0ADA", bot)

    await ada.press(FINANCE, company.card(number).ts, "pay.open")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await told(ada, "reserved for you")
    await bot.settle()
    assert "is paying since" in text_of(company.card(number))

    company.tenant.pay(number)
    await bot.scan()
    card = company.card(number)
    assert "paid" in text_of(card)
    assert not [block for block in card.blocks if block["type"] == "actions"]
    assert len(cards(company, number)) == 1


async def test_a_channel_can_get_many_cards_and_a_reminder_there(company: Town) -> None:
    """The outbox, its pace, its summaries and reminders work there, too."""
    numbers = [company.invoice(days_overdue=1) for _ in range(12)]
    bot = await company.bot(allow_volatile_store=True)
    await bot.scan()
    assert company.traffic.count("chat.postMessage") == 1 + len(numbers)
    for number in numbers[1:]:
        company.tenant.pay(number)
    company.clock.advance(days=6)
    report = await bot.scan()
    assert report.count("reminded") == 1
    assert report.count("closed") == 11


async def test_an_operator_can_run_a_worker_there(company: Town) -> None:
    """``worker`` takes its ticks, delivers, follows what changes, and ends when asked to."""
    number = company.invoice()
    given = company.environment() | {"SCAN_EVERY_SECONDS": "1", "ALLOW_VOLATILE_STORE": "1"}
    async with running("worker", given=given) as worker:
        await worker.ready()
        await until(company.posts, within=10)
        company.tenant.pay(number)
        await until(lambda: not company.button(company.card(number), "pay.open"), within=10)
        assert await worker.stop() == 0, worker.log
        assert "Traceback" not in worker.log
    assert len(company.posts()) == 1


async def test_an_operator_can_learn_that_such_a_redis_forgets(store_url: str) -> None:
    """The check of the store's durability sees what a cluster or a server behind Sentinel keeps."""
    with pytest.raises(StoreUnsafe, match="append-only file"):
        await durability_of(store_url)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A primary and its replica behind Sentinel."""
    with valkey_pair(tmp_path) as made:
        yield made


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose primaries can be given replicas, and be lost."""
    with mendable_cluster(tmp_path) as made:
        yield made


@pytest.mark.parametrize("kind", ["pair", "spare"])
async def test_a_payer_can_go_on_while_the_primary_is_replaced(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The primary dies in the midst of the story: what is pressed meanwhile is refused in words.

    A moment later the same bot, not started anew, knows all that it knew.
    """
    store: Pair | Cluster = request.getfixturevalue(kind)
    async with town(store.url) as company:
        for name, value in company.azure.environment().items():
            monkeypatch.setenv(name, value)
        company.colleague("U0BOB", "bob")
        company.holds("U0BOB", "billing-account-contributor")
        first, second = company.invoice(), company.invoice()
        bot = await company.bot(allow_volatile_store=True)
        await bot.scan()
        ada, bob = [await company.person(user, bot) for user in ("U0ADA", "U0BOB")]
        await ada.press(FINANCE, company.card(first).ts, "pay.open")
        confirmation = await modal(ada, "pay.confirm")
        await bot.settle()

        _lose_primary(store, company)
        await bob.press(FINANCE, company.card(second).ts, "pay.open")
        refused = await until(lambda: bob.modals() or bob.replies)
        await until(lambda: "memory does not answer" in text_of((bob.modals() or refused)[-1]), 8)

        await asyncio.to_thread(store.notice)
        await until(lambda: _answers(bot), within=8)
        await ada.submit(confirmation.id)
        await told(ada, "reserved for you")
        await bot.settle()
        company.tenant.pay(first)
        assert (await bot.scan()).is_complete
        assert "paid" in text_of(company.card(first))
        assert company.button(company.card(second), "pay.open")
        assert [len(cards(company, number)) for number in (first, second)] == [1, 1]


def _lose_primary(store: Pair | Cluster, town: Town) -> None:
    """Kill the server that holds the town's keys."""
    if isinstance(store, Pair):
        store.lose_primary()
        return
    last = key(town, "last")
    owner = store.owner(last)
    store.add_replica(owner)
    store.lose(owner, last)


async def test_a_channel_can_see_new_invoices_after_the_primary_was_replaced(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose primary dies goes on with the replica, without being started anew."""
    async with town(pair.url) as company:
        for name, value in company.azure.environment().items():
            monkeypatch.setenv(name, value)
        first = company.invoice()
        bot = await company.bot(allow_volatile_store=True, scan_every_seconds=3)
        async with working(bot):
            await until(lambda: shown(company, first))
            await until(lambda: _is_idle(company))  # else its locks have to run out, for 15 s
            pair.lose_primary()
            await asyncio.to_thread(pair.notice)
            second = company.invoice()
            await until(lambda: shown(company, second), within=25)
        assert [len(cards(company, number)) for number in (first, second)] == [1, 1]


async def _is_idle(town: Town) -> bool:
    """Whether no process holds a lock."""
    async with await connect(town.redis_url) as redis:
        return not [name async for name in redis.scan_iter(key(town, "lock", "*"))]


async def _answers(bot: Bot) -> bool:
    """Whether the store can be written to again."""
    try:
        await bot.outside.store.touch("none", stale=False)
    except StoreUnavailable:
        return False
    return True
