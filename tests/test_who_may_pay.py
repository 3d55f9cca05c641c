"""Which billing role lets somebody pay: allowed and refused through the real bot."""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from sandbox.azure.billing import PrincipalType
from sandbox.azure.roles import ROLES
from sandbox.slack import text_of
from tests.paying import journal, nothing_started, offers, refusals, unpaid
from tests.town import Town

PAYING = (
    "billing-account-owner",
    "billing-account-contributor",
    "billing-profile-owner",
    "billing-profile-contributor",
)
NO_ROLE = "You hold no billing role on Contoso Finance; paying needs owner or contributor."
OWNER = ROLES["billing-profile-owner"].guid


async def refusal(town: Town, **settings: Any) -> str:
    """What Ben reads after pressing Pay now in vain; no offer was made."""
    return (await refusals(await unpaid(town, **settings), ["U0BEN"]))["U0BEN"]


@pytest.fixture
def town(contoso: Town) -> Town:
    """Contoso with Ben, who holds no role yet."""
    contoso.colleague("U0BEN", "ben")
    return contoso


@pytest.mark.parametrize("shape", [None, "User"], ids=["live shape", "2024 shape"])
@pytest.mark.parametrize("role", PAYING)
async def test_a_holder_of_a_paying_role_can_pay(
    town: Town, role: str, shape: PrincipalType | None
) -> None:
    """Owner and contributor, at their own scope, in both shapes Azure writes assignments in."""
    town.holds("U0BEN", role, principal_type=shape)
    invoice = await unpaid(town)

    view = await invoice.offer("U0BEN")
    assert f"You may pay it as *{ROLES[role].name}*" in text_of(view)
    assert "reserved for you" in text_of(await invoice.confirm(view))

    (entry,) = await journal(town, "payment.handed_off")
    assert (entry["role"], entry["actor"], entry["entra_id"]) == (role, "U0BEN", town.ids["U0BEN"])


async def test_an_invoice_manager_cannot_pay_by_default(town: Town) -> None:
    """Microsoft would let one pay, this bot only where it is told to."""
    town.holds("U0BEN", "invoice-manager")

    assert "You are Invoice manager on Contoso Finance" in await refusal(town)


async def test_an_invoice_manager_can_pay_where_payer_roles_says_so(town: Town) -> None:
    """PAYER_ROLES may name the role."""
    town.holds("U0BEN", "invoice-manager")
    invoice = await unpaid(town, payer_roles="billing-profile-owner, Invoice-Manager")

    await invoice.hand_off("U0BEN")


async def test_an_account_owner_cannot_pay_where_payer_roles_leaves_them_out(town: Town) -> None:
    """PAYER_ROLES replaces the default list."""
    town.holds("U0BEN", "billing-account-owner")

    told = await refusal(town, payer_roles="billing-profile-owner")

    assert "You are Billing account owner on Contoso Finance" in told


@pytest.mark.parametrize("role", ["billing-account-reader", "billing-profile-reader"])
async def test_a_reader_cannot_pay_and_is_told_who_can(town: Town, role: str) -> None:
    """The sentence names the role held, the billing profile, and people who could pay."""
    town.holds("U0BEN", role)

    told = await refusal(town)

    assert f"You are {ROLES[role].name} on Contoso Finance; paying needs owner" in told
    assert "These people can pay it: <@U0ADA>." in told


async def test_a_guest_cannot_be_named_as_somebody_who_can_pay(town: Town) -> None:
    """Gus holds a paying role, but the bot lets no guest pay."""
    town.colleague("U0GUS", "gus", is_restricted=True)
    town.holds("U0GUS", "billing-profile-contributor")
    town.holds("U0BEN", "billing-profile-reader")

    assert "These people can pay it: <@U0ADA>." in await refusal(town)


async def test_a_reader_cannot_pay_even_while_payers_cannot_be_named(town: Town) -> None:
    """Naming others is a courtesy; its failure changes nothing about the answer."""
    town.holds("U0BEN", "billing-profile-reader")
    town.fault("* */users.lookupByEmail", "status", status=500, times=-1)

    told = await refusal(town)

    assert "You are Billing profile reader on Contoso Finance" in told
    assert "These people" not in told


async def test_somebody_without_a_role_cannot_pay(town: Town) -> None:
    """Being a colleague is not enough."""
    assert NO_ROLE in await refusal(town)


async def test_a_basic_purchaser_cannot_pay(town: Town) -> None:
    """That role buys, it does not pay."""
    town.holds("U0BEN", "basic-purchaser")

    assert NO_ROLE in await refusal(town)


async def test_a_holder_of_a_section_role_cannot_pay(town: Town) -> None:
    """A section of the profile is not the profile."""
    for role in ("invoice-section-owner", "invoice-section-contributor"):
        town.holds("U0BEN", role, section="SECTION")

    assert NO_ROLE in await refusal(town)


ODD_DEFINITIONS: dict[str, object] = {
    "unknown role": "/x/99999999-aaaa-bbbb-cccc-100000000000",
    "a gap in the known ones": "/x/40000000-aaaa-bbbb-cccc-100000000003",
    "paying role not the last segment": f"/x/{OWNER}/permissions",
    "longer than a paying role": f"/x/{OWNER}0",
    "account role at the profile": f"/x/{ROLES['billing-account-owner'].guid}",
    "section owner at the profile": f"/x/{ROLES['invoice-section-owner'].guid}",
    "subscription creator": f"/x/{ROLES['azure-subscription-creator'].guid}",
    "no role": "",
    "null": None,
    "no text": {"id": OWNER},
}


