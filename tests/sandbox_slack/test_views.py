"""Modals and Home tabs open, change and stack as Slack allows."""

from typing import Any

import pytest

from sandbox.slack import Person, SlackWorkspace, text_of
from sandbox.slack.rules import view_complaints
from tests.sandbox_slack.calls import call, opened, refusal
from tests.sandbox_slack.conftest import Clock
from tests.sandbox_slack.echo_bot import EchoBot
from tests.sandbox_slack.layouts import (
    TEXT_FIELD,
    Json,
    actions,
    button,
    modal,
    plain,
    section,
)


def test_a_bot_can_show_a_view_within_the_limits() -> None:
    """Modals take a hundred blocks and inputs; Home tabs need no title."""
    full = modal(*[{"type": "divider"}] * 99, TEXT_FIELD, private_metadata="x" * 3000)
    assert view_complaints(full, "modal") == []
    assert view_complaints({"type": "home", "blocks": [section()]}, "home") == []


BAD_VIEWS: dict[str, tuple[Any, str]] = {
    "not a view": ("modal", "must be an object"),
    "home as a modal": ({"type": "home", "blocks": [section()]}, "unsupported type: home"),
    "no title": (modal(title=None), "/view/title"),
    "long title": (modal(title=plain("x" * 25)), "less than 25"),
    "long submit": (modal(submit=plain("x" * 25)), "/view/submit"),
    "long close": (modal(close=plain("x" * 25)), "/view/close"),
    "long private metadata": (modal(private_metadata="x" * 3001), "private_metadata"),
    "long callback id": (modal(callback_id="x" * 256), "callback_id"),
    "no blocks": (modal() | {"blocks": []}, "between 1 and 100"),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "no more than 100"),
    "message-only block": (modal({"type": "markdown", "text": "x"}), "unsupported type"),
    "read-only field": (modal(hash="1.a"), "additional property: hash"),
    "input without submit": (
        {"type": "modal", "title": plain("x"), "blocks": [TEXT_FIELD]},
        "missing required field: submit",
    ),
}


@pytest.mark.parametrize(("view", "why"), BAD_VIEWS.values(), ids=BAD_VIEWS)
def test_a_bot_cannot_show_a_view_beyond_the_limits(view: Any, why: str) -> None:
    """Each limit of a view is complained about."""
    complaints = view_complaints(view, "modal")
    assert complaints
    assert why in complaints[0]


async def test_a_bot_can_open_a_modal_with_a_fresh_trigger_id_once(
    workspace: SlackWorkspace, clock: Clock, pat: Person
) -> None:
    """A trigger id works once, for three seconds, and only if Slack gave it out."""
    trigger_id = workspace.modals.issue_trigger("UPAT")
    body = await call(workspace, "views.open", trigger_id=trigger_id, view=modal())
    [shown] = pat.modals()
    assert (shown.id, shown.callback_id) == (body["view"]["id"], "pay.confirm")
    args = {"trigger_id": trigger_id, "view": modal()}
    assert await refusal(workspace, "views.open", **args) == "exchanged_trigger_id"
    args["trigger_id"] = workspace.modals.issue_trigger("UPAT")
    clock.at += 3.1
    assert await refusal(workspace, "views.open", **args) == "expired_trigger_id"
    args["trigger_id"] = "1.2.3"
    assert await refusal(workspace, "views.open", **args) == "invalid_trigger_id"


async def test_a_bot_cannot_open_a_view_slack_refuses(workspace: SlackWorkspace) -> None:
    """A bad view names what is wrong and does not use the trigger id up."""
    trigger_id = workspace.modals.issue_trigger("UPAT")
    bad = await call(workspace, "views.open", trigger_id=trigger_id, view=modal(title=None))
    assert bad["error"] == "invalid_arguments"
    assert "/view/title" in bad["response_metadata"]["messages"][0]
    huge = modal(*[section("x" * 3000)] * 90)
    args = {"trigger_id": trigger_id, "view": huge}
    assert await refusal(workspace, "views.open", **args) == "view_too_large"
    assert await refusal(workspace, "views.open", view=modal()) == "invalid_arguments"
    named = modal(external_id="one")
    assert (await call(workspace, "views.open", trigger_id=trigger_id, view=named))["ok"]
    args = {"trigger_id": workspace.modals.issue_trigger("UPAT"), "view": named}
    assert await refusal(workspace, "views.open", **args) == "duplicate_external_id"


async def test_a_bot_can_update_a_view_unless_somebody_else_did(
    workspace: SlackWorkspace, pat: Person
) -> None:
    """views.update finds by id or external id and heeds the hash; a closed view is gone."""
    view = await opened(workspace, modal(external_id="pay-1"))
    by_id: Json = {"view_id": view.id, "hash": view.hash, "view": modal(section("changed"))}
    assert (await call(workspace, "views.update", **by_id))["view"]["root_view_id"] == view.id
    assert text_of(pat.modals()[0]).splitlines() == ["Pay G123?", "changed", "Pay"]
    assert await refusal(workspace, "views.update", **by_id) == "hash_conflict"
    by_name = {"external_id": "pay-1", "view": modal()}
    assert await refusal(workspace, "views.update", **by_name) == "not_found"
    await pat.close(view.id)
    by_id["hash"] = ""
    assert await refusal(workspace, "views.update", **by_id) == "not_found"
    assert await refusal(workspace, "views.update", view=modal()) == "invalid_arguments"


async def test_a_bot_can_push_three_views_deep(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """views.push lays a view on the stack the click came from; the fourth is refused."""
    await opened(workspace, modal(actions(button("more"))))
    for _ in range(2):
        receipt = await pat.press_in_modal(pat.modals()[-1].id, "more")
        view = modal(actions(button("more")))
        await call(workspace, "views.push", trigger_id=receipt.trigger_id, view=view)
    first, second, third = pat.modals()
    assert (third.previous, third.root) == (second.id, first.id)
    receipt = await pat.press_in_modal(third.id, "more")
    args = {"trigger_id": receipt.trigger_id, "view": modal()}
    assert await refusal(workspace, "views.push", **args) == "push_limit_reached"
    with pytest.raises(LookupError):
        await pat.press_in_modal(first.id, "more")


async def test_a_bot_can_publish_a_home_tab(workspace: SlackWorkspace, pat: Person) -> None:
    """views.publish sets one person's Home tab and heeds the hash."""
    home = {"type": "home", "blocks": [section("3 unpaid")]}
    body = await call(workspace, "views.publish", user_id="UPAT", view=home)
    shown = pat.home()
    assert shown is not None
    assert text_of(shown) == "3 unpaid"
    args: Json = {"user_id": "UPAT", "view": home, "hash": "0.old"}
    assert await refusal(workspace, "views.publish", **args) == "hash_conflict"
    args["hash"] = body["view"]["hash"]
    assert (await call(workspace, "views.publish", **args))["ok"]
    args = {"user_id": "UPAT", "view": modal()}
    assert await refusal(workspace, "views.publish", **args) == "invalid_arguments"
