"""Messages can be posted, changed and deleted as Slack allows."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Person, SlackWorkspace, text_of
from tests.sandbox_slack.calls import call, opened, refusal
from tests.sandbox_slack.conftest import Clock
from tests.sandbox_slack.layouts import (
    Json,
    actions,
    button,
    menu,
    modal,
    mrkdwn,
    section,
)


async def test_a_bot_can_post_and_gets_a_new_ts_each_time(workspace: SlackWorkspace) -> None:
    """Each message has a later ts, even on a clock that stands still; missing ids are filled in."""
    posts = [
        await call(
            workspace, "chat.postMessage", channel="CFIN", text="due", blocks=[actions(button())]
        )
        for _ in range(3)
    ]
    stamps = [post["ts"] for post in posts]
    assert stamps == sorted(set(stamps), key=float)
    assert posts[0]["message"]["blocks"][0]["block_id"]
    assert posts[0]["message"]["bot_id"] == "B0BOT"
    link = await call(workspace, "chat.getPermalink", channel="CFIN", message_ts=stamps[0])
    assert link["permalink"].endswith(f"/CFIN/p{stamps[0].replace('.', '')}")


REFUSED_POSTS: list[tuple[str, Json]] = [
    ("channel_not_found", {"channel": "CNONE", "text": "x"}),
    ("channel_not_found", {"channel": "CPRIV", "text": "x"}),
    ("not_in_channel", {"channel": "COPEN", "text": "x"}),
    ("is_archived", {"channel": "COLD", "text": "x"}),
    ("no_text", {"channel": "CFIN"}),
    ("msg_too_long", {"channel": "CFIN", "text": "x" * 40_001}),
    ("invalid_blocks", {"channel": "CFIN", "text": "x", "blocks": [{"type": "nonsense"}]}),
    ("invalid_blocks_format", {"channel": "CFIN", "text": "x", "blocks": "[{"}),
    (
        "msg_blocks_too_long",
        {"channel": "CFIN", "text": "x", "blocks": [section("x" * 3000)] * 5},
    ),
    ("invalid_metadata_format", {"channel": "CFIN", "text": "x", "metadata": {"event": 1}}),
    ("invalid_arguments", {"text": "x"}),
]


async def test_a_bot_cannot_post_what_slack_refuses(workspace: SlackWorkspace) -> None:
    """Each refusal has Slack's code, and nothing is posted."""
    for error, args in REFUSED_POSTS:
        assert await refusal(workspace, "chat.postMessage", **args) == error
    args = {"channel": "CFIN", "text": "x", "blocks": [{"type": "nonsense"}]}
    body = await call(workspace, "chat.postMessage", **args)
    [complaint] = body["response_metadata"]["messages"]
    assert complaint == "[ERROR] unsupported type: nonsense [json-pointer:/blocks/0/type]"
    assert not any(workspace.messages.values())


async def test_a_bot_can_post_outside_its_channels_only_with_the_scope(
    workspace: SlackWorkspace,
) -> None:
    """chat:write.public opens public channels the bot has not joined."""
    workspace.scopes.add("chat:write.public")
    assert (await call(workspace, "chat.postMessage", channel="#random", text="hi"))["ok"]


async def test_a_bot_can_change_its_own_message(workspace: SlackWorkspace) -> None:
    """chat.update replaces blocks and metadata; a text alone takes the blocks away."""
    posted = await call(
        workspace,
        "chat.postMessage",
        channel="CFIN",
        text="due",
        blocks=[section("due")],
        metadata={"event_type": "azure_invoice_alert", "event_payload": {"alert_id": "a1"}},
    )
    where = {"channel": "CFIN", "ts": posted["ts"]}
    await call(workspace, "chat.update", **where, text="paid", blocks=[section("paid")])
    [message] = workspace.messages["CFIN"].values()
    assert text_of(message) == "paid"
    assert message.metadata == {
        "event_type": "azure_invoice_alert",
        "event_payload": {"alert_id": "a1"},
    }
    changed = {"event_type": "azure_invoice_alert", "event_payload": {"alert_id": "a2"}}
    await call(workspace, "chat.update", **where, metadata=changed)
    [message] = workspace.messages["CFIN"].values()
    assert (text_of(message), message.metadata) == ("paid", changed)
    await call(workspace, "chat.update", **where, text="gone", metadata={})
    [message] = workspace.messages["CFIN"].values()
    assert (message.blocks, message.metadata, message.text) == ([], None, "gone")
    await call(workspace, "chat.delete", **where)
    assert not workspace.messages["CFIN"]


