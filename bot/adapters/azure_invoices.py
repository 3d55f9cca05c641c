"""Azure's invoice JSON → ``Invoice``: one mapper for listed pages and for the SDK's models.

The SDK's models are mappings over the raw JSON, so both look alike here. Key casing varies
between service versions, ids come with or without a leading slash, dates with or without a zone.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bot.domain.invoice import (
    Invoice,
    PaymentFailed,
    PaymentMade,
    Status,
    invoice_number,
    is_invoice_number,
)
from bot.domain.money import Money

_PROFILE_ID = re.compile(
    r"/?providers/microsoft\.billing/billingaccounts/(?P<account>[A-Za-z0-9:_.-]{1,128})"
    r"/billingprofiles/(?P<profile>[A-Za-z0-9_-]{1,128})/?",
    re.IGNORECASE,
)
_LONGEST_TEXT = 200
_LEAST, _MOST = 1e-3, 1e15  # a float between them has few enough digits to be an amount
_SETTLED = frozenset({"Paid", "Void"})
_CURRENCY = re.compile(r"[A-Z]{3}")


def to_invoice(data: Mapping[str, Any]) -> Invoice:
    """The invoice in ``data`` (an ARM resource of type ``invoices``).

    Raises:
        ValueError: with the reason in a few words, where it cannot be trusted.
    """
    resource = _lower(data)
    fields = _lower(resource.get("properties"))
    place = _PROFILE_ID.fullmatch(_string(fields.get("billingprofileid")))
    if place is None:
        raise ValueError("it belongs to no billing profile")
    amount_due = _money(fields.get("amountdue"))
    if amount_due is None:
        raise ValueError("it has no amount due")
    return Invoice(
        number=invoice_number(_string(resource.get("name"))),
        billing_account=place["account"],
        billing_profile=place["profile"],
        billing_profile_name=_text(fields.get("billingprofiledisplayname")) or place["profile"],
        status=Status.of(fields.get("status")),
        amount_due=amount_due,
        total=_money(fields.get("totalamount")),
        invoice_date=_day(fields.get("invoicedate")),
        due_date=_day(fields.get("duedate")),
        purchase_order=_text(fields.get("purchaseordernumber")),
        document_type=_text(fields.get("documenttype")).lower() or "invoice",
        replaced_by=_replacement(fields),
        payments=tuple(_payment(entry) for entry in _entries(fields.get("payments"))),
        failed_payments=tuple(_failure(entry) for entry in _entries(fields.get("failedpayments"))),
    )


def settled_number(data: Any) -> str:  # noqa: ANN401  # any JSON
    """The number of an invoice that is plainly paid, void or without an amount due; "" otherwise.

    A look at what decides it, some twenty times cheaper than the whole invoice. Only the spelling
    the service uses today is plain; all that is written otherwise, twice, or makes no sense is
    left for ``to_invoice`` to judge.
    """
    try:
        name, fields = data["name"], data["properties"]
        status, due = fields["status"], fields["amountDue"]
        value, currency = due["value"], due["currency"]
        plain = _told_once(data) and _told_once(fields) and _told_once(due)
    except (KeyError, TypeError, AttributeError):
        return ""
    if not plain or type(status) is not str or type(value) not in (int, float):
        return ""
    if value > 0 and status not in _SETTLED:
        return ""
    if value != 0 and not _LEAST <= abs(value) < _MOST:  # nor NaN
        return ""
    if type(currency) is not str or not _CURRENCY.fullmatch(currency):
        return ""
    return name if type(name) is str and is_invoice_number(name) else ""


def _told_once(data: dict[str, Any]) -> bool:
    """Whether no key stands there twice in two cases."""
    return len(set(map(str.lower, data))) == len(data)


def told_number(data: object) -> str:
    """The invoice number in data that could not be mapped, as far as it can be told."""
    name = data.get("name") if isinstance(data, Mapping) else None
    return _text(name) or "?"


def _lower(data: object) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise ValueError("it is no object")  # noqa: TRY004  # one error for bad input
    return {str(key).lower(): value for key, value in data.items()}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    """Bounded text without control characters; "" for anything that is none."""
    return "".join(c for c in _string(value) if c.isprintable()).strip()[:_LONGEST_TEXT]


def _entries(value: object) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise ValueError("its payments are no list")
    return value or []


def _money(value: object) -> Money | None:
    if value is None:
        return None
    parts = _lower(value)
    return Money.of(parts.get("value"), parts.get("currency"))


def _moment(value: object) -> datetime | None:
    """Aware UTC; a time without a zone is UTC; None for none and for the service's sentinels."""
    if value is None or value == "":
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_string(value))
    if moment.year <= 1 or moment.year >= 9999:  # noqa: PLR2004  # 0001 and 9999 mean "none"
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _day(value: object) -> date | None:
    moment = _moment(value)
    return moment.date() if moment else None


def _replacement(fields: Mapping[str, Any]) -> str:
    """The number of the invoice billed in this void one's place.

    ``rebillDetails`` is no help: it tells of the earlier invoices that this one replaces.
    """
    return _text(_string(fields.get("billeddocumentid")).rstrip("/").rpartition("/")[2])


def _payment(entry: object) -> PaymentMade:
    parts = _lower(entry)
    method = parts.get("paymentmethodtype") or parts.get("paymentmethodfamily")
    return PaymentMade(_moment(parts.get("date")), _money(parts.get("amount")), _text(method))


def _failure(entry: object) -> PaymentFailed:
    parts = _lower(entry)
    return PaymentFailed(_moment(parts.get("date")), _text(parts.get("failedpaymentreason")))
