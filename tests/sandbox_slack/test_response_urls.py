"""Response URLs work five times, for half an hour."""

import json

from sandbox.slack import Person, SlackWorkspace, text_of
from tests.sandbox_slack.calls import answer_url
from tests.sandbox_slack.conftest import Clock
from tests.sandbox_slack.echo_bot import EchoBot
from tests.sandbox_slack.layouts import (
    actions,
    button,
)


async def test_a_bot_can_answer_through_a_response_url(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """Ephemeral by default, in the channel on request; it can replace or delete the original."""
    card = workspace.post("CFIN", "due", [actions(button())])
    await pat.press("CFIN", card.ts, "pay.open")
    url = bot.payload["response_url"]
    assert await answer_url(url, {"text": "only you"}) == (200, "ok")
    assert [one.text for one in pat.replies] == ["only you"]
    await answer_url(url, {"text": "all", "response_type": "in_channel"})
    await answer_url(url, {"text": "paid", "replace_original": True})
    assert [one.text for one in workspace.messages["CFIN"].values()] == ["paid", "all"]
    status, body = await answer_url(url, {"blocks": [{"type": "nonsense"}]})
    assert (status, json.loads(body)["error"]) == (400, "invalid_blocks")
    await answer_url(url, {"delete_original": True})
    assert [one.text for one in workspace.messages["CFIN"].values()] == ["all"]
    status, body = await answer_url(url, {"text": "a sixth time"})
    assert (status, json.loads(body)["error"]) == (404, "used_url")


async def test_a_bot_can_answer_on_an_ephemeral_message(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """A click on an ephemeral message shows no message, but its response URL can replace it."""
    whisper = workspace.whisper("UPAT", "CFIN", "sure?", [actions(button("yes"))])
    await pat.press("CFIN", whisper.ts, "yes")
    assert bot.payload["container"]["is_ephemeral"] is True
    assert "message" not in bot.payload
    await answer_url(bot.payload["response_url"], {"text": "done", "replace_original": True})
    assert [text_of(one) for one in pat.replies] == ["done"]
    await answer_url(bot.payload["response_url"], {"delete_original": True})
    assert pat.replies == []


async def test_a_bot_cannot_answer_through_an_old_response_url(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot, clock: Clock
) -> None:
    """After 30 minutes a response URL is gone, and an unknown one never was."""
    await pat.command("/invoice", "G123")
    url = bot.forms[-1]["response_url"]
    clock.at += 1799
    assert (await answer_url(url, {"text": "in time", "replace_original": True}))[0] == 200
    clock.at += 2
    status, body = await answer_url(url, {"text": "late"})
    assert (status, json.loads(body)["error"]) == (404, "expired_url")
    assert (await answer_url(f"{workspace.url}/response/guess", {"text": "x"}))[0] == 404
