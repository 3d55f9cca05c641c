"""Post cards: at least once to Slack, once as people see it.

Slack has no idempotency key. So the intent is written down first, the message carries the alert
id as metadata, and whenever the outcome of a post is not known the channel's history is searched
for that id before anything is posted again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.domain.card import Card, Message
from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.errors import NoChannel, SlackError, SlackLate, SlackRefused, SlackUnclear
from bot.ports import Cards, Channels, Clock, Memory, Payments
from bot.services.cards import CardDesk, face
from bot.services.report import Line, ScanReport

_CLOCKS_APART = 300.0  # seconds that Slack's clock and ours may differ
_LOST_MEMORY_LOOK_BACK = timedelta(days=120)

_log = structlog.get_logger(__name__)


class Posting:
    """Collects what a scan wants posted and delivers it, channel by channel.

    Args:
        cards, payments, memory: the store.
        channels: Slack.
        desk: renders cards and shows them anew.
        clock: dates the intents.
        routes: channel ids by billing profile id (short or full) or name, lower case.
        default_channel: for all other profiles, maybe "".
    """

    def __init__(
        self,
        *,
        cards: Cards,
        payments: Payments,
        memory: Memory,
        channels: Channels,
        desk: CardDesk,
        clock: Clock,
        routes: Mapping[str, str],
        default_channel: str,
    ) -> None:
        self._cards, self._payments, self._memory = cards, payments, memory
        self._channels, self._desk, self._clock = channels, desk, clock
        # Azure itself writes ids with and without their leading slash.
        self._routes = {name.strip("/"): channel for name, channel in routes.items()}
        self._default = default_channel

    def want(self, invoice: Invoice, card: Card | None, report: ScanReport) -> None:
        """Have this invoice's card posted (or found, where ``card`` says posting was begun)."""
        try:
            channel = card.channel if card else self._channel(invoice)
        except NoChannel as error:
            report.lines.append(Line(invoice, "failed", error.sentence))
            return
        if report.dry_run:
            report.lines.append(Line(invoice, "posted"))
            return
        begun = replace(card, invoice=invoice, closed=False) if card else Card(invoice, channel)
        report.wanted[channel].append(begun)

    async def show(
        self, invoice: Invoice, card: Card, payment: Payment | None, report: ScanReport
    ) -> None:
        """Bring a posted card in line with the invoice, if it is not so already."""
        if self._desk.shows_truth(card, invoice, payment):
            report.lines.append(Line(invoice, "unchanged"))
            return
        closing = invoice.is_over and not card.closed
        done = "closed" if closing else "updated"
        if report.dry_run:
            report.lines.append(Line(invoice, done))
            return
        try:
            await self._desk.refresh(invoice.number, invoice)
            report.lines.append(Line(invoice, done))
        except SlackError as error:
            report.lines.append(Line(invoice, "failed", error.sentence))

    async def drop(self, invoice: Invoice, card: Card, report: ScanReport) -> None:
        """Forget a card that was never posted for an invoice that needs none any more."""
        if not report.dry_run:
            await self._cards.save(replace(card, invoice=invoice, closed=True))

    async def heal(self, number: str, report: ScanReport) -> None:
        """Show a card anew that some process left marked."""
        try:
            await self._desk.refresh(number)
        except SlackError as error:
            card = (await self._cards.load([number])).get(number)
            if card:
                report.lines.append(Line(card.invoice, "failed", error.sentence))

    async def deliver(self, report: ScanReport) -> None:
        """Post everything wanted; a channel that fails is reported and does not stop the others.

        A store that is new, or has lost everything, knows of no card: the channel is asked first.
        """
        remembers = bool(await self._memory.remembers_since())
        for channel, wanted in report.wanted.items():
            # Azure may list an invoice twice, e.g. while its pages shift.
            cards = list({card.alert_id: card for card in wanted}.values())
            undone = list(cards)
            try:
                found = await self._search(channel, cards, remembers=remembers)
                for card in cards:
                    await self._deliver_one(card, found.get(card.alert_id, ""), report)
                    undone.remove(card)
            except SlackError as error:
                report.lines += [Line(card.invoice, "failed", error.sentence) for card in undone]
        if report.is_complete and not report.unreadable:
            await self._memory.begin_memory()

    async def _search(
        self, channel: str, cards: list[Card], *, remembers: bool
    ) -> Mapping[str, str]:
        """The alerts already in the channel, asked only where that is in doubt."""
        since = [card.intent for card in cards if card.intent]
        if not remembers:
            since.append((self._clock.now() - _LOST_MEMORY_LOOK_BACK).timestamp())
        if not since:
            return {}
        return await self._channels.alerts(channel, max(0.0, min(since) - _CLOCKS_APART))

    async def _deliver_one(self, card: Card, found: str, report: ScanReport) -> None:
        begun = replace(card, intent=card.intent or self._clock.now().timestamp())
        if not card.intent and not await self._cards.begin(begun):
            return  # another process has begun it meanwhile
        number = card.invoice.number
        payment = (await self._payments.current([number])).get(number)
        message = self._desk.message(card.invoice, payment)
        if found:
            await self._cards.save(replace(begun, ts=found, face=""))
            await self._desk.refresh(number)
            report.lines.append(Line(card.invoice, "found again"))
            return
        try:
            ts = await self._post(begun, message)
        except SlackRefused as error:
            # Nothing was posted; without a record the next scan may choose another channel.
            await self._cards.forget(number)
            if error.is_general:
                raise
            report.lines.append(Line(card.invoice, "failed", error.sentence))
            return
        await self._cards.save(replace(begun, ts=ts, face=face(message)))
        report.lines.append(Line(card.invoice, "posted"))

    async def _post(self, card: Card, message: Message) -> str:
        """Post and return the ts; after an unclear outcome look first, and only then post again.

        What is late may still come, so that is left to the next scan.
        """
        try:
            return await self._channels.post(card.channel, message)
        except SlackLate:
            raise
        except SlackUnclear:
            _log.warning("post_unclear", invoice=card.invoice.number, channel=card.channel)
            since = max(0.0, card.intent - _CLOCKS_APART)
            found = await self._channels.alerts(card.channel, since)
            return found.get(card.alert_id) or await self._channels.post(card.channel, message)

    def _channel(self, invoice: Invoice) -> str:
        profile = invoice.billing_profile
        path = f"providers/Microsoft.Billing/billingAccounts/{invoice.billing_account}"
        for key in (f"{path}/billingProfiles/{profile}", profile, invoice.billing_profile_name):
            if key.lower() in self._routes:
                return self._routes[key.lower()]
        if not self._default:
            raise NoChannel(
                "No channel for its billing profile: set ALERT_CHANNEL, or add it to ALERT_ROUTES."
            )
        return self._default
