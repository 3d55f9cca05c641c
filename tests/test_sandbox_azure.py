"""The pretend Azure, met by the real azure-identity and the real billing SDK."""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.identity.aio import DefaultAzureCredential
from azure.mgmt.billing.aio import BillingManagementClient
from azure.mgmt.billing.models import InvoiceStatus

from sandbox.faults import Fault
from tests.azure_world import GRAPH, MANAGEMENT, PREVIEW, World, azure_world

PLAIN: dict[str, Any] = {"enforce_https": False}
EVER: dict[str, Any] = {
    "period_start_date": date(2000, 1, 1),
    "period_end_date": date(2030, 12, 31),
    **PLAIN,
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A served tenant."""
    async with azure_world() as served:
        yield served


@pytest.fixture
async def credential(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DefaultAzureCredential]:
    """The real credential, led to the pretend identity endpoint by its environment."""
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name, value in world.urls.environment().items():
        monkeypatch.setenv(name, value)
    async with DefaultAzureCredential() as made:
        yield made


@pytest.fixture
async def client(
    world: World, credential: DefaultAzureCredential
) -> AsyncIterator[BillingManagementClient]:
    """The real SDK on the pretend Resource Manager."""
    async with BillingManagementClient(
        credential,
        "-",
        base_url=world.urls.management,
        credential_scopes=[f"{MANAGEMENT}/.default"],
        retry_total=0,
    ) as made:
        yield made


async def test_azure_identity_can_get_a_token_for_each_service(
    credential: DefaultAzureCredential, world: World
) -> None:
    """The real DefaultAzureCredential takes a token whose claims name tenant, principal, audience."""
    for resource in (MANAGEMENT, GRAPH):
        token = await credential.get_token(f"{resource}/.default")
        part = token.token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        assert (claims["tid"], claims["oid"]) == (world.tenant.tenant_id, world.tenant.bot_id)
        assert (claims["aud"], claims["exp"]) == (resource, token.expires_on)


async def test_azure_identity_cannot_get_a_token_with_a_wrong_secret(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale IDENTITY_HEADER is an authentication error, never an anonymous token."""
    for name, value in world.urls.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IDENTITY_HEADER", "stale")
    async with DefaultAzureCredential() as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token(f"{MANAGEMENT}/.default")
    assert not world.tenant.tokens.issued


ASKED = {"api-version": "2019-08-01", "resource": MANAGEMENT}


async def test_an_app_can_get_a_token_with_the_secret(world: World) -> None:
    """The identity endpoint answers as App Service does, with or without a slash at the end."""
    for resource in (MANAGEMENT, f"{MANAGEMENT}/", GRAPH):
        answer = await world.ask(
            world.urls.identity,
            params=ASKED | {"resource": resource},
            headers={"X-IDENTITY-HEADER": world.urls.header},
        )
        assert (answer.status, answer.body["resource"]) == (200, resource)
        assert answer.body["token_type"] == "Bearer"
        issued = world.tenant.tokens.issued[answer.body["access_token"]]
        assert answer.body["expires_on"] == str(issued.expires)


async def test_an_app_cannot_get_a_token_by_asking_wrong(world: World) -> None:
    """The endpoint wants its secret, its api-version, a known resource and a known identity."""
    for secret, query, status in (
        ("", ASKED, 401),
        (f"{world.urls.header}x", ASKED, 401),
        (world.urls.header, ASKED | {"api-version": "2017-09-01"}, 400),
        (world.urls.header, {"resource": MANAGEMENT}, 400),
        (world.urls.header, {"api-version": "2019-08-01"}, 400),
        (world.urls.header, ASKED | {"resource": "https://nobody.example"}, 400),
        (world.urls.header, ASKED | {"client_id": "somebody"}, 400),
    ):
        headers = {"X-IDENTITY-HEADER": secret}
        answer = await world.ask(world.urls.identity, params=query, headers=headers)
        assert answer.status == status
    assert not world.tenant.tokens.issued


async def test_the_sdk_can_walk_through_all_pages_newest_first(
    client: BillingManagementClient, world: World
) -> None:
    """The SDK follows relative next links with raw spaces until every invoice was seen once."""
    numbers = [world.invoice(due=world.clock() - timedelta(days=days)) for days in range(0, 70, 10)]
    world.tenant.switches.page_size = 3
    seen = [
        one.name async for one in client.invoices.list_by_billing_account(world.account, **EVER)
    ]
    assert seen == numbers
    by_profile = client.invoices.list_by_billing_profile(world.account, world.profile, **EVER)
    assert [one.name async for one in by_profile] == numbers
    assert world.traffic.count("/invoices") == 6


async def test_the_sdk_can_read_an_invoice_in_full(
    client: BillingManagementClient, world: World
) -> None:
    """Every field an invoice has here arrives typed in the SDK's model."""
    number = world.invoice("120.50", po="PO-1")
    world.tenant.pay(number, amount=Decimal("20.50"))
    world.tenant.decline(number, "CardExpired")
    invoice = await client.invoices.get_by_billing_account(world.account, number, **PLAIN)
    shown: Any = invoice.properties
    assert (shown.amount_due.value, shown.amount_due.currency) == (100.0, "USD")
    assert shown.due_date == world.clock() + timedelta(days=10)
    assert (shown.status, shown.purchase_order_number) == (InvoiceStatus.DUE, "PO-1")
    assert [payment.amount.value for payment in shown.payments] == [20.5]
    assert [failed.failed_payment_reason for failed in shown.failed_payments] == ["CardExpired"]
    assert shown.billing_profile_id == world.profile_path
    anywhere = await client.invoices.get(number, **PLAIN)
    assert anywhere.properties == shown


async def test_the_sdk_cannot_read_what_is_not_there(client: BillingManagementClient) -> None:
    """An unknown invoice number is the SDK's ResourceNotFoundError."""
    with pytest.raises(ResourceNotFoundError, match="G999999999"):
        await client.invoices.get("G999999999", **PLAIN)


async def test_the_sdk_can_list_accounts_profiles_and_payment_methods(
    client: BillingManagementClient, world: World
) -> None:
    """Accounts, profiles and payment methods come as the SDK asks for them."""
    accounts = [one async for one in client.billing_accounts.list(**PLAIN)]
    assert [one.name for one in accounts] == [world.account]
    profiles = client.billing_profiles.list_by_billing_account(world.account, **PLAIN)
    assert [one.name async for one in profiles] == [world.profile]
    methods = client.payment_methods.list_by_billing_profile(world.account, world.profile, **PLAIN)
    shown = [one.properties async for one in methods]
    assert [(one.family, one.last_four_digits) for one in shown if one] == [
        ("CreditCard", "4242"),
        ("CheckWire", None),
    ]


async def test_the_sdk_can_list_the_assignments_of_exactly_one_scope(
    client: BillingManagementClient, world: World
) -> None:
    """Account and profile list their own assignments only, across pages, in either shape."""
    owner = world.tenant.add_user("owner@contoso.example", "owner@contoso.example")
    world.tenant.assign("billing-account-owner", owner, world.account, principal_type="User")
    world.tenant.assign("invoice-manager", owner, world.account, world.profile)
    world.tenant.switches.page_size = 1
    roles = client.billing_role_assignments
    at_account: list[Any] = [
        one async for one in roles.list_by_billing_account(world.account, **PLAIN)
    ]
    assert [one.name for one in at_account] == [
        f"50000000-aaaa-bbbb-cccc-100000000002_{world.tenant.bot_id}",
        f"50000000-aaaa-bbbb-cccc-100000000000_{owner}",
    ]
    live, specified = (one.properties for one in at_account)
    assert (live.principal_type, live.principal_tenant_id) == (None, world.tenant.tenant_id)
    assert (specified.principal_type, specified.principal_tenant_id) == ("User", None)
    (at_profile,) = [
        one async for one in roles.list_by_billing_profile(world.account, world.profile, **PLAIN)
    ]
    found: Any = at_profile.properties
    assert (found.principal_id, found.scope) == (owner, world.profile_path)
    assert found.role_definition_id == (
        f"{world.profile_path}/billingRoleDefinitions/40000000-aaaa-bbbb-cccc-100000000004"
    )


async def test_the_sdk_can_check_the_bots_own_access(
    client: BillingManagementClient, world: World
) -> None:
    """A reader may read and may not write."""
    answer = await client.billing_permissions.check_access_by_billing_account(
        world.account,
        {"actions": ["Microsoft.Billing/billingAccounts/read", "Microsoft.Billing/x/write"]},
        **PLAIN,
    )
    assert [one.access_decision for one in answer] == ["Allowed", "NotAllowed"]


async def test_the_sdk_can_download_an_invoice_as_a_pdf(
    client: BillingManagementClient, world: World
) -> None:
    """The download's poller ends with an address that serves a PDF to whoever has it."""
    number = world.invoice()
    poller = await client.invoices.begin_download_by_billing_account(
        world.account, number, polling_interval=0.01, **PLAIN
    )
    result = await poller.result()
    assert result.url is not None
    document = await world.ask(result.url)
    assert (document.status, document.headers["content-type"]) == (200, "application/pdf")
    assert document.content.startswith(b"%PDF-1.4")
    assert number.encode() in document.content


async def test_the_sdk_can_send_the_preview_on_its_own_pipeline(
    client: BillingManagementClient, world: World
) -> None:
    """A hand-made preview request passes through the SDK's pipeline and its credential."""
    world.tenant.switches.paynow = "offered"
    number = world.invoice()
    request = HttpRequest(
        "POST",
        f"{world.profile_path}/invoices/{number}/validatePaynowEligibility",
        params={"api-version": PREVIEW},
    )
    response = await client.send_request(request, retry_total=0, **PLAIN)
    assert response.json() == {"reasonCode": "InsufficientPermissions", "paymentMethods": []}


async def test_the_sdk_can_tell_a_refusal_from_an_empty_account(
    client: BillingManagementClient, world: World
) -> None:
    """Without a role the live service's 401 arrives as an authentication error."""
    world.tenant.revoke("billing-account-reader", world.tenant.bot_id, world.account)
    with pytest.raises(ClientAuthenticationError, match="No claims present"):
        async for _ in client.invoices.list_by_billing_account(world.account, **EVER):
            pass


async def test_the_sdk_cannot_use_a_token_after_its_time(
    client: BillingManagementClient, world: World
) -> None:
    """A token that has expired at the service is refused although the client still trusts it."""
    assert [one async for one in client.billing_accounts.list(**PLAIN)]
    world.tenant.tokens.expire_all()
    with pytest.raises(ClientAuthenticationError, match="expiry"):
        assert [one async for one in client.billing_accounts.list(**PLAIN)]


async def test_a_test_can_order_faults_of_each_server(
    client: BillingManagementClient, world: World
) -> None:
    """Faults strike the identity, management and Graph servers by their paths."""
    world.faults.order(Fault("GET /msi/token", "status", status=500))
    identity = await world.ask(world.urls.identity)
    world.faults.order(Fault("GET */users/*", "throttle", seconds=3))
    throttled = await world.graph("/users/someone")
    world.faults.order(Fault("GET */invoices", "malformed"))
    spoilt = await world.arm(f"{world.account_path}/invoices")
    assert (identity.status, throttled.status, throttled.headers["retry-after"]) == (500, 429, "3")
    assert spoilt.content == b"<html>oops</html>"
    assert [one async for one in client.billing_accounts.list(**PLAIN)]
