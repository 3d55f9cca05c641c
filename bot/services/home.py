"""The Home tab: what needs this person, and what they may see of the rest."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.domain.home import Look, Sheet
from bot.domain.people import Presence
from bot.domain.policy import Refusal
from bot.errors import BotError
from bot.ports import Cards, Clock, Homes, HomeScreen, Payments, RenderHome, ScanTimes
from bot.services.access import Access
from bot.services.home_sheet import Seen, sheet
from bot.services.reading import Reader, Reading

_MOST_AT_ONCE = 10
_ROUNDS = 3

_log = structlog.get_logger(__name__)


class HomeDesk:
    """Shows Home tabs, and shows them again once something has changed.

    Args:
        reader: reads the invoices.
        access: who may see what.
        cards, payments, homes, times: the store.
        screen: Slack.
        render: how a Home tab looks.
        clock, zone: which day it is.
        later: runs work after the present one.
        answer_to: says whose language is spoken from here on.
    """

    def __init__(
        self,
        *,
        reader: Reader,
        access: Access,
        cards: Cards,
        payments: Payments,
        homes: Homes,
        times: ScanTimes,
        screen: HomeScreen,
        render: RenderHome,
        clock: Clock,
        zone: ZoneInfo,
        later: Callable[[Coroutine[Any, Any, None]], None],
        answer_to: Callable[[str], None],
    ) -> None:
        self._reader, self._access = reader, access
        self._cards, self._payments, self._homes, self._times = cards, payments, homes, times
        self._screen, self._render, self._clock, self._zone = screen, render, clock, zone
        self._later, self._answer_to = later, answer_to
        self._busy = self._again = False

    async def open(self, presence: Presence, *, is_first: bool) -> str:
        """Show this person's Home tab as they last looked at it; the outcome in a word.

        Raises:
            BotError: it could not be read or shown.
        """
        if is_first:  # a large company's invoices take their time
            await self._screen.publish(presence.user, self._render.reading())
        look, _ = await self._homes.recall(presence.user)
        return await self.look(presence, look)

    async def turn(self, presence: Presence, change: Callable[[Look], Look]) -> str:
        """Show it as ``change`` makes of how they look at it now. Raises ``BotError``."""
        look, _ = await self._homes.recall(presence.user)
        return await self.look(presence, change(look))

    async def look(self, presence: Presence, look: Look) -> str:
        """Show it like this from now on. Raises ``BotError``."""
        await self._homes.remember(presence, look)
        return await self._show(presence)

    async def tell(self, user: str, view: dict[str, Any]) -> None:
        """Show something else in its place. Raises ``SlackError``."""
        await self._screen.publish(user, view)

    async def changed(self) -> None:
        """Something has changed that Home tabs show. Raises ``StoreUnavailable``."""
        await self._homes.change()
        self._again = True
        if not self._busy:
            self._later(self._catch_up())

    async def _catch_up(self) -> None:
        """Show the Home tabs anew that are out of date, one after another, a few at most.

        Slow on purpose: the calls for one are taken from what Slack grants for all clicks. Whoever
        is left out finds the truth when they open it.
        """
        if self._busy:
            return  # whoever is at it looks again
        structlog.contextvars.clear_contextvars()  # it is nobody's click
        self._busy = True
        try:
            while self._again:
                self._again = False
                for presence in await self._homes.outdated(_MOST_AT_ONCE):
                    await self._show_again(presence)
        except BotError as error:
            _log.warning("homes_not_shown", error=type(error).__name__)
        finally:
            self._busy = False

    async def _show_again(self, presence: Presence) -> None:
        try:
            await self._show(presence)
        except BotError as error:
            # Left as it is: they open it and see, or the next change comes by.
            await self._homes.shown(presence.user, None)
            _log.warning("home_not_shown", error=type(error).__name__)

    async def _show(self, presence: Presence) -> str:
        """Publish until what is shown is how they look at it and what has changed by now."""
        self._answer_to(presence.user)  # it may be somebody else's click that is worked for
        for _ in range(_ROUNDS):
            look, mark = await self._homes.recall(presence.user)
            made = await self._sheet(presence, look)
            if isinstance(made, Refusal):
                await self._homes.shown(presence.user, None)
                await self._screen.publish(presence.user, self._render.refused(made))
                return "refused"
            await self._screen.publish(presence.user, self._render(made))
            await self._homes.shown(presence.user, mark)
            if await self._homes.recall(presence.user) == (look, mark):
                break
        return "shown"

    async def _sheet(self, presence: Presence, look: Look) -> Sheet | Refusal:
        colleague = await self._access.colleague(presence)
        if isinstance(colleague, Refusal):
            return colleague
        reading = await self._reader.all()
        scopes = {(i.billing_account, i.billing_profile) for i in reading.invoices}
        held = await self._access.standings(presence, scopes)
        if isinstance(held, Refusal):
            return held
        visible = [i for i in reading.invoices if (i.billing_account, i.billing_profile) in held]
        unpaid = [i for i in visible if i.is_unpaid]
        numbers = [i.number for i in unpaid]
        cards = await self._cards.load(numbers)
        seen = Seen(
            user=presence.user,
            visible=tuple(visible),
            # A payment is followed more closely than the list is read.
            unpaid=tuple(i for i in unpaid if i.number not in cards or not cards[i.number].closed),
            payments=await self._payments.current(numbers),
            held=held,
            payer_roles=self._access.payer_roles,
            assigned=frozenset(n for n in cards if cards[n].is_assigned_to(presence.user)),
            today=self._clock.now().astimezone(self._zone).date(),
        )
        return sheet(seen, look, reading, await self._scanned_at(reading))

    async def _scanned_at(self, reading: Reading) -> datetime | None:
        """Since when every account has been read completely."""
        times = await self._times.scan_times()
        accounts = {i.billing_account for i in reading.invoices}
        return min((when for name, when in times.items() if name in accounts), default=None)
