"""``/invoices export``: the files go to its sender's messages with the bot."""

from bot.domain.listing import query_of
from handlers.answering import answer
from handlers.desk import Desk
from handlers.payloads import Command

_WORD = "export"


def is_export(command: Command) -> bool:
    """Whether the command asks for files instead of a list."""
    return command.text.lower().split(maxsplit=1)[:1] == [_WORD]


async def export(desk: Desk, command: Command) -> None:
    """Send them, and say so where the command was typed."""

    async def work() -> str:
        query = query_of(command.text[len(_WORD) :].strip())
        result = await desk.export.send(command.presence, query)
        await desk.modals.reply(command.response_url, desk.extracts.answer(result))
        return type(result).__name__

    await answer(desk, "export", command.presence, command.response_url, work)
