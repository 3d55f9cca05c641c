"""The Web API says who is who and what was said, to those who may know."""

import json

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackWorkspace, text_of
from tests.sandbox_slack.calls import call, refusal
from tests.sandbox_slack.layouts import (
    Json,
    section,
)


async def test_a_bot_can_say_who_it_is(workspace: SlackWorkspace) -> None:
    """auth.test names team, user and bot, and the answer lists the granted scopes."""
    client = AsyncWebClient(workspace.bot_token, base_url=f"{workspace.url}/api/")
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0HOME", "U0BOT", "B0BOT")
    assert "chat:write" in answer.headers["x-oauth-scopes"]
    assert (await call(workspace, "bots.info", bot="B0BOT"))["bot"]["user_id"] == "U0BOT"


async def test_a_bot_cannot_call_without_the_right_token(workspace: SlackWorkspace) -> None:
    """No token, a wrong one, or a method Slack does not know: each has its own error."""
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{workspace.url}/api/auth.test") as answer:
            assert (await answer.json())["error"] == "not_authed"
        async with session.post(
            f"{workspace.url}/api/auth.test", data={"token": workspace.bot_token}
        ) as answer:
            assert (await answer.json())["ok"] is True
    assert await refusal(workspace, "auth.test", token="xoxb-stolen") == "invalid_auth"
    assert await refusal(workspace, "chat.postMassage") == "unknown_method"


async def test_a_bot_cannot_call_without_the_scope(workspace: SlackWorkspace) -> None:
    """A missing scope is named, with what was granted."""
    workspace.scopes = {"channels:history"}
    body = await call(workspace, "chat.postMessage", channel="CFIN", text="hello")
    assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")
    assert body["provided"] == "channels:history"
    workspace.channels["CPRIV"].members.append("U0BOT")
    assert (await call(workspace, "conversations.history", channel="CFIN"))["ok"]
    body = await call(workspace, "conversations.history", channel="CPRIV")
    assert (body["error"], body["needed"]) == ("missing_scope", "groups:history")


async def test_a_bot_can_call_with_form_query_or_json(workspace: SlackWorkspace) -> None:
    """Arguments count wherever they are sent; structures in a form are JSON texts."""
    bearer = {"Authorization": f"Bearer {workspace.bot_token}"}
    api = f"{workspace.url}/api"
    form = {"channel": "CFIN", "text": "hi", "blocks": json.dumps([section("by form")])}
    async with aiohttp.ClientSession(headers=bearer) as session:
        async with session.post(f"{api}/chat.postMessage", data=form) as answer:
            assert (await answer.json())["message"]["text"] == "hi"
        async with session.get(f"{api}/users.info", params={"user": "UPAT"}) as answer:
            assert (await answer.json())["user"]["name"] == "pat"
        async with session.post(
            f"{api}/auth.test", data="{", headers={"Content-Type": "application/json"}
        ) as answer:
            assert (await answer.json())["error"] == "invalid_json"
    [message] = workspace.messages["CFIN"].values()
    assert text_of(message) == "by form"


async def test_a_bot_can_read_what_decides_on_a_person(workspace: SlackWorkspace) -> None:
    """users.info carries the facts to authorize by; locale and e-mail only where allowed."""
    pat = (await call(workspace, "users.info", user="UPAT"))["user"]
    assert pat["profile"]["email"] == "pat@contoso.example"
    assert (pat["tz"], pat["deleted"], pat["is_email_confirmed"]) == ("Europe/Berlin", False, True)
    assert "locale" not in pat
    quinn = await call(workspace, "users.info", user="UQUINN", include_locale=True)
    assert quinn["user"]["locale"] == "de-DE"
    sam = (await call(workspace, "users.info", user="USAM"))["user"]
    assert (sam["team_id"], sam["is_stranger"]) == ("T0OTHER", False)
    assert "email" not in sam["profile"]
    assert (await call(workspace, "users.info", user="UGIL"))["user"]["is_restricted"] is True
    assert (await call(workspace, "users.info", user="UGONE"))["user"]["deleted"] is True
    assert await refusal(workspace, "users.info", user="UNOBODY") == "user_not_found"
    workspace.scopes.discard("users:read.email")
    hidden = (await call(workspace, "users.info", user="UPAT"))["user"]
    assert "email" not in hidden["profile"]


