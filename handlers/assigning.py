"""Assign… in a card's menu."""

import secrets
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.assigning import LONGEST_WHY, MayAssign
from bot.domain.invoice import invoice_number
from bot.domain.remark import clean
from bot.services.assigning import Choice
from bot.views.assigning import CALLBACK, NOBODY, USER, WHY
from bot.views.blocks import Block
from bot.views.reader import answer_to
from handlers.desk import Desk
from handlers.payloads import Press, Submission, submission_of
from handlers.window import Window

Body = dict[str, Any]
VERB = "assign"
"""In a card's menu: ``assign:G123456789``."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the window; the menu is in ``handlers.actions``."""

    @app.view_submission(CALLBACK)
    async def submitted(ack: AsyncAck, body: Body) -> None:
        told = submission_of(body)
        answer_to(told.presence.user)
        chosen, nobody = told.values.get(USER, ""), bool(told.values.get(NOBODY))
        shown = told.token.rpartition("|")[2]
        if faults := desk.assign_windows.faults(chosen, shown, nobody=nobody):
            await ack(response_action="errors", errors=faults)
        else:
            await ack(response_action="update", view=desk.assign_windows.checking())
            desk.later(_assign(desk, told, "" if nobody else chosen))


async def open_window(desk: Desk, press: Press) -> None:
    """Somebody has chosen Assign."""
    value = press.value.removeprefix(f"{VERB}:")

    async def work() -> tuple[Block, str]:
        number = invoice_number(value)
        found = await desk.assigning.look(press.presence, number)
        view, outcome = desk.assign_windows, type(found).__name__
        if not isinstance(found, MayAssign):
            return view.result(found), outcome
        # The step's id is made with the form, so that the form sent twice is one step.
        now = found.now.user if found.now else ""
        return view.form(found, f"{number}|{secrets.token_urlsafe(18)}|{now}"), outcome

    await Window(desk, desk.assign_windows, "assign").open(press, value, work)


async def _assign(desk: Desk, told: Submission, user: str) -> None:
    async def work() -> tuple[Block, str]:
        number, step, _ = told.token.split("|")
        choice = Choice(step, user, clean(told.values.get(WHY, ""), LONGEST_WHY))
        result = await desk.assigning.assign(told.presence, invoice_number(number), choice)
        return desk.assign_windows.result(result), type(result).__name__

    window = Window(desk, desk.assign_windows, "assigned")
    await window.submitted(told, told.token.partition("|")[0], work)
