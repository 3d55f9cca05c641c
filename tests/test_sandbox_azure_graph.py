"""The pretend Microsoft Graph is as strict as the real one, in both directions."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from tests.azure_world import GRAPH, MANAGEMENT, World, azure_world

SELECT = "id,accountEnabled,mail,userPrincipalName,userType,proxyAddresses,otherMails"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A served tenant with two users."""
    async with azure_world() as served:
        served.tenant.add_user(
            "mo@contoso.example",
            "maura.o'brien@contoso.example",
            "Maura O'Brien",
            proxy_addresses=["SMTP:maura.o'brien@contoso.example", "smtp:mob@contoso.example"],
            other_mails=["maura@home.example"],
        )
        served.tenant.add_user(
            "guest_partner.example#EXT#@contoso.example",
            "guest@partner.example",
            "Guest",
            user_type="Guest",
            enabled=False,
        )
        yield served


async def test_a_caller_can_enter_graph_only_with_a_good_token(world: World) -> None:
    """No token, nonsense, an expired one and Resource Manager's are refused in Graph's envelope."""
    expired = world.tenant.tokens.issue(GRAPH).text
    world.tenant.tokens.expire_all()
    management = world.tenant.tokens.issue(MANAGEMENT).text
    for token, status in (
        ("", 401),
        ("nonsense", 401),
        (expired, 401),
        (management, 401),
        (world.tenant.tokens.issue(GRAPH).text, 200),
    ):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await world.ask(f"{world.urls.graph}/users/mo@contoso.example", headers=headers)
        assert answer.status == status
        if status == 401:
            assert answer.code == "InvalidAuthenticationToken"
            assert answer.body["error"]["innerError"]["request-id"]


async def test_an_app_cannot_ask_graph_without_its_permission(world: World) -> None:
    """Each revoked application permission closes exactly the calls that need it."""
    user = world.tenant.find_user("mo@contoso.example")
    assert user is not None
    group = world.tenant.add_group("Finance", [user.id])
    check = f"/users/{user.id}/checkMemberGroups"
    for revoked, expected in (
        ("GroupMember.Read.All", (200, 403, 403)),
        ("User.Read.All", (403, 200, 403)),
    ):
        world.tenant.revoke_permission(revoked)  # type: ignore[arg-type]
        got = (
            await world.graph(f"/users/{user.id}"),
            await world.graph(f"/groups/{group}"),
            await world.graph(check, "POST", json={"groupIds": [group]}),
        )
        assert tuple(answer.status for answer in got) == expected
        refused = [answer.code for answer in got if answer.status == 403]
        assert set(refused) == {"Authorization_RequestDenied"}
        world.tenant.grant_permission(revoked)  # type: ignore[arg-type]


async def test_an_app_can_find_a_user_by_id_or_upn_and_not_by_mail(world: World) -> None:
    """The path takes an object id or a UPN in any case; a mail address is not found there."""
    by_upn = await world.graph("/users/MO@contoso.example")
    by_id = await world.graph(f"/users/{by_upn.body['id']}")
    guest = await world.graph(f"/users/{quote('guest_partner.example#EXT#@contoso.example')}")
    by_mail = await world.graph(f"/users/{quote(by_upn.body['mail'])}")
    assert by_upn.body == by_id.body
    assert guest.body["displayName"] == "Guest"
    assert (by_mail.status, by_mail.code) == (404, "Request_ResourceNotFound")


async def test_an_app_can_see_sensitive_properties_only_on_select(world: World) -> None:
    """accountEnabled, userType and the other addresses come only when asked for by name."""
    plain = await world.graph("/users/mo@contoso.example")
    chosen = await world.graph("/users/mo@contoso.example", query={"$select": SELECT})
    odd = await world.graph("/users/mo@contoso.example", query={"$select": "id,shoeSize"})
    assert set(plain.body) == {"@odata.context", "id", "displayName", "mail", "userPrincipalName"}
    assert set(chosen.body) == {"@odata.context", *SELECT.split(",")}
    assert (chosen.body["accountEnabled"], chosen.body["userType"]) == (True, "Member")
    assert odd.status == 400


