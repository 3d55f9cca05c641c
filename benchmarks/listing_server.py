"""A lean Azure with big accounts, made up page by page as they are asked for; says its environment.

``python -m benchmarks.listing_server '{"invoices": 1000, "unpaid": 50, "accounts": 1}'``: the
invoices are spread evenly over the accounts and their 20 profiles each, and so are the unpaid ones
among them, which are overdue; all others are paid.
"""

import json
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from uuid import uuid4

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.azure import AzureTenant
from sandbox.azure.arm_paging import LARGEST_PAGE
from sandbox.azure.billing_json import account_json, profile_json
from sandbox.azure.identity import PATH, identity_app
from sandbox.azure.invoice_json import invoice_json

_PROFILES = 20
_NUMBER = "G999999999"  # in the samples all invoices are made from


class Listing:
    """The accounts and their pages.

    Args:
        tenant: where their samples are kept.
        invoices, unpaid: how many in all.
        accounts: over how many accounts.
    """

    def __init__(self, tenant: AzureTenant, invoices: int, unpaid: int, accounts: int) -> None:
        self._tenant, self._each = tenant, invoices // accounts
        self._unpaid_each = unpaid // accounts
        self.names = [tenant.add_account(f"Contoso {n}") for n in range(accounts)]
        self._profiles = {
            name: [
                tenant.add_profile(name, f"Department {n}", currency="EUR")
                for n in range(_PROFILES)
            ]
            for name in self.names
        }
        self._sample = cache(self._made)

    def accounts(self) -> bytes:
        """The list of accounts."""
        of = self._tenant.accounts
        found = [account_json(of[n], self._tenant.tenant_id, readable=True) for n in self.names]
        return json.dumps({"value": found}).encode()

    def profiles(self, account: str) -> bytes:
        """The billing profiles of an account, on one page."""
        made = self._tenant.accounts[account].profiles
        found = [profile_json(made[name]) for name in self._profiles[account]]
        return json.dumps({"value": found}).encode()

    def page(self, account: str, start: int, base: str) -> bytes:
        """The invoices of an account from the one numbered ``start`` on."""
        path = f"/providers/Microsoft.Billing/billingAccounts/{account}/invoices"
        end = min(start + LARGEST_PAGE, self._each)
        more = f',"nextLink":"{base}{path}?api-version=2024-04-01&skiptoken={end}"'
        items = ",".join(self._items(account, start, end))
        return f'{{"value":[{items}]{more if end < self._each else ""}}}'.encode()

    def _items(self, account: str, start: int, end: int) -> Iterator[str]:
        first = self.names.index(account) * self._each
        profiles = self._profiles[account]
        for serial in range(start, end):
            # Whether one more of them has to be unpaid by now.
            before = serial * self._unpaid_each // self._each
            unpaid = (serial + 1) * self._unpaid_each // self._each > before
            sample = self._sample(account, profiles[serial % _PROFILES], unpaid)
            yield sample.replace(_NUMBER, f"G{first + serial:09d}")

    def _made(self, account: str, profile: str, unpaid: bool) -> str:  # noqa: FBT001
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        number = self._tenant.add_invoice(
            account,
            profile,
            _NUMBER,
            amount=Decimal("12340.00"),
            due=midnight - timedelta(days=10),
            status="OverDue" if unpaid else "Paid",
        )
        invoice = self._tenant.invoices.pop(number)
        return json.dumps(invoice_json(invoice, self._tenant.accounts[account].profiles[profile]))


def _app(listing: Listing, base: str, identity: ASGIApp) -> ASGIApp:
    served = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal served
        if scope["type"] != "http" or scope["path"] == PATH:
            await identity(scope, receive, send)
            return
        if scope["path"] == "/served":
            body = str(served).encode()
        else:
            served += 1
            _, _, place = scope["path"].rpartition("/billingAccounts")
            _, account, kind = [*place.split("/"), "", "", ""][:3]
            token = scope["query_string"].decode().rpartition("skiptoken=")[2]
            start = int(token) if token.isdecimal() else 0
            if kind == "invoices":
                body = listing.page(account, start, base)
            else:
                body = (
                    listing.profiles(account) if kind == "billingProfiles" else listing.accounts()
                )
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
    tenant = AzureTenant(str(uuid4()), lambda: datetime.now(UTC))
    listing = Listing(tenant, **json.loads(sys.argv[1]))
    app = _app(listing, base, identity_app(tenant))
    environment = {
        "IDENTITY_ENDPOINT": f"{base}{PATH}",
        "IDENTITY_HEADER": tenant.identity_secret,
        "AZURE_MANAGEMENT_URL": base,
        "MICROSOFT_GRAPH_URL": f"{base}/v1.0",
        "AZURE_BILLING_ACCOUNTS": ",".join(listing.names),
    }
    print(json.dumps(environment), flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
