"""Modals submitted and closed."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.errors import BotError
from bot.views.confirm import CALLBACK
from bot.views.paynow import METHOD
from handlers.desk import Desk
from handlers.payloads import Submission, submission_of
from handlers.trouble import carry_out

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the confirmation modal."""

    @app.view_submission(CALLBACK)
    async def confirmed(ack: AsyncAck, body: Body) -> None:
        # Answered with the waiting view at once; the outcome replaces it when it is known.
        await ack(response_action="update", view=desk.confirm.checking())
        desk.later(_confirm(desk, submission_of(body)))

    @app.view_closed(CALLBACK)
    async def closed(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_cancel(desk, submission_of(body)))


async def _confirm(desk: Desk, submission: Submission) -> None:
    async def work() -> str:
        chosen = submission.values.get(METHOD, "")
        result = await desk.payments.confirm(submission.presence, submission.token, chosen)
        await desk.modals.show_modal(submission.view, desk.confirm.result(result))
        return type(result).__name__

    async def failed(error: BotError) -> None:
        await desk.modals.show_modal(submission.view, desk.confirm.failed(error))

    async def broken(reference: str) -> None:
        await desk.modals.show_modal(submission.view, desk.confirm.broken(reference))

    await carry_out(
        "confirm",
        work,
        failed=failed,
        broken=broken,
        count=desk.count,
        audit=desk.audit,
        user=submission.presence.user,
    )


async def _cancel(desk: Desk, submission: Submission) -> None:
    async def work() -> str:
        await desk.payments.cancel(submission.presence, submission.token)
        return "cancelled"

    async def nobody(_: object) -> None:
        """The modal is closed: there is nobody to tell, and the offer runs out by itself."""

    await carry_out(
        "cancel",
        work,
        failed=nobody,
        broken=nobody,
        count=desk.count,
        audit=desk.audit,
        user=submission.presence.user,
    )
