"""The Home tab: opened, narrowed, turned."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.home import Look
from bot.domain.listing import Filter
from bot.domain.people import Presence
from bot.errors import BotError
from bot.views.home import ALL
from handlers.desk import Desk
from handlers.payloads import Opening, Press, opening_of, press_of
from handlers.trouble import carry_out

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the opening of Home tabs and to what stands on them."""

    @app.event("app_home_opened")
    async def opened(body: Body) -> None:
        if body["event"].get("tab") == "home":
            desk.later(_open(desk, opening_of(body)))

    @app.action("home.refresh")
    @app.action("home.filter")
    @app.action("home.profile")
    @app.action("home.previous")
    @app.action("home.next")
    async def pressed(ack: AsyncAck, body: Body) -> None:
        await ack()
        press, action = press_of(body), str(body["actions"][0]["action_id"])
        desk.later(_turn(desk, press, action.removeprefix("home.")))


async def _open(desk: Desk, opening: Opening) -> None:
    presence, is_first = opening.presence, opening.is_first
    await _answer(desk, presence, lambda: desk.home.open(presence, is_first=is_first))


async def _turn(desk: Desk, press: Press, what: str) -> None:
    def change(look: Look) -> Look:
        match what:
            case "filter":
                return replace(look, filter=Filter(press.value), page=0)
            case "profile":
                return replace(look, profile="" if press.value == ALL else press.value, page=0)
            case "previous" | "next":
                return replace(look, page=max(0, int(press.value)))
        return look

    await _answer(desk, press.presence, lambda: desk.home.turn(press.presence, change))


async def _answer(desk: Desk, presence: Presence, work: Callable[[], Awaitable[str]]) -> None:
    """Do ``work``; where it fails, their Home tab says so."""

    async def failed(error: BotError) -> None:
        await desk.home.tell(presence.user, desk.homes.failed(error))

    async def broken(reference: str) -> None:
        await desk.home.tell(presence.user, desk.homes.broken(reference))

    await carry_out(
        "home",
        work,
        failed=failed,
        broken=broken,
        count=desk.count,
        audit=desk.audit,
        user=presence.user,
    )
