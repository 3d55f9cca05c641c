"""I sent the wire: a form for whoever is paying, and what comes of it."""

import secrets
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.invoice import invoice_number
from bot.domain.payment import Payment
from bot.domain.wire import Wire
from bot.errors import BotError
from bot.services.wiring import Noted, NotYours
from bot.views.blocks import Block
from bot.views.reader import answer_to
from bot.views.wire import CALLBACK, DAY, REFERENCE
from handlers.aside import Aside
from handlers.desk import Desk
from handlers.payloads import Press, Submission, form_of, press_of, submission_of
from handlers.trouble import carry_out

Body = dict[str, Any]
VERB = "wire"
"""In a card's menu: ``wire:G123456789``."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button and to the form."""

    @app.action("wire.open")
    async def opened(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(Opening(desk, press_of(body)).carry_out())

    @app.view_submission(CALLBACK)
    async def submitted(ack: AsyncAck, body: Body) -> None:
        told = submission_of(body)
        answer_to(told.presence.user)
        wire = Wire.told(
            told.values.get(DAY, ""), told.values.get(REFERENCE, ""), desk.wires.today()
        )
        if isinstance(wire, Wire):
            await ack(response_action="update", view=desk.wires.saving())
            desk.later(_keep(desk, told, wire))
        else:
            await ack(response_action="errors", errors=desk.wires.faults(wire))
            desk.audit.click("wire_sent", "not filled in", actor=told.presence.user)


class Opening:
    """One press on I sent the wire, to the form or the reason why not."""

    def __init__(self, desk: Desk, press: Press) -> None:
        self._desk, self._press, self._aside = desk, press, Aside(desk, press)

    async def carry_out(self) -> None:
        """Do it all; whatever happens, the person who pressed is told."""
        await carry_out(
            "wire",
            self._work,
            failed=self._failed,
            broken=self._broken,
            count=self._desk.count,
            audit=self._desk.audit,
            invoice=self._press.value.removeprefix(f"{VERB}:")[:64],
            user=self._press.presence.user,
        )

    async def _work(self) -> str:
        number = invoice_number(self._press.value.removeprefix(f"{VERB}:"))
        found = await self._desk.wiring.payment(self._press.presence, number)
        if isinstance(found, Payment):
            # The step's id is made with the form, so that the form sent twice is one step.
            private = f"{number}|{found.id}|{secrets.token_urlsafe(18)}"
            await self._aside.show(self._desk.wires.form(found, private))
            return "opened"
        if self._press.response_url:
            reply = self._desk.wires.not_yours_message()
            await self._desk.modals.reply(self._press.response_url, reply)
        else:
            await self._aside.show(self._desk.wires.not_yours())
        return "NotYours"

    async def _failed(self, error: BotError) -> None:
        if self._press.response_url:
            reply = self._desk.answers.failed(error)
            await self._desk.modals.reply(self._press.response_url, reply)
        else:
            await self._aside.show(self._desk.confirm.failed(error))

    async def _broken(self, reference: str) -> None:
        if self._press.response_url:
            reply = self._desk.answers.broken(reference)
            await self._desk.modals.reply(self._press.response_url, reply)
        else:
            await self._aside.show(self._desk.confirm.broken(reference))


async def _keep(desk: Desk, told: Submission, wire: Wire) -> None:
    async def show(view: Block) -> None:
        await desk.modals.show_modal(told.view, view)

    async def work() -> str:
        result = await desk.wiring.sent(told.presence, form_of(told), wire)
        match result:
            case Noted(payment=payment):
                await show(desk.wires.noted(payment))
            case NotYours():
                await show(desk.wires.not_yours())
            case _:
                await show(desk.confirm.result(result))
        return type(result).__name__

    async def failed(error: BotError) -> None:
        await show(desk.confirm.failed(error))

    async def broken(reference: str) -> None:
        await show(desk.confirm.broken(reference))

    await carry_out(
        "wire_sent",
        work,
        failed=failed,
        broken=broken,
        count=desk.count,
        audit=desk.audit,
        user=told.presence.user,
    )
