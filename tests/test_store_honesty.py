"""A Redis that may lose or evict what the bot tells it is not trusted with payments."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.domain.durability import durability
from bot.errors import StoreUnsafe
from tests.alerting import page
from tests.shell import command, free_port
from tests.town import Town

SAFE = {"maxmemory_policy": "noeviction", "aof_enabled": 1, "aof_last_write_status": "ok"}
UNSAFE = {
    "maxmemory-policy": ("allkeys-lru", "noeviction", "set maxmemory-policy to noeviction"),
    "appendonly": ("no", "yes", "set appendonly to yes"),
}


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey whose settings these tests may change."""
    embedded = EmbeddedValkey(tmp_path_factory.mktemp("honest") / "data")
    yield asyncio.run(embedded.start())
    asyncio.run(embedded.stop())


@pytest.fixture
async def redis(own_store: str) -> AsyncIterator[Redis]:
    """A client of it; its settings and users are put right again afterwards."""
    async with Redis.from_url(own_store, decode_responses=True) as client:
        yield client
        for name, (_, good, _) in UNSAFE.items():
            await client.config_set(name, good)
        await client.acl_deluser("limited")


@pytest.mark.parametrize("name", UNSAFE)
async def test_a_bot_cannot_start_on_a_store_that_may_forget(
    contoso: Town, own_store: str, redis: Redis, name: str
) -> None:
    """Neither eviction nor a missing file is overlooked; the sentence says what to set."""
    bad, _, fix = UNSAFE[name]
    await redis.config_set(name, bad)
    with pytest.raises(StoreUnsafe) as refused:
        await contoso.bot(redis_url=SecretStr(own_store))
    assert fix in refused.value.sentence
    assert "ALLOW_VOLATILE_STORE=1" in refused.value.sentence


async def test_an_operator_cannot_start_any_process_on_such_a_store(
    contoso: Town, own_store: str, redis: Redis
) -> None:
    """Each command that would use it ends with that one sentence, and ``run`` with it."""
    await redis.config_set("appendonly", "no")
    given = contoso.environment() | {"REDIS_URL": own_store}
    wanted = ("run", "worker", "scan")
    for ended in await asyncio.gather(
        *(command(name, given=given | {"PORT": str(free_port())}) for name in wanted)
    ):
        assert ended.code == 2  # as with wrong settings: ``run`` does not try again
        assert "set appendonly to yes" in ended.shown
        assert "Traceback" not in ended.shown


async def test_an_operator_can_take_the_risk(contoso: Town, own_store: str, redis: Redis) -> None:
    """With ALLOW_VOLATILE_STORE it starts, and goes on saying so: log, readiness, metrics."""
    await redis.config_set("appendonly", "no")
    with capture_logs() as logs:
        bot = await contoso.bot(redis_url=SecretStr(own_store), allow_volatile_store=True)
    assert [one for one in logs if one["event"] == "store_unsafe" and one["allowed"]]
    ready = json.loads(await page(bot, "/readyz"))
    assert ready == {
        "ready": True,
        "store": "Redis keeps no append-only file: set appendonly to yes.",
    }
    assert "aib_store_safe 0.0" in await page(bot, "/metrics")


async def test_an_operator_can_see_within_the_hour_that_a_store_has_changed(
    contoso: Town, own_store: str, redis: Redis
) -> None:
    """A setting changed under a running bot shows; clicks are served meanwhile."""
    bot = await contoso.bot(redis_url=SecretStr(own_store))
    assert "aib_store_safe 1.0" in await page(bot, "/metrics")
    await redis.config_set("maxmemory-policy", "volatile-ttl")
    assert json.loads(await page(bot, "/readyz"))["store"] == "append-only file on, noeviction."
    contoso.clock.advance(hours=1)
    assert "may evict keys (volatile-ttl)" in json.loads(await page(bot, "/readyz"))["store"]
    assert "aib_store_safe 0.0" in await page(bot, "/metrics")


@pytest.mark.parametrize(("forbidden", "starts"), [("config", True), ("info", False)])
async def test_a_bot_can_do_without_config_but_not_without_info(
    contoso: Town, own_store: str, redis: Redis, forbidden: str, *, starts: bool
) -> None:
    """Managed services forbid CONFIG; where nothing can be told, the answer is no."""
    await redis.execute_command(  # type: ignore[no-untyped-call]
        "ACL", "SETUSER", "limited", "on", ">hush", "~*", "&*", "+@all", f"-{forbidden}"
    )
    url = SecretStr(own_store.replace("unix://", "unix://limited:hush@"))
    if starts:
        await contoso.bot(redis_url=url)
        return
    with pytest.raises(StoreUnsafe, match="run INFO"):
        await contoso.bot(redis_url=url)
    await contoso.bot(redis_url=url, allow_volatile_store=True)


@given(
    servers=st.lists(
        st.sampled_from(
            [
                SAFE,
                SAFE | {"maxmemory_policy": "allkeys-lru"},
                SAFE | {"aof_enabled": 0},
                SAFE | {"aof_last_write_status": "err"},
                {},
                {"aof_enabled": 1},
            ]
        ),
        max_size=4,
    )
)
def test_a_cluster_cannot_be_safer_than_its_least_safe_primary(
    servers: list[dict[str, Any]],
) -> None:
    """All must keep what they are told, and all must tell."""
    assert durability(servers).safe is bool(servers and all(one == SAFE for one in servers))
