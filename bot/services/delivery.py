"""Deliver what waits in the outbox: at least once to Slack, once as people see it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from bot.domain.alert import Alert, Kind, QuietHours, Summary
from bot.domain.card import Card, CardState
from bot.domain.digest import Digest
from bot.domain.invoice import Invoice
from bot.errors import SLACK_BAD_CHANNEL, SlackError, SlackRefused, StoreUnavailable
from bot.ports import Cards, Clock, Digests, Found, Locks, Outbox, RenderDigest, Summaries
from bot.services.cards import CardDesk, face
from bot.services.posting import Posting
from bot.services.records import readable
from bot.services.report import Line, ScanReport

_LOCK_WAIT = 25.0  # seconds; a process that was killed loses the lock within 15

_log = structlog.get_logger(__name__)


class Delivery:
    """Empties the outbox, channel by channel.

    Args:
        outbox, summaries, digests, cards, locks: the store.
        posting: Slack.
        desk: renders cards and shows them anew.
        tellers: tell what is of these kinds, given the channel and the alert.
        render: words digests.
        illustrate: shows what belongs below one that was just posted; never fails.
        clock, zone: date the intents, and tell the hour in the channel.
        quiet: when people are left alone.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        summaries: Summaries,
        digests: Digests,
        cards: Cards,
        locks: Locks,
        posting: Posting,
        desk: CardDesk,
        tellers: Mapping[Kind, Callable[[str, Alert], Awaitable[None]]],
        render: RenderDigest,
        illustrate: Callable[[Digest], Awaitable[None]],
        clock: Clock,
        zone: ZoneInfo,
        quiet: QuietHours,
    ) -> None:
        self._outbox, self._summaries, self._digests = outbox, summaries, digests
        self._cards, self._locks, self._posting = cards, locks, posting
        self._desk, self._tellers, self._render = desk, tellers, render
        self._illustrate = illustrate
        self._clock, self._zone, self._quiet = clock, zone, quiet

    async def all(self, report: ScanReport) -> None:
        """Deliver everything that waits, the channels side by side; adds to the report."""
        channels = await self._outbox.channels()
        await asyncio.gather(*(self.channel(channel, report) for channel in channels))

    async def channel(self, channel: str, report: ScanReport) -> None:
        """Deliver what waits for one channel, in order, by one process at a time.

        What Slack does not take, and what can wait until people may be disturbed again, stays in
        the outbox; the former is reported. Raises ``StoreUnavailable``.
        """
        async with self._locks.hold(f"deliver:{channel}", wait=_LOCK_WAIT) as held:
            passed_over = 0
            while held and (alert := await self._outbox.first(channel, after=passed_over)):
                if await self._can_wait(alert):
                    passed_over += 1
                    continue
                try:
                    await self._deliver(channel, alert, report)
                except SlackRefused as error:
                    await self._report(channel, alert, error, report)
                    if error.is_general:
                        return  # nothing can be posted here: all of it waits
                except SlackError as error:
                    await self._report(channel, alert, error, report)
                    return
                await self._outbox.done(channel, alert)

    async def _can_wait(self, alert: Alert) -> bool:
        """Whether people are left alone now, and it is not the first alert of anything overdue."""
        now = self._clock.now().astimezone(self._zone)
        if not self._quiet.covers(now) or alert.kind in (Kind.DIGEST, Kind.STORY, Kind.REMARK):
            return False
        if alert.kind in (Kind.REMINDER, Kind.DIRECT):
            return True
        summary = await self._summaries.summary(alert.subject)
        if summary is not None and summary.reminds:
            return True
        told = await self._invoices_of(alert)
        if alert.kind is Kind.CARD and not all(invoice.is_payable for invoice in told):
            return False  # at most a card is closed, which disturbs nobody
        return bool(told) and not any(invoice.is_overdue(now.date()) for invoice in told)

    async def _deliver(self, channel: str, alert: Alert, report: ScanReport) -> None:
        if alert.kind is Kind.SUMMARY:
            await self._summary(alert)
            return
        if alert.kind is Kind.DIGEST:
            await self._digest(channel, alert)
            return
        if teller := self._tellers.get(alert.kind):
            await teller(channel, alert)
            return
        cards, _ = await readable(self._cards, [alert.subject])
        card = cards.get(alert.subject)
        if card is None or card.channel != channel:
            return
        if alert.kind is Kind.CARD and not card.ts:
            await self._card(card, alert, report)
        elif alert.kind is Kind.REMINDER and card.ts and card.invoice.is_payable:
            await self._reminder(card, alert, report)

    async def _card(self, card: Card, alert: Alert, report: ScanReport) -> None:
        thread = await self._thread_of(card)
        number, unclear = card.invoice.number, card.intent
        begun = await self._desk.amend(number, intent=unclear or self._now())
        if begun is None or not begun.invoice.is_payable:  # a scan has learnt so meanwhile
            await self._withdraw(card, alert, thread, report)
            return
        message = self._desk.message(await self._desk.state(begun))
        try:
            there, was_there = await self._posting.once(
                card.channel, message, alert.alert_id, thread=thread, since=unclear
            )
        except SlackRefused:
            # Nothing was posted: nothing has to be looked for, and the channel may yet change.
            await self._desk.amend(number, intent=unclear)
            raise
        await self._is_there(card, there, alert, face="" if was_there else face(message))
        done = "found again" if was_there else "posted"
        report.lines.append(Line(card.invoice, done))
        _log.info("card_delivered", invoice=number, channel=card.channel, done=done)

    async def _withdraw(self, card: Card, alert: Alert, thread: str, report: ScanReport) -> None:
        """No card is needed any more; one that an earlier, unclear try has posted is closed."""
        number, there = card.invoice.number, None
        if card.intent:
            there = await self._posting.look(card.channel, alert.alert_id, thread, card.intent)
        if there is None:
            await self._desk.amend(number, intent=0.0, closed=True)
            return
        await self._is_there(card, there, alert, face="")
        report.lines.append(Line(card.invoice, "found again"))
        _log.info("card_withdrawn", invoice=number, channel=card.channel)

    async def _is_there(self, card: Card, there: Found, alert: Alert, *, face: str) -> None:
        """Keep where it is; what has become of the invoice while it was posted is shown at once."""
        number = card.invoice.number
        await self._desk.amend(
            number,
            ts=there.ts,
            thread=there.thread,
            face=face,
            milestone=alert.milestone,
            closed=False,
        )
        await self._desk.refresh(number)

    async def _reminder(self, card: Card, alert: Alert, report: ScanReport) -> None:
        """A reply in the card's thread, and the card itself moved to its louder state."""
        if card.milestone is not None and card.milestone >= alert.milestone:
            return
        state = await self._desk.state(card)
        if state.snooze or (state.payment is not None and state.payment.is_in_flight):
            return
        number = card.invoice.number
        await self._desk.amend(number, reminding=card.reminding or self._now())
        message = self._desk.reminder(state, alert)
        await self._posting.once(
            card.channel,
            message,
            alert.alert_id,
            thread=card.thread or card.ts,
            since=card.reminding,
        )
        await self._desk.amend(number, reminding=0.0, milestone=alert.milestone)
        await self._desk.refresh(number)
        report.lines.append(Line(card.invoice, "reminded"))
        _log.info("reminded", invoice=number, milestone=alert.milestone)

    async def _summary(self, alert: Alert) -> None:
        summary = await self._summaries.summary(alert.subject)
        if summary is None or summary.ts:
            return
        states = await self._states(summary)
        if not states:
            return  # all of them were paid, or have got another channel, while it waited
        unclear = summary.intent
        begun = replace(summary, intent=unclear or self._now())
        await self._summaries.save_summary(begun)
        message = self._desk.summary(summary, states)
        there, _ = await self._posting.once(summary.channel, message, alert.alert_id, since=unclear)
        await self._summaries.save_summary(replace(begun, ts=there.ts))

    async def _states(self, summary: Summary) -> list[CardState]:
        cards, _ = await readable(self._cards, summary.numbers)
        wanted = [
            card
            for card in cards.values()
            if card.invoice.is_payable and card.channel == summary.channel
        ]
        states = [await self._desk.state(card) for card in wanted]
        return [one for one in states if not (summary.reminds and one.snooze)]

    async def _thread_of(self, card: Card) -> str:
        summary = await self._summaries.summary(card.group) if card.group else None
        return summary.ts if summary else ""

    async def _digest(self, channel: str, alert: Alert) -> None:
        """The latest digest; one that a later one has replaced while it waited is not posted."""
        digest = await self._digests.digest(channel)
        if digest is None or digest.id != alert.subject:
            return
        if not digest.ts:
            message, since = self._render(digest), digest.tick.timestamp()
            there, was_there = await self._posting.once(
                channel, message, alert.alert_id, since=since
            )
            digest = replace(digest, ts=there.ts)
            await self._digests.save_digest(digest)
            _log.info("digest_delivered", channel=channel)
            if was_there:
                return  # whether it has got its picture is not known
        await self._illustrate(digest)

    async def _report(
        self, channel: str, alert: Alert, error: SlackError, report: ScanReport
    ) -> None:
        _log.warning(
            "not_delivered",
            alert=alert.key,
            channel=channel,
            error=type(error).__name__,
            code=error.code,
        )
        if error.code in SLACK_BAD_CHANNEL:
            _log.error("channel_unusable", channel=channel, code=error.code)
        with suppress(StoreUnavailable):
            invoices = await self._invoices_of(alert)
            report.lines += [Line(invoice, "failed", error.sentence) for invoice in invoices]

    async def _invoices_of(self, alert: Alert) -> Sequence[Invoice]:
        """What it tells of, as far as the store knows it."""
        numbers: Sequence[str] = [alert.invoice]
        if alert.kind is Kind.SUMMARY:
            summary = await self._summaries.summary(alert.subject)
            numbers = summary.numbers if summary else ()
        cards, _ = await readable(self._cards, numbers)
        return [card.invoice for card in cards.values()]

    def _now(self) -> float:
        return self._clock.now().timestamp()
