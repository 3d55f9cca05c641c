"""The pretend Azure as its own panel and portal show it."""

from dataclasses import asdict
from datetime import datetime

from sandbox.azure import AzureTenant, Invoice
from sandbox.azure.billing import Account
from sandbox.page.settling import Settling
from sandbox.slack import Message
from sandbox.slack.records import Json


def accounts_json(tenant: AzureTenant) -> list[Json]:
    """The billing accounts with their profiles and payment methods."""
    return [_account(account) for account in tenant.accounts.values()]


def invoices_json(tenant: AzureTenant, settling: Settling, cards: dict[str, Message]) -> list[Json]:
    """All invoices, the last due first; ``cards`` are the bot's, by invoice number."""
    return [
        _invoice(tenant, invoice, settling, cards.get(invoice.number))
        for invoice in sorted(tenant.invoices.values(), key=_when, reverse=True)
    ]


def _account(account: Account) -> Json:
    profiles = [
        {
            "name": profile.name,
            "display_name": profile.display_name,
            "currency": profile.currency,
            "status": profile.status,
            "methods": [asdict(method) for method in profile.payment_methods.values()],
        }
        for profile in account.profiles.values()
    ]
    return {"name": account.name, "display_name": account.display_name, "profiles": profiles}


def _invoice(
    tenant: AzureTenant, invoice: Invoice, settling: Settling, card: Message | None
) -> Json:
    profile = tenant.accounts[invoice.account].profiles[invoice.profile]
    return {
        "number": invoice.number,
        "profile": invoice.profile,
        "profile_name": profile.display_name,
        "account": invoice.account,
        "amount_due": str(invoice.amount_due),
        "total": str(invoice.amount),
        "currency": invoice.currency,
        "due": _day(invoice.due),
        "status": invoice.status,
        "issued": _day(invoice.issued),
        "payments": len(invoice.payments),
        "failed": len(invoice.failed_payments),
        "settling_in": settling.seconds_left(invoice.number),
        "card": {"channel": card.channel, "ts": card.ts} if card else None,
    }


def _when(invoice: Invoice) -> datetime:
    return invoice.due or invoice.issued


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None
