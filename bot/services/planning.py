"""From what a scan wants said to what waits in the outbox."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.domain.alert import MOST_SINGLE, Alert, Backlog, Kind, Summary
from bot.domain.assigning import Assignee
from bot.domain.card import Card, alert_id
from bot.errors import NoChannel, SlackError
from bot.ports import Cards, Channels, Clock, Found, Locks, Memory, Outbox, Summaries
from bot.services.cards import CardDesk
from bot.services.report import Line, ScanReport, Want
from bot.services.routes import Routes

_LOST_MEMORY_LOOK_BACK = timedelta(days=120)


class Planning:
    """Puts alerts into the outbox, many of a kind as one summary.

    Args:
        cards, outbox, summaries, memory: the store.
        channels: Slack, asked only where the store has lost its memory.
        desk: shows cards that were found again.
        locks: kept from whoever delivers while a backlog is put together.
        clock: tells how far back to look for cards.
        routes: the channels.
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
        locks: Locks,
        clock: Clock,
        routes: Routes,
    ) -> None:
        self._cards, self._outbox, self._summaries = cards, outbox, summaries
        self._memory, self._channels, self._desk = memory, channels, desk
        self._locks, self._clock, self._routes = locks, clock, routes

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
            if reminders:
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

        Those count as new that nobody has begun to post in this channel, alone or in a thread.
        """
        fresh = [want for want in wants if _is_fresh(want, channel)]
        group = ""
        if len(fresh) > MOST_SINGLE:
            group = await self._summary(channel, _milestones(fresh), reminds=False)
        groups = {group: None}
        for want in wants:
            number, invoice, card = want.invoice.number, want.invoice, want.card
            its = group if card is None or _is_fresh(want, channel) else card.group
            groups[its] = None
            if card is None:
                await self._cards.begin(Card(invoice, channel, group=its, flag=want.flag))
                continue
            await self._desk.amend(
                number, invoice=invoice, channel=channel, group=its, closed=False
            )
        alerts = [Alert(Kind.CARD, want.invoice.number, want.milestone) for want in wants]
        # With those of cards that a crash left unposted; one that is there is not posted again.
        summaries = [Alert(Kind.SUMMARY, one) for one in groups if one]
        earlier = await self._waiting_alone(channel, fresh) if group else []
        await self._outbox.put(channel, summaries + alerts, instead_of=earlier)

    async def _waiting_alone(self, channel: str, fresh: list[Want]) -> list[Alert]:
        """The alerts of cards that waited by themselves and have to come after their summary now."""
        numbers = {want.invoice.number for want in fresh if want.card is not None}
        waiting = await self._outbox.waiting(channel) if numbers else ()
        return [a for a, _ in waiting if a.kind is Kind.CARD and a.subject in numbers]

    async def _remind(self, channel: str, wants: list[Want]) -> None:
        """Reminders one by one, or a single summary in the place of all that wait, if they are many.

        Where another process delivers meanwhile nothing is amiss, and what is new stands for itself.
        Whoever an invoice is assigned to is reminded by a direct message, too.
        """
        letters = [letter for want in wants for letter in _letters(want)]
        async with self._locks.hold(f"deliver:{channel}", wait=0) as idle:
            backlog = await self._backlog(channel) if idle else Backlog()
            due = {**backlog.milestones, **_milestones(wants)}
            if len(due) <= MOST_SINGLE:
                alerts = [Alert(Kind.REMINDER, w.invoice.number, w.milestone) for w in wants]
                await self._outbox.put(channel, alerts + letters)
                return
            group = await self._summary(channel, due, reminds=True)
            summary = Alert(Kind.SUMMARY, group)
            earlier = backlog.besides(summary)
            await self._outbox.put(channel, [summary, *letters], instead_of=earlier)
        for number, reached in due.items():
            await self._desk.amend(number, milestone=reached, reminding=0.0)
            await self._desk.mark(number)

    async def _backlog(self, channel: str) -> Backlog:
        """The reminders that wait.

        Some may have been posted, if their answer was lost: then people have seen an earlier one.
        """
        found = Backlog()
        for alert, _ in await self._outbox.waiting(channel):
            if alert.kind is Kind.REMINDER:
                found.add(alert, {alert.subject: alert.milestone})
            elif alert.kind is Kind.SUMMARY:
                summary = await self._summaries.summary(alert.subject)
                if summary is not None and summary.reminds and summary.reached:
                    found.add(alert, summary.milestones)
        return found

    async def _summary(self, channel: str, milestones: Mapping[str, int], *, reminds: bool) -> str:
        """The id of the summary of these, kept if it is new."""
        summary = Summary.of(channel, milestones, reminds=reminds)
        if await self._summaries.summary(summary.id) is None:
            await self._summaries.save_summary(summary)
        return summary.id

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
            await self._cards.begin(Card(want.invoice, channel, flag=want.flag))
            await self._desk.amend(
                want.invoice.number,
                ts=found.ts,
                thread=found.thread,
                face="",
                milestone=want.milestone,
                assignee=Assignee.found(found.about),
            )
            await self._desk.refresh(want.invoice.number, want.invoice)
            report.lines.append(Line(want.invoice, "found again"))
        return left

    def _channel_of(self, want: Want) -> str:
        """Where its card is, or, where none can be yet, where one belongs by today's settings."""
        card = want.card
        if card is not None and (card.ts or card.intent):
            return card.channel
        return self._routes.channel(want.invoice)


def _is_fresh(want: Want, channel: str) -> bool:
    card = want.card
    return card is None or card.channel != channel or not (card.group or card.intent or card.ts)


def _letters(want: Want) -> list[Alert]:
    """The reminder by direct message that goes with one in the thread."""
    assignee = want.card.assignee if want.card else None
    if assignee is None:
        return []
    return [Alert.direct(want.invoice.number, assignee.user, milestone=want.milestone)]


def _milestones(wants: Sequence[Want]) -> dict[str, int]:
    return {want.invoice.number: want.milestone for want in wants}
