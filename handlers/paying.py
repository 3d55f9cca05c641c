"""One press on Pay now, from the opened modal to the offer or the reason why not."""

import asyncio

from bot.domain.card import Message
from bot.domain.invoice import invoice_number
from bot.domain.outcome import Offered, PressResult
from bot.errors import BotError, SlackRefused
from bot.views.blocks import Block
from handlers.desk import Desk
from handlers.payloads import Press
from handlers.trouble import carry_out


class Paying:
    """Checks access while the modal opens, since its trigger lives only 3 s."""

    def __init__(self, desk: Desk, press: Press) -> None:
        self._desk, self._press = desk, press
        self._view = ""  # the modal's id once it is open

    async def carry_out(self) -> None:
        """Do it all; whatever happens, the person who pressed is told."""
        await carry_out(
            "press",
            self._work,
            failed=self._failed,
            broken=self._broken,
            count=self._desk.count,
            audit=self._desk.audit,
            invoice=self._press.value[:64],
            user=self._press.presence.user,
        )

    async def _work(self) -> str:
        desk, press = self._desk, self._press
        number = invoice_number(press.value)
        opening = asyncio.ensure_future(self._open())
        checking = asyncio.ensure_future(desk.payments.press(press.presence, number, opening))
        try:
            await opening
        except BaseException:
            checking.cancel()
            await asyncio.wait([checking])
            raise
        return await self._show(await checking)

    async def _open(self) -> str:
        desk, press = self._desk, self._press
        self._view = await desk.modals.open_modal(press.trigger, desk.confirm.checking())
        return self._view

    async def _show(self, result: PressResult) -> str:
        try:
            await self._desk.modals.show_modal(self._view, self._desk.confirm.result(result))
        except SlackRefused:
            # They closed the modal while it was still checking: the offer ends with it.
            if isinstance(result, Offered):
                await self._desk.payments.withdraw(result.offer)
            return "closed"
        return type(result).__name__

    async def _failed(self, error: BotError) -> None:
        await self._tell(self._desk.confirm.failed(error), self._desk.answers.failed(error))

    async def _broken(self, reference: str) -> None:
        await self._tell(self._desk.confirm.broken(reference), self._desk.answers.broken(reference))

    async def _tell(self, view: Block, message: Message) -> None:
        """In the modal where there is one, else in a message only they see."""
        if self._view:
            await self._desk.modals.show_modal(self._view, view)
        else:
            await self._desk.modals.reply(self._press.response_url, message)
