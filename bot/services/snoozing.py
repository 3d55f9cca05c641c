"""Put an invoice's reminders off for some days: payers only, and never against Azure's own warning."""

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.card import Card
from bot.domain.outcome import Denied, NotPayable
from bot.domain.people import Presence
from bot.domain.profile import Flag
from bot.domain.snooze import (
    Ending,
    Flagged,
    MaySnooze,
    Snooze,
    Snoozed,
    SnoozeResult,
    Window,
    Woken,
)
from bot.errors import AzureNotFound
from bot.ports import Cards, Clock, Journal, Profiles
from bot.services.cards import CardDesk
from bot.services.checking import Checked, Checking
from bot.services.together import side_by_side


class Snoozing:
    """Snoozes and wakes; ``look``, ``snooze`` and ``wake`` may raise ``BotError``: then nothing changed.

    Args:
        cards, journal: the store.
        profiles: whether Azure has flagged the billing profile.
        check: who may, and how the invoice stands.
        desk: changes and shows cards.
        clock, zone: which day it is in the channel.
        later: runs work after the present one.
        most_days: how many days from today a snooze may last.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        journal: Journal,
        profiles: Profiles,
        check: Checking,
        desk: CardDesk,
        clock: Clock,
        zone: ZoneInfo,
        later: Callable[[Coroutine[Any, Any, None]], None],
        most_days: int,
    ) -> None:
        self._cards, self._journal, self._profiles = cards, journal, profiles
        self._check, self._desk = check, desk
        self._clock, self._zone = clock, zone
        self._later, self._most_days = later, most_days

    @property
    def window(self) -> Window:
        """Until which days a snooze may last now."""
        return Window.of(self._today(), self._most_days)

    async def look(self, presence: Presence, number: str) -> SnoozeResult:
        """Somebody would snooze: whether they may, and until when."""
        card, checked = await self._examine(presence, number)
        if not isinstance(checked, Checked):
            return checked
        invoice, now = checked.invoice, card.snooze
        over = now is None or now.ended(invoice, card.flag, self._today())
        return MaySnooze(invoice, self.window, None if over else now)

    async def snooze(
        self, presence: Presence, number: str, until: date, reason: str
    ) -> SnoozeResult:
        """Somebody snoozes the reminders until a day of the window.

        Raises ``ValueError`` for another day.
        """
        if not self.window.holds(until):
            raise ValueError("a snooze ends within its window")
        _, checked = await self._examine(presence, number)
        if not isinstance(checked, Checked):
            return checked
        self._check.still_holds(checked)
        snooze = Snooze.of(checked.invoice, presence.user, until, reason, self._today())
        await self._note("snooze.begun", presence, checked, reason=f"until {until}: {reason}")
        await self._keep(number, checked, snooze)
        return Snoozed(checked.invoice, snooze)

    async def wake(self, presence: Presence, number: str) -> SnoozeResult:
        """Somebody ends the snooze by hand."""
        checked = await self._check(presence, await self._check.place(number))
        if not isinstance(checked, Checked):
            return checked
        self._check.still_holds(checked)
        card = (await self._cards.load([number])).get(number)
        if card is not None and card.snooze is not None:
            await self._note("snooze.ended", presence, checked, reason=Ending.BY_HAND)
            await self._keep(number, checked, None)
        return Woken()

    async def _examine(
        self, presence: Presence, number: str
    ) -> tuple[Card, Checked | Flagged | Denied | NotPayable]:
        """The card, and whether this person may put its reminders off."""
        card = (await self._cards.load([number])).get(number)
        if card is None:
            raise AzureNotFound("The bot has no card for this invoice.")
        place = await self._check.place(number)
        async with side_by_side() as tasks:
            flag = tasks.create_task(self._profiles.flag(place.account, place.profile))
            checked = await self._check(presence, place)
            if not isinstance(checked, Checked):
                flag.cancel()
                return card, checked
        if flagged := flag.result():
            await self._flagged(presence, card, flagged)
            return card, Flagged(flagged)
        return card, checked

    async def _flagged(self, presence: Presence, card: Card, flag: Flag) -> None:
        """Keep the no, and what was learnt of the profile."""
        place = await self._check.place(card.invoice.number)
        await self._check.refused(presence, place, f"profile {flag}", event="snooze.refused")
        if card.flag is not flag:
            await self._desk.amend(card.invoice.number, flag=flag)
            self._later(self._desk.refresh(card.invoice.number))

    async def _keep(self, number: str, checked: Checked, snooze: Snooze | None) -> None:
        await self._desk.amend(number, snooze=snooze)
        self._later(self._desk.refresh(number, checked.invoice))

    async def _note(self, event: str, presence: Presence, checked: Checked, *, reason: str) -> None:
        invoice = checked.invoice
        await self._journal.note(
            event,
            actor=presence.user,
            invoice=invoice.number,
            billing_profile=invoice.billing_profile,
            billing_account=invoice.billing_account,
            amount=str(invoice.amount_due.amount),
            currency=invoice.amount_due.currency,
            reason=reason,
            **checked.facts,
        )

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()
