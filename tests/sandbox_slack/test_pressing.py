"""People press and choose on messages, and the app hears it as from Slack."""

import time

import pytest

from sandbox.faults import Fault, Faults
from sandbox.slack import Person, SlackWorkspace, sign, text_of
from tests.sandbox_slack.calls import call, opened
from tests.sandbox_slack.echo_bot import EchoBot
from tests.sandbox_slack.layouts import (
    actions,
    button,
    menu,
    modal,
    section,
)


async def test_a_person_can_press_a_button_as_in_slack(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """The app gets one genuinely signed block_actions request with everything Slack tells."""
    card = workspace.post("CFIN", "due", [section(), actions(button(value="G123"), block_id="b")])
    receipt = await pat.press("CFIN", card.ts, "pay.open")
    assert (receipt.status, receipt.trouble, bot.genuine) == (200, "", [True])
    assert 0 < receipt.seconds < 3
    payload = bot.payload
    [action] = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"], action["type"]) == (
        "pay.open",
        "b",
        "G123",
        "button",
    )
    assert payload["type"] == "block_actions"
    assert payload["user"] == {
        "id": "UPAT",
        "username": "pat",
        "name": "pat",
        "team_id": "T0HOME",
    }
    assert payload["team"]["id"] == "T0HOME"
    assert payload["channel"] == {"id": "CFIN", "name": "finance"}
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == card.ts
    assert payload["trigger_id"] == receipt.trigger_id
    assert payload["response_url"].startswith(f"{workspace.url}/response/")
    await pat.press("CFIN", card.ts, "pay.open")
    assert bot.payload["trigger_id"] != receipt.trigger_id
    assert bot.payload["actions"][0]["action_ts"] != action["action_ts"]


