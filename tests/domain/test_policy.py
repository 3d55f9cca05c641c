"""Who may, as pure decisions: in doubt the answer is no."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.people import EntraUser, Presence, SlackPerson, Workspace
from bot.domain.policy import Grant, Reason, Refusal, decide, hygiene, stranger, the_one
from bot.domain.roles import PAYING_ROLES, ROLES, Holding

HOME = Workspace("T1", "", "B1", "U1")
GRID = Workspace("T1", "E1", "B1", "U1")
ADA = SlackPerson("U0ADA", "T1", email="ada@contoso.example")
USER = EntraUser("ada-id", enabled=True)
ALLOWED = frozenset(PAYING_ROLES)
held_roles = st.lists(
    st.builds(Holding, role=st.sampled_from(list(ROLES.values())), through_group=st.booleans()),
    max_size=6,
).map(tuple)


@pytest.mark.parametrize(
    ("presence", "home", "refused"),
    [
        (Presence("U", "T1"), HOME, False),
        (Presence("U", "T2"), HOME, True),
        (Presence("U", ""), HOME, True),
        (Presence("U", "T2", "E1"), HOME, True),
        (Presence("U", "T2", "E1"), GRID, False),
        (Presence("U", "T1"), GRID, False),
        (Presence("U", "T2", "E2"), GRID, True),
        (Presence("U", "T2", ""), GRID, True),
    ],
)
def test_a_stranger_cannot_pass_for_a_colleague(
    presence: Presence, home: Workspace, *, refused: bool
) -> None:
    """The same team, or another one of the same organisation if there is an organisation."""
    assert stranger(presence, home) == (Refusal(Reason.OTHER_COMPANY) if refused else None)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"deleted": True}, Reason.DEACTIVATED),
        ({"is_bot": True}, Reason.BOT),
        ({"is_guest": True}, Reason.GUEST),
        ({"is_stranger": True}, Reason.OTHER_COMPANY),
        ({"is_invited": True}, Reason.NOT_JOINED),
        ({"email": ""}, Reason.NO_EMAIL),
        ({"email_confirmed": False}, Reason.EMAIL_UNCONFIRMED),
        ({"team": "T2"}, Reason.OTHER_COMPANY),
        ({"team": ""}, Reason.OTHER_COMPANY),
        ({"team": "T2", "enterprise": "E2"}, Reason.OTHER_COMPANY),
    ],
)
@pytest.mark.parametrize("home", [HOME, GRID], ids=["one workspace", "grid"])
def test_an_account_with_a_flaw_cannot_pass_for_a_full_member(
    home: Workspace, facts: dict[str, Any], reason: Reason | None
) -> None:
    """Each single flaw is enough for a no, on Enterprise Grid as well."""
    assert hygiene(replace(ADA, **facts), home) == (Refusal(reason) if reason else None)


def test_an_account_of_a_sister_workspace_can_pass() -> None:
    """Where both are of the organisation; without one, nobody is."""
    sister = replace(ADA, team="T2", enterprise="E1")

    assert hygiene(sister, GRID) is None
    assert hygiene(sister, HOME) == Refusal(Reason.OTHER_COMPANY)
    assert hygiene(replace(ADA, team="T2"), HOME) == Refusal(Reason.OTHER_COMPANY)


@settings(deadline=None, max_examples=50)
@given(
    st.fixed_dictionaries(
        {
            flaw: st.booleans()
            for flaw in ("deleted", "is_bot", "is_guest", "is_stranger", "is_invited")
        }
    )
)
def test_flaws_cannot_cancel_each_other_out(facts: dict[str, bool]) -> None:
    """Flaws never cancel out."""
    person = replace(ADA, **facts)  # type: ignore[arg-type]  # each of them is a flag

    assert (hygiene(person, HOME) is None) is not any(facts.values())


@pytest.mark.parametrize(
    ("matches", "found"),
    [
        ([], Refusal(Reason.NOT_IN_ENTRA)),
        ([USER], USER),
        ([USER, USER], USER),
        ([USER, EntraUser("ben-id", enabled=True)], Refusal(Reason.AMBIGUOUS_IN_ENTRA)),
        ([USER, EntraUser("ben-id", enabled=False)], Refusal(Reason.AMBIGUOUS_IN_ENTRA)),
        ([EntraUser("ada-id", enabled=False)], Refusal(Reason.DISABLED_IN_ENTRA)),
    ],
)
def test_an_address_can_mean_exactly_one_enabled_user_only(
    matches: list[EntraUser], found: EntraUser | Refusal
) -> None:
    """The same user found twice is one; two are too many even if one is disabled."""
    assert the_one(matches) == found


@settings(deadline=None, max_examples=50)
@given(held=held_roles)
def test_a_payer_can_only_be_who_holds_an_allowed_role(held: tuple[Holding, ...]) -> None:
    """Yes exactly where one of the roles is allowed; the evidence is one of those held."""
    decision = decide(USER, held, ALLOWED)

    allowed = [holding for holding in held if holding.role.key in ALLOWED]
    if allowed:
        assert isinstance(decision, Grant)
        assert decision.entra_id == "ada-id"
        assert decision.holding in allowed
        # The strongest evidence is named: held directly before held through a group.
        assert decision.holding.through_group is all(one.through_group for one in allowed)
    else:
        expected = Reason.ROLE_TOO_LOW if held else Reason.NO_ROLE
        assert isinstance(decision, Refusal)
        assert decision.reason is expected
        assert (decision.role in [holding.role for holding in held]) is bool(held)


@settings(deadline=None, max_examples=50)
@given(held=held_roles)
def test_nobody_can_pay_where_no_role_may(held: tuple[Holding, ...]) -> None:
    """An empty list of allowed roles lets nobody through."""
    assert isinstance(decide(USER, held, frozenset()), Refusal)
