"""Learn from Slack which payments are under way, where the store has lost its memory.

Each card carries a second copy of its payment as message metadata. Until all channels have been
searched for them, the store lets nobody begin to pay.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.domain.invoice import invoice_number
from bot.domain.money import Money
from bot.domain.payment import NOT_OVER, Payment, State
from bot.domain.ways import Way
from bot.errors import SlackRefused
from bot.ports import Channels, Clock, Found, Ledger, Locks, Payments

_LOOK_BACK = timedelta(days=120)
_LOCK_WAIT = 25.0  # seconds
_GONE = frozenset({"channel_not_found", "is_archived"})

_log = structlog.get_logger(__name__)


class Recovery:
    """Makes the ledger whole.

    Args:
        ledger, payments, locks: the store.
        channels: Slack.
        searched: the ids of all channels that may hold cards.
        clock: how far back to look.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        payments: Payments,
        locks: Locks,
        channels: Channels,
        searched: Iterable[str],
        clock: Clock,
    ) -> None:
        self._ledger, self._payments, self._locks = ledger, payments, locks
        self._channels, self._searched, self._clock = channels, frozenset(searched), clock

    async def __call__(self) -> None:
        """Restore what Slack knows if the ledger is missing; may be run at any time, by anybody.

        Raises:
            SlackError: a channel could not be searched; the ledger stays missing.
            StoreUnavailable: Redis did not answer.
        """
        if await self._ledger.is_whole():
            return
        async with self._locks.hold("recovery", wait=_LOCK_WAIT) as held:
            if not held or await self._ledger.is_whole():
                return
            restored, cards = 0, 0
            for channel in sorted(self._searched):
                alerts = await self._alerts(channel)
                restored += await self._restore(alerts)
                cards += len(alerts)
            # A card may lag behind its payment, so people are told that some may be unknown.
            await self._ledger.begin_ledger(lost=cards > 0)
        _log.info("ledger_begun", restored=restored, cards=cards)

    async def _alerts(self, channel: str) -> Mapping[str, Found]:
        """The bot's own alerts in a channel."""
        since = (self._clock.now() - _LOOK_BACK).timestamp()
        try:
            return await self._channels.alerts(channel, since)
        except SlackRefused as error:
            if error.code not in _GONE:
                raise
            _log.warning("channel_not_searched", channel=channel, code=error.code)
            return {}

    async def _restore(self, alerts: Mapping[str, Found]) -> int:
        """Restore the payments these tell of; how many that were."""
        found = [payment_of(alert.about) for alert in alerts.values()]
        return sum([await self._payments.restore(one) for one in found if one is not None])


def payment_of(about: Mapping[str, str]) -> Payment | None:
    """The payment that a card's metadata tells of, or None for none that is not over.

    What it does not hold (role, Entra id, approver, the wire's reference) is empty.
    """
    try:
        state, way = State(about["payment_state"]), Way(about["way"])
        if state not in NOT_OVER:
            return None
        return Payment(
            invoice=invoice_number(about["invoice"]),
            state=state,
            operation=about["payment_operation"],
            payer=about["payer"],
            entra_id="",
            role="",
            amount=Money.of(about["amount"], about["currency"]),
            since=_moment(about["since"]),
            failures_before=int(about["failures_before"]),
            payments_before=int(about["payments_before"]),
            id=about["payment_id"],
            team=about["team"],
            billing_account=about["billing_account"],
            billing_profile=about["billing_profile"],
            changed=_moment(about["changed"]),
            way=way,
            sent=way is Way.API and state is not State.AWAITING_APPROVAL,
        )
    except (KeyError, ValueError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a payment's time has a time zone")
    return moment
