"""One payment's life: its states, and the arrows between them.

    offered ─▶ awaiting_approval ─▶ handed_off │ submitted ─▶ settled
       │              │                 │   ▲        │    └─▶ failed
       ├▶ cancelled   ├▶ cancelled      ▼   │        ▼    └─▶ stalled ─▶ settled
       └▶ expired     └▶ expired    wire_sent   unclear   ├─▶ superseded
                                                          └─▶ cancelled (given back)

``offered`` is the pending confirmation (``offer.Offer``); from its confirmation on it is a ``Payment``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.money import Money
from bot.domain.ways import Way, shown_by

APPROVAL_WITHIN = timedelta(hours=24)
FRESH_FOR = timedelta(seconds=30)
"""How old a role check may be when a step rests on it."""


class State(StrEnum):
    """Where a payment stands; see ``IN_FLIGHT`` for the states that withhold Pay now."""

    OFFERED = "offered"
    AWAITING_APPROVAL = "awaiting_approval"
    HANDED_OFF = "handed_off"
    SUBMITTED = "submitted"
    UNCLEAR = "unclear"
    WIRE_SENT = "wire_sent"
    SETTLED = "settled"
    FAILED = "failed"
    STALLED = "stalled"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


IN_FLIGHT = frozenset(
    {
        State.AWAITING_APPROVAL,
        State.HANDED_OFF,
        State.SUBMITTED,
        State.UNCLEAR,
        State.WIRE_SENT,
    }
)
NOT_OVER = IN_FLIGHT | {State.STALLED}
"""What Azure may still settle: a stalled payment can turn out to have been made after all."""

_AZURES_END = {State.SETTLED, State.FAILED, State.STALLED, State.SUPERSEDED}
ARROWS: Mapping[State, frozenset[State]] = {
    State.OFFERED: frozenset(
        {
            State.AWAITING_APPROVAL,
            State.HANDED_OFF,
            State.SUBMITTED,
            State.CANCELLED,
            State.EXPIRED,
        }
    ),
    State.AWAITING_APPROVAL: frozenset(
        {
            State.AWAITING_APPROVAL,  # the second payers are reminded
            State.HANDED_OFF,
            State.SUBMITTED,
            State.CANCELLED,
            State.EXPIRED,
            State.SUPERSEDED,
        }
    ),
    State.HANDED_OFF: frozenset({State.HANDED_OFF, State.WIRE_SENT, State.CANCELLED} | _AZURES_END),
    State.SUBMITTED: frozenset({State.SUBMITTED, State.UNCLEAR, State.HANDED_OFF} | _AZURES_END),
    State.UNCLEAR: frozenset({State.HANDED_OFF, State.CANCELLED} | _AZURES_END),
    State.WIRE_SENT: frozenset({State.HANDED_OFF, State.WIRE_SENT, State.CANCELLED} | _AZURES_END),
    State.STALLED: frozenset({State.SETTLED, State.SUPERSEDED}),
}
"""From each state where it may go; from the others nowhere. ``handed_off`` to itself is a take-over.

``handed_off``, ``wire_sent`` and ``unclear`` are cancelled by their payer alone, who gives it back.
"""


class Cause(StrEnum):
    """How a payment came to be cancelled."""

    WITHDRAWN = "withdrawn"
    """Its payer no longer asks for approval."""
    DECLINED = "declined"
    """A second payer said no."""
    ROLE_LOST = "role_lost"
    """Its payer could no longer pay when it was approved."""
    GIVEN_BACK = "given_back"
    """Its payer does not pay after all."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that was confirmed, and what became of it.

    Attributes:
        operation: the id of the transition that made this state, so that a resend is harmless.
        payer: the Slack user id.
        entra_id: the payer's Entra object id.
        role: the role key that allowed it.
        amount: what was due when it was confirmed.
        since: when it was confirmed (or taken over), aware UTC.
        failures_before, payments_before: how many of each Azure showed at that time.
        id: names the payment through all its states; the token of its offer.
        team: the payer's Slack team.
        changed: when the present state began, aware UTC; None where it began with ``since``.
        method: what Azure is to charge (``Way.API``), by Azure's own name.
        approver, approver_entra_id: the second payer, or "".
        reminded: whether the second payers have been reminded.
        earlier_payer: whom the payer took over from, or "".
        previous: the operation that had made the state before this one, or "".
        cause: how it came to be cancelled, where it was.
        reason: the words for the latest step: a person's own, or Azure's.
        wire_date, wire_reference: what the payer told of the wire.
        follow: the address of Azure's operation (``Way.API``), or "".
        sent: whether Azure may have been asked to charge it.
        charged: whether Azure says that it has; what is left is that the invoice shows it.
    """

    invoice: str
    state: State
    operation: str
    payer: str
    entra_id: str
    role: str
    amount: Money
    since: datetime
    failures_before: int = 0
    payments_before: int = 0
    id: str = ""
    team: str = ""
    billing_account: str = ""
    billing_profile: str = ""
    changed: datetime | None = None
    way: Way = Way.CARD
    method: str = ""
    approver: str = ""
    approver_entra_id: str = ""
    reminded: bool = False
    earlier_payer: str = ""
    previous: str = ""
    cause: Cause | None = None
    reason: str = ""
    wire_date: date | None = None
    wire_reference: str = ""
    follow: str = ""
    sent: bool = False
    charged: bool = False

    @property
    def is_in_flight(self) -> bool:
        """Whether Pay now is withheld because of it."""
        return self.state in IN_FLIGHT

    @property
    def came_back(self) -> bool:
        """Whether it was the bot's to make and Azure has charged nothing, so that the payer is to."""
        mine = bool(self.method) and not self.earlier_payer
        return self.state is State.HANDED_OFF and mine and bool(self.reason)

    @property
    def began(self) -> datetime:
        """When the present state began, aware UTC."""
        return self.changed or self.since

    @property
    def deadline(self) -> datetime | None:
        """When it should have come to an end, aware UTC; None where only Azure or a person ends it."""
        if self.state is State.AWAITING_APPROVAL:
            return self.since + APPROVAL_WITHIN
        if self.state in (State.HANDED_OFF, State.SUBMITTED, State.WIRE_SENT):
            return shown_by(self.way, self.began)
        return None


def step(payment: Payment, state: State, *, operation: str, at: datetime, **facts: Any) -> Payment:  # noqa: ANN401
    """The payment after a step to ``state``, begun ``at`` (aware UTC); ``facts`` are its new fields.

    Raises:
        ValueError: no arrow leads there.
    """
    if state not in ARROWS.get(payment.state, frozenset()):
        raise ValueError(f"no payment goes from {payment.state} to {state}")
    previous = payment.operation
    return replace(
        payment, state=state, operation=operation, previous=previous, changed=at, **facts
    )
