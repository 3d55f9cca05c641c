"""Keep the records of cards up with what becomes of their billing profile and of their snooze."""

from dataclasses import replace
from datetime import date

import structlog

from bot.domain.card import Card
from bot.domain.invoice import Invoice
from bot.errors import AzureError
from bot.ports import Journal, Profiles
from bot.services.cards import CardDesk
from bot.services.report import ScanReport

_log = structlog.get_logger(__name__)


class Standing:
    """Part of a scan.

    Args:
        profiles: Azure.
        desk: changes the records.
        journal: where the end of a snooze is kept.
    """

    def __init__(self, *, profiles: Profiles, desk: CardDesk, journal: Journal) -> None:
        self._profiles, self._desk, self._journal = profiles, desk, journal

    async def read(self, account: str, report: ScanReport) -> None:
        """Read the account's profiles; where that fails, what is known of them stands."""
        try:
            report.flags[account.lower()] = await self._profiles.flags(account)
        except AzureError as error:
            _log.warning("profiles_unread", account=account, error=type(error).__name__)

    async def keep(self, card: Card, invoice: Invoice, today: date, report: ScanReport) -> Card:
        """The card's record as it is now; in a dry run only as it would be.

        Raises ``StoreUnavailable``.
        """
        flag = report.flag(invoice, card.flag)
        ending = card.snooze.ended(invoice, flag, today) if card.snooze else None
        changes = {"flag": flag} | ({"snooze": None} if ending else {})
        kept = replace(card, flag=flag, snooze=None if ending else card.snooze)
        if kept == card or report.dry_run:
            return kept
        await self._desk.amend(invoice.number, **changes)
        if ending:
            await self._journal.note(
                "snooze.ended",
                invoice=invoice.number,
                billing_profile=invoice.billing_profile,
                billing_account=invoice.billing_account,
                reason=ending,
            )
        return kept
