"""Direct messages to whoever an invoice is, or was, assigned to.

A lost answer may mean a message that has arrived, and the bot may not read what people and it
write to each other. So a message is begun once: where it is not known whether it arrived, it is
not sent again, since the card's thread tells the same and mentions the same people.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.alert import Alert
from bot.domain.assigning import unfit
from bot.domain.card import Card, CardState, Message
from bot.domain.people import Presence, SlackPerson, Workspace
from bot.domain.policy import Grant, Refusal
from bot.errors import (
    SLACK_BAD_TOKEN,
    BotError,
    SlackBusy,
    SlackError,
    SlackRefused,
    SlackUnclear,
)
from bot.ports import Cards, DirectMessages, Letters, Pace, People, Remarks, RenderLetter
from bot.services.access import Access
from bot.services.cards import CardDesk

_log = structlog.get_logger(__name__)


class LetterPosting:
    """Sends direct messages at most once, only to members of the card's channel.

    Args:
        letters, remarks, cards, pace: the store.
        direct, people: Slack.
        home: the workspace people must belong to.
        access: whether a new assignee may pay; that is only told, nothing rests on it.
        desk: how the card stands.
        render: words direct messages in their reader's language.
        answer_to: says whose language is spoken from here on.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        *,
        letters: Letters,
        remarks: Remarks,
        cards: Cards,
        pace: Pace,
        direct: DirectMessages,
        people: People,
        home: Workspace,
        access: Access,
        desk: CardDesk,
        render: RenderLetter,
        answer_to: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._letters, self._remarks, self._cards, self._pace = letters, remarks, cards, pace
        self._direct, self._people, self._home = direct, people, home
        self._access, self._desk, self._render = access, desk, render
        self._answer_to, self._sleep = answer_to, sleep

    async def __call__(self, channel: str, alert: Alert) -> None:
        """Send the message that this alert stands for, if it still holds.

        Raises ``SlackError`` where it surely was not sent and may be later, ``StoreUnavailable``.
        """
        card = (await self._cards.load([alert.invoice])).get(alert.invoice)
        if card is None or not card.ts or card.channel != channel:
            return
        try:
            person = await self._person(card, alert.person)
            if person is None:
                return
            self._answer_to(alert.person)
            message = await self._message(card, alert, person)
            if message is not None:
                await self._send(alert, message)
        except SlackRefused as error:
            if error.code in SLACK_BAD_TOKEN:
                raise
            # It concerns this one person, and the thread tells it all the same.
            _log.warning("letter_refused", invoice=alert.invoice, code=error.code)

    async def _person(self, card: Card, user: str) -> SlackPerson | None:
        """Their account, if they may still read what is in the card's channel."""
        person = await self._people.person(user)
        inside = await self._direct.is_member(card.channel, user)
        why_not = unfit(person, self._home, in_channel=inside)
        if why_not:
            _log.info("letter_not_due", invoice=card.invoice.number, reason=str(why_not))
        return None if why_not else person

    async def _message(self, card: Card, alert: Alert, person: SlackPerson) -> Message | None:
        """What is to be said by now, or None where that is nothing any more."""
        state = await self._desk.state(card)
        link = await self._direct.link(card.channel, card.ts)
        now = state.assignee
        is_theirs = now is not None and now.user == person.user
        if not alert.operation:
            return self._render.reminder(state, link) if is_theirs and _reminds(state) else None
        remark = await self._remarks.read(alert.operation)
        if remark is None:
            return None
        if person.user != remark.user:
            return None if is_theirs else self._render.released(state, remark, link)
        if now is None or now.step != remark.step:
            return None  # it has changed again since
        return self._render.assigned(state, remark, link, await self._right(person, card))

    async def _right(self, person: SlackPerson, card: Card) -> Grant | Refusal | None:
        """Whether they may pay, or None where that cannot be told just now."""
        presence = Presence(person.user, person.team or self._home.team, person.enterprise)
        invoice = card.invoice
        try:
            where = (invoice.billing_account, invoice.billing_profile)
            return await self._access.payer(presence, *where)
        except BotError as error:
            _log.info("right_not_known", invoice=invoice.number, error=type(error).__name__)
            return None

    async def _send(self, alert: Alert, message: Message) -> None:
        user, identity = alert.person, alert.alert_id
        await self._sleep(await self._pace.turn(user))
        if not await self._letters.begin_letter(identity):
            return
        try:
            await self._direct.send(user, message)
        except SlackUnclear as error:
            _log.warning("letter_unclear", invoice=alert.invoice, error=type(error).__name__)
            return
        except SlackError as error:
            await self._letters.unsent(identity)
            if isinstance(error, SlackBusy):
                await self._pace.slow_down(user, error.retry_after)
            raise
        _log.info("letter_sent", invoice=alert.invoice)


def _reminds(state: CardState) -> bool:
    """Whether anybody is to be reminded of it now."""
    flying = state.payment is not None and state.payment.is_in_flight
    return state.invoice.is_payable and state.snooze is None and not flying
