"""What one can do in the pretend Azure: bill, pay, void, change roles."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sandbox.azure import AzureTenant, Invoice
from sandbox.azure.billing import PaymentMethod, Profile
from sandbox.page.fields import Fields, NotDone
from sandbox.page.role_book import RoleBook
from sandbox.page.settling import Settling

CARD_DELAY, WIRE_DELAY = 20.0, 120.0
"""Seconds until a payment shows; up to 24 hours and ten business days in the real Azure."""

_UNPAID = ("Due", "OverDue")
_REASONS = ("BankDeclined", "CardExpired", "IncorrectCardDetails", "Other")


class AzureActs:
    """The acts by name; each takes the request's fields and returns a sentence."""

    def __init__(self, tenant: AzureTenant, settling: Settling, roles: RoleBook) -> None:
        self._tenant, self._settling, self._random = tenant, settling, Random()
        self._acts: dict[str, Callable[[Fields], str]] = {
            "new_overdue": lambda given: self._bill(given, days=-10, status="OverDue"),
            "new_due": lambda given: self._bill(given, days=2, status="Due"),
            "pay": self._pay,
            "wire": self._wire,
            "settle_now": self._settle_now,
            "decline": self._decline,
            "void": self._void,
            "rebill": self._rebill,
            "change_amount": self._change_amount,
            "revoke_role": roles.revoke,
            "grant_role": roles.grant,
            "restore_roles": lambda _: roles.restore(),
        }

    def __call__(self, given: Fields) -> str:
        """Do what the field ``do`` says. Raises NotDone."""
        act = self._acts.get(given.text("do"))
        if act is None:
            raise NotDone(f"Azure cannot do that; it can {', '.join(self._acts)}.")
        return act(given)

    def _bill(self, given: Fields, *, days: int, status: str) -> str:
        profile = self._profile(given.text("profile", ""))
        amount = given.amount("amount", profile.currency)
        number = self._tenant.add_invoice(
            profile.account,
            profile.name,
            self._free_number(),
            amount=self._some_amount(profile.currency) if amount is None else amount,
            due=self._today() + timedelta(days=days),
            status=status,
            po=profile.po,
        )
        when = f"{-days} days overdue" if days < 0 else f"due in {days} days"
        return f"Invoice {number} over {self._money(number)} is {when}."

    def _pay(self, given: Fields) -> str:
        invoice = self._unpaid(given)
        method = self._method(invoice, given.text("method", ""))
        if method.family == "CheckWire":
            return self._wire(given)
        delay = given.seconds("delay", CARD_DELAY)
        amount = given.amount("amount", invoice.currency)
        if amount is not None and amount > invoice.amount_due:
            raise NotDone(f"Only {self._money(invoice.number)} is due.")
        self._settling.begin(invoice.number, method.name, amount, delay)
        return (
            f"{invoice.number} is being paid by {method.display_name}; it shows in {delay:.0f} s."
        )

    def _wire(self, given: Fields) -> str:
        invoice = self._unpaid(given)
        profile = self._tenant.accounts[invoice.account].profiles[invoice.profile]
        methods = profile.payment_methods.values()
        wires = [one.name for one in methods if one.family == "CheckWire"]
        if not wires:
            raise NotDone(f"{profile.display_name} cannot pay by wire.")
        delay = given.seconds("delay", WIRE_DELAY)
        self._settling.begin(invoice.number, wires[0], None, delay)
        return f"The wire for {invoice.number} is on its way; it arrives in {delay:.0f} s."

    def _settle_now(self, given: Fields) -> str:
        number = self._invoice(given).number
        if not self._settling.book(number):
            raise NotDone(f"No payment of {number} is under way.")
        return f"The payment of {number} has arrived."

    def _decline(self, given: Fields) -> str:
        invoice, reason = self._unpaid(given), given.text("reason", _REASONS[0])
        if reason not in _REASONS:
            raise NotDone(f"A card fails for one of these reasons: {', '.join(_REASONS)}.")
        self._settling.drop(invoice.number)
        self._tenant.decline(invoice.number, reason)
        return f"The payment of {invoice.number} failed: {reason}."

    def _void(self, given: Fields) -> str:
        number = self._unpaid(given).number
        self._settling.drop(number)
        self._tenant.void(number)
        return f"Invoice {number} is void."

    def _rebill(self, given: Fields) -> str:
        invoice = self._unpaid(given)
        self._settling.drop(invoice.number)
        new = self._tenant.rebill(invoice.number, given.amount("amount", invoice.currency))
        return f"Invoice {invoice.number} is void; {new} over {self._money(new)} replaces it."

    def _change_amount(self, given: Fields) -> str:
        invoice = self._unpaid(given)
        amount = given.amount("amount", invoice.currency)
        if amount is None:
            amount = (invoice.amount * Decimal("1.1")).quantize(invoice.amount)
        if amount <= invoice.paid:
            raise NotDone("More than that is paid already.")
        self._tenant.change_amount(invoice.number, amount)
        return f"{self._money(invoice.number)} is due on {invoice.number} now."

    def _invoice(self, given: Fields) -> Invoice:
        number = given.text("number")
        if number not in self._tenant.invoices:
            raise NotDone(f"There is no invoice {number}.")
        return self._tenant.invoices[number]

    def _unpaid(self, given: Fields) -> Invoice:
        invoice = self._invoice(given)
        if invoice.status not in _UNPAID or invoice.amount_due <= 0:
            raise NotDone(f"Nothing is to be paid on {invoice.number}: it is {invoice.status}.")
        return invoice

    def _method(self, invoice: Invoice, name: str) -> PaymentMethod:
        try:
            return self._tenant.payment_method(invoice.number, name or None)
        except (KeyError, StopIteration):
            raise NotDone(f"{invoice.number} cannot be paid that way.") from None

    def _profile(self, name: str) -> Profile:
        for account in self._tenant.accounts.values():
            for profile in account.profiles.values():
                if name in ("", profile.name, profile.display_name):
                    return profile
        raise NotDone(f"There is no billing profile “{name}”.")

    def _free_number(self) -> str:
        while (number := f"G{self._random.randrange(10**8, 10**9)}") in self._tenant.invoices:
            pass
        return number

    def _some_amount(self, currency: str) -> Decimal:
        if currency == "JPY":
            return Decimal(self._random.randrange(50_000, 900_000))
        return Decimal(self._random.randrange(50_000, 3_000_000)).scaleb(-2)

    def _money(self, number: str) -> str:
        invoice = self._tenant.invoices[number]
        return f"{invoice.amount_due:,} {invoice.currency}"

    def _today(self) -> datetime:
        return self._tenant.now().replace(hour=0, minute=0, second=0, microsecond=0)
