"""A pretend Azure: managed identity, the billing part of Resource Manager, Microsoft Graph."""

from sandbox.azure.billing import PaymentMethod, card, wire
from sandbox.azure.invoices import MISSING, FailedPayment, Invoice, Payment, Rebill
from sandbox.azure.server import AzureUrls, azure_servers
from sandbox.azure.tenant import AzureTenant

__all__ = [
    "MISSING",
    "AzureTenant",
    "AzureUrls",
    "FailedPayment",
    "Invoice",
    "Payment",
    "PaymentMethod",
    "Rebill",
    "azure_servers",
    "card",
    "wire",
]
