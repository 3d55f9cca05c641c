"""However many confirm one invoice at the same moment: one of them pays it."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from bot.adapters.redis_payments import RedisPayments
from bot.domain.invoice import Status
from bot.domain.money import Money
from bot.domain.offer import Offer
from tests.race_worker import number_of
from tests.town import HandClock

ROUNDS = int(os.environ.get("RACE_ROUNDS", "30"))
PROCESSES, THREADS, CONFIRMS = 2, 2, 16  # 64 at once
NAMES = [f"{p}-{t}" for p in range(PROCESSES) for t in range(THREADS)]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Any]:
    """The store the race is about."""
    async with Redis.from_url(redis_url, decode_responses=True, socket_timeout=90) as client:
        yield client


async def offers(payments: RedisPayments, turn: int) -> None:
    """Everybody is offered the invoice of this round."""
    amount = Money.of("100.00", "EUR")
    await asyncio.gather(
        *(
            payments.make(
                Offer(
                    *(f"{turn}-{name}-{n}", "T1", f"U{name}-{n}", number_of(turn)),
                    *("account", "profile", amount, Status.OVERDUE),
                ),
                60,
            )
            for name in NAMES
            for n in range(CONFIRMS)
        )
    )


@pytest.mark.timeout(300)
async def test_of_64_confirms_at_once_one_can_win_each_round(redis: Any, redis_url: str) -> None:
    """From two threads of two processes each; everybody is told of the same winner."""
    team = f"T{uuid4().hex[:8]}"
    payments = RedisPayments(redis, team, HandClock())
    await payments.begin_ledger()
    command = [sys.executable, "-m", "tests.race_worker", redis_url, team]
    racers = [
        await asyncio.create_subprocess_exec(*command, str(p), str(CONFIRMS))
        for p in range(PROCESSES)
    ]
    winners = []
    for turn in range(ROUNDS):
        await offers(payments, turn)
        await asyncio.gather(*(redis.rpush(f"race:{name}", turn) for name in NAMES))
        told = [json.loads((await redis.blpop(["race:done"], 30))[1]) for _ in NAMES]
        won = [payer for payers, _ in told for payer in payers]
        assert len(won) == 1
        assert all(seen == won for _, seen in told)
        winners += won
    await asyncio.gather(*(redis.rpush(f"race:{name}", -1) for name in NAMES))
    assert [await racer.wait() for racer in racers] == [0] * PROCESSES

    entries = [entry for _, entry in await redis.xrange(f"aib:{{{team}}}:journal")]
    handed = [entry for entry in entries if entry["event"] == "payment.handed_off"]
    assert [entry["actor"] for entry in handed] == winners
    assert len({entry["invoice"] for entry in handed}) == ROUNDS
    assert len(Counter(winner.partition("-")[0] for winner in winners)) == PROCESSES
