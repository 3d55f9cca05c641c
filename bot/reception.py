"""What the listeners work with, wired: part of the composition root (``bot.app``)."""

from typing import TYPE_CHECKING

from bot.adapters.metrics import count_interaction
from bot.services.rehearsal import Rehearsal
from bot.vendors import Vendors
from bot.views.approval import ApprovalView
from bot.views.assigning import AssignView
from bot.views.document import DocumentView
from bot.views.lookup import LookupView
from bot.views.noting import NoteView
from bot.views.rehearsal import RehearsalView
from bot.views.snooze import SnoozeView
from bot.views.takeover import TakeOverView
from bot.views.wire import WireView
from handlers.desk import Desk

if TYPE_CHECKING:
    from bot.app import House


def desk(outside: Vendors, house: "House") -> Desk:
    """The services and views behind the listeners."""
    words, settings = house.readers, outside.settings
    roles, by_role = settings.payer_roles, settings.lookup_access == "role"
    return Desk(
        payments=house.cashier.desk,
        approvals=house.cashier.approvals,
        takeover=house.cashier.takeover,
        snoozing=house.cashier.snoozing,
        assigning=house.colleagues.assigning,
        noting=house.colleagues.noting,
        wiring=house.cashier.wiring,
        pdf=house.cashier.pdf,
        lookup=house.lookup,
        cards=house.cards,
        refresh=house.refresh,
        export=house.export,
        home=house.home,
        rehearsal=Rehearsal(access=house.access, audit=house.audit),
        modals=outside.slack,
        channels=outside.slack,
        confirm=house.confirm_view,
        approval_windows=ApprovalView(words, roles),
        takeover_windows=TakeOverView(words, roles),
        snooze_windows=SnoozeView(words, roles),
        assign_windows=AssignView(words, None),
        note_windows=NoteView(words, None),
        wires=WireView(words, house.today),
        documents=DocumentView(words),
        answers=LookupView(words, settings.portal_template, house.today, by_role=by_role),
        extracts=house.export_view,
        homes=house.home_view,
        rehearsals=RehearsalView(words, roles),
        later=outside.background,
        count=count_interaction,
        audit=house.audit,
    )
