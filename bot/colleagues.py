"""What colleagues tell each other through a card, wired: part of the composition root (``bot.app``)."""

from functools import cached_property
from typing import TYPE_CHECKING

from bot.hearing import Hearing
from bot.services.assigning import Assigning
from bot.services.letters import LetterPosting
from bot.services.noting import Noting
from bot.services.remarks import RemarkPosting
from bot.services.viewing import Viewing
from bot.vendors import Vendors
from bot.views.letters import LetterView
from bot.views.reader import answer_to
from bot.views.remarks import RemarkView

if TYPE_CHECKING:
    from bot.app import House


class Colleagues:
    """Assignments and notes.

    Args:
        outside: the vendors.
        house: the services of the rest of the house.
    """

    def __init__(self, outside: Vendors, house: "House") -> None:
        self._outside, self._house = outside, house

    @cached_property
    def _view(self) -> Viewing:
        return Viewing(
            invoices=self._outside.billing,
            check=self._house.cashier.check,
            access=self._house.access,
            clock=self._outside.clock,
        )

    @cached_property
    def assigning(self) -> Assigning:
        """Assigns invoices."""
        outside, house = self._outside, self._house
        return Assigning(
            cards=outside.store,
            locks=outside.store,
            remarks=outside.remarks,
            people=outside.slack,
            direct=outside.direct,
            home=outside.home,
            view=self._view,
            desk=house.cards,
            tell=house.cashier.tell,
            later=outside.background,
        )

    @cached_property
    def noting(self) -> Noting:
        """Adds notes."""
        outside = self._outside
        return Noting(
            cards=outside.store,
            remarks=outside.remarks,
            view=self._view,
            tell=self._house.cashier.tell,
            later=outside.background,
        )

    @cached_property
    def remarks(self) -> RemarkPosting:
        """Tells both in the cards' threads."""
        outside, house = self._outside, self._house
        return RemarkPosting(
            remarks=outside.remarks,
            cards=outside.store,
            outbox=outside.outbox,
            posting=house.dispatch.posting,
            render=RemarkView(house.language),
            clock=outside.clock,
        )

    @cached_property
    def letters(self) -> LetterPosting:
        """Tells those whom an assignment concerns."""
        outside, house = self._outside, self._house
        return LetterPosting(
            letters=outside.remarks,
            remarks=outside.remarks,
            cards=outside.store,
            pace=outside.outbox,
            direct=outside.direct,
            people=Hearing(outside.slack, house.locales),
            home=outside.home,
            access=house.access,
            desk=house.cards,
            render=LetterView(house.readers),
            answer_to=answer_to,
            sleep=house.sleep,
        )
