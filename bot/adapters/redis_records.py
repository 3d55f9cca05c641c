"""Offers and payments as the fields of Redis hashes."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from bot.domain.invoice import Status
from bot.domain.money import Money
from bot.domain.offer import Offer
from bot.domain.payment import Payment
from bot.domain.ways import Way

_PAYMENT = TypeAdapter(Payment)


def about(payment: Payment) -> dict[str, str]:
    """What every journal entry on a payment says."""
    return {
        "actor": payment.payer,
        "entra_id": payment.entra_id,
        "invoice": payment.invoice,
        "billing_profile": payment.billing_profile,
        "billing_account": payment.billing_account,
        "role": payment.role,
        "amount": str(payment.amount.amount),
        "currency": payment.amount.currency,
        "payment": payment.id or payment.operation,
        "operation": payment.operation,
        "reason": payment.reason,
    }


def about_offer(offer: Offer) -> dict[str, str]:
    """What every journal entry on an offer says."""
    return {
        "actor": offer.user,
        "invoice": offer.invoice,
        "billing_profile": offer.billing_profile,
        "billing_account": offer.billing_account,
        "amount": str(offer.amount.amount),
        "currency": offer.amount.currency,
        "payment": offer.token,
    }


def offer_fields(offer: Offer) -> dict[str, str]:
    """The hash fields of an offer."""
    return {
        "team": offer.team,
        "user": offer.user,
        "invoice": offer.invoice,
        "billing_account": offer.billing_account,
        "billing_profile": offer.billing_profile,
        "amount": str(offer.amount.amount),
        "currency": offer.amount.currency,
        "status": offer.status,
        "way": offer.way,
        "methods": offer.methods,
        "view": offer.view,
        "choices": json.dumps(offer.choices),
    }


def offer_of(token: str, fields: Mapping[str, str]) -> Offer:
    """The offer in a hash's fields."""
    return Offer(
        token=token,
        team=fields["team"],
        user=fields["user"],
        invoice=fields["invoice"],
        billing_account=fields["billing_account"],
        billing_profile=fields["billing_profile"],
        amount=Money(Decimal(fields["amount"]), fields["currency"]),
        status=Status(fields["status"]),
        way=Way(fields["way"]),
        methods=fields["methods"],
        view=fields["view"],
        choices=tuple(json.loads(fields.get("choices") or "[]")),
    )


def payment_fields(payment: Payment) -> dict[str, str]:
    """The hash fields of a payment; those that are empty are left out."""
    plain: dict[str, Any] = _PAYMENT.dump_python(payment, mode="json")
    money = plain.pop("amount")
    fields = {name: str(value) for name, value in plain.items() if value not in (None, "", False)}
    return fields | {"amount": str(payment.amount.amount), "currency": money["currency"]}


def payment_of(fields: Mapping[str, str]) -> Payment:
    """The payment in a hash's fields. Raises ``ValueError`` where they make none."""
    # One that was found in Slack knows neither whose it was in Entra nor by which role.
    plain: dict[str, Any] = {"entra_id": "", "role": "", **fields}
    plain.pop("currency", None)
    plain["amount"] = Money(Decimal(fields["amount"]), fields["currency"])
    payment = _PAYMENT.validate_python(plain)
    if payment.since.tzinfo is None or not isinstance(payment.since, datetime):
        raise ValueError("a payment's time has a time zone")
    return payment
