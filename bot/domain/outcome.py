"""What came of a press or a confirmation: one type for each way it can end."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.invoice import Invoice
from bot.domain.offer import Change, Offer
from bot.domain.payment import Payment
from bot.domain.paynow import Choices
from bot.domain.policy import Grant, Refusal
from bot.domain.ways import PaymentMethod


@dataclass(frozen=True, slots=True)
class Offered:
    """May pay: the pending confirmation and what to show. ``methods`` is None where unreadable.

    ``changed`` is what has moved since an earlier offer of the same person, which this replaces;
    ``needs_approval`` tells that a second payer will have to approve; ``choices`` is what the bot
    may charge itself, None where it never does or the invoice is to be paid by wire; ``lost`` is when
    the bot has lost its memory, if that was lately: a payment may be under way that it does not know.
    """

    offer: Offer
    invoice: Invoice
    grant: Grant
    methods: tuple[PaymentMethod, ...] | None
    changed: tuple[Change, ...] = ()
    needs_approval: bool = False
    choices: Choices | None = None
    lost: datetime | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """May not pay, and why; ``profile`` is the billing profile's name or ""."""

    refusal: Refusal
    profile: str = ""


@dataclass(frozen=True, slots=True)
class NotPayable:
    """The invoice is not to be paid (any more): paid, void, credited, locked ..."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody is paying it already: ``mine`` where it is the asker."""

    payment: Payment
    invoice: Invoice
    mine: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """The confirmation was used, withdrawn, or has expired; nothing was started."""


@dataclass(frozen=True, slots=True)
class HandedOff:
    """This person, and nobody else, is paying the invoice now. ``methods`` as in ``Offered``."""

    payment: Payment
    invoice: Invoice
    methods: tuple[PaymentMethod, ...] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Azure was asked to charge the payment; its state tells what came of that at once."""

    payment: Payment
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class AwaitingApproval:
    """Confirmed, and waiting for a second payer's approval."""

    payment: Payment
    invoice: Invoice


PressResult = Offered | Denied | NotPayable | Taken
ConfirmResult = PressResult | Gone | HandedOff | Asked | AwaitingApproval
