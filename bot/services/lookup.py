"""Answer what the status of an invoice is, to those who may know."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.invoice import Invoice, Status
from bot.domain.listing import PAGE, Answer, Filter, Listing, NotFound, Query
from bot.domain.money import totals
from bot.domain.people import Presence
from bot.domain.policy import Refusal
from bot.errors import AzureError, AzureNotFound
from bot.ports import Cards, Clock, Invoices, Journal, Payments
from bot.services.access import Access
from bot.services.together import side_by_side

_FRESH_FOR = timedelta(seconds=60)
_ACCOUNTS_AT_ONCE = 4
_MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class _Reading:
    invoices: tuple[Invoice, ...]
    read_at: datetime
    unread: tuple[str, ...]


class Lookup:
    """One invoice, or a list.

    Args:
        invoices, cards, payments, journal: the ports.
        access: who may know.
        by_role: whether a billing role is needed, or any full member of the workspace may look.
        clock, zone: which day it is.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        cards: Cards,
        payments: Payments,
        journal: Journal,
        access: Access,
        by_role: bool,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._invoices, self._cards, self._payments = invoices, cards, payments
        self._journal, self._access, self._by_role = journal, access, by_role
        self._clock, self._zone = clock, zone
        self._reading: _Reading | None = None
        self._reading_alone = asyncio.Lock()

    async def one(self, presence: Presence, number: str) -> Answer | NotFound | Refusal:
        """The invoice as Azure has it now. Raises ``BotError``."""
        colleague = await self._access.colleague(presence)
        if isinstance(colleague, Refusal):
            return colleague
        try:
            invoice = await self._read(number)
        except AzureNotFound:
            return NotFound(number)
        if self._by_role:
            decision = await self._access.viewer(
                presence, invoice.billing_account, invoice.billing_profile
            )
            if isinstance(decision, Refusal):
                await self._journal.note(
                    "lookup.refused", actor=presence.user, invoice=number, reason=decision.reason
                )
                return decision
        await self._journal.note("lookup.answered", actor=presence.user, invoice=number)
        return Answer(invoice, (await self._payments.current([number])).get(number))

    async def many(self, presence: Presence, query: Query) -> Listing | Refusal:
        """One page of the invoices that match and that this person may see. Raises ``BotError``."""
        colleague = await self._access.colleague(presence)
        if isinstance(colleague, Refusal):
            return colleague
        reading, today = await self._all(), self._today()
        matching = [i for i in reading.invoices if _matches(i, query, today)]
        if self._by_role:
            scopes = {(i.billing_account, i.billing_profile) for i in matching}
            visible = await self._access.visible(presence, scopes)
            if isinstance(visible, Refusal):
                return visible
            matching = [i for i in matching if (i.billing_account, i.billing_profile) in visible]
        matching.sort(key=_order(query.filter))
        await self._journal.note("lookup.listed", actor=presence.user, filter=query.filter)
        first = min(query.page, max(0, (len(matching) - 1) // PAGE)) * PAGE
        return Listing(
            query=Query(query.filter, query.text, first // PAGE),
            invoices=tuple(matching[first : first + PAGE]),
            count=len(matching),
            sums=totals(i.amount_due for i in matching if i.is_unpaid),
            today=today,
            read_at=reading.read_at,
            unread=reading.unread,
        )

    async def _read(self, number: str) -> Invoice:
        card = (await self._cards.load([number])).get(number)
        if card is None:
            return await self._invoices.find(number)
        return await self._invoices.read(card.invoice.billing_account, number)

    async def _all(self) -> _Reading:
        """All watched accounts; one reading serves everybody who asks within a minute."""
        async with self._reading_alone:
            now = self._clock.now()
            if self._reading is None or now - self._reading.read_at > _FRESH_FOR:
                self._reading = await self._read_all(now)
            return self._reading

    async def _read_all(self, now: datetime) -> _Reading:
        accounts = await self._invoices.accounts()
        gate, unread, found = asyncio.Semaphore(_ACCOUNTS_AT_ONCE), list[str](), list[Invoice]()
        failures: list[AzureError] = []

        async def read(name: str, display_name: str) -> None:
            async with gate:
                try:
                    async for one in self._invoices.stream(name):
                        if isinstance(one, Invoice) and len(found) < _MOST_LISTED:
                            found.append(one)
                except AzureError as error:
                    failures.append(error)
                    unread.append(display_name or name)

        async with side_by_side() as tasks:
            for account in accounts:
                tasks.create_task(read(account.name, account.display_name))
        if failures and not found:
            raise failures[0]
        return _Reading(tuple(found), now, tuple(unread))

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()


def _matches(invoice: Invoice, query: Query, today: date) -> bool:
    by_filter: dict[Filter, Callable[[], bool]] = {
        Filter.UNPAID: lambda: invoice.is_unpaid,
        Filter.OVERDUE: lambda: invoice.is_overdue(today),
        Filter.DUE: lambda: invoice.is_payable and not invoice.is_overdue(today),
        Filter.PAID: lambda: invoice.status is Status.PAID,
        Filter.VOID: lambda: invoice.status is Status.VOID,
        Filter.ALL: lambda: True,
    }
    if not by_filter[query.filter]():
        return False
    places = (invoice.number, invoice.billing_profile_name, invoice.purchase_order)
    return any(query.text.casefold() in place.casefold() for place in places)


def _order(chosen: Filter) -> Callable[[Invoice], tuple[int, str]]:
    """What presses most comes first: the longest due of unpaid ones, the newest of the others."""
    if chosen in (Filter.PAID, Filter.VOID, Filter.ALL):
        return lambda i: (-(i.invoice_date or date.min).toordinal(), i.number)
    return lambda i: ((i.due_date or date.max).toordinal(), i.number)
