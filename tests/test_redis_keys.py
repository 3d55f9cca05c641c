"""How long things live in Redis: nothing for ever without a written reason."""

import importlib
import pkgutil
import re

import bot.adapters
from tests.paying import key, store, unpaid
from tests.town import Town


def documented() -> dict[str, bool]:
    """Pattern of each key in the stores' documentation -> whether it may lack a time to live."""
    names = [room.name for room in pkgutil.iter_modules(bot.adapters.__path__)]
    rooms = [importlib.import_module(f"bot.adapters.{name}") for name in names]
    docs = "\n".join(room.__doc__ or "" for room in rooms)
    rows = re.findall(r"^    (\S+) +(?:hash|string|set|zset|stream) +(.+)$", docs, re.MULTILINE)
    assert len(rows) > 17  # as many as there were at first
    lasting = (
        *("payment", "card", "cards:open", "cards:stale", "journal", "memory"),
        *("outbox:channels", "outbox", "scans", "alarm", "watch:payments", "watch:offers"),
        *("ledger", "stories", "remarks", "journal:seals", "journal:head", "journal:anchor"),
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
    await invoice.bot.settle()
    always = {"journal", "journal:seals", "journal:head", "ledger", "memory", "scans"}
    open_card = always | {f"card:{invoice.number}", "cards:open"}
    assert await lasting_keys(contoso) == open_card | {"watch:offers"}

    await invoice.hand_off()
    flying = {f"payment:{invoice.number}", "watch:payments", "watch:offers"}
    assert await lasting_keys(contoso) - {"watch:offers"} == open_card | flying - {"watch:offers"}

    contoso.tenant.pay(invoice.number)
    await invoice.bot.scan()
    await invoice.bot.house.cashier.tell()  # as the worker's sweep does
    assert await lasting_keys(contoso) - {"watch:offers"} == always
