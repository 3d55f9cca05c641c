"""Take over or give back: a window that asks for the reason, and what comes of it."""

import secrets
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.invoice import invoice_number
from bot.domain.outcome import HandedOff
from bot.domain.takeover import LONGEST_REASON, MayGiveBack, MayTakeOver, TakeOverResult
from bot.views.blocks import Block
from bot.views.reader import answer_to
from bot.views.takeover import GIVE_BACK, TAKE
from bot.views.window import REASON
from handlers.desk import Desk
from handlers.payloads import Press, Submission, press_of, submission_of
from handlers.window import Window

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button and the two windows."""

    @app.action("takeover.open")
    async def opened(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_open(desk, press_of(body)))

    @app.view_submission(TAKE)
    async def taken(ack: AsyncAck, body: Body) -> None:
        await _submitted(desk, ack, submission_of(body), give_back=False)

    @app.view_submission(GIVE_BACK)
    async def given_back(ack: AsyncAck, body: Body) -> None:
        await _submitted(desk, ack, submission_of(body), give_back=True)


async def _open(desk: Desk, press: Press) -> None:
    async def work() -> tuple[Block, str]:
        found = await desk.takeover.look(press.presence, invoice_number(press.value))
        view, outcome = desk.takeover_windows, type(found).__name__
        if not isinstance(found, MayTakeOver | MayGiveBack):
            return view.result(found), outcome
        # The step's id is made with the form, so that the form sent twice is one step.
        payment = found.payment
        private = f"{payment.invoice}|{payment.operation}|{secrets.token_urlsafe(18)}"
        return view.form(found, private), outcome

    await Window(desk, desk.takeover_windows, "takeover").open(press, press.value, work)


async def _submitted(desk: Desk, ack: AsyncAck, told: Submission, *, give_back: bool) -> None:
    answer_to(told.presence.user)
    reason = told.values.get(REASON, "").strip()[:LONGEST_REASON]
    if reason:
        await ack(response_action="update", view=desk.takeover_windows.checking())
        desk.later(_carry_out(desk, told, reason, give_back=give_back))
    else:
        await ack(response_action="errors", errors=desk.takeover_windows.reason_missing())


async def _carry_out(desk: Desk, told: Submission, reason: str, *, give_back: bool) -> None:
    async def work() -> tuple[Block, str]:
        number, shown, token = told.token.split("|")
        act = desk.takeover.give_back if give_back else desk.takeover.take
        result = await act(told.presence, invoice_number(number), shown, token=token, reason=reason)
        return _view(desk, result), type(result).__name__

    window = Window(desk, desk.takeover_windows, "given_back" if give_back else "taken_over")
    await window.submitted(told, told.token.partition("|")[0], work)


def _view(desk: Desk, result: TakeOverResult) -> Block:
    if isinstance(result, HandedOff):
        return desk.confirm.result(result)
    return desk.takeover_windows.result(result)
