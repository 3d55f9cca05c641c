"""A window that a press opens: it says at once that it is checking, then what came of it."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.errors import BotError, SlackRefused
from bot.views.blocks import Block
from bot.views.window import WindowView
from handlers.aside import Aside
from handlers.desk import Desk
from handlers.payloads import Press, Submission
from handlers.trouble import carry_out

Work = Callable[[], Awaitable[tuple[Block, str]]]
"""Gives the view to show in the end, and the outcome in a word."""


class Window:
    """Shows one kind of window.

    Args:
        desk: speaks to Slack, counts, keeps the audit trail.
        view: words what all windows of this kind have in common.
        kind: what was asked for, in a word.
    """

    def __init__(self, desk: Desk, view: WindowView, kind: str) -> None:
        self._desk, self._view, self._kind = desk, view, kind

    async def open(self, press: Press, number: str, work: Work) -> None:
        """Open it while ``work`` is done, since a trigger lives 3 s; the person is told in any case."""
        aside, is_open = Aside(self._desk, press), False

        async def shown() -> str:
            nonlocal is_open
            doing = asyncio.ensure_future(work())
            try:
                await aside.show(self._view.checking())
            except BaseException:
                doing.cancel()
                await asyncio.wait([doing])
                raise
            is_open = True
            view, outcome = await doing
            try:
                await aside.show(view)
            except SlackRefused:
                return "closed"  # while it was still checking
            return outcome

        async def failed(error: BotError) -> None:
            if is_open:
                await aside.show(self._view.failed(error))
            else:
                reply = self._desk.answers.failed(error)
                await self._desk.modals.reply(press.response_url, reply)

        async def broken(reference: str) -> None:
            if is_open:
                await aside.show(self._view.broken(reference))
            else:
                reply = self._desk.answers.broken(reference)
                await self._desk.modals.reply(press.response_url, reply)

        await self._carry_out(shown, failed, broken, press.presence.user, number)

    async def submitted(self, told: Submission, number: str, work: Work) -> None:
        """Do what a form asks for, and show what came of it in its place."""

        async def show(view: Block) -> None:
            await self._desk.modals.show_modal(told.view, view)

        async def shown() -> str:
            view, outcome = await work()
            try:
                await show(view)
            except SlackRefused:
                return f"{outcome}, closed"  # done all the same; the card tells
            return outcome

        async def failed(error: BotError) -> None:
            await show(self._view.failed(error))

        async def broken(reference: str) -> None:
            await show(self._view.broken(reference))

        await self._carry_out(shown, failed, broken, told.presence.user, number)

    async def _carry_out(
        self,
        shown: Callable[[], Awaitable[str]],
        failed: Callable[[BotError], Awaitable[None]],
        broken: Callable[[str], Awaitable[None]],
        user: str,
        number: str,
    ) -> None:
        await carry_out(
            self._kind,
            shown,
            failed=failed,
            broken=broken,
            count=self._desk.count,
            audit=self._desk.audit,
            invoice=number[:64],
            user=user,
        )
