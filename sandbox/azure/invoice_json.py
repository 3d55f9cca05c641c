"""An invoice as Resource Manager shows it, with the quirks of the live service."""

from decimal import Decimal
from typing import Any

from sandbox.azure.billing import Profile
from sandbox.azure.billing_json import instant, without_none
from sandbox.azure.invoices import MISSING, Invoice, Rebill


def invoice_json(invoice: Invoice, profile: Profile) -> dict[str, Any]:
    """The whole resource; ``invoice.raw`` has the last word on its properties."""
    properties = {
        **_dates(invoice),
        **_amounts(invoice),
        **_papers(invoice),
        "status": invoice.status,
        "billingProfileId": profile.id,
        "billingProfileDisplayName": profile.display_name,
        "payments": _payments(invoice),
        "failedPayments": _failed_payments(invoice),
    }
    shown = without_none(properties) | invoice.raw
    return {
        "id": invoice.id.lstrip("/") if "id-without-slash" in invoice.quirks else invoice.id,
        "name": invoice.number,
        "type": "Microsoft.Billing/billingAccounts/invoices",
        "properties": {name: value for name, value in shown.items() if value is not MISSING},
    }


def _dates(invoice: Invoice) -> dict[str, Any]:
    return {
        "dueDate": invoice.due and instant(invoice.due),
        "invoiceDate": instant(invoice.issued),
        "invoicePeriodStartDate": instant(invoice.period[0]),
        "invoicePeriodEndDate": instant(invoice.period[1]),
        "isMonthlyInvoice": invoice.document_type == "Invoice",
    }


def _amounts(invoice: Invoice) -> dict[str, Any]:
    def money(amount: Decimal) -> dict[str, Any]:
        # JSON has one kind of number; this is the only place where an amount becomes one.
        return {"currency": invoice.currency, "value": float(amount)}

    is_credit = invoice.document_type == "CreditNote"
    subtotal = "subtotal" if "lowercase-subtotal" in invoice.quirks else "subTotal"
    return {
        "amountDue": money(invoice.amount_due),
        "billedAmount": money(invoice.amount),
        "azurePrepaymentApplied": money(Decimal(0)),
        "creditAmount": money(invoice.amount if is_credit else Decimal(0)),
        "freeAzureCreditApplied": money(Decimal(0)),
        subtotal: money(invoice.amount),
        "taxAmount": money(Decimal(0)),
        "totalAmount": money(invoice.amount),
    }


def _papers(invoice: Invoice) -> dict[str, Any]:
    document = {"kind": invoice.document_type, "name": f"D{invoice.number}", "source": "DRS"}
    return {
        "documentType": invoice.document_type,
        "documents": [document],
        "invoiceType": "AzureServices",
        "purchaseOrderNumber": invoice.po,
        "rebillDetails": invoice.rebill and _rebill(invoice.rebill),
        "billedDocumentId": invoice.billed_document,
        "creditForDocumentId": invoice.credit_for,
    }


def _rebill(rebill: Rebill) -> dict[str, Any]:
    details = {
        "invoiceDocumentId": rebill.invoice_id,
        "creditNoteDocumentId": rebill.credit_note_id,
        "rebillDetails": rebill.earlier and _rebill(rebill.earlier),
    }
    return without_none(details)


def _payments(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {
            "date": f"{payment.at:%Y-%m-%dT%H:%M:%S}+00:00",
            "paymentType": payment.kind,
            "amount": {"currency": invoice.currency, "value": float(payment.amount)},
            "paymentMethodFamily": payment.family,
            "paymentMethodType": payment.type,
        }
        for payment in invoice.payments
    ]


def _failed_payments(invoice: Invoice) -> list[dict[str, Any]] | None:
    return [
        {"date": instant(failed.at), "failedPaymentReason": failed.reason}
        for failed in invoice.failed_payments
    ] or None
