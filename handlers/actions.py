"""Buttons and menus."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.policy import Refusal
from handlers import assigning, documents, noting, snoozing, wiring
from handlers.answering import answer
from handlers.desk import Desk
from handlers.paying import Paying
from handlers.payloads import Press, page_of, press_of, refresh_of

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to every button this bot ever shows."""
    # Bolt asks one listener after the other: those pressed most come first.

    @app.action("pay.open")
    async def pay_open(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(Paying(desk, press_of(body)).carry_out())

    @app.action("portal.open")
    async def portal_open(ack: AsyncAck, body: Body) -> None:
        await ack()  # a link button: the browser has already done the rest
        desk.audit.click("portal", "opened", actor=press_of(body).presence.user)

    @app.action("card.menu")
    async def card_menu(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_choose(desk, press_of(body)))

    @app.action("list.previous")
    @app.action("list.next")
    async def list_page(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_page(desk, press_of(body)))


async def _choose(desk: Desk, press: Press) -> None:
    """What was chosen in a card's menu; its value begins with a verb."""
    match press.value.partition(":")[0]:
        case documents.VERB:
            await documents.Sending(desk, press).carry_out()
        case wiring.VERB:
            await wiring.Opening(desk, press).carry_out()
        case assigning.VERB:
            await assigning.open_window(desk, press)
        case noting.VERB:
            await noting.open_window(desk, press)
        case snoozing.SNOOZE:
            await snoozing.open_window(desk, press)
        case snoozing.WAKE:
            await snoozing.wake(desk, press)
        case _:
            await _refresh(desk, press)


async def _refresh(desk: Desk, press: Press) -> None:
    async def work() -> str:
        refusal = await desk.refresh(press.presence, refresh_of(press.value))
        if isinstance(refusal, Refusal):
            await desk.modals.reply(press.response_url, desk.answers.one(refusal))
            return "refused"
        return "refreshed"

    await answer(desk, "refresh", press.presence, press.response_url, work)


async def _page(desk: Desk, press: Press) -> None:
    async def work() -> str:
        listing = await desk.lookup.many(press.presence, page_of(press.value))
        await desk.modals.reply(press.response_url, desk.answers.many(listing), replace=True)
        return type(listing).__name__

    await answer(desk, "page", press.presence, press.response_url, work)
