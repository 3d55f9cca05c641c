"""Add a note to the thread of an invoice's card."""

from collections.abc import Callable, Coroutine
from typing import Any

from bot.domain.outcome import Denied
from bot.domain.people import Presence
from bot.domain.remark import MayNote, Noted, NoteResult, Remark, Said
from bot.errors import AzureNotFound
from bot.ports import Cards, Remarks
from bot.services.viewing import Viewed, Viewing

REFUSED = "note.refused"


class Noting:
    """``look`` and ``note`` may raise ``BotError``: then nothing was noted.

    Args:
        cards, remarks: the store.
        view: who may.
        tell: has the thread told.
        later: runs work after the present one.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        remarks: Remarks,
        view: Viewing,
        tell: Callable[[], Coroutine[Any, Any, None]],
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._cards, self._remarks = cards, remarks
        self._view, self._tell, self._later = view, tell, later

    async def look(self, presence: Presence, number: str) -> NoteResult:
        """Somebody would add a note: whether they may."""
        viewed = await self._look(presence, number)
        return MayNote(viewed.invoice) if isinstance(viewed, Viewed) else viewed

    async def note(self, presence: Presence, number: str, step: str, words: str) -> NoteResult:
        """Somebody adds ``words``, cleaned and not empty; the same step again is no second note."""
        viewed = await self._look(presence, number)
        if not isinstance(viewed, Viewed):
            return viewed
        self._view.still_holds(viewed)
        remark = Remark(step, Said.NOTED, number, presence.user, words=words)
        await self._remarks.keep(remark, None, **viewed.facts)
        self._later(self._tell())
        return Noted()

    async def _look(self, presence: Presence, number: str) -> Viewed | Denied:
        if number not in await self._cards.load([number]):
            raise AzureNotFound("The bot has no card for this invoice.")
        return await self._view(presence, number, event=REFUSED)