async def test_a_bot_cannot_change_what_is_not_its_own(workspace: SlackWorkspace) -> None:
    """Other people's messages, unknown ones and archived channels stay as they are."""
    theirs = workspace.post("CFIN", "lunch?", user="UPAT")
    where = {"channel": "CFIN", "ts": theirs.ts}
    assert await refusal(workspace, "chat.update", **where, text="x") == "cant_update_message"
    assert await refusal(workspace, "chat.delete", **where) == "cant_delete_message"
    nowhere = {"channel": "CFIN", "ts": "1.000000"}
    for method in ("chat.update", "chat.delete"):
        assert await refusal(workspace, method, **nowhere, text="x") == "message_not_found"
    mine = workspace.post("CFIN", "due")
    own = {"channel": "CFIN", "ts": mine.ts}
    assert await refusal(workspace, "chat.update", **own) == "no_text"
    assert await refusal(workspace, "chat.update", **own, text="x" * 4001) == "msg_too_long"
    workspace.channels["CFIN"].is_archived = True
    assert await refusal(workspace, "chat.update", **own, text="x") == "is_inactive"


async def test_a_bot_can_whisper_to_a_member_only(
    workspace: SlackWorkspace, pat: Person, sam: Person
) -> None:
    """An ephemeral message is seen by one person, never in the history."""
    await call(workspace, "chat.postEphemeral", channel="CSHARED", user="UPAT", text="psst")
    assert [one.text for one in pat.replies] == ["psst"]
    assert sam.seen("CSHARED") == []
    history = await call(workspace, "conversations.history", channel="CSHARED")
    assert history["messages"] == []
    args = {"channel": "CFIN", "user": "USAM", "text": "x"}
    assert await refusal(workspace, "chat.postEphemeral", **args) == "user_not_in_channel"


async def test_a_bot_can_react_once(workspace: SlackWorkspace) -> None:
    """A second equal reaction is refused."""
    mine = workspace.post("CFIN", "due")
    args = {"channel": "CFIN", "timestamp": mine.ts, "name": "eyes"}
    assert (await call(workspace, "reactions.add", **args))["ok"]
    assert await refusal(workspace, "reactions.add", **args) == "already_reacted"


async def test_a_bot_cannot_post_faster_than_slack_allows(
    workspace: SlackWorkspace, clock: Clock
) -> None:
    """With the limiter on, a channel takes a short burst, then one message a second."""
    workspace.post_rate = 1.0
    bodies = [
        await call(workspace, "chat.postMessage", channel="CFIN", text=str(n)) for n in range(4)
    ]
    assert [body["ok"] for body in bodies] == [True, True, True, False]
    assert (bodies[3]["error"], workspace.throttled) == ("ratelimited", 1)
    assert (await call(workspace, "chat.postMessage", channel="CSHARED", text="x"))["ok"]
    client = AsyncWebClient(workspace.bot_token, base_url=f"{workspace.url}/api/")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="CFIN", text="x")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["retry-after"] == "1"
    clock.at += 1
    assert (await call(workspace, "chat.postMessage", channel="CFIN", text="x"))["ok"]


async def test_a_web_page_can_follow_every_change(workspace: SlackWorkspace, pat: Person) -> None:
    """The change feed tells of messages and views in the order things happened."""
    seen: list[Json] = []
    workspace.on_change.append(seen.append)
    card = workspace.post("CFIN", "due")
    await call(workspace, "chat.update", channel="CFIN", ts=card.ts, text="paid")
    workspace.whisper("UPAT", "CFIN", "psst")
    view = await opened(workspace, modal())
    await pat.close(view.id)
    await call(workspace, "chat.delete", channel="CFIN", ts=card.ts)
    kinds = [change["kind"] for change in seen]
    assert kinds == ["message", "update", "ephemeral", "view", "view_closed", "delete"]
    assert seen[0] == {"kind": "message", "channel": "CFIN", "ts": card.ts}


def test_a_reader_can_find_all_words_of_a_card() -> None:
    """text_of reads blocks in order, with buttons, options and table cells."""
    slack = SlackWorkspace()
    slack.add_channel("C1", "finance")
    cell = {"type": "raw_text", "text": "1,234.50 EUR"}
    card = slack.post(
        "C1",
        "only in the notification",
        [
            section("*G123*", fields=[mrkdwn("*Due*\n2026-11-30")]),
            {"type": "table", "rows": [[cell]]},
            actions(button(), menu(count=1)),
        ],
    )
    words = text_of(card)
    assert words.splitlines() == [
        "*G123*",
        "*Due*",
        "2026-11-30",
        "1,234.50 EUR",
        "Pay now",
        "Choice 0",
    ]
