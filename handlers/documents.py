"""Send me the PDF: the link goes to whoever asked, in a modal or a message only they see."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.card import Message
from bot.domain.invoice import invoice_number
from bot.domain.outcome import Denied
from bot.errors import BotError
from handlers.aside import Aside
from handlers.desk import Desk
from handlers.payloads import Press, press_of
from handlers.trouble import carry_out

Body = dict[str, Any]
VERB = "pdf"
"""In a card's menu: ``pdf:G123456789``."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button, and to the link it leads to."""

    @app.action("invoice.pdf")
    async def wanted(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(Sending(desk, press_of(body)).carry_out())

    @app.action("invoice.link")
    async def opened(ack: AsyncAck, body: Body) -> None:
        await ack()  # a link button: the browser has already done the rest
        desk.audit.click("document", "opened", actor=press_of(body).presence.user)


class Sending:
    """One wish for a PDF, from the press to the link or the reason why not."""

    def __init__(self, desk: Desk, press: Press) -> None:
        self._desk, self._press, self._aside = desk, press, Aside(desk, press)

    async def carry_out(self) -> None:
        """Do it all; whatever happens, the person who pressed is told, and nobody else."""
        await carry_out(
            "pdf",
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
        if not self._press.response_url:
            await self._tell(self._desk.documents.fetching())  # a modal's trigger lives 3 s
        found = await self._desk.pdf(self._press.presence, number)
        if isinstance(found, Denied):
            await self._tell(self._desk.documents.denied(found))
            return "Denied"
        await self._tell(self._desk.documents.ready(number, found))
        return "sent"

    async def _failed(self, error: BotError) -> None:
        await self._tell(self._desk.documents.failed(error))

    async def _broken(self, reference: str) -> None:
        await self._tell(self._desk.documents.broken(reference))

    async def _tell(self, message: Message) -> None:
        """Beside the card where it was pressed on one, else in a modal."""
        if self._press.response_url:
            await self._desk.modals.reply(self._press.response_url, message)
        else:
            await self._aside.show(self._desk.documents.modal(message))
