"""What the listeners work with."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.ports import Channels, Modals
from bot.services.approvals import Approvals
from bot.services.assigning import Assigning
from bot.services.audit import Audit
from bot.services.cards import CardDesk
from bot.services.documents import InvoicePdf
from bot.services.export import Export
from bot.services.home import HomeDesk
from bot.services.lookup import Lookup
from bot.services.noting import Noting
from bot.services.payments import PaymentDesk
from bot.services.refresh import Refresh
from bot.services.rehearsal import Rehearsal
from bot.services.snoozing import Snoozing
from bot.services.takeover import TakeOver
from bot.services.wiring import Wiring
from bot.views.approval import ApprovalView
from bot.views.assigning import AssignView
from bot.views.confirm import ConfirmView
from bot.views.document import DocumentView
from bot.views.export import ExportView
from bot.views.home import HomeView
from bot.views.lookup import LookupView
from bot.views.noting import NoteView
from bot.views.rehearsal import RehearsalView
from bot.views.snooze import SnoozeView
from bot.views.takeover import TakeOverView
from bot.views.wire import WireView


@dataclass(frozen=True, slots=True)
class Desk:
    """The services and views behind the listeners.

    Attributes:
        later: runs work once Slack has its answer.
        count: counts an interaction by kind and outcome, for the metrics.
        audit: keeps it in the audit trail.
    """

    payments: PaymentDesk
    approvals: Approvals
    takeover: TakeOver
    snoozing: Snoozing
    assigning: Assigning
    noting: Noting
    wiring: Wiring
    pdf: InvoicePdf
    lookup: Lookup
    cards: CardDesk
    refresh: Refresh
    export: Export
    home: HomeDesk
    rehearsal: Rehearsal
    modals: Modals
    channels: Channels
    confirm: ConfirmView
    approval_windows: ApprovalView
    takeover_windows: TakeOverView
    snooze_windows: SnoozeView
    assign_windows: AssignView
    note_windows: NoteView
    wires: WireView
    documents: DocumentView
    answers: LookupView
    extracts: ExportView
    homes: HomeView
    rehearsals: RehearsalView
    later: Callable[[Coroutine[Any, Any, None]], None]
    count: Callable[[str, str], None]
    audit: Audit
