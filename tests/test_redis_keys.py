"""How long things live in Redis: nothing for ever without a written reason."""

import re
from datetime import timedelta

import bot.adapters.redis_outbox
import bot.adapters.redis_store
import bot.adapters.redis_watches
from tests.paying import key, store, unpaid
from tests.town import Town


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
