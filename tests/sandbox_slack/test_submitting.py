"""People fill in, submit and close modals."""

import json

import pytest

from sandbox.slack import Person, Receipt, SlackWorkspace, text_of
from tests.sandbox_slack.calls import call, opened
from tests.sandbox_slack.echo_bot import EchoBot
from tests.sandbox_slack.layouts import (
    TEXT_FIELD,
    Json,
    actions,
    field_of,
    menu,
    modal,
    options,
    section,
)


async def test_a_person_can_submit_a_modal(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """What is filled in arrives in the state; an empty answer closes the modal."""
    view = await opened(
        workspace, modal(TEXT_FIELD, section(accessory=menu(), block_id="m"), private_metadata="t1")
    )
    receipt = await pat.submit(view.id, {"text": "looks right", "menu": "v1"})
    assert receipt.trouble == ""
    sent = bot.payload["view"]
    assert bot.payload["type"] == "view_submission"
    assert (sent["callback_id"], sent["private_metadata"]) == ("pay.confirm", "t1")
    assert sent["state"]["values"]["reason"]["text"] == {
        "type": "plain_text_input",
        "value": "looks right",
    }
    assert sent["state"]["values"]["m"]["menu"]["selected_option"]["value"] == "v1"
    assert pat.modals() == []


async def test_a_person_cannot_submit_an_unfilled_form(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """Slack's own form check stops empty and overlong fields before the app hears of them."""
    optional = field_of({"type": "plain_text_input", "action_id": "note"}, "note", optional=True)
    amount = field_of(
        {
            "type": "number_input",
            "action_id": "n",
            "is_decimal_allowed": True,
            "max_value": "9",
        },
        "amount",
        optional=True,
    )
    view = await opened(workspace, modal(TEXT_FIELD, optional, amount))
    for values in ({}, {"text": "x" * 21}, {"text": "ok", "amount": "10"}):
        with pytest.raises(ValueError, match="Reason"):
            await pat.submit(view.id, values)
    with pytest.raises(LookupError):
        await pat.submit(view.id, {"nonsense": "x"})
    assert bot.forms == []
    assert (await pat.submit(view.id, {"reason": "fine"})).status == 200


ANSWERS: list[tuple[Json | str, str, list[list[str]]]] = [
    ({"response_action": "update", "view": modal(section("2"))}, "", [["2"]]),
    ({"response_action": "push", "view": modal(section("2"))}, "", [["Reason"], ["2"]]),
    ({"response_action": "clear"}, "", []),
    (
        {"response_action": "errors", "errors": {"reason": "too short"}},
        "errors",
        [["Reason", "too short"]],
    ),
    (
        {"response_action": "errors", "errors": {"no_such_block": "x"}},
        "bad_answer",
        [["Reason"]],
    ),
    ({"response_action": "update", "view": modal(title=None)}, "bad_answer", [["Reason"]]),
    ({"response_action": "dance"}, "bad_answer", [["Reason"]]),
    ("thank you", "bad_answer", [["Reason"]]),
]


async def test_a_bot_can_answer_a_submission_in_slacks_ways_only(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """Update, push, errors and clear do what they say; anything else leaves the modal standing."""
    for answer, trouble, on_screen in ANSWERS:
        workspace.modals.stacks.clear()
        view = await opened(workspace, modal(TEXT_FIELD))
        bot.says(answer)
        assert (await pat.submit(view.id, {"text": "ok"})).trouble == trouble
        shown = [text_of(one).splitlines() for one in pat.modals()]
        words = [[line for line in one if not line.startswith("Pay")] for one in shown]
        assert words == on_screen


async def test_a_person_can_use_elements_inside_a_modal(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """Choices in a modal are sent with the view and survive an update; silent inputs send nothing."""
    external = {"type": "external_select", "action_id": "ext"}
    blocks = [actions(menu(), block_id="m"), TEXT_FIELD, field_of(external, "e", optional=True)]
    view = await opened(workspace, modal(*blocks))
    await pat.press_in_modal(view.id, "menu", option="v1")
    assert bot.payload["container"] == {"type": "view", "view_id": view.id}
    assert bot.payload["view"]["state"]["values"]["m"]["menu"]["selected_option"]["value"] == "v1"
    await call(workspace, "views.update", view_id=view.id, view=modal(*blocks))
    assert pat.modals()[0].state["m"]["menu"]["selected_option"]["value"] == "v1"
    with pytest.raises(LookupError):
        await pat.press_in_modal(view.id, "text", option="typing")
    bot.says({"options": options(1)})
    receipt = await pat.suggest(view.id, "ext", "cho")
    assert (bot.payload["type"], bot.payload["value"]) == ("block_suggestion", "cho")
    await pat.submit(view.id, {"text": "x", "ext": json.loads(receipt.body)["options"][0]})
    assert bot.payload["view"]["state"]["values"]["e"]["ext"]["selected_option"]["value"] == "v0"


async def test_a_person_can_close_a_modal_and_the_bot_hears_if_it_asked(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """view_closed is sent only for notify_on_close."""
    view = await opened(workspace, modal())
    assert await pat.close(view.id) is None
    assert bot.forms == []
    view = await opened(workspace, modal(notify_on_close=True))
    assert isinstance(await pat.close(view.id), Receipt)
    assert (bot.payload["type"], bot.payload["is_cleared"]) == ("view_closed", False)
    assert pat.modals() == []
    with pytest.raises(LookupError):
        await pat.submit(view.id)
