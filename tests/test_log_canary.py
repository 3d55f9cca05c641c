"""Canaries in every place that holds something private: none of them sings in a log line."""

import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.errors import BotError
from sandbox.azure import card
from sandbox.faults import Kind
from tests.door import Door, command, signature
from tests.paying import Unpaid, card_of
from tests.redis_line import redis_line
from tests.town import FINANCE, SECRET, Town
from tests.windows import submit, window

PREVIOUS, HUSH = "canary-previous-secret", "canary-hush"
CANARIES = {
    "amount": "98765",
    "amount for people": "98,765",
    "e-mail": "canary-ben@contoso.example",
    "another e-mail": "canary-eve@elsewhere.example",
    "purchase order": "CANARY-PO",
    "card": "4848",
    "reason": "canary on holiday",
    "previous secret": PREVIOUS,
    "signing secret": SECRET,
    "forged body": "canary-forged",
    "database password": HUSH,
}


def told(line: MutableMapping[str, Any]) -> str:
    """All that a log line would show, with the traceback of an error and of its causes."""
    error = line.get("exc_info")
    shown = "".join(traceback.format_exception(error)) if isinstance(error, BaseException) else ""
    return f"{dict(line)}{shown}"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice full of canaries; Ben and Cem may pay it, Eve is a guest."""
    profile = contoso.tenant.accounts[contoso.account].profiles[contoso.profile]
    profile.payment_methods = {"C1": card("C1", "4848")}
    contoso.colleague("U0BEN", "ben", email=CANARIES["e-mail"])
    contoso.colleague("U0CEM", "cem")
    contoso.colleague("U0EVE", "eve", email=CANARIES["another e-mail"], is_restricted=True)
    for user in ("U0BEN", "U0CEM"):
        contoso.holds(user, "billing-account-owner")
    number = contoso.invoice(amount=Decimal("98765.43"), po="CANARY-PO")
    bot = await contoso.bot(slack_signing_secret_previous=SecretStr(PREVIOUS))
    await bot.scan()
    return Unpaid(contoso, bot, number, card_of(contoso, number))


async def pay(invoice: Unpaid) -> list[str]:
    """A refusal, a payment, a take-over; the tokens that went through Slack."""
    await invoice.press("U0EVE")
    offered = await invoice.offer("U0BEN")
    await invoice.confirm(offered)
    await invoice.bot.settle()
    taking = await window(invoice, "U0CEM", "takeover.open")
    await submit(invoice, taking, {"reason": "canary on holiday"})
    return [offered.private_metadata]


FAULTS: tuple[tuple[str, Kind], ...] = (
    ("*/users/*", "malformed"),
    ("*/billingRoleAssignments", "truncated"),
    ("*/invoices/*", "empty"),
    ("*/users.info", "malformed"),
    ("*/invoices/*", "drop_after"),
    ("*/response/*", "status"),
)


async def ask(invoice: Unpaid) -> None:
    """Private words after commands, and everybody's faults behind them."""
    ben = await invoice.person("U0BEN")
    for text in (invoice.number, CANARIES["another e-mail"], "all CANARY-PO", "export csv"):
        for name in ("/invoice", "/invoices"):
            await ben.command(name, text)
    await invoice.bot.settle()
    for path, kind in FAULTS:
        invoice.town.fault(f"* {path}", kind)
        await ben.command("/invoice", invoice.number)
        await invoice.bot.settle()
        invoice.town.faults.clear()


async def knock(invoice: Unpaid) -> list[str]:
    """Forged, stale, repeated and senseless requests; the signatures that were right."""
    async with aiohttp.ClientSession() as session:
        door = Door(invoice.town, invoice.bot, session)
        body, stamp = command(invoice.town), str(door.now)
        await door.signed(body, at=stamp)
        await door.signed(body, at=stamp)
        await door.signed(body, at="1")
        await door.signed(b'{"canary-forged":', "application/json")
        wrong = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=canary-forged"}
        await door.send(body, wrong)
    await invoice.bot.settle()
    return [signature(body, stamp).removeprefix("v0=")]


async def lose_redis(invoice: Unpaid, redis_url: str) -> None:
    """The store goes away under a press, and one with a password never was."""
    async with redis_line(redis_url) as line:
        bot = await invoice.town.bot(redis_url=SecretStr(line.url))
        ada = await invoice.town.person("U0ADA", bot)
        line.cut()
        await ada.press(FINANCE, invoice.card.ts, "card.menu", option=f"refresh:{invoice.number}")
        await bot.settle()
    with suppress(BotError):
        await invoice.town.bot(redis_url=SecretStr(f"redis://:{HUSH}@127.0.0.1:1/0"))


async def test_nobody_can_find_anything_private_in_the_log(invoice: Unpaid, redis_url: str) -> None:
    """Paying, refusing, looking up, failing, forging: what people said and owe stays out of it."""
    with capture_logs() as logs:
        secret = [*await pay(invoice), *await knock(invoice)]
        await ask(invoice)
        await lose_redis(invoice, redis_url)
        invoice.town.tenant.pay(invoice.number)
        await invoice.bot.scan()
    shown = "\n".join(told(line) for line in logs)
    assert len(logs) > 30
    secret += [invoice.town.workspace.bot_token, invoice.town.tenant.identity_secret, "/response/"]
    secret += list(invoice.town.tenant.tokens.issued)
    kept = CANARIES | {f"secret {n}": text for n, text in enumerate(secret)}
    assert [what for what, text in kept.items() if text.lower() in shown.lower()] == []
