"""What came of a press or a confirmation: one type for each way it can end."""

from dataclasses import dataclass

from bot.domain.invoice import Invoice
from bot.domain.payment import Change, Offer, Payment, PaymentMethod
from bot.domain.policy import Grant, Refusal


@dataclass(frozen=True, slots=True)
class Offered:
    """May pay: the pending confirmation and what to show. ``methods`` is None where unreadable.

    ``changed`` is what has moved since an earlier offer of the same person, which this replaces.
    """

    offer: Offer
    invoice: Invoice
    grant: Grant
    methods: tuple[PaymentMethod, ...] | None
    changed: tuple[Change, ...] = ()


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
class NeedsSecondPayer:
    """Above the four-eyes amount, which this version does not let anybody start."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Gone:
    """The confirmation was used, withdrawn, or has expired; nothing was started."""


@dataclass(frozen=True, slots=True)
class HandedOff:
    """This person, and nobody else, is paying the invoice now."""

    payment: Payment
    invoice: Invoice


PressResult = Offered | Denied | NotPayable | Taken | NeedsSecondPayer
ConfirmResult = PressResult | Gone | HandedOff
