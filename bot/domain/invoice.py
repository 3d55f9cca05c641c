"""An invoice of a Microsoft Customer Agreement, and what its fields mean for chasing it.

The rules on status and documents follow Microsoft's billing REST reference (2024-04-01) and what
the live service was seen to do: a long unpaid invoice may stay ``Due`` for years after its date.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.money import Money

_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{1,62}[A-Z0-9])")


class Status(StrEnum):
    """What Azure says of an invoice; ``UNKNOWN`` is any word this bot has never heard."""

    DUE = "due"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"
    LOCKED = "locked"
    OTHER = "other"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, word: object) -> "Status":
        """The status for Azure's word in any case; ``PastDue`` (in older examples) is ``OVERDUE``."""
        told = getattr(word, "value", word)
        text = told.strip().lower() if isinstance(told, str) else ""
        if text == "pastdue":
            return cls.OVERDUE
        return cls(text) if text in cls._value2member_map_ else cls.UNKNOWN


def invoice_number(text: str) -> str:
    """The invoice number in ``text`` in its one spelling, e.g. ``"g123456789 "`` → ``"G123456789"``.

    Raises:
        ValueError: it has not the shape of an invoice number (3 to 64 letters, digits, hyphens).
    """
    number = text.strip().upper()
    if not is_invoice_number(number):
        raise ValueError("an invoice number is 3 to 64 letters, digits or hyphens")
    return number


def is_invoice_number(text: str) -> bool:
    """Whether ``text`` is an invoice number in its one spelling."""
    return _NUMBER.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class PaymentMade:
    """A payment Azure has booked on an invoice; date (aware UTC) and amount where it told them."""

    date: datetime | None
    amount: Money | None
    method: str


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A payment that failed: Azure's reason, e.g. ``CardExpired``."""

    date: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice as Azure told it.

    Attributes:
        number: the invoice number, upper case, e.g. ``G123456789``; unique over all accounts.
        billing_account: the account's name, e.g. ``guid:guid_2019-05-31``.
        billing_profile: the profile's name, e.g. ``TIIZ-Q3Y4-BG7-TGB``.
        billing_profile_name: what people call the profile.
        status: Azure's status, read leniently.
        amount_due: what is still owed; zero or negative on credit notes.
        total: what was billed, or None.
        invoice_date: the day it was made out, or None.
        due_date: the calendar day it is due, or None where Azure gave none.
        purchase_order: the customer's own reference, maybe "".
        document_type: ``invoice``, ``creditnote``, ``voidnote``, ``taxreceipt`` or another word.
        replaced_by: the number of the invoice that took its place, or "".
    """

    number: str
    billing_account: str
    billing_profile: str
    billing_profile_name: str
    status: Status
    amount_due: Money
    total: Money | None = None
    invoice_date: date | None = None
    due_date: date | None = None
    purchase_order: str = ""
    document_type: str = "invoice"
    replaced_by: str = ""
    payments: tuple[PaymentMade, ...] = ()
    failed_payments: tuple[PaymentFailed, ...] = ()

    @property
    def is_unpaid(self) -> bool:
        """Whether money is still owed, whatever its status is called."""
        return self.amount_due.is_positive and self.status not in (Status.PAID, Status.VOID)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it: paid, void, credited or replaced.

        One that is merely locked or of unknown status is not over; it is watched on.
        """
        return not self.is_unpaid or bool(self.replaced_by)

    @property
    def is_payable(self) -> bool:
        """Whether it may be chased and offered for payment: in any doubt it may not."""
        return (
            self.status in (Status.DUE, Status.OVERDUE)
            and self.amount_due.is_positive
            and self.document_type == "invoice"
            and not self.replaced_by
        )

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed unpaid; ``Due`` past its date counts as overdue."""
        if self.status is Status.OVERDUE:
            return self.is_unpaid
        return (
            self.status is Status.DUE
            and self.is_unpaid
            and self.due_date is not None
            and self.due_date < today
        )

    def days_overdue(self, today: date) -> int:
        """Whole days past the due date; 0 before it or where there is none."""
        return max(0, (today - self.due_date).days) if self.due_date else 0
