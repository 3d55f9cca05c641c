"""What a scan makes of the invoices it has read: what is to be said, and which cards change."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.domain.alert import Kind, QuietHours, needed
from bot.domain.cadence import milestone
from bot.domain.card import Card
from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.errors import SlackError
from bot.ports import Cards, Clock, Payments
from bot.services.cards import CardDesk
from bot.services.records import readable
from bot.services.report import Line, ScanReport, Want
from bot.services.settlement import Settlement
from bot.services.standing import Standing


class Considering:
    """Part of a scan; in a dry run it only reports.

    Args:
        cards, payments: the store.
        settle: ends payments by what Azure shows.
        standing: keeps up with billing profiles and snoozes.
        desk: shows cards anew.
        clock, zone: which day it is in the channel.
        remind_on: the milestones, days relative to the due date.
        quiet: when people are left alone.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        payments: Payments,
        settle: Settlement,
        standing: Standing,
        desk: CardDesk,
        clock: Clock,
        zone: ZoneInfo,
        remind_on: tuple[int, ...],
        quiet: QuietHours,
    ) -> None:
        self._cards, self._payments = cards, payments
        self._settle, self._standing, self._desk = settle, standing, desk
        self._clock, self._zone = clock, zone
        self._remind_on, self._quiet = remind_on, quiet

    async def __call__(self, invoices: Sequence[Invoice], report: ScanReport) -> None:
        """Decide about a batch: two look-ups in the store for all of it. Raises ``StoreUnavailable``."""
        numbers = [invoice.number for invoice in invoices]
        cards, spoilt = await readable(self._cards, numbers)
        payments = await self._payments.current(numbers)
        report.spoilt |= spoilt
        for invoice in invoices:
            payment = payments.get(invoice.number)
            if not report.dry_run:
                payment = await self._settle(payment, invoice)
            if invoice.number not in spoilt:
                await self._deal_with(invoice, cards.get(invoice.number), payment, report)

    async def _deal_with(
        self, invoice: Invoice, card: Card | None, payment: Payment | None, report: ScanReport
    ) -> None:
        if card is not None:
            today = self._clock.now().astimezone(self._zone).date()
            card = await self._standing.keep(card, invoice, today, report)
        kind = self._want(invoice, card, payment, report)
        if card is not None and card.ts:
            await self._show(invoice, card, payment, report)
        elif kind is not None:
            if report.dry_run:
                report.lines.append(Line(invoice, "posted"))
        elif card is not None and not invoice.is_payable:
            await self._drop(invoice, card, report)
        elif invoice.is_payable:
            report.lines.append(Line(invoice, "not yet"))
        elif invoice.is_unpaid:
            report.lines.append(Line(invoice, "not chased", f"status {invoice.status}"))

    def _want(
        self, invoice: Invoice, card: Card | None, payment: Payment | None, report: ScanReport
    ) -> Kind | None:
        """What the invoice calls for, if anything; noted in the report."""
        now = self._clock.now().astimezone(self._zone)
        reached = milestone(invoice, now.date(), self._remind_on)
        kind = needed(
            card,
            reached,
            overdue=invoice.is_overdue(now.date()),
            in_flight=payment is not None and payment.is_in_flight,
            snoozed=card is not None and card.snooze is not None,
            quiet=self._quiet.covers(now),
        )
        if kind is not None and reached is not None:
            flag = card.flag if card else report.flag(invoice, None)
            report.wants.append(Want(kind, invoice, reached, card, flag))
            return kind
        return None

    async def _show(
        self, invoice: Invoice, card: Card, payment: Payment | None, report: ScanReport
    ) -> None:
        """Bring a posted card in line with the invoice, if it is not so already."""
        if self._desk.shows_truth(card, invoice, payment):
            report.lines.append(Line(invoice, "unchanged"))
            return
        done = "closed" if invoice.is_over and not card.closed else "updated"
        if report.dry_run:
            report.lines.append(Line(invoice, done))
            return
        try:
            await self._desk.refresh(invoice.number, invoice)
            report.lines.append(Line(invoice, done))
        except SlackError as error:
            report.lines.append(Line(invoice, "failed", error.sentence))

    async def _drop(self, invoice: Invoice, card: Card, report: ScanReport) -> None:
        """Forget a card that was never posted; where a post's answer was lost, have it looked for."""
        if report.dry_run or card.closed:
            return
        left = await self._desk.drop(invoice.number, invoice)
        if left is not None and left.intent and not left.ts:
            reached = left.milestone or 0
            report.wants.append(Want(Kind.CARD, invoice, reached, left, left.flag))
