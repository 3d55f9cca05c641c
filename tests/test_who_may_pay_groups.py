"""Paying by a role that a group holds: allowed and refused through the real bot."""

from typing import get_args

import pytest

from sandbox.azure.billing import PrincipalType
from sandbox.slack import text_of
from tests.paying import Unpaid, journal, nothing_started, refusals, unpaid
from tests.town import Town

ROLES_BY_SCOPE = ["billing-profile-contributor", "billing-account-owner"]


@pytest.fixture
def town(contoso: Town) -> Town:
    """Contoso with Ben, who holds no role himself."""
    contoso.colleague("U0BEN", "ben")
    return contoso


def give(town: Town, role: str, group: str, kind: PrincipalType | None = None) -> None:
    """Give a group a role at the account or the profile, wherever it belongs."""
    town.ids[group] = group
    town.holds(group, role, principal_type=kind)


async def refused(invoice: Unpaid) -> str:
    """What Ben reads after pressing Pay now in vain; no offer was made."""
    return (await refusals(invoice, ["U0BEN"]))["U0BEN"]


@pytest.mark.parametrize("kind", ["Group", None], ids=["typed", "untyped"])
@pytest.mark.parametrize("depth", [1, 3], ids=["direct", "nested"])
@pytest.mark.parametrize("role", ROLES_BY_SCOPE)
async def test_a_member_of_a_paying_group_can_pay(
    town: Town, role: str, depth: int, kind: PrincipalType | None
) -> None:
    """Directly in the group or through others, whether or not Azure says that it is a group."""
    member = town.ids["U0BEN"]
    for level in range(depth):
        member = town.tenant.add_group(f"Payables {level}", [member])
    give(town, role, member, kind)
    invoice = await unpaid(town)

    view = await invoice.offer("U0BEN")
    assert "through a group" in text_of(view)
    assert "reserved for you" in text_of(await invoice.confirm(view))

    (entry,) = await journal(town, "payment.handed_off")
    assert (entry["role"], entry["entra_id"]) == (role, town.ids["U0BEN"])


async def test_a_group_id_spelt_in_capitals_can_let_its_members_pay(town: Town) -> None:
    """Letter case of object ids carries no meaning."""
    group = town.tenant.add_group("Payables", [town.ids["U0BEN"]])
    town.ids[group] = group
    town.holds(group, "billing-profile-owner", raw={"principalId": group.upper()})
    invoice = await unpaid(town)

    await invoice.hand_off("U0BEN")


async def test_a_colleague_outside_the_paying_group_cannot_pay(town: Town) -> None:
    """Somebody else's group helps nobody."""
    give(town, "billing-profile-owner", town.tenant.add_group("Payables", [town.ids["U0ADA"]]))

    assert "You hold no billing role" in await refused(await unpaid(town))


async def test_a_member_of_a_reading_group_cannot_pay(town: Town) -> None:
    """A group's role is judged like a person's, and named in the answer."""
    give(town, "billing-profile-reader", town.tenant.add_group("All", [town.ids["U0BEN"]]))

    assert "You are Billing profile reader" in await refused(await unpaid(town))


async def test_members_cannot_pay_by_an_id_that_azure_calls_no_group(town: Town) -> None:
    """Only an assignment to a group, or of no told kind, reaches its members."""
    kinds: tuple[PrincipalType, ...] = get_args(PrincipalType)
    others = [kind for kind in kinds if kind != "Group"]
    assert len(others) == 6
    for kind in others:
        member = town.colleague(f"U0{kind.upper()}", kind.lower())
        group = town.tenant.add_group(kind, [member])
        give(town, "billing-profile-owner", group, kind)

    told = await refusals(await unpaid(town), [f"U0{kind.upper()}" for kind in others])

    assert ["You hold no billing role" in words for words in told.values()] == [True] * 6


async def test_a_member_of_a_foreign_tenants_group_cannot_pay(town: Town) -> None:
    """A group id means something only in its own directory."""
    group = town.tenant.add_group("Payables", [town.ids["U0BEN"]])
    town.ids[group] = group
    town.holds(group, "billing-profile-owner", tenant_id="99999999-0000-0000-0000-000000000000")

    assert "You hold no billing role" in await refused(await unpaid(town))


async def test_a_member_cannot_pay_while_the_bot_may_not_read_groups(town: Town) -> None:
    """Without GroupMember.Read.All the answer is no, with the reason."""
    give(town, "billing-profile-owner", town.tenant.add_group("Payables", [town.ids["U0BEN"]]))
    town.tenant.revoke_permission("GroupMember.Read.All")

    told = await refused(await unpaid(town))

    assert "Azure does not let the bot check this; its operator must grant it access." in told
    assert "Nothing was started" in told


async def test_an_owner_can_pay_while_the_bot_may_not_read_groups(town: Town) -> None:
    """Who holds the role directly needs no look at groups."""
    town.holds("U0BEN", "billing-profile-owner")
    give(town, "billing-profile-owner", town.tenant.add_group("Payables"))
    town.tenant.revoke_permission("GroupMember.Read.All")
    invoice = await unpaid(town)

    await invoice.hand_off("U0BEN")


async def test_a_member_of_the_last_of_45_groups_can_pay(town: Town) -> None:
    """Graph takes 20 ids a call, so 45 groups take three calls and not one more."""
    for n in range(44):
        kind: PrincipalType | None = None if n % 2 else "Group"
        give(town, "billing-profile-contributor", town.tenant.add_group(f"Group {n}"), kind)
    last = town.tenant.add_group("The last", [town.ids["U0BEN"]])
    give(town, "billing-profile-contributor", last, "Group")
    # Ada's own, untyped role is a candidate too; she is no group, which harms nothing.
    invoice = await unpaid(town)

    await invoice.offer("U0BEN")

    assert town.traffic.count("/checkMemberGroups") == 3


async def test_a_member_can_pay_beside_malformed_principals(town: Town) -> None:
    """One malformed id would make Graph refuse the whole call; such ids are left out of it."""
    for n, principal in enumerate(("no-guid", "", "../groups", "x" * 36, "é" * 36)):
        give(town, "billing-profile-owner", town.tenant.add_group(f"Broken {n}"), "Group")
        town.tenant.assignments[-1].raw["principalId"] = principal
    give(town, "billing-profile-owner", town.tenant.add_group("Payables", [town.ids["U0BEN"]]))
    invoice = await unpaid(town)

    await invoice.hand_off("U0BEN")


async def test_somebody_who_left_the_group_cannot_confirm(town: Town) -> None:
    """Membership is asked again at the confirmation."""
    group = town.tenant.add_group("Payables", [town.ids["U0BEN"]])
    give(town, "billing-profile-owner", group)
    invoice = await unpaid(town)
    view = await invoice.offer("U0BEN")

    town.tenant.leave(group, town.ids["U0BEN"])
    told = text_of(await invoice.confirm(view))

    assert "You hold no billing role" in told
    assert await nothing_started(town)
