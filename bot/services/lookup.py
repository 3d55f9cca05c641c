"""Answer what the status of an invoice is, to those who may know."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.domain.invoice import Invoice
from bot.domain.listing import PAGE, Answer, Listing, NotFound, Query, select
from bot.domain.money import totals
from bot.domain.people import Presence
from bot.domain.policy import Refusal
from bot.errors import AzureNotFound
from bot.ports import Cards, Clock, Invoices, Payments
from bot.services.access import Access
from bot.services.audit import Audit, facts
from bot.services.reading import Reader, Reading


@dataclass(frozen=True, slots=True)
class Matches:
    """All invoices that match and that one person may see, in the query's order."""

    invoices: tuple[Invoice, ...]
    today: date
    reading: Reading


class Lookup:
    """One invoice, or a list.

    Args:
        invoices, cards, payments: the ports.
        reader: reads what a list is made from.
        access: who may know.
        audit: is told who asked what, and who was refused.
        by_role: whether a billing role is needed, or any full member of the workspace may look.
        clock, zone: which day it is.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        reader: Reader,
        cards: Cards,
        payments: Payments,
        access: Access,
        audit: Audit,
        by_role: bool,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._invoices, self._reader = invoices, reader
        self._cards, self._payments = cards, payments
        self._access, self._audit, self._by_role = access, audit, by_role
        self._clock, self._zone = clock, zone

    async def one(self, presence: Presence, number: str) -> Answer | NotFound | Refusal:
        """The invoice as Azure has it now. Raises ``BotError``."""
        colleague = await self._access.colleague(presence)
        if isinstance(colleague, Refusal):
            return self._refused(presence, colleague, invoice=number)
        try:
            invoice = await self._read(number)
        except AzureNotFound:
            self._audit.later("lookup.not_found", actor=presence.user, invoice=number)
            return NotFound(number)
        account, profile = invoice.billing_account, invoice.billing_profile
        where = {"invoice": number, "billing_account": account, "billing_profile": profile}
        rests_on = {"decision": "allowed"}
        if self._by_role:
            decision = await self._access.viewer(presence, account, profile)
            if isinstance(decision, Refusal):
                return self._refused(presence, decision, **where)
            rests_on = facts(decision)
        payment = (await self._payments.current([number])).get(number)
        self._audit.later("lookup.answered", actor=presence.user, **where, **rests_on)
        return Answer(invoice, payment)

    async def many(self, presence: Presence, query: Query) -> Listing | Refusal:
        """One page of the invoices that match and that this person may see. Raises ``BotError``."""
        matches = await self.matches(presence, query)
        if isinstance(matches, Refusal):
            return matches
        found, reading = matches.invoices, matches.reading
        told = {"filter": str(query.filter), "count": str(len(found))}
        self._audit.later("lookup.listed", actor=presence.user, decision="allowed", **told)
        first = min(query.page, max(0, (len(found) - 1) // PAGE)) * PAGE
        return Listing(
            query=Query(query.filter, query.text, first // PAGE),
            invoices=found[first : first + PAGE],
            count=len(found),
            sums=totals(i.amount_due for i in found if i.is_unpaid),
            today=matches.today,
            read_at=reading.read_at,
            unread=reading.unread,
        )

    async def matches(self, presence: Presence, query: Query) -> Matches | Refusal:
        """All that match and that this person may see, whatever the page. Raises ``BotError``."""
        colleague = await self._access.colleague(presence)
        if isinstance(colleague, Refusal):
            return self._refused(presence, colleague, filter=query.filter)
        reading, today = await self._reader.all(), self._today()
        found = select(reading.invoices, query, today)
        if self._by_role:
            scopes = {(i.billing_account, i.billing_profile) for i in found}
            visible = await self._access.visible(presence, scopes)
            if isinstance(visible, Refusal):
                return self._refused(presence, visible, filter=query.filter)
            found = [i for i in found if (i.billing_account, i.billing_profile) in visible]
        return Matches(tuple(found), today, reading)

    def _refused(self, presence: Presence, refusal: Refusal, **where: str) -> Refusal:
        self._audit.later("lookup.refused", actor=presence.user, **where, **facts(refusal))
        return refusal

    async def _read(self, number: str) -> Invoice:
        card = (await self._cards.load([number])).get(number)
        if card is None:
            return await self._invoices.find(number)
        return await self._invoices.read(card.invoice.billing_account, number)

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()
