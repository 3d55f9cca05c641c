"""Offers and payments as the fields of Redis hashes."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from bot.domain.invoice import Status
from bot.domain.money import Money
from bot.domain.payment import Offer, Payment, State


def about(payment: Payment) -> dict[str, str]:
    """What every journal entry on a payment says."""
    return {
        "actor": payment.payer,
        "entra_id": payment.entra_id,
        "invoice": payment.invoice,
        "role": payment.role,
        "payment": payment.operation,
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
    )


def payment_fields(payment: Payment) -> dict[str, str]:
    """The hash fields of a payment."""
    return {
        "invoice": payment.invoice,
        "state": payment.state,
        "operation": payment.operation,
        "payer": payment.payer,
        "entra_id": payment.entra_id,
        "role": payment.role,
        "amount": str(payment.amount.amount),
        "currency": payment.amount.currency,
        "since": payment.since.isoformat(),
        "failures_before": str(payment.failures_before),
    }


def payment_of(fields: Mapping[str, str]) -> Payment:
    """The payment in a hash's fields."""
    return Payment(
        invoice=fields["invoice"],
        state=State(fields["state"]),
        operation=fields["operation"],
        payer=fields["payer"],
        entra_id=fields["entra_id"],
        role=fields["role"],
        amount=Money(Decimal(fields["amount"]), fields["currency"]),
        since=datetime.fromisoformat(fields["since"]),
        failures_before=int(fields["failures_before"]),
    )
