"""Deliver what waits in the outbox: at least once to Slack, once as people see it.

Slack has no idempotency key. So the intent is written down first, the message carries an alert
id as metadata, and whenever the outcome of a post is not known the channel's or the thread's
history is searched for that id before anything is posted again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from bot.domain.alert import Alert, Kind, Summary
from bot.domain.card import Card, CardState, Message
from bot.errors import (
    SlackBusy,
    SlackError,
    SlackLate,
    SlackRefused,
    SlackUnclear,
    StoreUnavailable,
)
from bot.ports import Cards, Channels, Clock, Found, Locks, Outbox, Pace, Summaries
from bot.services.cards import CardDesk, face
from bot.services.report import Line, ScanReport

_CLOCKS_APART = 300.0  # seconds that Slack's clock and ours may differ
_LOCK_WAIT = 25.0  # seconds; a process that was killed loses the lock within 15
_TRIES = 5  # of one message that Slack throttles

_log = structlog.get_logger(__name__)


class Delivery:
    """Empties the outbox, channel by channel.

    Args:
        outbox, summaries, cards, locks, pace: the store.
        channels: Slack.
        desk: renders cards and shows them anew.
        clock: dates the intents.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        summaries: Summaries,
        cards: Cards,
        locks: Locks,
        pace: Pace,
        channels: Channels,
        desk: CardDesk,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._outbox, self._summaries, self._cards = outbox, summaries, cards
        self._locks, self._pace, self._channels = locks, pace, channels
        self._desk, self._clock, self._sleep = desk, clock, sleep

    async def all(self, report: ScanReport) -> None:
        """Deliver everything that waits, the channels side by side; adds to the report."""
        channels = await self._outbox.channels()
        await asyncio.gather(*(self.channel(channel, report) for channel in channels))

    async def channel(self, channel: str, report: ScanReport) -> None:
        """Deliver what waits for one channel, in order, by one process at a time.

        What Slack does not take stays in the outbox and is reported. Raises ``StoreUnavailable``.
        """
        async with self._locks.hold(f"deliver:{channel}", wait=_LOCK_WAIT) as held:
            while held and (alert := await self._outbox.first(channel)) is not None:
                try:
                    await self._deliver(channel, alert, report)
                except SlackRefused as error:
                    await self._report(alert, error, report)
                    if error.is_general:
                        return  # nothing can be posted here: all of it waits
                except SlackError as error:
                    await self._report(alert, error, report)
                    return
                await self._outbox.done(channel, alert)

    async def _deliver(self, channel: str, alert: Alert, report: ScanReport) -> None:
        if alert.kind is Kind.SUMMARY:
            await self._summary(alert)
            return
        card = (await self._cards.load([alert.subject])).get(alert.subject)
        if card is None or not card.invoice.is_payable or card.channel != channel:
            return
        if alert.kind is Kind.CARD and not card.ts:
            await self._card(card, alert, report)
        elif alert.kind is Kind.REMINDER and card.ts:
            await self._reminder(card, alert, report)

    async def _card(self, card: Card, alert: Alert, report: ScanReport) -> None:
        thread = await self._thread_of(card)
        number, unclear = card.invoice.number, card.intent
        await self._desk.amend(number, intent=unclear or self._now())
        message = self._desk.message(await self._desk.state(card.invoice))
        try:
            there, was_there = await self._once(
                card.channel, message, alert.alert_id, thread=thread, since=unclear
            )
        except SlackRefused:
            # Nothing was posted: nothing has to be looked for, and the channel may yet change.
            await self._desk.amend(number, intent=unclear)
            raise
        await self._desk.amend(
            number,
            ts=there.ts,
            thread=there.thread,
            face="" if was_there else face(message),
            milestone=alert.milestone,
        )
        if was_there:
            await self._desk.refresh(number)
        done = "found again" if was_there else "posted"
        report.lines.append(Line(card.invoice, done))
        _log.info("card_delivered", invoice=number, channel=card.channel, done=done)

    async def _reminder(self, card: Card, alert: Alert, report: ScanReport) -> None:
        """A reply in the card's thread, and the card itself moved to its louder state."""
        if card.milestone is not None and card.milestone >= alert.milestone:
            return
        state = await self._desk.state(card.invoice)
        if state.payment is not None and state.payment.is_in_flight:
            return
        number = card.invoice.number
        await self._desk.amend(number, reminding=card.reminding or self._now())
        message = self._desk.reminder(state, alert)
        await self._once(
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
        there, _ = await self._once(summary.channel, message, alert.alert_id, since=unclear)
        await self._summaries.save_summary(replace(begun, ts=there.ts))

    async def _states(self, summary: Summary) -> list[CardState]:
        cards = (await self._cards.load(summary.numbers)).values()
        wanted = [c for c in cards if c.invoice.is_payable and c.channel == summary.channel]
        return [await self._desk.state(card.invoice) for card in wanted]

    async def _thread_of(self, card: Card) -> str:
        summary = await self._summaries.summary(card.group) if card.group else None
        return summary.ts if summary else ""

    async def _once(
        self, channel: str, message: Message, identity: str, *, thread: str = "", since: float = 0.0
    ) -> tuple[Found, bool]:
        """The message as it is in Slack, posted unless an earlier, unclear try has posted it.

        ``since`` is when such a try was begun, 0 where there was none. Also tells whether the
        message was there already.
        """
        found = await self._look(channel, identity, thread, since) if since else None
        if found is not None:
            return found, True
        began = self._now()
        try:
            return Found(await self._post(channel, message, thread), thread), False
        except SlackLate:
            raise  # it may still come, so looking at once would tell nothing
        except SlackUnclear:
            _log.warning("post_unclear", alert=identity, channel=channel)
            found = await self._look(channel, identity, thread, began)
            if found is not None:
                return found, False
            return Found(await self._post(channel, message, thread), thread), False

    async def _look(self, channel: str, identity: str, thread: str, since: float) -> Found | None:
        earliest = max(0.0, since - _CLOCKS_APART)
        if thread:
            return (await self._channels.replies(channel, thread, earliest)).get(identity)
        return (await self._channels.alerts(channel, earliest)).get(identity)

    async def _post(self, channel: str, message: Message, thread: str) -> str:
        """Wait for the channel's turn and post; a throttled message was not posted and may be again."""
        for _ in range(_TRIES - 1):
            await self._sleep(await self._pace.turn(channel))
            try:
                return await self._channels.post(channel, message, thread=thread)
            except SlackBusy as error:
                await self._pace.slow_down(channel, error.retry_after)
        await self._sleep(await self._pace.turn(channel))
        return await self._channels.post(channel, message, thread=thread)

    async def _report(self, alert: Alert, error: SlackError, report: ScanReport) -> None:
        _log.warning("not_delivered", alert=alert.key, error=type(error).__name__, code=error.code)
        with suppress(StoreUnavailable):
            cards = await self._cards.load(await self._invoices_of(alert))
            report.lines += [Line(c.invoice, "failed", error.sentence) for c in cards.values()]

    async def _invoices_of(self, alert: Alert) -> Sequence[str]:
        if alert.kind is not Kind.SUMMARY:
            return [alert.subject]
        summary = await self._summaries.summary(alert.subject)
        return summary.numbers if summary else ()

    def _now(self) -> float:
        return self._clock.now().timestamp()
