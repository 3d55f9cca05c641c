"""Azure Resource Manager, as far as Microsoft.Billing goes."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from sandbox.azure.arm_accounts import AccountRoutes
from sandbox.azure.arm_errors import ArmError, answer_arm_error, answer_http_error
from sandbox.azure.arm_gate import ArmGate
from sandbox.azure.arm_invoices import InvoiceRoutes
from sandbox.azure.arm_operations import OperationRoutes
from sandbox.azure.arm_paynow import PaynowRoutes
from sandbox.azure.tenant import AzureTenant


def arm_app(tenant: AzureTenant) -> ASGIApp:
    """The management endpoint over a tenant."""
    app = Starlette(
        routes=[
            *InvoiceRoutes(tenant).routes(),
            *AccountRoutes(tenant).routes(),
            *OperationRoutes(tenant).routes(),
            *PaynowRoutes(tenant).routes(),
        ],
        exception_handlers={ArmError: answer_arm_error, HTTPException: answer_http_error},
    )
    return ArmGate(app, tenant)
