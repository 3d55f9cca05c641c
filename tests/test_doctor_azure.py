"""The doctor: Azure and Microsoft Graph."""

from typing import Any

import pytest

from tests.doctoring import examined
from tests.town import FINANCE, Town


def hide(town: Town, path: str, **how: Any) -> None:
    """Have Azure or Graph refuse everything under this path."""
    town.fault(path, "status", status=403, times=-1, **how)


async def test_an_operator_can_see_that_the_sign_in_fails(
    contoso: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failure, and nothing of Azure is looked at; Slack and the store are."""
    monkeypatch.setenv("IDENTITY_HEADER", "of another machine")
    found = await examined(contoso)
    assert "check its Azure credentials" in found.said("Azure sign-in", "failure")
    assert found.not_ok == {"Azure sign-in": "failure"}
    assert "Azure billing" not in found.findings


async def test_an_operator_can_see_that_no_account_is_shown(contoso: Town) -> None:
    """Without a role there is no account: one failure with the fix, Graph is looked at all the same."""
    contoso.tenant.revoke("billing-account-reader", contoso.tenant.bot_id, contoso.account)
    found = await examined(contoso)
    assert "Billing account reader" in found.said("Azure billing", "failure")
    assert found.not_ok == {"Azure billing": "failure"}
    assert "Azure roles" not in found.findings
    assert "Microsoft Graph" in found.findings


@pytest.mark.parametrize(
    ("path", "what", "words"),
    [
        ("GET */invoices", "Azure billing", "no invoices of Contoso: give its enterprise"),
        ("GET */billingRoleAssignments", "Azure roles", "no role assignments of Contoso"),
        ("GET */billingProfiles/*/billingRoleAssignments", "Azure roles", "no role assignments"),
    ],
)
async def test_an_operator_can_see_which_list_azure_hides(
    contoso: Town, path: str, what: str, words: str
) -> None:
    """Each list that a payment rests on is tried, of account and profile."""
    contoso.invoice()
    hide(contoso, path)
    found = await examined(contoso)
    assert words in found.said(what, "failure")
    assert found.code == 1


async def test_an_operator_can_see_who_was_found_everywhere(contoso: Town) -> None:
    """The first person with a paying role who is known to Azure, Entra and Slack is named."""
    contoso.invoice()
    said = (await examined(contoso)).said("Who may pay", "ok")
    assert said == "Ada may pay, and is U0ADA in Slack."
    assert "@" not in said


async def test_an_operator_can_see_that_payers_are_not_in_slack(contoso: Town) -> None:
    """Payers whose address Slack does not know could never press: a failure."""
    contoso.invoice()
    del contoso.workspace.people["U0ADA"]
    contoso.workspace.channels[FINANCE].members.remove("U0ADA")
    said = (await examined(contoso)).said("Who may pay", "failure")
    assert "None of 1 people with a paying role has a Slack account" in said


async def test_an_operator_can_see_that_nobody_may_pay(contoso: Town) -> None:
    """Where no paying role is held at all, that is the failure."""
    contoso.tenant.revoke("billing-account-owner", contoso.ids["U0ADA"], contoso.account)
    said = (await examined(contoso)).said("Who may pay", "failure")
    assert "Nobody of this directory holds a paying role" in said
    assert "billing-profile-contributor" in said


async def test_an_operator_can_see_that_only_groups_may_pay(contoso: Town) -> None:
    """Groups cannot be tried by the doctor itself: the rehearsal can."""
    contoso.tenant.revoke("billing-account-owner", contoso.ids["U0ADA"], contoso.account)
    group = contoso.tenant.add_group("Payers", [contoso.ids["U0ADA"]])
    contoso.tenant.assign("billing-account-owner", group, contoso.account)
    assert "--rehearse" in (await examined(contoso)).said("Who may pay", "doubt")


async def test_an_operator_can_see_that_users_cannot_be_read(contoso: Town) -> None:
    """Without User.Read.All nobody can be found: a failure that names the permission."""
    contoso.tenant.permissions.discard("User.Read.All")
    found = await examined(contoso)
    assert "User.Read.All" in found.said("Microsoft Graph", "failure")


async def test_an_operator_can_see_that_groups_cannot_be_read(contoso: Town) -> None:
    """Without GroupMember.Read.All: a doubt, and a failure where a group is known to hold a role."""
    contoso.tenant.permissions.discard("GroupMember.Read.All")
    assert "GroupMember.Read.All" in (await examined(contoso)).said("Entra groups", "doubt")
    group = contoso.tenant.add_group("Payers", [contoso.ids["U0ADA"]])
    contoso.tenant.assign("billing-account-owner", group, contoso.account, principal_type="Group")
    assert "GroupMember.Read.All" in (await examined(contoso)).said("Entra groups", "failure")


async def test_an_operator_can_see_whether_payment_methods_are_shown(contoso: Town) -> None:
    """How many there are; where they cannot be read, paying works all the same: a doubt."""
    assert "none were tried" in (await examined(contoso)).said("Payment methods", "ok")
    contoso.invoice()
    assert "2 on billing profile" in (await examined(contoso)).said("Payment methods", "ok")
    hide(contoso, "GET */paymentMethodLinks")
    assert "will not show how to pay" in (await examined(contoso)).said("Payment methods", "doubt")


@pytest.mark.parametrize(
    ("offer", "level", "words"),
    [
        ("offered", "doubt", "the bot holds no paying role: give its enterprise application"),
        (
            "missing",
            "doubt",
            "does not have it for this tenant. Payers are led to the Azure portal",
        ),
        ("unsupported", "doubt", "does not have it for this tenant."),
        ("forbidden", "doubt", "does not let the bot's application use it."),
    ],
)
async def test_an_operator_can_see_whether_azure_has_the_preview(
    contoso: Town, offer: Any, level: str, words: str
) -> None:
    """Asked only where the bot is to pay by it; it moves no money, and without it nothing fails."""
    contoso.invoice()
    contoso.tenant.switches.paynow = offer
    assert "Pay-now preview" not in (await examined(contoso)).findings
    found = await examined(contoso, payment_mode="api")
    assert words in found.said("Pay-now preview", level)
    assert found.code == 0
    assert contoso.traffic.count("/paynow") == 0


async def test_an_operator_can_see_that_the_bot_may_pay(contoso: Town) -> None:
    """With the preview offered and a paying role for the bot, all is well."""
    contoso.invoice()
    contoso.tenant.switches.paynow = "offered"
    bot, profile = contoso.tenant.bot_id, contoso.profile
    contoso.tenant.assign("billing-profile-contributor", bot, contoso.account, profile)
    found = await examined(contoso, payment_mode="api")
    assert found.said("Pay-now preview", "ok") == "Azure has it for this tenant."
