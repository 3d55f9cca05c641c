"""The pretend Resource Manager is as strict as the real one, in both directions."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest

from sandbox.azure import MISSING
from tests.azure_world import GRAPH, MANAGEMENT, PERIOD, PREVIEW, World, azure_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A served tenant."""
    async with azure_world() as served:
        yield served


async def test_a_caller_can_enter_only_with_a_good_management_token(world: World) -> None:
    """No token, nonsense, an expired one and Graph's are each refused with their own code."""
    url = f"{world.urls.management}/providers/Microsoft.Billing/billingAccounts"
    expired = world.tenant.tokens.issue(MANAGEMENT).text
    world.tenant.tokens.expire_all()
    good = world.tenant.tokens.issue(f"{MANAGEMENT}/").text
    for token, status, code in (
        ("", 401, "AuthenticationFailed"),
        ("nonsense", 401, "InvalidAuthenticationToken"),
        (expired, 401, "ExpiredAuthenticationToken"),
        (world.tenant.tokens.issue(GRAPH).text, 401, "InvalidAuthenticationTokenAudience"),
        (good, 200, ""),
    ):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await world.ask(url, headers=headers, params={"api-version": "2024-04-01"})
        assert answer.status == status
        assert answer.headers["x-ms-request-id"]
        assert answer.headers["x-ms-correlation-request-id"]
        if code:
            assert answer.code == code
            assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_a_caller_cannot_leave_out_or_invent_an_api_version(world: World) -> None:
    """The api-version is required, and the preview's only where the tenant has it."""
    missing = await world.arm(world.account_path, version=None)
    unknown = await world.arm(world.account_path, version="2019-01-01")
    preview = await world.arm(world.account_path, version=PREVIEW)
    known = await world.arm(world.account_path)
    assert (missing.status, missing.code) == (400, "MissingApiVersionParameter")
    assert (unknown.status, unknown.code) == (400, "InvalidResourceType")
    assert (preview.status, preview.code) == (400, "InvalidResourceType")
    assert known.status == 200


async def test_a_caller_cannot_reach_paths_and_methods_that_do_not_exist(world: World) -> None:
    """Unknown paths are 404 and wrong methods 405, in the error envelope."""
    unknown = await world.arm(f"{world.account_path}/wallets")
    wrong = await world.arm(world.account_path, "DELETE")
    assert (unknown.status, unknown.code) == (404, "InvalidResourceType")
    assert (wrong.status, wrong.code) == (405, "MethodNotAllowed")


async def test_a_caller_cannot_ask_for_things_that_do_not_exist(world: World) -> None:
    """Malformed account names are 400; unknown accounts, profiles and invoices are 404."""
    stranger = world.tenant.guid("account", "stranger")
    for path, status in (
        ("/providers/Microsoft.Billing/billingAccounts/not-a-name", 400),
        (f"/providers/Microsoft.Billing/billingAccounts/{stranger}", 404),
        (f"{world.account_path}/billingProfiles/NOPE", 404),
        (f"{world.account_path}/invoices/G999999999", 404),
        ("/providers/Microsoft.Billing/billingAccounts/default/invoices/G999999999", 404),
        (f"{world.account_path}/operationResults/paynow_x", 404),
    ):
        answer = await world.arm(path)
        assert (answer.status, bool(answer.code)) == (status, True), path


async def test_a_reader_can_list_only_with_a_sensible_period(world: World) -> None:
    """Both dates are needed, ISO or month first, and the period is the invoice's billing period."""
    due = world.clock() + timedelta(days=10)
    number = world.invoice(due=due)  # made on 8 February, so for January 2026
    path = f"{world.account_path}/invoices"
    for start, end, status, numbers in (
        ("2026-01-01", "2026-01-31", 200, [number]),
        ("01-31-2026", "02-28-2026", 200, [number]),
        ("2026-02-01", "2026-03-31", 200, []),
        ("2025-01-01", "2025-12-31", 200, []),
        ("2026-03-01", "2026-01-01", 400, []),
        ("31-01-2026", "2026-03-01", 400, []),
        ("2026-01-01", "", 400, []),
    ):
        answer = await world.arm(path, query={"periodStartDate": start, "periodEndDate": end})
        assert answer.status == status, (start, end)
        if status == 200:
            assert [one["name"] for one in answer.body["value"]] == numbers
    assert (await world.arm(path)).status == 400


async def test_a_reader_can_filter_and_skip_and_cannot_invent_options(world: World) -> None:
    """A status filter, ``top`` up to 50 and ``skip`` work; anything else is refused, not ignored."""
    world.invoice(number="G000000001", status="OverDue", due=world.clock() - timedelta(days=9))
    world.invoice(number="G000000002", status="OverDue", due=world.clock() - timedelta(days=5))
    world.invoice(number="G000000003", status="Paid")
    for option, numbers in (
        ({"filter": "status eq 'OverDue'"}, ["G000000002", "G000000001"]),
        ({"filter": "properties/status eq 'Paid'"}, ["G000000003"]),
        ({"skip": "2"}, ["G000000001"]),
        ({"top": "50"}, ["G000000003", "G000000002", "G000000001"]),
        ({"top": "51"}, None),
        ({"top": "0"}, None),
        ({"top": "many"}, None),
        ({"filter": "amount gt 5"}, None),
        ({"orderBy": "dueDate"}, None),
        ({"$skiptoken": "bm9uc2Vuc2U"}, None),
    ):
        answer = await world.arm(f"{world.account_path}/invoices", query=PERIOD | option)
        assert answer.status == (400 if numbers is None else 200), option
        if numbers is not None:
            assert [one["name"] for one in answer.body["value"]] == numbers


