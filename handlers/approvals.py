"""Approve, Decline and Withdraw below a request for approval in a card's thread."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.approval import Declined
from bot.domain.invoice import invoice_number
from bot.domain.takeover import LONGEST_REASON
from bot.views.approval import APPROVE, DECLINE
from bot.views.blocks import Block
from bot.views.reader import answer_to
from bot.views.window import REASON
from handlers.answering import answer
from handlers.desk import Desk
from handlers.payloads import Press, Submission, press_of, submission_of
from handlers.window import Window

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the three buttons and the two windows."""

    @app.action("approval.approve")
    async def approve(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_open(desk, press_of(body), "approve"))

    @app.action("approval.decline")
    async def decline(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_open(desk, press_of(body), "decline"))

    @app.action("approval.withdraw")
    async def withdraw(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_withdraw(desk, press_of(body)))

    @app.view_submission(APPROVE)
    async def approved(ack: AsyncAck, body: Body) -> None:
        told = submission_of(body)
        answer_to(told.presence.user)
        await ack(response_action="update", view=desk.approval_windows.checking())
        desk.later(_approve(desk, told))

    @app.view_submission(DECLINE)
    async def declined(ack: AsyncAck, body: Body) -> None:
        told = submission_of(body)
        answer_to(told.presence.user)
        reason = told.values.get(REASON, "").strip()[:LONGEST_REASON]
        if reason:
            await ack(response_action="update", view=desk.approval_windows.checking())
            desk.later(_decline(desk, told, reason))
        else:
            await ack(response_action="errors", errors=desk.approval_windows.reason_missing())


async def _open(desk: Desk, press: Press, kind: str) -> None:
    async def work() -> tuple[Block, str]:
        found = await desk.approvals.look(press.presence, *request_of(press.value))
        view = desk.approval_windows
        shown = view.approving(found) if kind == "approve" else view.declining(found)
        return shown, type(found).__name__

    window = Window(desk, desk.approval_windows, kind)
    await window.open(press, press.value.partition("|")[0], work)


async def _approve(desk: Desk, told: Submission) -> None:
    async def work() -> tuple[Block, str]:
        result = await desk.approvals.approve(told.presence, *request_of(told.token))
        return desk.approval_windows.result(result), type(result).__name__

    window = Window(desk, desk.approval_windows, "approved")
    await window.submitted(told, told.token.partition("|")[0], work)


async def _decline(desk: Desk, told: Submission, reason: str) -> None:
    async def work() -> tuple[Block, str]:
        number, asked = request_of(told.token)
        result = await desk.approvals.decline(told.presence, number, asked, reason)
        return desk.approval_windows.result(result), type(result).__name__

    window = Window(desk, desk.approval_windows, "declined")
    await window.submitted(told, told.token.partition("|")[0], work)


async def _withdraw(desk: Desk, press: Press) -> None:
    async def work() -> str:
        result = await desk.approvals.withdraw(press.presence, *request_of(press.value))
        if not isinstance(result, Declined):
            await desk.modals.reply(press.response_url, desk.approval_windows.told(result))
        return type(result).__name__  # the thread tells of it

    await answer(desk, "withdraw", press.presence, press.response_url, work)


def request_of(value: str) -> tuple[str, str]:
    """Invoice number and payment id in ``G123456789|<id>``. Raises ``ValueError`` for anything else."""
    number, asked = value.split("|")
    return invoice_number(number), asked
