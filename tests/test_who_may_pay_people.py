"""Which person a Slack account stands for: allowed and refused through the real bot.

Everybody here would be billing account owner if only they were who they seem to be.
"""

from typing import Any

import pytest

from tests.paying import Unpaid, journal, refusals, unpaid
from tests.town import FINANCE, Town

GRID = "E0CONTOSO"
EMAIL = "ben@contoso.example"
IN_GRID = {"enterprise_id": GRID, "id": "W0BEN", "teams": ["T0SISTER"]}
FOREIGN = {"enterprise_id": "E0FABRIKAM", "id": "W0BEN", "teams": ["T0FABRIKAM"]}


def ben(town: Town, **slack: Any) -> None:
    """Ben, billing account owner by his directory account, with these facts in Slack."""
    town.colleague("U0BEN", "ben", **slack)
    town.holds("U0BEN", "billing-account-owner")


def entra(town: Town, upn: str, mail: str | None = None, **facts: Any) -> str:
    """One more billing account owner in Entra; the object id."""
    user = town.tenant.add_user(upn, mail, **facts)
    town.tenant.assign("billing-account-owner", user, town.account)
    return user


def slack_only(town: Town, email: str = EMAIL) -> None:
    """Ben in Slack alone, as a full member."""
    town.workspace.add_person("U0BEN", "ben", email=email)
    town.workspace.channels[FINANCE].members.append("U0BEN")


async def refused(invoice: Unpaid) -> str:
    """What Ben reads after pressing Pay now in vain; no offer was made."""
    return (await refusals(invoice, ["U0BEN"]))["U0BEN"]


STANDINGS: dict[str, str] = {
    "is_restricted": "Guests cannot do this.",
    "is_ultra_restricted": "Guests cannot do this.",
    "deleted": "Your Slack account is deactivated",
    "is_bot": "Only people can do this, not apps.",
    "is_invited_user": "Please accept the invitation",
}


async def test_an_account_that_vouches_for_nobody_cannot_pay(contoso: Town) -> None:
    """Guests, deactivated and invited accounts and apps are told what is wrong."""
    users = {f"U0{fact.upper()}": fact for fact in STANDINGS}
    for user, fact in users.items():
        contoso.colleague(user, fact.replace("_", ""), **{fact: True})
        contoso.holds(user, "billing-account-owner")

    told = await refusals(await unpaid(contoso), users)

    assert {fact for user, fact in users.items() if STANDINGS[fact] in told[user]} == set(STANDINGS)


async def test_a_member_whose_email_is_unconfirmed_cannot_pay(contoso: Town) -> None:
    """Anybody could have typed that address."""
    ben(contoso, is_email_confirmed=False)

    assert "Please confirm your e-mail address" in await refused(await unpaid(contoso))


async def test_a_member_without_an_email_cannot_pay(contoso: Town) -> None:
    """Nothing would tie them to a directory account."""
    ben(contoso)
    contoso.workspace.people["U0BEN"].email = ""

    assert "Slack shows the bot no e-mail address" in await refused(await unpaid(contoso))


async def test_nobody_can_pay_while_the_app_lacks_the_email_scope(contoso: Town) -> None:
    """Without users:read.email nobody can be told apart."""
    ben(contoso)
    contoso.workspace.scopes.discard("users:read.email")

    assert "Slack shows the bot no e-mail address" in await refused(await unpaid(contoso))


async def test_a_stranger_in_a_shared_channel_cannot_pay(contoso: Town) -> None:
    """Slack Connect: the payload's own team tells, before anything is asked about them."""
    ben(contoso, team_id="T0FABRIKAM", is_stranger=True)
    invoice = await unpaid(contoso)

    assert "your Slack account belongs to another one" in await refused(invoice)
    assert contoso.traffic.count("/users.info") == 0


async def test_a_colleague_of_a_sister_workspace_can_pay(contoso: Town) -> None:
    """Enterprise Grid: another workspace of the same organisation is the same company."""
    contoso.workspace.enterprise_id = GRID
    ben(contoso, team_id="T0SISTER", enterprise_user=IN_GRID)
    invoice = await unpaid(contoso)

    await invoice.hand_off("U0BEN")


@pytest.mark.parametrize("theirs", [FOREIGN, None], ids=["other organisation", "no organisation"])
async def test_a_stranger_to_the_organisation_cannot_pay(
    contoso: Town, theirs: dict[str, Any] | None
) -> None:
    """On Enterprise Grid, too, an account of another organisation is refused."""
    contoso.workspace.enterprise_id = GRID
    ben(contoso, team_id="T0FABRIKAM", enterprise_user=theirs)

    assert "your Slack account belongs to another one" in await refused(await unpaid(contoso))


