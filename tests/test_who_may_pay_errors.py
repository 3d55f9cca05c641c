"""Whatever cannot be told means no: every source of the decision fails in every way it can.

Nobody here lacks a role: each time, the same people could pay if only the bot could tell.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pytest

from sandbox.faults import Fault
from sandbox.slack import View, text_of
from tests.paying import Unpaid, card_of, nothing_started, offers, unpaid
from tests.town import Town

NO = ":no_entry:"
NOTHING = "Nothing was started; please try again in a minute."
WAYS: dict[str, Callable[[str], Fault]] = {
    "401": lambda on: Fault(on, "status", status=401, times=-1),
    "403": lambda on: Fault(on, "status", status=403, times=-1),
    "404": lambda on: Fault(on, "status", status=404, times=-1),
    "429": lambda on: Fault(on, "throttle", seconds=0, times=-1),
    "500": lambda on: Fault(on, "status", status=500, times=-1),
    "unreachable": lambda on: Fault(on, "drop_before", times=-1),
    "malformed": lambda on: Fault(on, "malformed", times=-1),
    "truncated": lambda on: Fault(on, "truncated", times=-1),
    "empty": lambda on: Fault(on, "empty", times=-1),
}
SOURCES = {
    "account roles": "GET {account}/billingRoleAssignments",
    "profile roles": "GET {account}/billingProfiles/*/billingRoleAssignments",
    "invoice": "GET {account}/invoices/*",
    "person in Graph": "GET /v1.0/users/{email}",
    "groups in Graph": "POST /v1.0/users/{entra}/checkMemberGroups",
}


@dataclass
class Lane:
    """An account of its own with one invoice and two people who may pay it, through a group."""

    invoice: Unpaid
    payers: tuple[str, str]

    def sources(self, source: str) -> Iterable[str]:
        """What a fault must match to hit this source for both people, and for nobody else."""
        town = self.invoice.town
        for payer in self.payers:
            yield SOURCES[source].format(
                account=f"/providers/Microsoft.Billing/billingAccounts/{town.account}",
                email=town.workspace.people[payer].email,
                entra=town.ids[payer],
            )


async def street(town: Town, names: Iterable[str]) -> dict[str, Lane]:
    """A lane for each name, and one bot that has posted all their cards."""
    lanes = {}
    for name in names:
        account = town.tenant.add_account(name)
        profile = town.tenant.add_profile(account, name, currency="EUR")
        town.tenant.assign("billing-account-reader", town.tenant.bot_id, account)
        here = replace(town, account=account, profile=profile)
        slug = name.replace(" ", "")
        payers = (f"U0A{slug.upper()}", f"U0B{slug.upper()}")
        members = [here.colleague(user, f"{user.lower()}") for user in payers]
        here.ids[name] = town.tenant.add_group(name, members)
        here.holds(name, "billing-account-owner")
        lanes[name] = (here, here.invoice(), payers)
    bot = await town.bot()
    await bot.scan()
    return {
        name: Lane(Unpaid(here, bot, number, card_of(here, number)), payers)
        for name, (here, number, payers) in lanes.items()
    }


def is_no(view: View) -> bool:
    """Whether it says no, that nothing was started, and leaves nothing to submit."""
    words = text_of(view)
    return NO in words and NOTHING in words and view.submit is None


@pytest.mark.parametrize("source", SOURCES)
async def test_nobody_can_start_a_payment_while_azure_fails(contoso: Town, source: str) -> None:
    """A source that fails in any way, for who presses and for who confirms, means no."""
    # Graph's 404 for a sign-in name is an answer, not a failure: the search by mail goes on.
    ways = [way for way in WAYS if (source, way) != ("person in Graph", "404")]
    lanes = await street(contoso, ways)
    open_ones = await asyncio.gather(
        *(lane.invoice.offer(lane.payers[0]) for lane in lanes.values())
    )
    before = await offers(contoso)
    for way, lane in lanes.items():
        for on in lane.sources(source):
            contoso.faults.order(WAYS[way](on))

    confirmed, pressed = await asyncio.gather(
        asyncio.gather(
            *(
                lane.invoice.confirm(view)
                for lane, view in zip(lanes.values(), open_ones, strict=True)
            )
        ),
        asyncio.gather(*(lane.invoice.press(lane.payers[1]) for lane in lanes.values())),
    )

    assert {way for way, view in zip(lanes, confirmed, strict=True) if is_no(view)} == set(ways)
    assert {way for way, view in zip(lanes, pressed, strict=True) if is_no(view)} == set(ways)
    assert await nothing_started(contoso)
    assert await offers(contoso) == before
    contoso.faults.clear()
    await lanes["500"].invoice.hand_off(lanes["500"].payers[1])


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        pytest.param(
            "GET /v1.0/users",
            ("401", "403", "404", "500", "malformed", "truncated", "empty"),
            id="search in Graph",
        ),
        # Slack's no is an answer with status 200; any other status is one and the same to its SDK.
        pytest.param(
            "* /api/users.info",
            ("500", "unreachable", "malformed", "truncated", "empty"),
            id="Slack account",
        ),
    ],
)
async def test_nobody_can_start_a_payment_while_their_identity_is_in_doubt(
    contoso: Town, source: str, ways: tuple[str, ...]
) -> None:
    """The search by mail and Slack's word on the account are needed every time."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(contoso)
    for way in ways:
        view = await invoice.offer()
        before = await offers(contoso)
        contoso.faults.order(WAYS[way](source))

        both = await asyncio.gather(invoice.confirm(view), invoice.press("U0BEN"))

        assert [is_no(one) for one in both] == [True, True], way
        assert await offers(contoso) == before, way
        contoso.faults.clear()
    assert await nothing_started(contoso)
    await invoice.hand_off("U0BEN")