async def test_a_holder_of_an_unknown_role_cannot_pay(town: Town) -> None:
    """Only the known role ids count, whole, and each only at the scope it belongs to."""
    for n, definition in enumerate(ODD_DEFINITIONS.values()):
        town.colleague(f"U0ODD{n}", f"odd{n}")
        raw = {"roleDefinitionId": definition}
        town.holds(f"U0ODD{n}", "billing-profile-reader", raw=raw)

    told = await refusals(await unpaid(town), [f"U0ODD{n}" for n in range(len(ODD_DEFINITIONS))])

    outcomes = zip(ODD_DEFINITIONS, told.values(), strict=True)
    assert {what for what, words in outcomes if NO_ROLE in words} == set(ODD_DEFINITIONS)


async def test_a_profile_role_in_the_accounts_list_cannot_pay(town: Town) -> None:
    """A profile's role says nothing about a whole account."""
    raw = {"roleDefinitionId": f"/x/billingRoleDefinitions/{OWNER}"}
    town.holds("U0BEN", "billing-account-reader", raw=raw)

    assert NO_ROLE in await refusal(town)


@pytest.mark.parametrize(
    ("written", "case"),
    [
        pytest.param("/PROVIDERS/BILLINGROLEDEFINITIONS/{guid}", str.upper, id="upper case"),
        pytest.param("/providers/x/billingRoleDefinitions/{guid}/", str.lower, id="trailing slash"),
        pytest.param("providers/x/billingRoleDefinitions/{guid}", str.upper, id="no leading slash"),
        pytest.param("{guid}", str.lower, id="bare"),
    ],
)
async def test_an_owner_can_pay_however_azure_spells_the_ids(
    town: Town, written: str, case: Callable[[str], str]
) -> None:
    """Letter case and slashes of role and principal ids carry no meaning."""
    raw = {
        "roleDefinitionId": written.format(guid=case(OWNER)),
        "principalId": case(town.ids["U0BEN"]),
        "principalTenantId": case(town.tenant.tenant_id),
    }
    town.holds("U0BEN", "billing-profile-owner", raw=raw)
    invoice = await unpaid(town)

    await invoice.hand_off("U0BEN")


async def test_an_owner_of_another_profile_cannot_pay(town: Town) -> None:
    """A profile's role ends at the profile, also within one account."""
    other = town.tenant.add_profile(town.account, "Contoso Labs", currency="EUR")
    town.tenant.assign("billing-profile-owner", town.ids["U0BEN"], town.account, other)

    assert NO_ROLE in await refusal(town)


async def test_an_owner_of_another_account_cannot_pay(town: Town) -> None:
    """An account's role ends at the account."""
    other = town.tenant.add_account("Fabrikam")
    town.tenant.assign("billing-account-owner", town.ids["U0BEN"], other)
    town.tenant.assign("billing-account-reader", town.tenant.bot_id, other)

    assert NO_ROLE in await refusal(town)


async def test_an_account_owner_can_pay_on_every_profile(town: Town) -> None:
    """The account's role reaches down, though no profile's list repeats it."""
    town.holds("U0BEN", "billing-account-contributor")
    first = await unpaid(town)
    town.profile = town.tenant.add_profile(town.account, "Contoso Labs", currency="EUR")
    second = await unpaid(town)

    await first.hand_off("U0BEN")
    await second.hand_off("U0BEN")


async def test_another_kind_of_principal_cannot_pay_with_a_persons_id(town: Town) -> None:
    """Only an assignment to a user, or of no told kind, can mean a person."""
    kinds: tuple[PrincipalType, ...] = get_args(PrincipalType)
    others = [kind for kind in kinds if kind != "User"]
    assert len(others) == 6
    for kind in others:
        town.colleague(f"U0{kind.upper()}", kind.lower())
        for role in ("billing-profile-owner", "billing-account-owner"):
            town.holds(f"U0{kind.upper()}", role, principal_type=kind)

    told = await refusals(await unpaid(town), [f"U0{kind.upper()}" for kind in others])

    assert [NO_ROLE in words for words in told.values()] == [True] * 6


@pytest.mark.parametrize("role", ["billing-account-owner", "billing-profile-contributor"])
async def test_a_principal_of_another_tenant_cannot_pay(town: Town, role: str) -> None:
    """An object id means somebody only in its own directory."""
    town.holds("U0BEN", role, tenant_id="99999999-0000-0000-0000-000000000000")

    assert NO_ROLE in await refusal(town)


@pytest.mark.parametrize(
    "loss", ["role", "Entra account", "Slack account", "e-mail", "full member"]
)
async def test_somebody_cannot_confirm_what_they_may_no_longer_pay(town: Town, loss: str) -> None:
    """What allowed the press is asked again at the confirmation, freshly."""
    town.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(town)
    view = await invoice.offer("U0BEN")

    ben = town.ids["U0BEN"]
    match loss:
        case "role":
            town.tenant.revoke("billing-profile-owner", ben, town.account, town.profile)
        case "Entra account":
            town.tenant.set_enabled(ben, enabled=False)
        case "Slack account":
            town.workspace.people["U0BEN"].deleted = True
        case "e-mail":
            town.workspace.people["U0BEN"].email = "benjamin@elsewhere.example"
        case _:
            town.workspace.people["U0BEN"].is_restricted = True
    told = text_of(await invoice.confirm(view))

    assert ":no_entry:" in told
    assert await nothing_started(town)
    assert await offers(town) == {}
    assert invoice.can_be_paid
