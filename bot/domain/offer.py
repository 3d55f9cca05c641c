"""A pending confirmation: what one person was shown, and what has moved since."""

from dataclasses import dataclass

from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.domain.ways import Way


@dataclass(frozen=True, slots=True)
class Offer:
    """A pending confirmation: what one person was shown and may confirm once.

    Attributes:
        token: opaque, the only part that travels through Slack.
        team, user: the Slack ids it is bound to.
        invoice: the invoice number.
        billing_account, billing_profile: where it lies and where the role was found.
        amount: the amount due as shown.
        status: the invoice's status as shown.
        way: how it is to be paid.
        methods: the payment methods as shown, in one line, or "" where they could not be read.
        view: the Slack id of the modal it is shown in.
        choices: Azure's names of the methods to choose from (``Way.API``), in the order shown.
    """

    token: str
    team: str
    user: str
    invoice: str
    billing_account: str
    billing_profile: str
    amount: Money
    status: Status
    way: Way = Way.CARD
    methods: str = ""
    view: str = ""
    choices: tuple[str, ...] = ()

    def choice(self, position: str) -> str:
        """Azure's name of the method at this position (digits from a form), or ""."""
        at = int(position) if position.isascii() and position.isdecimal() else -1
        return self.choices[at] if 0 <= at < len(self.choices) else ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between what was shown and what Azure says now.

    ``what`` is ``amount``, ``status``, ``methods``, or ``choice``: the method to be charged, which
    is not to be had (any more).
    """

    what: str
    old: Money | Status | str
    new: Money | Status | str


def changes(offer: Offer, invoice: Invoice, methods: str = "") -> tuple[Change, ...]:
    """What has moved since the offer was made; empty means it may be confirmed as shown.

    ``methods`` are those of now, in one line, "" where they could not be read.
    """
    found: list[Change] = []
    if offer.amount != invoice.amount_due:
        found.append(Change("amount", offer.amount, invoice.amount_due))
    if offer.status is not invoice.status:
        found.append(Change("status", offer.status, invoice.status))
    if offer.methods and methods and offer.methods != methods:
        found.append(Change("methods", offer.methods, methods))
    return tuple(found)