async def test_a_person_can_choose_in_menus(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """A choice travels as the option it names, and stands in the state of the message."""
    blocks = [
        actions(menu("overflow", 3), block_id="o"),
        actions(menu() | {"action_id": "status"}, block_id="s"),
    ]
    card = workspace.post("CFIN", "due", blocks)
    await pat.press("CFIN", card.ts, "menu", option="v1")
    assert bot.payload["actions"][0]["selected_option"]["value"] == "v1"
    assert bot.payload["state"]["values"]["s"]["status"]["selected_option"] is None
    await pat.press("CFIN", card.ts, "status", option="v0")
    state = bot.payload["state"]["values"]
    assert state["s"]["status"]["selected_option"]["value"] == "v0"
    with pytest.raises(LookupError):
        await pat.press("CFIN", card.ts, "status", option="v9")


async def test_a_person_cannot_press_what_is_not_there(
    workspace: SlackWorkspace, pat: Person, sam: Person, bot: EchoBot
) -> None:
    """No button, no message, or no access: nothing is sent."""
    card = workspace.post("CFIN", "due", [actions(button())])
    with pytest.raises(LookupError, match="approve"):
        await pat.press("CFIN", card.ts, "approve")
    with pytest.raises(LookupError):
        await pat.press("CFIN", "1.0", "pay.open")
    with pytest.raises(LookupError):
        await sam.press("CFIN", card.ts, "pay.open")
    assert bot.forms == []


async def test_a_person_can_press_on_a_screen_that_has_not_caught_up(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """A copy of a message stays pressable after the message changed."""
    old = workspace.post("CFIN", "due", [actions(button(value="G123"))])
    await call(workspace, "chat.update", channel="CFIN", ts=old.ts, text="paid")
    with pytest.raises(LookupError):
        await pat.press("CFIN", old.ts, "pay.open")
    await pat.press_stale(old, "pay.open")
    assert bot.payload["message"]["text"] == "due"


async def test_an_outsider_can_be_told_by_the_payload(
    workspace: SlackWorkspace, sam: Person, bot: EchoBot
) -> None:
    """Slack Connect: the user's team is their own; submissions even come for their own team."""
    card = workspace.post("CSHARED", "due", [actions(button())])
    receipt = await sam.press("CSHARED", card.ts, "pay.open")
    assert bot.payload["user"]["team_id"] == "T0OTHER"
    assert bot.payload["team"]["id"] == "T0HOME"
    view = workspace.modals.open(receipt.trigger_id, modal())
    await sam.submit(view.id)
    assert bot.payload["team"]["id"] == "T0OTHER"
    assert bot.payload["view"]["app_installed_team_id"] == "T0HOME"
    with pytest.raises(LookupError):
        await sam.command("/invoice", "G123")


async def test_a_guest_can_see_only_their_own_channels(
    workspace: SlackWorkspace, bot: EchoBot
) -> None:
    """Full members look into public channels, guests do not."""
    workspace.post("CFIN", "due")
    async with Person(workspace, "UGIL", bot.url) as gil:
        assert gil.seen("CFIN") == []
        workspace.channels["CFIN"].members.append("UGIL")
        assert [one.text for one in gil.seen("CFIN")] == ["due"]


async def test_a_person_can_type_a_command(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """The form has Slack's fields; an answer in the response is shown to that person alone."""
    bot.says("G123 is paid")
    receipt = await pat.command("/invoice", "G123")
    form = bot.forms[-1]
    assert (form["command"], form["text"], form["user_id"]) == ("/invoice", "G123", "UPAT")
    assert (form["channel_id"], form["team_id"]) == ("CFIN", "T0HOME")
    assert (form["trigger_id"], receipt.status) == (receipt.trigger_id, 200)
    bot.says({"response_type": "in_channel", "blocks": [section("for all")]})
    await pat.command("/invoices", channel="CFIN")
    assert [one.text for one in pat.replies] == ["G123 is paid"]
    assert [text_of(one) for one in workspace.messages["CFIN"].values()] == ["for all"]
    bot.says({"blocks": [{"type": "nonsense"}]})
    assert (await pat.command("/invoices")).trouble == "bad_answer"


async def test_a_person_can_open_the_home_tab(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """app_home_opened comes as an event; a repetition says so in its headers."""
    await pat.open_home()
    assert bot.events[0]["event"]["type"] == "app_home_opened"
    assert (bot.events[0]["type"], bot.events[0]["team_id"]) == ("event_callback", "T0HOME")
    await pat.open_home(event_id=bot.events[0]["event_id"], retry=1)
    assert bot.events[1]["event_id"] == bot.events[0]["event_id"]
    assert bot.headers[1]["x-slack-retry-num"] == "1"
    assert all(bot.genuine)
    assert (await pat.verify_url()).trouble == ""


async def test_a_person_can_see_that_the_bot_failed(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot, faults: Faults
) -> None:
    """An error or a cut connection is trouble on the receipt, and the modal stays open."""
    view = await opened(workspace, modal())
    bot.status = 500
    receipt = await pat.submit(view.id)
    assert (receipt.status, receipt.trouble) == (500, "http_error")
    faults.order(Fault("POST *", "drop_before"))
    receipt = await pat.submit(view.id)
    assert (receipt.status, receipt.trouble) == (0, "connection_failed")
    assert len(pat.modals()) == 1


async def test_a_person_cannot_be_kept_waiting(
    workspace: SlackWorkspace, bot: EchoBot, faults: Faults
) -> None:
    """Slack gives up on a slow app and tells the person so."""
    faults.order(Fault("POST *", "delay", seconds=0.3))
    async with Person(workspace, "UPAT", bot.url, patience=0.05) as hasty:
        receipt = await hasty.command("/invoice", "G123")
    assert (receipt.status, receipt.trouble) == (0, "operation_timeout")
    assert receipt.seconds >= 0.05


async def test_anybody_can_send_raw_bytes_but_not_a_signature(
    workspace: SlackWorkspace, pat: Person, bot: EchoBot
) -> None:
    """The signature holds for its own body, secret and time only."""
    body, now = b"payload=%7B%7D", int(time.time())
    await pat.raw(body, sign(workspace.signing_secret, body, now))
    await pat.raw(body + b"x", sign(workspace.signing_secret, body, now))
    await pat.raw(body, sign("guessed", body, now))
    await pat.raw(body, sign(workspace.signing_secret, body, now - 301))
    assert bot.genuine == [True, False, False, False]
