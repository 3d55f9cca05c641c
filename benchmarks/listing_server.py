"""A lean Azure with one big account: its pages are made beforehand; says its environment.

``python -m benchmarks.listing_server INVOICES PROFILES``: one invoice in twenty is overdue, the
others are paid.
"""

import json
import socket
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.azure import AzureTenant
from sandbox.azure.arm_paging import LARGEST_PAGE
from sandbox.azure.billing_json import account_json
from sandbox.azure.identity import PATH, identity_app
from sandbox.azure.invoice_json import invoice_json

ONE_UNPAID_IN = 20


def _tenant(invoices: int, profiles: int) -> AzureTenant:
    tenant = AzureTenant(str(uuid4()), lambda: datetime.now(UTC))
    account = tenant.add_account("Contoso")
    names = [
        tenant.add_profile(account, f"Department {n}", currency="EUR") for n in range(profiles)
    ]
    due = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=10)
    for serial in range(invoices):
        unpaid = serial % ONE_UNPAID_IN == 0
        tenant.add_invoice(
            account,
            names[serial % profiles],
            amount=Decimal("12340.00"),
            due=due,
            status="OverDue" if unpaid else "Paid",
        )
    return tenant


def _pages(tenant: AzureTenant, base: str) -> dict[tuple[str, str], bytes]:
    """Bodies by path and skip token."""
    (account,) = tenant.accounts.values()
    path = f"{account.id}/invoices"
    items = [
        invoice_json(invoice, account.profiles[invoice.profile])
        for invoice in tenant.invoices.values()
    ]
    accounts = {"value": [account_json(account, tenant.tenant_id, readable=True)]}
    pages = {("/providers/Microsoft.Billing/billingAccounts", ""): json.dumps(accounts).encode()}
    for start in range(0, len(items), LARGEST_PAGE):
        page: dict[str, object] = {"value": items[start : start + LARGEST_PAGE]}
        after = start + LARGEST_PAGE
        if after < len(items):
            page["nextLink"] = f"{base}{path}?api-version=2024-04-01&skiptoken={after}"
        pages[path, str(start or "")] = json.dumps(page).encode()
    return pages


def _app(pages: dict[tuple[str, str], bytes], identity: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == PATH:
            await identity(scope, receive, send)
            return
        token = scope["query_string"].decode().rpartition("skiptoken=")[2]
        body = pages[scope["path"], token if token.isdecimal() else ""]
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def main() -> None:
    """Serve until killed."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    tenant = _tenant(int(sys.argv[1]), int(sys.argv[2]))
    app = _app(_pages(tenant, base), identity_app(tenant))
    (account,) = tenant.accounts
    environment = {
        "IDENTITY_ENDPOINT": f"{base}{PATH}",
        "IDENTITY_HEADER": tenant.identity_secret,
        "AZURE_MANAGEMENT_URL": base,
        "MICROSOFT_GRAPH_URL": f"{base}/v1.0",
        "AZURE_BILLING_ACCOUNTS": account,
    }
    print(json.dumps(environment), flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