async def test_a_reader_can_follow_the_raw_next_link_and_nothing_else(world: World) -> None:
    """The link is relative with raw spaces; its token fits only the listing it came from."""
    for _ in range(3):
        world.invoice()
    first = await world.arm(f"{world.account_path}/invoices", query=PERIOD | {"top": "2"})
    link = first.body["nextLink"]
    assert first.body["totalCount"] == 3
    assert link.startswith(f"{world.account_path}/invoices?$skiptoken=")
    assert link.endswith(
        "&$top=2&api-version=2024-04-01"
        "&periodStartDate=2020-01-01 00:00:00Z&periodEndDate=2030-12-31 00:00:00Z"
    )
    second = await world.arm(quote(link, safe="/?&=$:"), version=None)
    names = [one["name"] for one in first.body["value"] + second.body["value"]]
    assert sorted(names) == sorted(world.tenant.invoices)
    assert "nextLink" not in second.body
    foreign = await world.arm(
        quote(link.replace("/invoices", f"/billingProfiles/{world.profile}/invoices"), "/?&=$:"),
        version=None,
    )
    assert foreign.status == 400


async def test_a_bot_without_a_role_can_meet_every_kind_of_refusal(world: World) -> None:
    """401, 403, 404 or an empty list, as ordered; the account listing is always just empty."""
    number = world.invoice()
    world.tenant.revoke("billing-account-reader", world.tenant.bot_id, world.account)
    accounts = await world.arm("/providers/Microsoft.Billing/billingAccounts")
    assert accounts.body["value"] == []
    switches = world.tenant.switches
    for denial, listing, single in (
        ("unauthorized", 401, 401),
        ("forbidden", 403, 403),
        ("not_found", 404, 404),
        ("empty", 200, 404),
    ):
        switches.denial = denial  # type: ignore[assignment]
        for path in ("/billingProfiles", "/billingRoleAssignments", "/invoices"):
            answer = await world.arm(world.account_path + path, query=PERIOD)
            assert answer.status == listing, (denial, path)
            assert listing != 200 or answer.body["value"] == []
        for path in ("", f"/billingProfiles/{world.profile}", f"/invoices/{number}"):
            assert (await world.arm(world.account_path + path)).status == single, (denial, path)


async def test_a_profile_reader_can_read_the_profile_and_cannot_read_the_account(
    world: World,
) -> None:
    """A role on a profile opens that profile; account-wide listings stay closed."""
    number = world.invoice()
    world.tenant.revoke("billing-account-reader", world.tenant.bot_id, world.account)
    other = world.tenant.add_profile(world.account, "Other profile")
    group = world.tenant.add_group("Bots", [world.tenant.bot_id])
    world.tenant.assign("billing-profile-reader", group, world.account, world.profile)
    for path, status in (
        (f"{world.profile_path}/invoices", 200),
        (f"{world.profile_path}/billingRoleAssignments", 200),
        (f"{world.profile_path}/paymentMethodLinks", 200),
        (f"{world.account_path}/invoices/{number}", 200),
        (f"{world.account_path}/invoices", 401),
        (f"{world.account_path}/billingRoleAssignments", 401),
        (f"{world.account_path}/billingProfiles/{other}/invoices", 401),
    ):
        assert (await world.arm(path, query=PERIOD)).status == status, path
    accounts = await world.arm("/providers/Microsoft.Billing/billingAccounts")
    profiles = await world.arm(f"{world.account_path}/billingProfiles")
    assert [one["properties"]["hasReadAccess"] for one in accounts.body["value"]] == [False]
    assert [one["name"] for one in profiles.body["value"]] == [world.profile]


async def test_a_role_without_reading_cannot_open_anything(world: World) -> None:
    """Basic purchasers and invoice section roles see no invoices of the account."""
    bot, account = world.tenant.bot_id, world.account
    world.tenant.revoke("billing-account-reader", bot, account)
    world.tenant.assign("basic-purchaser", bot, account)
    world.tenant.assign("invoice-section-owner", bot, account, world.profile, section="SECT")
    for path in (world.account_path, world.profile_path):
        assert (await world.arm(f"{path}/invoices", query=PERIOD)).status == 401


async def test_a_reader_can_list_the_assignments_of_an_invoice_section(world: World) -> None:
    """A section's assignments show up at the section and nowhere above it."""
    world.tenant.assign(
        "invoice-section-reader", world.tenant.bot_id, world.account, world.profile, section="SECT"
    )
    at_section, at_profile = [
        (await world.arm(f"{path}/billingRoleAssignments")).body["value"]
        for path in (f"{world.profile_path}/invoiceSections/SECT", world.profile_path)
    ]
    assert [one["properties"]["scope"] for one in at_section] == [
        f"{world.profile_path}/invoiceSections/SECT"
    ]
    assert at_profile == []


