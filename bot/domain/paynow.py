"""Azure's pay-now preview (``PAYMENT_MODE=api``): what the bot may charge, and what Azure answers.

Source: the operations ``validatePaynowEligibility`` and ``paynow`` of api-version
2024-08-01-preview of Microsoft.Billing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.offer import Change
from bot.domain.ways import PaymentMethod

NOT_OFFERED = "not offered"
"""The tenant does not have the preview."""
NOT_ALLOWED = "not allowed"
"""The bot holds no role that may pay."""
NOT_TOLD = "not told"
"""Azure did not answer."""
SENT_BEFORE = "sent before"
"""The bot has tried before, and what became of that is not certain."""
NOT_KEPT = "not kept"
"""The store cannot promise to keep that Azure was asked."""
TOO_LATE = "too late"
"""The bot was held up between the confirmation and the asking."""
NOT_SENT = "not sent"
"""The request never left: no sign-in, or no connection."""
DUPLICATE = "DuplicatePayment"


@dataclass(frozen=True, slots=True)
class MethodEligibility:
    """Whether one kind of payment method can be charged: its family, its type in it or "".

    ``reason`` is Azure's code where it cannot; names are in lower case.
    """

    family: str
    type: str
    eligible: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What Azure says of paying an invoice now; ``reason`` is its code where it cannot be at all."""

    reason: str = ""
    methods: tuple[MethodEligibility, ...] = ()

    def of(self, method: PaymentMethod) -> MethodEligibility | None:
        """What it says of this method: by family and type, else by family as a whole."""
        family = [one for one in self.methods if one.family == method.family]
        exact = [one for one in family if one.type and one.type == method.kind]
        whole = [one for one in family if not one.type]
        return next(iter([*exact, *whole]), None)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the bot may charge for an invoice.

    Attributes:
        offered: the methods to choose from, maybe none.
        barred: the others that Azure says something of, each with its reason code.
        reason: why there are none at all: Azure's code, or one of this module's words.
    """

    offered: tuple[PaymentMethod, ...] = ()
    barred: tuple[tuple[PaymentMethod, str], ...] = ()
    reason: str = ""


def choices(told: Eligibility | str, methods: Sequence[PaymentMethod] | None) -> Choices:
    """The methods that can be charged; ``told`` is a word of this module where Azure was not asked.

    In doubt a method is not offered: where Azure says nothing of it, or it has no name.
    """
    if isinstance(told, str):
        return Choices(reason=told)
    if told.reason:
        return Choices(reason=told.reason)
    said = [(method, told.of(method)) for method in methods or ()]
    offered = tuple(m for m, one in said if one is not None and one.eligible and m.id)
    barred = tuple((m, one.reason) for m, one in said if one is not None and not one.eligible)
    return Choices(offered, barred, "" if offered else "NotEligible")


def unavailable(method: str, now: Choices) -> tuple[Change, ...]:
    """The change to be told where the chosen method (Azure's name) cannot be charged (any more)."""
    if method in {one.id for one in now.offered}:
        return ()
    return (Change("choice", "", "; ".join(one.label for one in now.offered)),)


class Outcome(StrEnum):
    """What an answer of Azure to ``paynow``, or to a question after it, means."""

    RUNNING = "running"
    CHARGED = "charged"
    FAULTED = "faulted"
    """Azure says that no money moved."""
    REFUSED = "refused"
    """Nothing was begun, surely."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of Azure.

    Attributes:
        outcome: what it means.
        reason: why, in a word: Azure's error code, one of this module's words, ``http 503`` ...
        follow: where the running operation can be asked after, a path on Azure's own host, or "".
        retry_after: how long to wait before that, seconds, 0 where untold.
    """

    outcome: Outcome
    reason: str = ""
    follow: str = ""
    retry_after: float = 0.0
