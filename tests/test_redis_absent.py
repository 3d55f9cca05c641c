"""A Redis that is gone, or was never where it should be."""

import asyncio
from pathlib import Path

import pytest

from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.adapters.redis_connection import connect
from bot.adapters.redis_payments import RedisPayments
from bot.adapters.redis_store import RedisStore
from bot.errors import SetupError, StoreUnavailable
from tests.stored import CLOCK, NUMBER, card, offer, payment
from tests.waiting import until


async def test_nobody_can_mistake_an_absent_server_for_an_empty_one(tmp_path: Path) -> None:
    """Whatever is asked of it once it is gone, within moments."""
    embedded = EmbeddedValkey(tmp_path / "data")
    lost = await connect(await embedded.start())
    absent, payments = RedisStore(lost, "T1", CLOCK), RedisPayments(lost, "T1", CLOCK)
    await embedded.stop()

    async def is_gone() -> bool:
        try:
            await absent.ping()
        except StoreUnavailable:
            return True
        return False

    await until(is_gone)
    asked = [
        payments.make(offer(), 60),
        payments.read("token"),
        payments.withdraw(offer()),
        payments.claim(offer(), payment(offer())),
        payments.move(payment(offer()), payment(offer())),
        payments.restore(payment(offer())),
        payments.current([NUMBER]),
        payments.untold(),
        payments.story("token"),
        payments.taken_up(NUMBER, "token"),
        payments.told("token", "1.0"),
        payments.told_at("token"),
        payments.is_whole(),
        payments.begin_ledger(),
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
