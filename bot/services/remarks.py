"""Tell in a card's thread, once, what people have said of its invoice."""

from dataclasses import replace

import structlog

from bot.domain.alert import Alert
from bot.domain.card import Card
from bot.domain.remark import Remark, Said
from bot.ports import Cards, Clock, Outbox, Remarks, RenderRemark
from bot.services.posting import Posting
from bot.services.records import readable

_log = structlog.get_logger(__name__)


class RemarkPosting:
    """Takes remarks up into the outbox, with the direct messages that belong to them, and posts them.

    Args:
        remarks, cards, outbox: the store.
        posting: Slack.
        render: words remarks.
        clock: dates the intents.
    """

    def __init__(
        self,
        *,
        remarks: Remarks,
        cards: Cards,
        outbox: Outbox,
        posting: Posting,
        render: RenderRemark,
        clock: Clock,
    ) -> None:
        self._remarks, self._cards, self._outbox = remarks, cards, outbox
        self._posting, self._render, self._clock = posting, render, clock

    async def take_up(self) -> frozenset[str]:
        """Put every untold remark into its channel's outbox; the channels that got one.

        One whose card is not posted waits. Raises ``StoreUnavailable``.
        """
        untold = await self._remarks.untold()
        cards, spoilt = await readable(self._cards, [number for number, _ in untold])
        channels = set()
        for number, step in untold:
            card = cards.get(number)
            if number in spoilt or (card is not None and not card.ts):
                continue
            remark = await self._remarks.read(step)
            if card is not None and remark is not None:
                letters = [Alert.direct(number, user, step=step) for user in remark.people]
                await self._outbox.put(card.channel, [Alert.remark(number, step), *letters])
                channels.add(card.channel)
            await self._remarks.taken_up(number, step)
        return frozenset(channels)

    async def __call__(self, channel: str, alert: Alert) -> None:
        """Post the remark that this alert stands for. Raises ``SlackError``, ``StoreUnavailable``."""
        card = (await self._cards.load([alert.invoice])).get(alert.invoice)
        remark = await self._remarks.read(alert.operation)
        if card is None or remark is None or not card.ts or card.channel != channel:
            return
        if not remark.ts:
            await self._post(card, alert, remark)

    async def _post(self, card: Card, alert: Alert, remark: Remark) -> None:
        unclear = remark.begun
        begun = replace(remark, begun=unclear or self._clock.now().timestamp())
        await self._remarks.amend(begun)
        there, _ = await self._posting.once(
            card.channel,
            self._render(remark),
            alert.alert_id,
            thread=card.thread or card.ts,
            since=unclear,
        )
        words = "" if remark.kind is Said.NOTED else remark.words
        await self._remarks.amend(replace(begun, ts=there.ts, words=words))
        _log.info("remark_told", invoice=remark.invoice, kind=str(remark.kind))
