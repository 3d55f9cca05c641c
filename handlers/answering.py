"""Answer a command or a click where only that person sees it, whatever happens."""

from collections.abc import Awaitable, Callable

from bot.domain.people import Presence
from bot.errors import BotError
from handlers.desk import Desk
from handlers.trouble import carry_out


async def answer(
    desk: Desk,
    kind: str,
    presence: Presence,
    response_url: str,
    work: Callable[[], Awaitable[str]],
) -> None:
    """Do ``work``, which answers by itself and returns its outcome; answer for it where it fails."""

    async def failed(error: BotError) -> None:
        await desk.modals.reply(response_url, desk.answers.failed(error))

    async def broken(reference: str) -> None:
        await desk.modals.reply(response_url, desk.answers.broken(reference))

    await carry_out(
        kind,
        work,
        failed=failed,
        broken=broken,
        count=desk.count,
        audit=desk.audit,
        user=presence.user,
    )
