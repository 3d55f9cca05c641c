"""What the listeners work with."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.ports import Modals
from bot.services.cards import CardDesk
from bot.services.export import Export
from bot.services.lookup import Lookup
from bot.services.payments import PaymentDesk
from bot.services.refresh import Refresh
from bot.views.confirm import ConfirmView
from bot.views.export import ExportView
from bot.views.lookup import LookupView


@dataclass(frozen=True, slots=True)
class Desk:
    """The services and views behind the listeners.

    Attributes:
        later: runs work once Slack has its answer.
        count: counts an interaction by kind and outcome, for the metrics.
    """

    payments: PaymentDesk
    lookup: Lookup
    cards: CardDesk
    refresh: Refresh
    export: Export
    modals: Modals
    confirm: ConfirmView
    answers: LookupView
    extracts: ExportView
    later: Callable[[Coroutine[Any, Any, None]], None]
    count: Callable[[str, str], None]
