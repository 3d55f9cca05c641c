"""The pay-now preview: who may pay what, and what a payment does to the invoice."""

from typing import Any

from sandbox.azure.billing import PROVIDER
from sandbox.azure.invoices import Invoice
from sandbox.azure.operations import Operation
from sandbox.azure.tenant import AzureTenant


def ineligible(tenant: AzureTenant, invoice: Invoice) -> str | None:
    """The reason code why the bot cannot pay the invoice now, or None."""
    if tenant.switches.paynow_reason:
        return tenant.switches.paynow_reason
    roles = tenant.roles_of(tenant.bot_id, invoice.account, invoice.profile)
    if not any(role.pays for role in roles):
        return "InsufficientPermissions"
    if invoice.status == "Paid":
        return "DuplicatePayment"
    if invoice.status not in ("Due", "OverDue"):
        return "NotEligible"
    if invoice.amount_due <= 0:
        return "InvalidAmount"
    limit = tenant.switches.paynow_limits.get(invoice.currency)
    if limit is not None and invoice.amount_due > limit:
        return "PayNowLimitExceeded"
    return None


def eligibility(tenant: AzureTenant, invoice: Invoice | None) -> dict[str, Any]:
    """The answer of ``validatePaynowEligibility``."""
    reason = "InvoiceNotFound" if invoice is None else ineligible(tenant, invoice)
    if invoice is None or reason:
        return {"reasonCode": reason, "paymentMethods": []}
    methods = tenant.accounts[invoice.account].profiles[invoice.profile].payment_methods
    return {
        "paymentMethods": [
            {"family": method.family, "type": method.type, "isEligible": True}
            if method.family != "CheckWire"
            else {"family": method.family, "isEligible": False, "reasonCode": "NotEligible"}
            for method in methods.values()
        ]
    }


def finish_paynow(tenant: AzureTenant, operation: Operation) -> dict[str, Any]:
    """Move the money, or not, and return the operation's final body."""
    invoice = tenant.invoices[operation.invoice]
    fault = _fault(tenant, operation, invoice)
    result: dict[str, Any] = {
        "id": f"{PROVIDER}/{invoice.account}/operationResults/{operation.name}",
        "name": operation.name,
        "status": "Faulted" if fault else tenant.switches.paynow_outcome,
    }
    if fault:
        result["error"] = {"code": fault, "message": f"The payment failed: {fault}."}
    elif tenant.switches.paynow_settles:
        tenant.pay(invoice.number, operation.method, operation.amount)
    return result


def _fault(tenant: AzureTenant, operation: Operation, invoice: Invoice) -> str | None:
    reason = ineligible(tenant, invoice)
    if reason:
        return reason
    if operation.amount != invoice.amount_due:
        return "InvalidAmount"
    if tenant.switches.paynow_outcome == "Faulted":
        tenant.decline(invoice.number)
        return "BankDeclined"
    return None
