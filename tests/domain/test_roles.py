"""Role assignments: whom they can mean, and what they grant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.roles import (
    MAY_BE_PAYING_ROLES,
    PAYING_ROLES,
    ROLES,
    Assignment,
    Holding,
    Scope,
    group_candidates,
    holdings,
    of_home_tenant,
)

ADA, BEN, GROUP = "ada-id", "ben-id", "group-id"
OWNER = "40000000-aaaa-bbbb-cccc-100000000000"
READER = "40000000-aaaa-bbbb-cccc-100000000002"
ACCOUNT_OWNER = "50000000-aaaa-bbbb-cccc-100000000000"
kinds = st.sampled_from(
    ["", "user", "group", "none", "unknown", "everyone", "serviceprincipal", "directoryrole"]
)
assignments = st.builds(
    Assignment,
    scope=st.sampled_from(Scope),
    definition=st.sampled_from([OWNER, READER, ACCOUNT_OWNER, "x", ""]),
    principal=st.sampled_from([ADA, BEN, GROUP]),
    principal_type=kinds,
    tenant=st.sampled_from(["", "home", "away"]),
)


def test_only_the_roles_of_the_agreement_can_count() -> None:
    """Ids as Microsoft publishes them; a purchaser and section roles are none of them."""
    assert {role.key: definition for definition, role in ROLES.items()} == {
        "billing-account-owner": "50000000-aaaa-bbbb-cccc-100000000000",
        "billing-account-contributor": "50000000-aaaa-bbbb-cccc-100000000001",
        "billing-account-reader": "50000000-aaaa-bbbb-cccc-100000000002",
        "billing-profile-owner": "40000000-aaaa-bbbb-cccc-100000000000",
        "billing-profile-contributor": "40000000-aaaa-bbbb-cccc-100000000001",
        "billing-profile-reader": "40000000-aaaa-bbbb-cccc-100000000002",
        "invoice-manager": "40000000-aaaa-bbbb-cccc-100000000004",
    }


def test_only_owners_and_contributors_can_pay_by_default() -> None:
    """And no reader can ever be made a payer."""
    assert set(PAYING_ROLES) == {
        f"billing-{scope}-{role}"
        for scope in ("account", "profile")
        for role in ("owner", "contributor")
    }
    assert set(MAY_BE_PAYING_ROLES) - set(PAYING_ROLES) == {"invoice-manager"}


@pytest.mark.parametrize("definition", ROLES)
def test_a_role_can_count_only_at_its_own_scope(definition: str) -> None:
    """An account's role in a profile's list, or the other way round, is none."""
    role = ROLES[definition]
    for scope in Scope:
        found = Assignment(scope, definition, ADA).role
        assert found == (role if scope is role.scope else None)


@pytest.mark.parametrize(
    ("kind", "as_user", "as_group"),
    [
        ("", True, True),
        ("user", True, False),
        ("group", False, True),
        ("serviceprincipal", False, False),
        ("none", False, False),
    ],
)
def test_an_assignment_can_mean_only_whom_its_type_allows(
    kind: str, *, as_user: bool, as_group: bool
) -> None:
    """Where the type is told it decides, where not both are tried."""
    one = Assignment(Scope.PROFILE, OWNER, ADA, kind)

    assert bool(holdings([one], ADA, frozenset())) is as_user
    assert bool(holdings([one], BEN, frozenset({ADA}))) is as_group
    assert group_candidates([one]) == ((ADA,) if as_group else ())


def test_a_principal_cannot_be_asked_for_twice_or_in_vain() -> None:
    """In the order of the list, no principal twice, none of unknown roles."""
    listed = [
        Assignment(Scope.PROFILE, OWNER, GROUP),
        Assignment(Scope.PROFILE, READER, GROUP),
        Assignment(Scope.PROFILE, "x", BEN),
        Assignment(Scope.ACCOUNT, ACCOUNT_OWNER, ADA),
    ]

    assert group_candidates(listed) == (GROUP, ADA)


@settings(deadline=None, max_examples=50)
@given(st.lists(assignments, max_size=8))
def test_nobody_can_hold_what_is_not_assigned_to_them(listed: list[Assignment]) -> None:
    """Every holding has an assignment to this very id, of a fitting type, at the role's scope."""
    for holding in holdings(listed, ADA, frozenset({GROUP})):
        principal, kind = (GROUP, "group") if holding.through_group else (ADA, "user")
        assert any(
            a.principal == principal and a.could_be(kind) and a.role == holding.role for a in listed
        )


@settings(deadline=None, max_examples=50)
@given(st.lists(assignments, max_size=8))
def test_a_foreign_principal_cannot_count(listed: list[Assignment]) -> None:
    """Only the home directory's, and those whose tenant Azure left out."""
    kept = of_home_tenant(listed, "HOME")

    assert {a.tenant for a in kept} <= {"", "home"}
    assert all(a in kept for a in listed if a.tenant != "away")
    assert of_home_tenant(listed, "") == tuple(listed)


def test_an_unknown_role_cannot_hide_the_others() -> None:
    """It is passed over; whether a role comes through a group is told."""
    listed = [
        Assignment(Scope.PROFILE, "x", ADA),
        Assignment(Scope.PROFILE, OWNER, ADA),
        Assignment(Scope.ACCOUNT, ACCOUNT_OWNER, GROUP),
    ]

    assert holdings(listed, ADA, frozenset({GROUP})) == (
        Holding(ROLES[OWNER], through_group=False),
        Holding(ROLES[ACCOUNT_OWNER], through_group=True),
    )
