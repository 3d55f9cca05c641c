"""Who may pay is asked at each moment anew: no answer, yes or no, outlives the press it was given for."""

from collections.abc import Callable

import aiohttp
import pytest

from sandbox.slack import response_urls, text_of
from tests.door import Door
from tests.paying import Unpaid, nothing_started, unpaid
from tests.town import FINANCE, Town, modal

GRID = "E0CONTOSO"
NO = ":no_entry:"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice that Ben may pay."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    return await unpaid(contoso)


def _role(town: Town) -> tuple[Callable[[], object], Callable[[], object]]:
    where = ("billing-profile-owner", town.ids["U0BEN"], town.account, town.profile)
    return lambda: town.tenant.revoke(*where), lambda: town.tenant.assign(*where)


def _entra(town: Town) -> tuple[Callable[[], object], Callable[[], object]]:
    ben, enable = town.ids["U0BEN"], town.tenant.set_enabled
    return lambda: enable(ben, enabled=False), lambda: enable(ben, enabled=True)


def _slack(
    fact: str, *, wrong: object = True
) -> Callable[[Town], tuple[Callable[[], object], Callable[[], object]]]:
    def changes(town: Town) -> tuple[Callable[[], object], Callable[[], object]]:
        ben = town.workspace.people["U0BEN"]
        right = getattr(ben, fact)
        return lambda: setattr(ben, fact, wrong), lambda: setattr(ben, fact, right)

    return changes


LOSSES = {
    "role": _role,
    "Entra account": _entra,
    "deleted": _slack("deleted"),
    "is_restricted": _slack("is_restricted"),
    "is_ultra_restricted": _slack("is_ultra_restricted"),
    "workspace": _slack("team_id", wrong="T0FABRIKAM"),
    "e-mail": _slack("email", wrong=""),
    "is_bot": _slack("is_bot"),
    "is_invited_user": _slack("is_invited_user"),
    "is_email_confirmed": _slack("is_email_confirmed", wrong=False),
}


async def test_an_answer_cannot_outlive_its_moment(invoice: Unpaid) -> None:
    """Yes turns into no and back into yes at the very next press, whatever was lost or regained."""
    for what, changes in LOSSES.items():
        lose, regain = changes(invoice.town)
        assert (await invoice.press("U0BEN")).submit, what
        lose()
        assert NO in text_of(await invoice.press("U0BEN")), what
        regain()
        assert (await invoice.press("U0BEN")).submit, what


async def test_nobody_can_confirm_what_they_lost_under_the_open_modal(invoice: Unpaid) -> None:
    """The whole list is gone through again at the confirmation."""
    for what, changes in LOSSES.items():
        lose, regain = changes(invoice.town)
        view = await invoice.offer("U0BEN")
        lose()
        told = text_of(await invoice.confirm(view))
        # From another workspace it is another person's confirmation altogether.
        assert NO in told or (what == "workspace" and "no longer valid" in told), what
        regain()
    assert await nothing_started(invoice.town)


async def test_every_press_can_be_traced_to_questions_of_its_own(invoice: Unpaid) -> None:
    """Slack, Entra and both lists of roles are asked each time: nothing is remembered."""
    asked = ("/users.info", "/users?", "/users/", "billingRoleAssignments")
    town = invoice.town

    def counts() -> list[int]:
        return [town.traffic.count(path) for path in asked]

    await invoice.press("U0BEN")
    first = counts()
    await invoice.press("U0BEN")
    second = counts()
    assert [now - before for before, now in zip(first, second, strict=True)] == first
    assert first[0] == 1
    assert first[3] == 2


async def test_a_colleague_can_pay_where_the_app_is_installed_for_the_whole_organisation(
    contoso: Town,
) -> None:
    """Then Slack names no team in a press, only the organisation and the person's own workspace."""
    contoso.workspace.enterprise_id = GRID
    contoso.workspace.people["U0ADA"].enterprise_user = {"enterprise_id": GRID, "id": "U0ADA"}
    invoice = await unpaid(contoso)
    ada = await invoice.person("U0ADA")
    payload = {
        "type": "block_actions",
        "team": None,
        "enterprise": {"id": GRID, "name": "contoso"},
        "is_enterprise_install": True,
        "user": {"id": "U0ADA", "name": "ada", "team_id": "T0SISTER"},
        "actions": [{"type": "button", "action_id": "pay.open", "value": invoice.number}],
        "trigger_id": contoso.workspace.modals.issue_trigger("U0ADA"),
        "response_url": response_urls.issue(contoso.workspace, "U0ADA", FINANCE),
        "container": {"type": "message", "message_ts": invoice.card.ts, "channel_id": FINANCE},
    }
    async with aiohttp.ClientSession() as session:
        door = Door(contoso, invoice.bot, session)
        assert await door.interact(payload) == (200, "")
        assert (await modal(ada, "pay.confirm")).submit
        foreign = payload | {"enterprise": {"id": "E0FABRIKAM"}, "trigger_id": "1.2.3"}
        foreign["trigger_id"] = contoso.workspace.modals.issue_trigger("U0ADA")
        assert await door.interact(foreign) == (200, "")
        await invoice.bot.settle()
    assert "belongs to another one" in text_of(ada.modals()[-1])