async def test_a_bot_can_find_active_people_by_email(workspace: SlackWorkspace) -> None:
    """users.lookupByEmail finds ours, whatever the case, and nobody deactivated or from outside."""
    found = await call(workspace, "users.lookupByEmail", email="PAT@contoso.example")
    assert found["user"]["id"] == "UPAT"
    for email in ("gone@contoso.example", "sam@fabrikam.example", "who@contoso.example"):
        assert await refusal(workspace, "users.lookupByEmail", email=email) == "users_not_found"


async def test_a_bot_can_learn_what_a_channel_is(workspace: SlackWorkspace) -> None:
    """conversations.info and members tell of sharing, privacy and membership."""
    shared = await call(
        workspace, "conversations.info", channel="CSHARED", include_num_members=True
    )
    facts = shared["channel"]
    assert (facts["is_ext_shared"], facts["is_member"], facts["num_members"]) == (True, True, 3)
    assert (await call(workspace, "conversations.info", channel="COPEN"))["channel"][
        "is_member"
    ] is False
    hidden = await refusal(workspace, "conversations.info", channel="CPRIV")
    assert hidden == "channel_not_found"
    first = await call(workspace, "conversations.members", channel="CFIN", limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await call(workspace, "conversations.members", channel="CFIN", cursor=cursor)
    assert first["members"] + rest["members"] == ["UPAT", "UQUINN", "U0BOT"]
    wrong = await refusal(workspace, "conversations.members", channel="CFIN", limit=5000)
    assert wrong == "invalid_limit"


async def test_a_bot_can_open_a_direct_message(workspace: SlackWorkspace) -> None:
    """conversations.open gives the same channel each time, and none with the deactivated."""
    first = await call(workspace, "conversations.open", users="UPAT")
    again = await call(workspace, "conversations.open", users="UPAT")
    assert first["channel"]["id"] == again["channel"]["id"]
    assert first["channel"]["id"].startswith("D")
    direct = await call(workspace, "chat.postMessage", channel="UPAT", text="psst")
    assert direct["channel"] == first["channel"]["id"]
    assert await refusal(workspace, "conversations.open", users="UGONE") == "user_disabled"
    assert await refusal(workspace, "conversations.open", users="UX") == "user_not_found"
    assert await refusal(workspace, "conversations.open") == "users_list_not_supplied"


async def test_a_bot_can_recover_its_messages_by_metadata(workspace: SlackWorkspace) -> None:
    """The history pages newest first within its bounds; metadata comes only when asked for."""
    said = [
        workspace.post(
            "CFIN", f"n{n}", metadata={"event_type": "t", "event_payload": {"alert_id": str(n)}}
        )
        for n in range(5)
    ]
    workspace.post("CFIN", "in the thread", thread_ts=said[0].ts)
    plainly = await call(workspace, "conversations.history", channel="CFIN", limit=2)
    assert [one["text"] for one in plainly["messages"]] == ["n4", "n3"]
    assert "metadata" not in plainly["messages"][0]
    assert plainly["has_more"] is True
    workspace.post("CFIN", "meanwhile")
    rest = await call(
        workspace,
        "conversations.history",
        channel="CFIN",
        limit=999,
        cursor=plainly["response_metadata"]["next_cursor"],
        include_all_metadata=True,
    )
    assert [one["text"] for one in rest["messages"]] == ["n2", "n1", "n0"]
    assert rest["messages"][0]["metadata"]["event_payload"] == {"alert_id": "2"}
    assert rest["messages"][2]["reply_count"] == 1
    between = {"channel": "CFIN", "oldest": said[1].ts, "latest": said[3].ts}
    open_ended = await call(workspace, "conversations.history", **between)
    closed = await call(workspace, "conversations.history", **between, inclusive=True)
    assert [len(body["messages"]) for body in (open_ended, closed)] == [1, 3]
    thread = await call(workspace, "conversations.replies", channel="CFIN", ts=said[0].ts)
    assert [one["text"] for one in thread["messages"]] == ["n0", "in the thread"]


REFUSED_READS: list[tuple[str, str, Json]] = [
    ("not_in_channel", "conversations.history", {"channel": "COPEN"}),
    ("channel_not_found", "conversations.history", {"channel": "CPRIV"}),
    ("invalid_cursor", "conversations.history", {"channel": "CFIN", "cursor": "??"}),
    ("invalid_ts_oldest", "conversations.history", {"channel": "CFIN", "oldest": "now"}),
    ("thread_not_found", "conversations.replies", {"channel": "CFIN", "ts": "1.0"}),
]


async def test_a_bot_cannot_read_where_it_may_not(workspace: SlackWorkspace) -> None:
    """Reading needs membership and sound arguments."""
    for error, method, args in REFUSED_READS:
        assert await refusal(workspace, method, **args) == error
