"""The pretend tenant: directory, billing and invoices, with everything that can happen to them."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sandbox.azure.billing import Billing, PaymentMethod
from sandbox.azure.invoices import FailedPayment, Invoice, Payment, Quirk, Rebill
from sandbox.azure.operations import Operation
from sandbox.azure.switches import Switches
from sandbox.azure.tokens import TokenBook

TERMS = timedelta(days=30)
SETTLED = ("Paid", "Void")


@dataclass
class AzureTenant(Billing):
    """One tenant with everything in it.

    Attributes:
        switches: how the service behaves where the real one varies.
        invoices: by number.
        raw_invoices: JSON put first into the listings as it is, however malformed; an item whose
            ``id`` names an account shows up in that account only.
        operations: long-running operations by name, oldest first; none is ever forgotten.
        signatures: what signs a document's URL: invoice number and when it expires.
        bot_id: object id of the bot's service principal.
        bot_client_id: its application id.
        identity_secret: what ``X-IDENTITY-HEADER`` must say.
        tokens: the access tokens given out.
    """

    switches: Switches = field(default_factory=Switches, kw_only=True)
    invoices: dict[str, Invoice] = field(default_factory=dict, kw_only=True)
    raw_invoices: list[Any] = field(default_factory=list, kw_only=True)
    operations: dict[str, Operation] = field(default_factory=dict, kw_only=True)
    signatures: dict[str, tuple[str, datetime]] = field(default_factory=dict, kw_only=True)
    bot_id: str = field(init=False)
    bot_client_id: str = field(init=False)
    identity_secret: str = field(default_factory=lambda: secrets.token_hex(16), kw_only=True)
    tokens: TokenBook = field(init=False)

    def __post_init__(self) -> None:
        self.bot_id = self.guid("service principal", "bot")
        self.bot_client_id = self.guid("application", "bot")
        self.tokens = TokenBook(self.tenant_id, self.bot_id, self.bot_client_id)

    def add_invoice(
        self,
        account: str,
        profile: str,
        number: str | None = None,
        *,
        amount: Decimal,
        due: datetime | None,
        currency: str | None = None,
        status: str = "Due",
        document_type: str = "Invoice",
        issued: datetime | None = None,
        period: tuple[datetime, datetime] | None = None,
        po: str | None = None,
        payments: Iterable[Payment] = (),
        failed_payments: Iterable[FailedPayment] = (),
        amount_due: Decimal | None = None,
        rebill: Rebill | None = None,
        credit_for: str | None = None,
        quirks: Iterable[Quirk] = (),
        raw: dict[str, Any] | None = None,
    ) -> str:
        """Add an invoice and return its number; the fields are those of ``Invoice``.

        Left out: ``number`` is the next free one, ``currency`` the profile's, ``issued`` 30 days
        before the due date, ``period`` the calendar month before that, ``amount_due`` nothing
        when Paid or Void and else the amount less its payments.

        Raises:
            KeyError: no such account or profile.
            ValueError: the number is taken.
        """
        billed = self.accounts[account].profiles[profile]
        number = number or self._next_number()
        if number in self.invoices:
            raise ValueError(f"{number} exists already")
        issued = issued or (due - TERMS if due else self.now())
        invoice = Invoice(
            number,
            account,
            profile,
            currency or billed.currency,
            amount,
            Decimal(0),
            status,
            due,
            issued,
            period or _month_before(issued),
            document_type=document_type,
            po=po,
            payments=list(payments),
            failed_payments=list(failed_payments),
            rebill=rebill,
            credit_for=credit_for,
            quirks=frozenset(quirks),
            raw=raw or {},
        )
        usual = Decimal(0) if status in SETTLED else amount - invoice.paid
        invoice.amount_due = usual if amount_due is None else amount_due
        self.invoices[number] = invoice
        self.announce("invoice", invoice=number)
        return number

    def _next_number(self) -> str:
        numbers = (f"G{serial}" for serial in count(100_000_001 + len(self.invoices)))
        return next(number for number in numbers if number not in self.invoices)

    def payment_method(self, number: str, method: str | None = None) -> PaymentMethod:
        """A payment method of the invoice's profile, its first when None; KeyError if not linked."""
        invoice = self.invoices[number]
        methods = self.accounts[invoice.account].profiles[invoice.profile].payment_methods
        return methods[method] if method else next(iter(methods.values()))

    def pay(self, number: str, method: str | None = None, amount: Decimal | None = None) -> None:
        """Book a payment: of the whole amount due, or of a part of it.

        Args:
            number: the invoice.
            method: name of a payment method of its profile, the first when None.
            amount: in the invoice's currency.

        Raises:
            KeyError: no such invoice or payment method.
            ValueError: nothing is due, or less than ``amount``.
        """
        invoice = self.invoices[number]
        amount = invoice.amount_due if amount is None else amount
        if invoice.status in SETTLED or not 0 < amount <= invoice.amount_due:
            raise ValueError(f"{number} has no {amount} {invoice.currency} to pay")
        used = self.payment_method(number, method)
        invoice.payments.append(Payment(self.now(), amount, used.family, used.type))
        invoice.amount_due -= amount
        if not invoice.amount_due:
            invoice.status = "Paid"
        self.announce("invoice", invoice=number)

    def decline(self, number: str, reason: str = "BankDeclined") -> None:
        """Let a payment attempt fail; the invoice stays as it is."""
        self.invoices[number].failed_payments.append(FailedPayment(self.now(), reason))
        self.announce("invoice", invoice=number)

    def void(self, number: str) -> None:
        """Void an invoice: nothing is due any more."""
        invoice = self.invoices[number]
        invoice.status, invoice.amount_due = "Void", Decimal(0)
        self.announce("invoice", invoice=number)

    def rebill(self, number: str, amount: Decimal | None = None) -> str:
        """Void an invoice, credit it, bill it anew, and return the new number.

        The new invoice is due as long after now as the terms have it; ``amount`` is the old one's
        when None.
        """
        old = self.invoices[number]
        credit = self.add_invoice(
            old.account,
            old.profile,
            amount=-old.amount,
            due=None,
            currency=old.currency,
            status="Paid",
            document_type="CreditNote",
            period=old.period,
            credit_for=old.id,
        )
        new = self.add_invoice(
            old.account,
            old.profile,
            amount=old.amount if amount is None else amount,
            due=self.now() + TERMS,
            currency=old.currency,
            period=old.period,
            po=old.po,
            rebill=Rebill(old.id, self.invoices[credit].id, old.rebill),
        )
        old.billed_document = self.invoices[new].id
        self.void(number)
        return new

    def change_amount(self, number: str, amount: Decimal) -> None:
        """Change the total; booked payments stay."""
        invoice = self.invoices[number]
        invoice.amount, invoice.amount_due = amount, amount - invoice.paid
        self.announce("invoice", invoice=number)

    def switch_status(self, number: str, status: str) -> None:
        """Show another status, even one Azure does not know; nothing else changes."""
        self.invoices[number].status = status
        self.announce("invoice", invoice=number)

    def keep_operation(self, operation: Operation) -> None:
        """Put a new or finished operation on record."""
        self.operations[operation.name] = operation
        self.announce("operation", operation=operation.name, invoice=operation.invoice)

    def remove_invoice(self, number: str) -> None:
        """Make an invoice disappear."""
        del self.invoices[number]
        self.announce("invoice", invoice=number)


def _month_before(moment: datetime) -> tuple[datetime, datetime]:
    first_of_next = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = first_of_next - timedelta(seconds=1)
    return last.replace(day=1, hour=0, minute=0, second=0), last