async def test_a_reader_can_meet_the_quirks_of_the_live_service(world: World) -> None:
    """Key casing, ids without slash, missing keys and raw values show up only where ordered."""
    plain = world.invoice()
    odd = world.invoice(
        quirks=["lowercase-subtotal", "id-without-slash"],
        po="",
        raw={"amountDue": None, "dueDate": MISSING, "status": "overdue"},
    )
    path = f"{world.account_path}/invoices"
    usual = (await world.arm(f"{path}/{plain}")).body
    quirky = (await world.arm(f"{path}/{odd}")).body
    assert usual["id"] == f"{path}/{plain}"
    assert quirky["id"] == f"{path}/{odd}".lstrip("/")
    assert {"subTotal", "dueDate"} < set(usual["properties"])
    assert {"subtotal", "purchaseOrderNumber"} < set(quirky["properties"])
    assert not {"subtotal", "purchaseOrderNumber", "failedPayments"} & set(usual["properties"])
    assert not {"subTotal", "dueDate"} & set(quirky["properties"])
    assert quirky["properties"]["amountDue"] is None
    assert quirky["properties"]["status"] == "overdue"
    assert usual["properties"]["dueDate"] == "2026-03-20T09:30:00.0000000Z"


async def test_a_reader_can_meet_malformed_invoices(world: World) -> None:
    """Raw items come first, as they are, in their own account only."""
    other = world.tenant.add_account("Other account")
    world.tenant.assign("billing-account-reader", world.tenant.bot_id, other)
    raw = {"id": f"{world.account_path}/invoices/X", "name": "X", "properties": None}
    world.tenant.raw_invoices += [raw, {"name": "Y"}, None]
    number = world.invoice()
    here = await world.arm(f"{world.account_path}/invoices", query=PERIOD)
    there = await world.arm(
        f"/providers/Microsoft.Billing/billingAccounts/{other}/invoices", query=PERIOD
    )
    assert here.body["value"][:3] == [raw, {"name": "Y"}, None]
    assert here.body["value"][3]["name"] == number
    assert there.body["value"] == [{"name": "Y"}, None]
    assert (await world.arm(f"{world.account_path}/invoices/X")).body == raw


async def test_a_rebilled_invoice_can_be_traced(world: World) -> None:
    """Old, credit note and new invoice point at each other, over two re-billings."""
    old = world.invoice("80.00")
    second = world.tenant.rebill(old, Decimal("75.00"))
    third = world.tenant.rebill(second)
    at = f"{world.account_path}/invoices"
    void = (await world.arm(f"{at}/{old}")).body["properties"]
    new = (await world.arm(f"{at}/{third}")).body["properties"]
    assert (void["status"], void["amountDue"]["value"]) == ("Void", 0)
    assert void["billedDocumentId"] == f"{at}/{second}"
    assert new["amountDue"]["value"] == 75
    assert new["rebillDetails"]["invoiceDocumentId"] == f"{at}/{second}"
    assert new["rebillDetails"]["rebillDetails"]["invoiceDocumentId"] == f"{at}/{old}"
    credit = new["rebillDetails"]["rebillDetails"]["creditNoteDocumentId"]
    note = (await world.arm(credit)).body["properties"]
    assert (note["documentType"], note["creditForDocumentId"]) == ("CreditNote", f"{at}/{old}")
    assert note["creditAmount"]["value"] == -80


async def test_a_holder_of_the_address_can_fetch_the_pdf_only_for_a_while(world: World) -> None:
    """A document's address works without a token, for its invoice only, until it expires."""
    number, other = world.invoice(), world.invoice()
    asked = await world.arm(f"{world.account_path}/invoices/{number}/download", "POST")
    assert (asked.status, asked.content) == (202, b"")
    waiting = await world.arm(asked.headers["location"], version=None)
    assert waiting.status == 202
    ready = await world.arm(asked.headers["location"], version=None)
    url = ready.body["url"]
    assert (await world.ask(url)).status == 200
    assert (await world.ask(url.replace(number, other))).status == 403
    assert (await world.ask(url.replace("sig=", "sig=x"))).status == 403
    world.clock.advance(hours=2)
    assert (await world.ask(url)).status == 403
    wrong = {"documentName": "D0"}
    nothing = await world.arm(
        f"{world.account_path}/invoices/{number}/download", "POST", query=wrong
    )
    assert nothing.status == 404


async def test_a_caller_cannot_check_access_without_actions(world: World) -> None:
    """CheckAccess wants a JSON object with a list of actions."""
    path = f"{world.profile_path}/checkAccess"
    assert (await world.arm(path, "POST", data=b"nonsense")).status == 400
    assert (await world.arm(path, "POST", json={})).status == 400
    answer = await world.arm(path, "POST", json={"actions": ["a/read"]})
    assert answer.body == [{"accessDecision": "Allowed", "action": "a/read"}]
