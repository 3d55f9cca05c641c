"""Read one invoice anew and show its card as it is."""

from bot.domain.people import Presence
from bot.domain.policy import Refusal
from bot.errors import AzureNotFound
from bot.ports import Cards, Invoices, Payments
from bot.services.access import Access
from bot.services.audit import Audit, facts
from bot.services.cards import CardDesk
from bot.services.settlement import Settlement


class Refresh:
    """Somebody asks for a card to be brought up to date.

    Args:
        invoices, cards, payments: the ports.
        access: only colleagues may ask; what the card shows they can see already.
        audit: is told who asked, and who was refused.
        settle: ends a payment that Azure shows as ended.
        desk: shows the card.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        cards: Cards,
        payments: Payments,
        access: Access,
        audit: Audit,
        settle: Settlement,
        desk: CardDesk,
    ) -> None:
        self._invoices, self._cards, self._payments = invoices, cards, payments
        self._access, self._audit, self._settle, self._desk = access, audit, settle, desk

    async def __call__(self, presence: Presence, number: str) -> Refusal | None:
        """Show the card anew, or say why not. Raises ``BotError``."""
        colleague = await self._access.colleague(presence)
        if isinstance(colleague, Refusal):
            who = {"actor": presence.user, "invoice": number}
            self._audit.later("refresh.refused", **who, **facts(colleague))
            return colleague
        card = (await self._cards.load([number])).get(number)
        if card is None:
            raise AzureNotFound("The bot has no card for this invoice.")
        invoice = await self._invoices.read(card.invoice.billing_account, number)
        await self._settle((await self._payments.current([number])).get(number), invoice)
        await self._desk.refresh(number, invoice)
        return None
