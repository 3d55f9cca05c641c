"""Scan Azure and bring the channel's cards in line with what is owed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.domain.invoice import Invoice
from bot.errors import AzureError, SetupError, SlackError
from bot.evidence import evidence
from bot.ports import Cards, Invoices, Locks, StaleCards
from bot.services.cards import CardDesk
from bot.services.considering import Considering
from bot.services.planning import Planning
from bot.services.records import readable
from bot.services.report import AccountRead, Line, ScanReport
from bot.services.standing import Standing
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


Progress = Callable[[str, int], None]
"""Told an account's name and how many of its invoices have been read so far."""


@dataclass(slots=True)
class _Opened:
    """The open cards at the beginning of a scan, and those whose invoice some list has shown."""

    numbers: frozenset[str]
    seen: set[str] = field(default_factory=set)


class Alerts:
    """The scan.

    Args:
        invoices: Azure.
        cards, stale, locks: the store.
        standing: keeps up with billing profiles.
        consider: decides about the invoices that were read.
        desk: shows cards anew.
        planning: puts new cards and reminders into the outbox.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        cards: Cards,
        stale: StaleCards,
        locks: Locks,
        standing: Standing,
        consider: Considering,
        desk: CardDesk,
        planning: Planning,
    ) -> None:
        self._invoices, self._cards, self._stale = invoices, cards, stale
        self._locks, self._standing, self._consider = locks, standing, consider
        self._desk, self._planning = desk, planning

    async def scan(self, *, dry_run: bool = False, progress: Progress | None = None) -> ScanReport:
        """Read every watched account once; update and close cards, and put what is due in the outbox.

        Raises:
            SetupError: no account is to be seen, or another scan is still running.
            AzureError: the accounts could not be listed, or not one of them be read.
            StoreUnavailable: Redis did not answer; what was not done is done by the next scan.
        """
        progress = progress or _unwatched
        if dry_run:
            return await self._scan(ScanReport(dry_run=True), progress)
        async with self._locks.hold("scan", wait=_LOCK_WAIT) as held:
            if not held:
                raise SetupError("Another scan is running; try again when it is done.")
            report = await self._scan(ScanReport(dry_run=False), progress)
        _log.info(
            "scan_done",
            accounts=len(report.accounts),
            invoices=sum(a.invoices for a in report.accounts),
            wanted=len(report.wants),
            updated=report.count("updated"),
            closed=report.count("closed"),
            unreadable=len(report.unreadable),
            failures=len(report.failures),
        )
        return report

    async def _scan(self, report: ScanReport, progress: Progress) -> ScanReport:
        accounts = await self._invoices.accounts()
        if not accounts:
            raise SetupError(NO_ACCOUNT)
        opened = _Opened(await self._cards.open_numbers())
        gate = asyncio.Semaphore(_ACCOUNTS_AT_ONCE)
        async with side_by_side() as tasks:
            for account in accounts:
                read = AccountRead(account)
                report.accounts.append(read)
                tasks.create_task(self._account(read, gate, opened, report, progress))
        await self._follow(opened.numbers - opened.seen, report)
        if not report.dry_run:
            await self._planning.commit(report)
            await self._heal(report)
        return report

    async def _account(
        self,
        read: AccountRead,
        gate: asyncio.Semaphore,
        opened: _Opened,
        report: ScanReport,
        progress: Progress,
    ) -> None:
        """Read one account; its failure is reported and does not stop the others."""
        account, waiting = read.account, list[Invoice]()
        with evidence():
            async with gate:
                await self._standing.read(account.name, report)
                try:
                    async for page in self._invoices.stream(account.name, following=opened.numbers):
                        read.invoices += page.count
                        progress(account.display_name or account.name, read.invoices)
                        report.unreadable += page.unreadable
                        opened.seen |= {i.number for i in page.invoices} & opened.numbers
                        waiting += [
                            i for i in page.invoices if i.is_unpaid or i.number in opened.numbers
                        ]
                        if len(waiting) >= _BATCH:
                            await self._consider(waiting, report)
                            waiting = []
                except AzureError as error:
                    read.failure = error.sentence
                    _log.warning("account_unread", account=account.name, error=type(error).__name__)
                await self._consider(waiting, report)

    async def _follow(self, numbers: frozenset[str], report: ScanReport) -> None:
        """Read the invoices of open cards that no list showed, however old they are."""
        unread = {a.account.name for a in report.accounts if a.failure}
        cards, spoilt = await readable(self._cards, numbers)
        report.spoilt |= spoilt
        gate = asyncio.Semaphore(_SINGLE_READS_AT_ONCE)

        async def read(known: Invoice) -> Invoice | Line:
            async with gate:
                try:
                    return await self._invoices.read(known.billing_account, known.number)
                except AzureError as error:
                    return Line(known, "failed", error.sentence)

        with evidence():
            known = [c.invoice for c in cards.values()]
            answers = await asyncio.gather(
                *(read(invoice) for invoice in known if invoice.billing_account not in unread)
            )
            report.lines += [answer for answer in answers if isinstance(answer, Line)]
            read_well = [answer for answer in answers if isinstance(answer, Invoice)]
            await self._consider(read_well, report)

    async def _heal(self, report: ScanReport) -> None:
        """Show the cards anew that a crashed or failed process left behind."""
        stale = await self._stale.stale()
        cards, spoilt = await readable(self._cards, stale)
        report.spoilt |= spoilt
        for number in stale - spoilt:
            try:
                await self._desk.refresh(number)
            except SlackError as error:
                if number in cards:
                    report.lines.append(Line(cards[number].invoice, "failed", error.sentence))


def _unwatched(account: str, invoices: int) -> None:
    """Nobody looks on."""
