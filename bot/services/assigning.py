"""Assign an unpaid invoice to a colleague, who is told and reminded; it gives them no right to pay."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.assigning import (
    Assigned,
    Assignee,
    AssignResult,
    CannotHave,
    MayAssign,
    Unassigned,
    Unfit,
    unfit,
)
from bot.domain.card import Card
from bot.domain.outcome import Denied, NotPayable
from bot.domain.people import Presence, Workspace
from bot.domain.remark import Remark, Said
from bot.errors import AzureNotFound, StoreUnavailable
from bot.ports import Cards, DirectMessages, Locks, People, Remarks
from bot.services.cards import CardDesk
from bot.services.together import side_by_side
from bot.services.viewing import Viewed, Viewing

REFUSED = "assignment.refused"
_LOCK_WAIT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Choice:
    """What was filled in.

    Attributes:
        step: the form's id: the form sent twice is one step.
        user: the Slack user id of the colleague, "" for nobody.
        words: why, cleaned, or "".
    """

    step: str
    user: str
    words: str = ""


class Assigning:
    """``look`` and ``assign`` may raise ``BotError``: then nothing changed.

    Args:
        cards, locks, remarks: the store.
        people, direct: who the colleague is, and whether they are in the card's channel.
        home: the workspace they must belong to.
        view: who may.
        desk: shows the card anew.
        tell: has the thread and the people told.
        later: runs work after the present one.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        locks: Locks,
        remarks: Remarks,
        people: People,
        direct: DirectMessages,
        home: Workspace,
        view: Viewing,
        desk: CardDesk,
        tell: Callable[[], Awaitable[None]],
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._cards, self._locks, self._remarks = cards, locks, remarks
        self._people, self._direct, self._home = people, direct, home
        self._view, self._desk, self._tell, self._later = view, desk, tell, later

    async def look(self, presence: Presence, number: str) -> AssignResult:
        """Somebody would assign the invoice: whether they may, and who has it now."""
        card = await self._card(number)
        viewed = await self._may(presence, number)
        return MayAssign(viewed.invoice, card.assignee) if isinstance(viewed, Viewed) else viewed

    async def assign(self, presence: Presence, number: str, choice: Choice) -> AssignResult:
        """Somebody assigns it to a colleague, to themselves, or to nobody; sent twice it is one step."""
        card = await self._card(number)
        async with side_by_side() as tasks:
            fitness = tasks.create_task(self._unfit(card, choice.user))
            viewed = await self._may(presence, number)
            if not isinstance(viewed, Viewed):
                fitness.cancel()
                return viewed
        if why := fitness.result():
            return CannotHave(choice.user, why)
        self._view.still_holds(viewed)
        changed = await self._keep(presence, number, choice, viewed)
        self._later(self._follow_up(number, viewed))
        return Assigned(choice.user, already=not changed) if choice.user else Unassigned()

    async def _may(self, presence: Presence, number: str) -> Viewed | Denied | NotPayable:
        viewed = await self._view(presence, number, event=REFUSED)
        if isinstance(viewed, Viewed) and not viewed.invoice.is_payable:
            self._later(self._desk.refresh(number, viewed.invoice))
            return NotPayable(viewed.invoice)
        return viewed

    async def _unfit(self, card: Card, user: str) -> Unfit | None:
        """Why this person cannot have it; nobody always can."""
        if not user:
            return None
        async with side_by_side() as tasks:
            asking = tasks.create_task(self._people.person(user))
            inside = tasks.create_task(self._direct.is_member(card.channel, user))
        return unfit(asking.result(), self._home, in_channel=inside.result())

    async def _keep(self, presence: Presence, number: str, choice: Choice, viewed: Viewed) -> bool:
        """Whether anything changed; the card, the remark and the audit entry do so together."""
        async with self._locks.hold(f"card:{number}", wait=_LOCK_WAIT) as held:
            if not held:
                raise StoreUnavailable("This card is being changed by somebody else.")
            card = await self._card(number)
            former = card.assignee.user if card.assignee else ""
            if former == choice.user:
                return await self._remarks.read(choice.step) is not None
            new = Assignee(choice.user, presence.user, choice.step) if choice.user else None
            remark = Remark(
                choice.step,
                Said.ASSIGNED if new else Said.UNASSIGNED,
                number,
                presence.user,
                choice.user,
                former,
                choice.words,
            )
            about = f"to {choice.user or 'nobody'}" + (f", before {former}" if former else "")
            await self._remarks.keep(
                remark, replace(card, assignee=new), reason=about, **viewed.facts
            )
            return True

    async def _follow_up(self, number: str, viewed: Viewed) -> None:
        try:
            await self._desk.refresh(number, viewed.invoice)
        finally:
            await self._tell()

    async def _card(self, number: str) -> Card:
        card = (await self._cards.load([number])).get(number)
        if card is None:
            raise AzureNotFound("The bot has no card for this invoice.")
        return card
