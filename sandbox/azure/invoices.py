"""What an invoice of the pretend tenant is made of. Times are aware UTC, money is Decimal."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sandbox.azure.billing import PROVIDER

MISSING: Final = object()
"""As a value in ``Invoice.raw``: the service leaves this key out."""

Quirk = Literal["lowercase-subtotal", "id-without-slash"]


@dataclass
class Payment:
    """A payment Azure has booked, in the invoice's currency."""

    at: datetime
    amount: Decimal
    family: str = "CreditCard"
    type: str = "visa"
    kind: str = "Charged"


@dataclass
class FailedPayment:
    """An attempt that failed: ``BankDeclined``, ``CardExpired``, ``IncorrectCardDetails``, ``Other``."""

    at: datetime
    reason: str


@dataclass
class Rebill:
    """What an invoice replaces: resource ids of the old invoice and of its credit note."""

    invoice_id: str
    credit_note_id: str
    earlier: "Rebill | None" = None


@dataclass
class Invoice:
    """An invoice or credit note.

    Attributes:
        number: the invoice's name, e.g. ``G100000001``.
        account: name of the billing account.
        profile: name of the billing profile.
        currency: ISO code.
        amount: the total when it was made; negative on a credit note.
        amount_due: what is left to pay now.
        status: any text; Azure's are Due, OverDue, Paid, Void, Locked, Other.
        due: the due date, or None where Azure gives none.
        issued: when it was made.
        period: first and last moment of the billing period.
        document_type: ``Invoice``, ``CreditNote``, ...
        po: purchase order number; None leaves the key out.
        payments: booked payments, oldest first.
        failed_payments: failed attempts, oldest first.
        rebill: what it replaces.
        billed_document: on a void invoice, resource id of the one billed instead.
        credit_for: on a credit note, resource id of the invoice it cancels.
        quirks: peculiarities of the live service this invoice shows.
        raw: JSON properties that replace the usual ones, for malformed answers.
    """

    number: str
    account: str
    profile: str
    currency: str
    amount: Decimal
    amount_due: Decimal
    status: str
    due: datetime | None
    issued: datetime
    period: tuple[datetime, datetime]
    document_type: str = "Invoice"
    po: str | None = None
    payments: list[Payment] = field(default_factory=list)
    failed_payments: list[FailedPayment] = field(default_factory=list)
    rebill: Rebill | None = None
    billed_document: str | None = None
    credit_for: str | None = None
    quirks: frozenset[Quirk] = frozenset()
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The resource id."""
        return f"{PROVIDER}/{self.account}/invoices/{self.number}"

    @property
    def paid(self) -> Decimal:
        """Sum of the booked payments."""
        return sum((payment.amount for payment in self.payments), Decimal(0))