async def test_an_app_can_filter_users_by_their_addresses(world: World) -> None:
    """mail, UPN and other mails in any case with doubled quotes; the clauses join with ``or``."""
    for text, names in (
        ("mail eq 'Maura.O''Brien@contoso.example'", ["Maura O'Brien"]),
        ("userPrincipalName eq 'MO@contoso.example'", ["Maura O'Brien"]),
        ("otherMails/any(x:x eq 'maura@home.example')", ["Maura O'Brien"]),
        (
            "mail eq 'guest@partner.example' or userPrincipalName eq 'mo@contoso.example'",
            ["Maura O'Brien", "Guest"],
        ),
        ("mail eq ' or '", []),
        ("mail eq 'Maura.O'Brien@contoso.example'", None),
        ('mail eq "mo"', None),
        ("startswith(mail,'m')", None),
        ("mail eq 'a' and mail eq 'b'", None),
        ("", None),
    ):
        answer = await world.graph("/users", query={"$filter": text})
        assert answer.status == (400 if names is None else 200), text
        if names is not None:
            assert [one["displayName"] for one in answer.body["value"]] == names


async def test_an_app_can_filter_proxy_addresses_only_as_an_advanced_query(world: World) -> None:
    """The filter needs $count and the eventual consistency header; smtp and SMTP are two things."""
    text = "proxyAddresses/any(x:x eq 'smtp:{0}') or proxyAddresses/any(p:p eq 'SMTP:{0}')"
    query = {"$filter": text.format("MOB@contoso.example"), "$count": "true"}
    found = await world.graph("/users", query=query, eventual=True)
    assert [one["displayName"] for one in found.body["value"]] == ["Maura O'Brien"]
    assert found.body["@odata.count"] == 1
    without_header = await world.graph("/users", query=query)
    without_count = await world.graph("/users", query={"$filter": query["$filter"]}, eventual=True)
    assert {without_header.code, without_count.code} == {"Request_UnsupportedQuery"}
    upper = {"$filter": "proxyAddresses/any(x:x eq 'SMTP:mob@contoso.example')", "$count": "true"}
    assert (await world.graph("/users", query=upper, eventual=True)).body["value"] == []


async def test_an_app_can_check_membership_through_groups_in_groups(world: World) -> None:
    """Direct and nested groups are reported, in any order of nesting and even in a circle."""
    user = world.tenant.find_user("mo@contoso.example")
    assert user is not None
    inner = world.tenant.add_group("Inner", [user.id])
    outer = world.tenant.add_group("Outer", [inner])
    world.tenant.join(inner, outer)
    foreign = world.tenant.add_group("Foreign")
    path = "/users/mo@contoso.example/checkMemberGroups"
    asked = {"groupIds": [inner, outer.upper(), foreign, user.id]}
    answer = await world.graph(path, "POST", json=asked)
    assert answer.body["value"] == [inner, outer.upper()]
    world.tenant.leave(inner, user.id)
    assert (await world.graph(path, "POST", json=asked)).body["value"] == []


async def test_an_app_cannot_check_too_many_or_malformed_groups(world: World) -> None:
    """More than twenty ids, or one that is no GUID, fail the whole request."""
    group = world.tenant.add_group("Finance")
    path = "/users/mo@contoso.example/checkMemberGroups"
    for ids, status in (
        ([group] * 20, 200),
        ([group] * 21, 400),
        ([group, "finance"], 400),
        ([], 400),
        ("finance", 400),
    ):
        answer = await world.graph(path, "POST", json={"groupIds": ids})
        assert answer.status == status, ids
    assert (await world.graph(path, "POST", data=b"[]")).status == 400
    nobody = await world.graph(
        "/users/nobody/checkMemberGroups", "POST", json={"groupIds": [group]}
    )
    assert nobody.status == 404


async def test_an_app_can_read_a_group_by_id_only(world: World) -> None:
    """A group's id works, an unknown one is 404, and a name is no id."""
    group = world.tenant.add_group("Finance")
    found = await world.graph(f"/groups/{group}")
    unknown = await world.graph(f"/groups/{world.tenant.tenant_id}")
    named = await world.graph("/groups/Finance")
    assert (found.status, found.body["displayName"]) == (200, "Finance")
    assert (unknown.status, unknown.code) == (404, "Request_ResourceNotFound")
    assert (named.status, named.code) == (400, "Request_BadRequest")


async def test_an_app_cannot_reach_what_graph_does_not_have(world: World) -> None:
    """Unknown segments and wrong methods are refused in Graph's envelope."""
    unknown = await world.graph("/wallets")
    wrong = await world.graph("/users/mo@contoso.example", "PATCH")
    assert (unknown.status, unknown.code) == (400, "BadRequest")
    assert wrong.status == 405
    everyone = await world.graph("/users")
    assert len(everyone.body["value"]) == 2
