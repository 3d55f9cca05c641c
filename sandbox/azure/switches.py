"""How the pretend Azure behaves where the real one varies."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

Denial = Literal["unauthorized", "forbidden", "not_found", "empty"]
PaynowOffer = Literal[
    "unsupported",  # the preview api-version is unknown: 400
    "missing",  # the version is known, the operation is not: 404
    "forbidden",  # the operation is there, but not for service principals: 403
    "offered",
]


@dataclass
class Switches:
    """Set them at any time; they hold from the next request on.

    Attributes:
        denial: what a caller without a role gets: 401 "No claims present", 403, 404, or an empty
            list (404 on single reads).
        page_size: most items on one page of any listing.
        paynow: whether the tenant has the pay-now preview.
        paynow_outcome: how an operation that could succeed ends.
        paynow_settles: whether a success books the payment at once; else it takes ``tenant.pay``.
        paynow_reason: a reason code to be told in place of the usual one, "" for none.
        paynow_at_once: whether ``paynow`` answers 200 with its result instead of 202.
        paynow_limits: most that a card may pay, by currency.
        polls: how often a long-running operation says "not yet" before its result.
        retry_after: whole seconds in the Retry-After of a long-running operation; the live service
            says 10. With 0, azure-core polls at the interval its caller gives it.
        document_url: an address to be told in place of a document's own, "" for none.
        download_lifetime: how long a document URL works.
    """

    denial: Denial = "unauthorized"
    page_size: int = 50
    paynow: PaynowOffer = "unsupported"
    paynow_outcome: Literal["Succeeded", "Completed", "Faulted"] = "Succeeded"
    paynow_settles: bool = True
    paynow_reason: str = ""
    paynow_at_once: bool = False
    paynow_limits: dict[str, Decimal] = field(default_factory=lambda: {"USD": Decimal(50_000)})
    polls: int = 1
    retry_after: int = 10
    document_url: str = ""
    download_lifetime: timedelta = timedelta(hours=1)
