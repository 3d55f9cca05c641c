"""Long-running operations: asked for now, finished after a few polls."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal


@dataclass
class Operation:
    """A download or a payment under way.

    Attributes:
        name: ``invoiceDownload_<guid>`` or ``paynow_<guid>``, last part of its result's address.
        kind: what it does.
        invoice: the invoice's number.
        started: when it was accepted.
        polls_left: how many more times it says "not yet".
        amount: money to move, in the invoice's currency; payments only.
        method: name of the payment method; payments only.
        result: the final answer's body, None while under way.
    """

    name: str
    kind: Literal["download", "paynow"]
    invoice: str
    started: datetime
    polls_left: int
    amount: Decimal | None = None
    method: str | None = None
    result: dict[str, Any] | None = None
