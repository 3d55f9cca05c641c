"""What ``doctor`` looks at in the bot's memory: what it has done lately, and what it has left to do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alert import QuietHours
from bot.domain.card import Card
from bot.errors import SetupError
from bot.ports import Cards, Channels, Clock, Outbox, ScanTimes, SlackWitness
from bot.services.deadman import TICKS
from bot.services.doctor import Doubt, Named
from bot.services.records import SPOILT, readable

_CLOCKS_APART = 300.0  # seconds that Slack's clock and ours may differ
_MOST_NAMED = 5
_MOST_ASKED = 20  # messages that are asked for one by one


class MemoryCheckup:
    """The last scans, the outbox, and the cards.

    Args:
        cards, outbox, times: the store.
        channels, witness: Slack.
        accounts: the billing accounts that should be read, each with what people call it.
        clock, zone, quiet: whether people are left alone now, so that reminders wait.
        every: how often a scan should come, seconds.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        outbox: Outbox,
        times: ScanTimes,
        channels: Channels,
        witness: SlackWitness,
        accounts: Callable[[], Awaitable[Mapping[str, str]]],
        clock: Clock,
        zone: ZoneInfo,
        quiet: QuietHours,
        every: int,
    ) -> None:
        self._cards, self._outbox, self._times = cards, outbox, times
        self._channels, self._witness, self._accounts = channels, witness, accounts
        self._clock, self._zone, self._quiet = clock, zone, quiet
        self._late_after = timedelta(seconds=TICKS * every)

    def checks(self) -> list[Named]:
        """What is to be looked at, in order."""
        return [("Last scan", self._scans), ("Outbox", self._waiting), ("Cards", self._posted)]

    async def channels(self) -> set[str]:
        """Where something waits or an open card stands. Raises ``StoreUnavailable``."""
        cards, _ = await self._open_cards()
        return {*await self._outbox.channels(), *(card.channel for card in cards)}

    async def _scans(self) -> str | Doubt:
        times = await self._times.scan_times()
        if not times:
            return "none yet; the worker's first one comes when it starts."
        accounts = await self._accounts() or dict.fromkeys(sorted(times), "")
        oldest = self._clock.now() - self._late_after
        late = [name for name in accounts if name not in times or times[name] < oldest]
        told = _some(
            [f"{accounts[a] or a}: {_since(times.get(a))}" for a in late or accounts], between="; "
        )
        if late:
            return Doubt(
                f"Not read completely for more than three times SCAN_EVERY_SECONDS: {told}. See that "
                "a worker runs; its log says why: account_unread, scan_incomplete or job_failed."
            )
        return f"of {len(accounts)} account(s), complete: {told}."

    async def _waiting(self) -> str | Doubt:
        counts = await self._outbox.channels()
        if not counts:
            return "empty."
        now = self._clock.now()
        lines, oldest = [], now
        for channel, count in counts.items():
            waiting = await self._outbox.waiting(channel)
            since = min((moment for _, moment in waiting), default=now)
            oldest = min(oldest, since)
            lines.append(f"{count} for {channel}, the oldest {_since(since)}")
        told = f"{'; '.join(lines)}."
        if now - oldest <= self._late_after:
            return f"{told} The worker delivers it."
        if self._quiet.covers(now.astimezone(self._zone)):
            return f"{told} It is a quiet hour; reminders wait for its end."
        return Doubt(
            f"{told} See that a worker runs and that the bot can post there; its log says why under "
            "not_delivered."
        )

    async def _posted(self) -> str | Doubt:
        cards, spoilt = await self._open_cards()
        if spoilt:
            raise SetupError(f"{SPOILT} ({_some(sorted(spoilt))})")
        posted = [card for card in cards if card.ts]
        gone = [
            number
            for channel in sorted({card.channel for card in posted})
            for number in await self._deleted([c for c in posted if c.channel == channel])
        ]
        told = f"{len(cards)} open"
        if gone:
            return Doubt(
                f"{told}; deleted in Slack: {_some(gone)}. Each comes back by itself when it "
                "changes, at the latest the next day."
            )
        unposted = len(cards) - len(posted)
        return f"{told}, {unposted} of them not posted yet." if unposted else f"{told}."

    async def _deleted(self, cards: Sequence[Card]) -> list[str]:
        """The numbers of those of a channel's cards whose message is not there any more."""
        since = min(card.intent or float(card.ts) for card in cards) - _CLOCKS_APART
        there = await self._channels.alerts(cards[0].channel, max(0.0, since))
        missing = [card for card in cards if card.alert_id not in there]
        # The search has its bounds, so each of them is asked for, too.
        return [
            card.invoice.number
            for card in missing[:_MOST_ASKED]
            if not await self._witness.is_there(card.channel, card.ts, card.thread)
        ]

    async def _open_cards(self) -> tuple[list[Card], frozenset[str]]:
        cards, spoilt = await readable(self._cards, await self._cards.open_numbers())
        return list(cards.values()), spoilt


def _since(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _some(names: Sequence[str], *, between: str = ", ") -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return between.join(names[:_MOST_NAMED]) + more
