"""Slash commands, answered to their sender alone."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.card import Message
from bot.domain.invoice import invoice_number
from bot.domain.listing import query_of
from handlers.answering import answer
from handlers.desk import Desk
from handlers.exporting import export, is_export
from handlers.payloads import Command, command_of

Body = dict[str, Any]
_HELP = ("", "help", "?")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to ``/invoice`` and ``/invoices``."""

    @app.command("/invoice")
    async def invoice(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(_one(desk, command_of(body)))

    @app.command("/invoices")
    async def invoices(ack: AsyncAck, body: Body) -> None:
        await ack()
        command = command_of(body)
        desk.later((export if is_export(command) else _many)(desk, command))


async def _one(desk: Desk, command: Command) -> None:
    async def work() -> str:
        message, outcome = await _look_up(desk, command)
        await desk.modals.reply(command.response_url, message)
        return outcome

    await answer(desk, "invoice", command.presence, command.response_url, work)


async def _look_up(desk: Desk, command: Command) -> tuple[Message, str]:
    if command.text.lower() in _HELP:
        return desk.answers.help_one(), "help"
    try:
        number = invoice_number(command.text)
    except ValueError:
        return desk.answers.bad_number(command.text), "bad number"
    found = await desk.lookup.one(command.presence, number)
    return desk.answers.one(found), type(found).__name__


async def _many(desk: Desk, command: Command) -> None:
    async def work() -> str:
        if command.text.lower() in _HELP[1:]:
            await desk.modals.reply(command.response_url, desk.answers.help_many())
            return "help"
        listing = await desk.lookup.many(command.presence, query_of(command.text))
        await desk.modals.reply(command.response_url, desk.answers.many(listing))
        return type(listing).__name__

    await answer(desk, "invoices", command.presence, command.response_url, work)
