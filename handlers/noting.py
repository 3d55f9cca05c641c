"""Add a note… in a card's menu."""

import secrets
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.invoice import invoice_number
from bot.domain.remark import LONGEST_NOTE, MayNote, clean
from bot.views.blocks import Block
from bot.views.noting import CALLBACK, NOTE
from bot.views.reader import answer_to
from handlers.desk import Desk
from handlers.payloads import Press, Submission, submission_of
from handlers.window import Window

Body = dict[str, Any]
VERB = "note"
"""In a card's menu: ``note:G123456789``."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the window; the menu is in ``handlers.actions``."""

    @app.view_submission(CALLBACK)
    async def submitted(ack: AsyncAck, body: Body) -> None:
        told = submission_of(body)
        answer_to(told.presence.user)
        words = clean(told.values.get(NOTE, ""), LONGEST_NOTE)
        if faults := desk.note_windows.faults(words):
            await ack(response_action="errors", errors=faults)
        else:
            await ack(response_action="update", view=desk.note_windows.checking())
            desk.later(_note(desk, told, words))


async def open_window(desk: Desk, press: Press) -> None:
    """Somebody has chosen Add a note."""
    value = press.value.removeprefix(f"{VERB}:")

    async def work() -> tuple[Block, str]:
        number = invoice_number(value)
        found = await desk.noting.look(press.presence, number)
        view, outcome = desk.note_windows, type(found).__name__
        if not isinstance(found, MayNote):
            return view.result(found), outcome
        # The note's id is made with the form, so that the form sent twice is one note.
        return view.form(found, f"{number}|{secrets.token_urlsafe(18)}"), outcome

    await Window(desk, desk.note_windows, "note").open(press, value, work)


async def _note(desk: Desk, told: Submission, words: str) -> None:
    async def work() -> tuple[Block, str]:
        number, step = told.token.split("|")
        result = await desk.noting.note(told.presence, invoice_number(number), step, words)
        return desk.note_windows.result(result), type(result).__name__

    window = Window(desk, desk.note_windows, "noted")
    await window.submitted(told, told.token.partition("|")[0], work)