async def test_somebody_of_an_unrelated_organisation_cannot_pay_outside_grid(contoso: Town) -> None:
    """Where the home workspace belongs to no organisation, none counts as the same."""
    ben(contoso, team_id="T0FABRIKAM", enterprise_user=FOREIGN)

    assert "your Slack account belongs to another one" in await refused(await unpaid(contoso))


@pytest.mark.parametrize(
    ("upn", "mail", "more"),
    [
        pytest.param(EMAIL, None, {}, id="UPN"),
        pytest.param("BEN@Contoso.Example", None, {}, id="UPN in other letter case"),
        pytest.param("b.nye@contoso.example", EMAIL, {}, id="mail"),
        pytest.param(
            "b.nye@contoso.example",
            "b.nye@contoso.example",
            {"proxy_addresses": ["SMTP:b.nye@contoso.example", f"smtp:{EMAIL}"]},
            id="second proxy address",
        ),
        pytest.param(
            "b.nye@contoso.example", None, {"proxy_addresses": [f"SMTP:{EMAIL}"]}, id="first proxy"
        ),
    ],
)
async def test_an_owner_can_pay_whichever_address_ties_slack_to_entra(
    contoso: Town, upn: str, mail: str | None, more: dict[str, Any]
) -> None:
    """The Slack address may be the sign-in name, the mail or only an alias of the mailbox."""
    slack_only(contoso)
    user = entra(contoso, upn, mail, **more)
    invoice = await unpaid(contoso)

    await invoice.hand_off("U0BEN")

    (entry,) = await journal(contoso, "payment.handed_off")
    assert entry["entra_id"] == user


@pytest.mark.parametrize(
    ("by", "email"),
    [
        ("UPN", "b.o'neill@contoso.example"),
        ("mail", "b.o'neill@contoso.example"),
        ("proxy", "b.o'neill@contoso.example"),
        ("mail", "ben+pay@contoso.example"),
        ("proxy", "ben+pay@contoso.example"),
        ("UPN", "b#&%27=?y@contoso.example"),
        ("mail", "b#&%27=?y@contoso.example"),
        ("mail", "bén@x.eu"),
    ],
)
async def test_an_owner_can_pay_whatever_characters_their_address_has(
    contoso: Town, by: str, email: str
) -> None:
    """Apostrophes and signs with a meaning in URLs and filters reach Graph as they are."""
    slack_only(contoso, email)
    proxies = [f"smtp:{email}"] if by == "proxy" else []
    upn = email if by == "UPN" else "b.nye@contoso.example"
    entra(contoso, upn, email if by == "mail" else None, proxy_addresses=proxies)
    invoice = await unpaid(contoso)

    await invoice.offer("U0BEN")


async def test_an_address_that_users_may_write_themselves_cannot_let_them_pay(
    contoso: Town,
) -> None:
    """``otherMails`` proves nothing."""
    slack_only(contoso)
    entra(contoso, "b.nye@contoso.example", None, other_mails=[EMAIL])

    told = await refused(await unpaid(contoso))

    assert "belongs to nobody in this company's Microsoft Entra" in told


@pytest.mark.parametrize("email", ["' or mail ne '", "x'&$filter=mail ne '", "x&$filter=y"])
async def test_an_address_cannot_smuggle_a_filter_into_graph(contoso: Town, email: str) -> None:
    """An apostrophe in an address ends no text in the question."""
    slack_only(contoso, email)

    told = await refused(await unpaid(contoso))

    assert "belongs to nobody in this company's Microsoft Entra" in told


@pytest.mark.parametrize("twin_enabled", [True, False])
async def test_an_address_that_two_people_share_cannot_let_either_pay(
    contoso: Town, *, twin_enabled: bool
) -> None:
    """One's sign-in name is the other's mail: the bot cannot tell who it is."""
    slack_only(contoso)
    entra(contoso, EMAIL)
    entra(contoso, "twin@contoso.example", EMAIL, enabled=twin_enabled)

    told = await refused(await unpaid(contoso))

    assert "fits more than one person in Microsoft Entra" in told


async def test_an_alias_that_two_mailboxes_share_cannot_let_either_pay(contoso: Town) -> None:
    """The same holds for proxy addresses."""
    slack_only(contoso)
    entra(contoso, "b.nye@contoso.example", proxy_addresses=[f"smtp:{EMAIL}"])
    entra(contoso, "twin@contoso.example", proxy_addresses=[f"SMTP:{EMAIL}"])

    told = await refused(await unpaid(contoso))

    assert "fits more than one person in Microsoft Entra" in told


@pytest.mark.parametrize("mail", [EMAIL, None], ids=["by mail", "by UPN"])
async def test_somebody_disabled_in_entra_cannot_pay(contoso: Town, mail: str | None) -> None:
    """Sign-in blocked, roles still there: no."""
    slack_only(contoso)
    entra(contoso, "b.nye@contoso.example" if mail else EMAIL, mail, enabled=False)

    told = await refused(await unpaid(contoso))

    assert "Your Microsoft Entra account is disabled." in told
