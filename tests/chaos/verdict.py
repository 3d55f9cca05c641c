"""The books of a run, and whether they balance."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from bot.domain.payment import ARROWS, IN_FLIGHT, State
from tests.alerting import cards
from tests.chaos.people import Ledger
from tests.paying import key, store
from tests.shell import command
from tests.test_redis_keys import lasting_keys
from tests.town import Town

BEGINS = {
    "payment.handed_off": State.HANDED_OFF,
    "payment.awaiting_approval": State.AWAITING_APPROVAL,
}


@dataclass
class Books:
    """What was counted, and every sentence that should not be true."""

    figures: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def unpaid(town: Town) -> list[str]:
    """The invoices that want a card: due soon or overdue, something owed, not replaced.

    What was billed anew is due in 30 days: it gets its card three days before.
    """
    soon = town.midnight() + timedelta(days=3)
    replaced = {i.number for i in town.tenant.invoices.values() if getattr(i, "replaced_by", "")}
    return sorted(
        i.number
        for i in town.tenant.invoices.values()
        if i.status in ("Due", "OverDue")
        and i.amount_due > 0
        and i.number not in replaced
        and (i.due is None or i.due <= soon)
    )


def wrong_cards(town: Town) -> list[str]:
    """What is not as it should be: each unpaid invoice has its one card to pay it, no other has."""
    wanted = set(unpaid(town))
    found = []
    for number, invoice in town.tenant.invoices.items():
        there = cards(town, number)
        payable = [
            c for c in there if town.button(c, "pay.open") or town.button(c, "takeover.open")
        ]
        if len(there) > 1 or (number in wanted) != (len(payable) == 1):
            standing = f"{invoice.status}, {'wanted' if number in wanted else 'not wanted'}"
            found.append(f"{number} ({standing}): {len(there)} cards, {len(payable)} to be paid")
    return found


async def audit(town: Town, ledger: Ledger, tracebacks: list[str]) -> Books:
    """Compare what people saw, what the store knows and what the audit trail tells."""
    books = Books()
    books.faults += wrong_cards(town)
    await _payments(town, ledger, books)
    books.faults += tracebacks
    verified = await command("audit", "verify", given=town.environment())
    if verified.code:
        books.faults.append(f"the audit trail does not verify: {verified.shown}")
    try:
        await lasting_keys(town)
    except AssertionError as error:
        books.faults.append(f"a key without a time to live or a reason: {error}")
    books.figures |= {"unpaid": len(unpaid(town)), "cards": len(_all_cards(town))}
    return books


async def _payments(town: Town, ledger: Ledger, books: Books) -> None:
    """Replay the audit trail: one payment in flight at a time, and everybody told is in it."""
    standing: dict[str, State] = {}
    operations: Counter[str] = Counter()
    started: list[tuple[str, str]] = []
    async with store(town) as redis:
        entries = [entry for _, entry in await redis.xrange(key(town, "journal"))]
    for entry in entries:
        event, number = entry["event"], entry.get("invoice", "")
        if "operation" not in entry or not re.match(r"payment\.", event):
            continue
        operations[entry["operation"]] += 1
        before, after = standing.get(number), BEGINS.get(event) or State(event.partition(".")[2])
        if event in BEGINS:
            started.append((entry["actor"], number))
            if before in IN_FLIGHT:
                books.faults.append(f"{number} had two payments in flight")
        elif before is None or after not in ARROWS.get(before, frozenset()):
            books.faults.append(f"{number} went from {before} to {after}")
        standing[number] = after
    books.faults += [f"{one} was audited {n} times" for one, n in operations.items() if n > 1]
    untrue = set(ledger.handed) - set(started)
    books.faults += [f"{who} was told of {number}, the audit was not" for who, number in untrue]
    books.figures |= {"handed off (told)": len(ledger.handed), "handed off (audited)": len(started)}


async def held(town: Town) -> dict[str, Any]:
    """What waits in the store: the outbox's and the jobs' keys with their values."""
    found: dict[str, Any] = {}
    readable: Any = {"decode_responses": True, "encoding_errors": "backslashreplace"}
    client: Any = Redis.from_url(town.redis_url, **readable)
    async with client as redis:
        async for name in redis.scan_iter("*"):
            if "outbox" in name or "jobs" in name or ":lock" in name:
                kind = await redis.type(name)
                found[f"{kind} {name} {await redis.pttl(name)}"] = await _value(redis, kind, name)
    return found


async def _value(redis: Any, kind: str, name: str) -> Any:
    match kind:
        case "zset":
            return await redis.zrange(name, 0, -1, withscores=True)
        case "hash":
            return await redis.hgetall(name)
        case "set":
            return sorted(await redis.smembers(name))
        case "stream":
            groups = await redis.xinfo_groups(name)
            return [str(await redis.xrange(name)), str(groups)]
    return str(await redis.get(name))


def _all_cards(town: Town) -> set[str]:
    return {number for number in town.tenant.invoices if cards(town, number)}
