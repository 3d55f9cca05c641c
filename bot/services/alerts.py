"""Scan Azure and bring the channel's cards in line with what is owed."""

import asyncio
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import structlog

from bot.domain.cadence import milestone
from bot.domain.card import Card, Wanted, wanted
from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.errors import AzureError, SetupError
from bot.ports import Account, Cards, Clock, Invoices, Locks, Payments, StaleCards, Unreadable
from bot.services.posting import Posting
from bot.services.report import AccountRead, Line, ScanReport
from bot.services.settlement import Settlement
from bot.services.together import side_by_side

_BATCH = 250
_ACCOUNTS_AT_ONCE = 4
_SINGLE_READS_AT_ONCE = 8
_LOCK_WAIT = 25.0  # seconds; a scanner that was killed loses the lock within 15

_log = structlog.get_logger(__name__)

NO_ACCOUNT = (
    "Azure shows the bot no billing account: perhaps it holds no billing role yet. Give its "
    "enterprise application the role Billing account reader (README, Granting access)."
)


class Alerts:
    """The scan.

    Args:
        invoices: Azure.
        cards, stale, payments, locks: the store.
        settle: ends payments by what Azure shows.
        posting: posts new ones.
        clock, zone: which day it is in the channel.
        remind_on: the milestones, days relative to the due date.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        cards: Cards,
        stale: StaleCards,
        payments: Payments,
        locks: Locks,
        settle: Settlement,
        posting: Posting,
        clock: Clock,
        zone: ZoneInfo,
        remind_on: tuple[int, ...],
    ) -> None:
        self._invoices, self._cards, self._stale, self._payments = invoices, cards, stale, payments
        self._locks, self._settle, self._posting = locks, settle, posting
        self._clock, self._zone, self._remind_on = clock, zone, remind_on

    async def scan(self, *, dry_run: bool = False) -> ScanReport:
        """Read every watched account once and post, update and close cards accordingly.

        Raises:
            SetupError: no account is to be seen, or another scan is still running.
            AzureError: the accounts could not be listed, or not one of them be read.
            StoreUnavailable: Redis did not answer; what was not done is done by the next scan.
        """
        if dry_run:
            return await self._scan(ScanReport(dry_run=True))
        async with self._locks.hold("scan", wait=_LOCK_WAIT) as held:
            if not held:
                raise SetupError("Another scan is running; try again when it is done.")
            report = await self._scan(ScanReport(dry_run=False))
        _log.info(
            "scan_done",
            accounts=len(report.accounts),
            invoices=sum(a.invoices for a in report.accounts),
            posted=report.count("posted"),
            updated=report.count("updated"),
            closed=report.count("closed"),
            unreadable=len(report.unreadable),
            failures=len(report.failures),
        )
        return report

    async def _scan(self, report: ScanReport) -> ScanReport:
        accounts = await self._invoices.accounts()
        if not accounts:
            raise SetupError(NO_ACCOUNT)
        opened, seen = await self._cards.open_numbers(), set[str]()
        gate = asyncio.Semaphore(_ACCOUNTS_AT_ONCE)
        async with side_by_side() as tasks:
            for account in accounts:
                tasks.create_task(self._account(account, gate, opened, seen, report))
        await self._follow(opened - seen, report)
        if not report.dry_run:
            await self._posting.deliver(report)
            await self._show_stale(report)
        return report

    async def _account(
        self,
        account: Account,
        gate: asyncio.Semaphore,
        opened: frozenset[str],
        seen: set[str],
        report: ScanReport,
    ) -> None:
        """Read one account; its failure is reported and does not stop the others."""
        read = AccountRead(account)
        report.accounts.append(read)
        async with gate:
            try:
                async for batch in _batches(self._invoices.stream(account.name)):
                    read.invoices += len(batch)
                    report.unreadable += [one for one in batch if isinstance(one, Unreadable)]
                    invoices = [one for one in batch if isinstance(one, Invoice)]
                    seen |= {i.number for i in invoices} & opened
                    await self._consider(
                        [i for i in invoices if i.is_unpaid or i.number in opened], report
                    )
            except AzureError as error:
                read.failure = error.sentence
                _log.warning("account_unread", account=account.name, error=type(error).__name__)

    async def _follow(self, numbers: frozenset[str], report: ScanReport) -> None:
        """Read the invoices of open cards that no list showed, however old they are."""
        unread = {a.account.name for a in report.accounts if a.failure}
        cards = await self._cards.load(numbers)
        gate = asyncio.Semaphore(_SINGLE_READS_AT_ONCE)

        async def read(known: Invoice) -> Invoice | Line:
            async with gate:
                try:
                    return await self._invoices.read(known.billing_account, known.number)
                except AzureError as error:
                    return Line(known, "failed", error.sentence)

        answers = await asyncio.gather(
            *(read(c.invoice) for c in cards.values() if c.invoice.billing_account not in unread)
        )
        report.lines += [answer for answer in answers if isinstance(answer, Line)]
        await self._consider([answer for answer in answers if isinstance(answer, Invoice)], report)

    async def _consider(self, invoices: list[Invoice], report: ScanReport) -> None:
        """Decide about a batch: two look-ups in the store for all of it."""
        numbers = [invoice.number for invoice in invoices]
        cards, payments = await self._cards.load(numbers), await self._payments.current(numbers)
        for invoice in invoices:
            payment = payments.get(invoice.number)
            if not report.dry_run:
                payment = await self._settle(payment, invoice)
            await self._deal_with(invoice, cards.get(invoice.number), payment, report)

    async def _deal_with(
        self, invoice: Invoice, card: Card | None, payment: Payment | None, report: ScanReport
    ) -> None:
        today = self._clock.now().astimezone(self._zone).date()
        want = wanted(card, milestone(invoice, today, self._remind_on))
        if want is Wanted.SHOW and card is not None:
            await self._posting.show(invoice, card, payment, report)
        elif want is not Wanted.NOTHING:
            self._posting.want(invoice, card, report)
        elif card is not None and not card.closed and not invoice.is_payable:
            await self._posting.drop(invoice, card, report)
        elif invoice.is_payable:
            report.lines.append(Line(invoice, "not yet"))
        elif invoice.is_unpaid:
            report.lines.append(Line(invoice, "not chased", f"status {invoice.status}"))

    async def _show_stale(self, report: ScanReport) -> None:
        """Heal the cards that a crashed or failed process left behind."""
        for number in await self._stale.stale():
            await self._posting.heal(number, report)


async def _batches(
    stream: AsyncIterator[Invoice | Unreadable],
) -> AsyncIterator[list[Invoice | Unreadable]]:
    batch: list[Invoice | Unreadable] = []
    async for one in stream:
        batch.append(one)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
