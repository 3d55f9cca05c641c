"""From what a scan wants said to what waits in the outbox."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.domain.alert import MOST_SINGLE, Alert, Kind, Summary
from bot.domain.card import Card, alert_id
from bot.domain.invoice import Invoice
from bot.errors import NoChannel, SlackError
from bot.ports import Cards, Channels, Clock, Found, Memory, Outbox, Summaries
from bot.services.cards import CardDesk
from bot.services.report import Line, ScanReport, Want

_LOST_MEMORY_LOOK_BACK = timedelta(days=120)


class Planning:
    """Puts alerts into the outbox, many of a kind as one summary.

    Args:
        cards, outbox, summaries, memory: the store.
        channels: Slack, asked only where the store has lost its memory.
        desk: shows cards that were found again.
        clock: names summaries.
        routes: channel ids by billing profile id (short or full) or name, lower case.
        default_channel: for all other profiles, maybe "".
    """

    def __init__(
        self,
        *,
        cards: Cards,
        outbox: Outbox,
        summaries: Summaries,
        memory: Memory,
        channels: Channels,
        desk: CardDesk,
        clock: Clock,
        routes: Mapping[str, str],
        default_channel: str,
    ) -> None:
        self._cards, self._outbox, self._summaries = cards, outbox, summaries
        self._memory, self._channels, self._desk = memory, channels, desk
        self._clock, self._default = clock, default_channel
        # Azure itself writes ids with and without their leading slash.
        self._routes = {name.strip("/"): channel for name, channel in routes.items()}

    async def commit(self, report: ScanReport) -> None:
        """Put everything the scan wants into the outbox.

        A store that is new, or has lost everything, knows of no card: Slack is asked first, and
        where it cannot be asked nothing is posted. Raises ``StoreUnavailable``.
        """
        remembers = bool(await self._memory.remembers_since())
        for channel, wants in self._by_channel(report).items():
            try:
                rest = wants if remembers else await self._adopt(channel, wants, report)
            except SlackError as error:
                report.lines += [Line(want.invoice, "failed", error.sentence) for want in wants]
                continue
            cards = [want for want in rest if want.kind is Kind.CARD]
            reminders = [want for want in rest if want.kind is Kind.REMINDER]
            await self._enqueue(channel, cards)
            await self._remind(channel, reminders)
        if report.is_complete and not report.unreadable:
            await self._memory.begin_memory()

    def _by_channel(self, report: ScanReport) -> dict[str, list[Want]]:
        found: dict[str, list[Want]] = defaultdict(list)
        # Azure may list an invoice twice, e.g. while its pages shift.
        for want in {want.invoice.number: want for want in report.wants}.values():
            try:
                channel = self._channel_of(want)
            except NoChannel as error:
                report.lines.append(Line(want.invoice, "failed", error.sentence))
                continue
            found[channel].append(want)
        return found

    async def _enqueue(self, channel: str, wants: list[Want]) -> None:
        """New cards one by one, or, where they are many, in the thread of a summary.

        A card that was never posted in another channel is new in this one.
        """
        fresh = [w for w in wants if w.card is None or w.card.channel != channel]
        group = await self._summary(channel, fresh, reminds=False)
        groups = {group: None}
        for want in wants:
            number, invoice, card = want.invoice.number, want.invoice, want.card
            if card is None:
                await self._cards.begin(Card(invoice, channel, group=group))
                continue
            its = card.group if card.channel == channel else group
            groups[its] = None
            await self._desk.amend(
                number, invoice=invoice, channel=channel, group=its, closed=False
            )
        alerts = [Alert(Kind.CARD, want.invoice.number, want.milestone) for want in wants]
        # With those of cards that a crash left unposted; one that is there is not posted again.
        summaries = [Alert(Kind.SUMMARY, one) for one in groups if one]
        await self._outbox.put(channel, summaries + alerts)

    async def _remind(self, channel: str, wants: list[Want]) -> None:
        """Reminders one by one, or, after an outage say, a single summary in their place."""
        group = await self._summary(channel, wants, reminds=True)
        if not group:
            alerts = [Alert(Kind.REMINDER, want.invoice.number, want.milestone) for want in wants]
            await self._outbox.put(channel, alerts)
            return
        await self._outbox.put(channel, [Alert(Kind.SUMMARY, group)])
        for want in wants:
            await self._desk.amend(want.invoice.number, milestone=want.milestone)
            await self._desk.mark(want.invoice.number)

    async def _summary(self, channel: str, wants: Sequence[Want], *, reminds: bool) -> str:
        """The id of a new summary of these, or "" where they are few enough to stand alone."""
        if len(wants) <= MOST_SINGLE:
            return ""
        identity = f"{channel}-{self._clock.now():%Y%m%d%H%M%S}-{'r' if reminds else 'c'}"
        numbers = tuple(want.invoice.number for want in wants)
        await self._summaries.save_summary(Summary(identity, channel, numbers, reminds=reminds))
        return identity

    async def _adopt(self, channel: str, wants: list[Want], report: ScanReport) -> list[Want]:
        """Take up the cards that are in the channel already; what is left has to be posted."""
        since = (self._clock.now() - _LOST_MEMORY_LOOK_BACK).timestamp()
        there = await self._channels.alerts(channel, since)
        left = []
        for want in wants:
            found: Found | None = there.get(alert_id(want.invoice.number))
            if found is None or (want.card is not None and want.card.ts):
                left.append(want)
                continue
            await self._cards.begin(Card(want.invoice, channel))
            await self._desk.amend(
                want.invoice.number,
                ts=found.ts,
                thread=found.thread,
                face="",
                milestone=want.milestone,
            )
            await self._desk.refresh(want.invoice.number, want.invoice)
            report.lines.append(Line(want.invoice, "found again"))
        return left

    def _channel_of(self, want: Want) -> str:
        """Where its card is, or, where none can be yet, where one belongs by today's settings."""
        card = want.card
        if card is not None and (card.ts or card.intent):
            return card.channel
        return self._channel(want.invoice)

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