async def test_nobody_can_start_a_payment_while_the_app_may_not_read_accounts(
    contoso: Town,
) -> None:
    """Without the scope users:read Slack refuses to say who somebody is."""
    contoso.workspace.scopes.discard("users:read")
    invoice = await unpaid(contoso)

    view = await invoice.press()

    assert is_no(view)
    assert "Slack did not answer as it should." in text_of(view)
    assert await offers(contoso) == {}


@pytest.mark.parametrize("way", ["401", "malformed"])
async def test_nobody_can_start_a_payment_while_the_bot_cannot_sign_in(
    contoso: Town, way: str
) -> None:
    """No token for Graph, no decision."""
    invoice = await unpaid(contoso)
    contoso.faults.order(WAYS[way]("GET /msi/token"))

    assert is_no(await invoice.press())
    assert await offers(contoso) == {}


async def test_nobody_can_start_a_payment_with_tokens_that_azure_rejects(contoso: Town) -> None:
    """Azure and Graph take back every token between press and confirmation."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    contoso.tenant.tokens.expire_all()

    told = text_of(await invoice.confirm(view))

    assert "Azure does not let the bot check this" in told
    assert await nothing_started(contoso)


async def test_nobody_can_start_a_payment_while_azure_keeps_silent(contoso: Town) -> None:
    """Every source has its deadline; all of them keep an impatient bot waiting, side by side."""
    lanes = await street(contoso, SOURCES)
    impatient = await contoso.bot(patience=0.5)
    for source, lane in lanes.items():
        lane.invoice.bot = impatient
        for on in lane.sources(source):
            contoso.fault(on, "delay", seconds=1, times=-1)

    views = await asyncio.gather(*(lane.invoice.press(lane.payers[0]) for lane in lanes.values()))

    assert all(is_no(view) for view in views)
    assert all("Azure did not answer in time." in text_of(view) for view in views)
    assert await offers(contoso) == {}


async def test_nobody_can_start_a_payment_while_the_sign_in_keeps_failing(contoso: Town) -> None:
    """The endpoint that gives out tokens is gone; the bot does not wait for it for ever."""
    invoice = await unpaid(contoso)
    invoice.bot = await contoso.bot(patience=0.5)
    contoso.fault("GET /msi/token", "drop_before", times=-1)

    assert is_no(await invoice.press())
    assert await offers(contoso) == {}


async def test_nobody_can_confirm_while_azure_keeps_silent(contoso: Town) -> None:
    """The same deadline holds at the confirmation, in another process if need be."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    impatient = replace(invoice, bot=await contoso.bot(patience=0.5), people={})
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=1, times=-1)

    assert is_no(await impatient.confirm(view))
    assert await nothing_started(contoso)
