"""Slack has its answer whatever is slow behind the bot; the person is told in the end."""

import ast
import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

import handlers
from sandbox.slack import Receipt, text_of
from tests.paying import CHECKING, Unpaid, card_of, nothing_started
from tests.redis_line import redis_line
from tests.town import FINANCE, Bot, Town
from tests.waiting import until

PRESSING, CONFIRMING, CLOSING = "U0ADA", "U0BEN", "U0CAT"
TOLD = "Nothing was started; please try again in a minute."
ACTS = ("press", "menu", "confirm", "close", "command", "list", "home")


@dataclass
class Scene:
    """Three people who may pay: one about to press, two with a confirmation before them."""

    bot: Bot
    invoice: Unpaid
    confirmation: str
    closing: str

    async def act(self) -> dict[str, Receipt]:
        """Everything that people do, all at once, and what Slack had for an answer to each."""
        ada, ben, cat = [await self.invoice.person(u) for u in (PRESSING, CONFIRMING, CLOSING)]
        ts, number = self.invoice.card.ts, self.invoice.number
        refresh = refresh_value(self.invoice)
        acts: dict[str, Awaitable[Receipt | None]] = {
            "press": ada.press(FINANCE, ts, "pay.open"),
            "menu": ada.press(FINANCE, ts, "card.menu", option=refresh),
            "confirm": ben.submit(self.confirmation),
            "close": cat.close(self.closing),
            "command": ada.command("/invoice", number, channel=FINANCE),
            "list": ben.command("/invoices", channel=FINANCE),
            "home": cat.open_home(),
        }
        receipts = await asyncio.gather(*acts.values())
        return {name: one for name, one in zip(acts, receipts, strict=True) if one is not None}

    async def shown(self, user: str) -> list[str]:
        """What this person reads now: messages to them alone, modals, their Home tab."""
        person = await self.invoice.person(user)
        home = person.home()
        there: list[Any] = [*person.replies, *person.modals(), *([home] if home else [])]
        return [text_of(one) for one in there]

    async def told(self) -> list[int]:
        """How often each of the three reads that it did not work and can be tried again."""
        return [
            sum(TOLD in words for words in await self.shown(user))
            for user in (PRESSING, CONFIRMING, CLOSING)
        ]


def refresh_value(invoice: Unpaid) -> str:
    """The value of Refresh in the menu of the invoice's card."""
    menu = invoice.town.button(invoice.card, "card.menu")
    assert menu is not None
    values = [str(option["value"]) for option in menu["options"]]
    return next(value for value in values if value.startswith("refresh"))


def beyond_slack(town: Town) -> list[str]:
    """What the pretend Azure and Graph have answered; an exchange is noted at its end."""
    return [one.path for one in town.traffic.exchanges if one.server not in ("slack", "bot")]


async def scene(town: Town, **settings: Any) -> Scene:
    """Three invoices with their cards, the people before them, and nothing under way."""
    for user, name in ((CONFIRMING, "ben"), (CLOSING, "cat")):
        town.colleague(user, name)
        town.holds(user, "billing-account-owner")
    numbers = [town.invoice() for _ in range(3)]
    bot = await town.bot(**settings)
    await bot.scan()
    pressed, confirmed, closed = (Unpaid(town, bot, n, card_of(town, n)) for n in numbers)
    confirmation = await confirmed.offer(CONFIRMING)
    closing = await closed.offer(CLOSING)
    pressed.people |= confirmed.people | closed.people
    await bot.settle()
    town.traffic.exchanges.clear()
    return Scene(bot, pressed, confirmation.id, closing.id)


async def test_people_can_click_while_azure_hangs(contoso: Town) -> None:
    """Each act has its 200 although Azure holds every question; who waits for Azure is told."""
    there = await scene(contoso, patience=0.5)
    contoso.fault("* /providers/*", "hold", times=-1)
    contoso.fault("* /v1.0/*", "hold", times=-1)

    receipts = await there.act()

    assert {name: (one.status, one.trouble) for name, one in receipts.items()} == dict.fromkeys(
        ACTS, (200, "")
    )
    assert not beyond_slack(contoso)
    await until(lambda: _is(there, [3, 1, 0]))
    assert "Reading your invoices" in str(await there.shown(CLOSING))
    assert not beyond_slack(contoso)
    contoso.faults.clear()
    await there.bot.settle()
    assert "37,020.00" in str(await there.shown(CONFIRMING))
    assert "37,020.00" in str(await there.shown(CLOSING))
    assert await nothing_started(contoso)


async def test_people_can_click_while_redis_hangs(contoso: Town, redis_url: str) -> None:
    """Each act has its 200 although Redis holds every question; nothing begins, and all are told."""
    async with redis_line(redis_url) as line:
        there = await scene(contoso, redis_url=SecretStr(line.url))
        line.stall()

        receipts = await there.act()

        assert {name: (one.status, one.trouble) for name, one in receipts.items()} == dict.fromkeys(
            ACTS, (200, "")
        )
        assert line.held
        await until(lambda: _is(there, [3, 2, 1]))
        line.flow()
        await there.bot.settle()

    assert not beyond_slack(contoso)
    assert CHECKING not in str([await there.shown(u) for u in (PRESSING, CONFIRMING, CLOSING)])
    assert await nothing_started(contoso)


async def _is(there: Scene, told: list[int]) -> bool:
    return await there.told() == told


def listeners() -> list[ast.AsyncFunctionDef]:
    """Every function in ``handlers`` that is given Slack's ``ack`` or listens to an event."""
    rooms = Path(handlers.__file__).parent.glob("*.py")
    nodes = (node for room in rooms for node in ast.walk(ast.parse(room.read_text())))
    return [
        node
        for node in nodes
        if isinstance(node, ast.AsyncFunctionDef)
        and (node.decorator_list or "ack" in (one.arg for one in node.args.args))
    ]


def test_no_listener_can_do_anything_before_its_answer() -> None:
    """All it waits for is the answer itself; the rest is put aside until the request is let in."""
    found = listeners()
    names = {listener.name for listener in found}
    assert len(found) > 25
    for listener in found:
        for node in ast.walk(listener):
            if isinstance(node, ast.Await):
                assert isinstance(node.value, ast.Call)
                called = ast.unparse(node.value.func)
                passed_on = called in names and "ack" in map(ast.unparse, node.value.args)
                assert called == "ack" or passed_on, f"{listener.name} waits for {called}"
