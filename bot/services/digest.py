"""Put the digest of a tick together, for each channel its own."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from bot.domain.alert import Alert, Kind
from bot.domain.digest import Digest, digest, digest_id, paid_since
from bot.domain.invoice import Invoice
from bot.domain.payment import State
from bot.errors import NoChannel, StoreUnavailable
from bot.ports import Cards, Clock, Digests, Locks, Outbox, Payments
from bot.services.reading import Reader, Reading
from bot.services.records import readable
from bot.services.routes import Routes

_LOCK_WAIT = 25.0  # seconds

_log = structlog.get_logger(__name__)


class DigestDesk:
    """Makes digests and puts them into the outbox.

    Args:
        reader: reads the invoices.
        cards, payments, digests, outbox, locks: the store.
        routes: the channels.
        clock, zone: which day it is in the channel.
    """

    def __init__(
        self,
        *,
        reader: Reader,
        cards: Cards,
        payments: Payments,
        digests: Digests,
        outbox: Outbox,
        locks: Locks,
        routes: Routes,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._reader, self._cards, self._payments = reader, cards, payments
        self._digests, self._outbox, self._locks = digests, outbox, locks
        self._routes, self._clock, self._zone = routes, clock, zone

    async def prepare(self, tick: datetime) -> None:
        """Have every channel told once for this tick (aware UTC), however often it is asked for.

        Raises:
            AzureError: nothing could be read.
            StoreUnavailable: Redis did not answer, or another process is at it.
        """
        async with self._locks.hold("digest", wait=_LOCK_WAIT) as held:
            if not held:
                raise StoreUnavailable("Another process is putting the digest together.")
            reading: Reading | None = None
            for channel in self._routes.channels:
                last = await self._digests.digest(channel)
                if last is None or last.tick < tick:
                    reading = reading or await self._everything()
                    last = await self._digest(channel, tick, reading, last)
                    await self._digests.save_digest(last)
                if last.tick == tick and not last.ts:
                    alert = Alert(Kind.DIGEST, digest_id(channel, tick))
                    await self._outbox.put(channel, [alert])

    async def _everything(self) -> Reading:
        """What Azure shows, and of open cards that it does not list what is known of them."""
        reading = await self._reader.all()
        listed = {invoice.number for invoice in reading.invoices}
        cards, _ = await readable(self._cards, await self._cards.open_numbers() - listed)
        others = tuple(card.invoice for card in cards.values())
        return Reading(
            reading.invoices + others, reading.read_at, reading.unread, is_cut=reading.is_cut
        )

    async def _digest(
        self, channel: str, tick: datetime, reading: Reading, last: Digest | None
    ) -> Digest:
        mine = [one for one in reading.invoices if self._belongs(one, channel)]
        before = last.baseline if last else None
        payers = await self._payers(paid_since(before, mine)) if before else {}
        made = digest(
            channel,
            tick,
            self._clock.now().astimezone(self._zone).date(),
            mine,
            payers=payers,
            before=before,
            made=reading.read_at,
            unread=reading.unread,
        )
        _log.info("digest_made", channel=channel, unpaid=made.unpaid, overdue=made.overdue)
        return made

    def _belongs(self, invoice: Invoice, channel: str) -> bool:
        try:
            return self._routes.channel(invoice) == channel
        except NoChannel:
            return False

    async def _payers(self, paid: Iterable[Invoice]) -> dict[str, str]:
        """Who confirmed the payment of these through the bot, by invoice number."""
        payments = await self._payments.current([invoice.number for invoice in paid])
        return {n: p.payer for n, p in payments.items() if p.state is State.SETTLED}
