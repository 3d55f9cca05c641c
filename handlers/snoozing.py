"""Snooze reminders, and End snooze, in a card's menu."""

from datetime import date
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.invoice import invoice_number
from bot.domain.snooze import MaySnooze, Woken
from bot.domain.takeover import LONGEST_REASON
from bot.views.blocks import Block
from bot.views.reader import answer_to
from bot.views.snooze import CALLBACK, DAY
from bot.views.window import REASON
from handlers.answering import answer
from handlers.desk import Desk
from handlers.payloads import Press, Submission, submission_of
from handlers.window import Window

Body = dict[str, Any]
SNOOZE, WAKE = "snooze", "wake"
"""In a card's menu: ``snooze:G123456789`` and ``wake:G123456789``."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the window; the menu is in ``handlers.actions``."""

    @app.view_submission(CALLBACK)
    async def submitted(ack: AsyncAck, body: Body) -> None:
        told = submission_of(body)
        answer_to(told.presence.user)
        reason = told.values.get(REASON, "").strip()[:LONGEST_REASON]
        day = _day(told.values.get(DAY, ""))
        faults = desk.snooze_windows.faults(desk.snoozing.window, day, reason)
        if faults or day is None:
            await ack(response_action="errors", errors=faults)
        else:
            await ack(response_action="update", view=desk.snooze_windows.checking())
            desk.later(_snooze(desk, told, day, reason))


async def open_window(desk: Desk, press: Press) -> None:
    """Somebody has chosen Snooze reminders."""
    value = press.value.removeprefix(f"{SNOOZE}:")

    async def work() -> tuple[Block, str]:
        found = await desk.snoozing.look(press.presence, invoice_number(value))
        view = desk.snooze_windows
        shown = view.form(found) if isinstance(found, MaySnooze) else view.result(found)
        return shown, type(found).__name__

    await Window(desk, desk.snooze_windows, "snooze").open(press, value, work)


async def wake(desk: Desk, press: Press) -> None:
    """Somebody has chosen End snooze."""

    async def work() -> str:
        number = invoice_number(press.value.removeprefix(f"{WAKE}:"))
        result = await desk.snoozing.wake(press.presence, number)
        if not isinstance(result, Woken):
            await desk.modals.reply(press.response_url, desk.snooze_windows.told(result))
        return type(result).__name__  # the card shows it

    await answer(desk, "wake", press.presence, press.response_url, work)


async def _snooze(desk: Desk, told: Submission, day: date, reason: str) -> None:
    async def work() -> tuple[Block, str]:
        number = invoice_number(told.token)
        result = await desk.snoozing.snooze(told.presence, number, day, reason)
        return desk.snooze_windows.result(result), type(result).__name__

    await Window(desk, desk.snooze_windows, "snoozed").submitted(told, told.token, work)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
