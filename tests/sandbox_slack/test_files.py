"""Files can be brought and shared as Slack allows."""

import aiohttp
import pytest

from sandbox.slack import SlackWorkspace
from tests.sandbox_slack.calls import call, refusal
from tests.sandbox_slack.layouts import Json

GET, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"
ROOM = "C0FINANCE"


async def bring(url: str, content: bytes) -> int:
    """Upload the bytes; the status."""
    async with aiohttp.ClientSession() as session, session.post(url, data=content) as answer:
        return answer.status


@pytest.fixture
def room(workspace: SlackWorkspace) -> str:
    """A channel with an id of the length that Slack's have."""
    workspace.add_channel(ROOM, "finance-2", ["UPAT"])
    return ROOM


async def brought(workspace: SlackWorkspace, content: bytes = b"a,b\r\n") -> str:
    """A file that was brought but not shared; its id."""
    place = await call(workspace, GET, filename="list.csv", length=len(content))
    assert await bring(place["upload_url"], content) == 200
    return str(place["file_id"])


async def test_a_bot_can_share_files_in_three_steps(workspace: SlackWorkspace, room: str) -> None:
    """One message with all of them, which nobody sees before; each upload is good once."""
    files = [{"id": await brought(workspace), "title": "A list"}, {"id": await brought(workspace)}]
    assert workspace.messages[room] == {}
    done = await call(
        workspace, COMPLETE, files=files, channel_id=room, initial_comment="Here they are"
    )
    assert [file["title"] for file in done["files"]] == ["A list", "list.csv"]
    (message,) = workspace.messages[room].values()
    assert message.text == "Here they are"
    shown = message.as_json()
    assert shown["upload"] is True
    assert [(one["mimetype"], one["size"]) for one in shown["files"]] == [("text/csv", 5)] * 2
    assert await refusal(workspace, COMPLETE, files=files, channel_id=room) == "file_not_found"


@pytest.mark.parametrize(
    ("error", "args"),
    [
        ("invalid_arguments", {"length": 5}),
        ("invalid_arguments", {"filename": "a.csv"}),
        ("missing_argument", {"filename": "a.csv", "length": 0}),
        ("alt_txt_too_large", {"filename": "a.png", "length": 5, "alt_txt": "x" * 1001}),
    ],
)
async def test_a_bot_cannot_announce_a_file_wrongly(
    workspace: SlackWorkspace, error: str, args: Json
) -> None:
    """Name and length are needed."""
    assert await refusal(workspace, GET, **args) == error


async def test_a_bot_cannot_bring_another_file_than_announced(workspace: SlackWorkspace) -> None:
    """The length must fit, the address be one that Slack gave."""
    place = await call(workspace, GET, filename="a.csv", length=5)
    assert await bring(place["upload_url"], b"four") == 400
    assert await bring(place["upload_url"] + "x", b"fives") == 404


@pytest.mark.parametrize(
    ("error", "args"),
    [
        ("invalid_arguments", {"files": []}),
        ("invalid_arguments", {"files": ["F1"]}),
        ("file_not_found", {"files": [{"id": "F0NONE"}], "channel_id": ROOM}),
        ("invalid_arguments", {"channel_id": "UPAT"}),
        ("channel_not_found", {"channel_id": "C0NOWHERE"}),
        ("not_in_channel", {"channel_id": "C0OUTSIDE"}),
        ("posting_to_channel_denied", {"channel_id": "C0ARCHIVE"}),
    ],
)
async def test_a_bot_cannot_share_a_file_anywhere(
    workspace: SlackWorkspace, room: str, error: str, args: Json
) -> None:
    """Only what was brought, and only in conversations it is in, named by their id."""
    workspace.add_channel("C0OUTSIDE", "outside", ["UPAT"], bot=False)
    workspace.add_channel("C0ARCHIVE", "archive", ["UPAT"], is_archived=True)
    files = [{"id": await brought(workspace)}]
    assert await refusal(workspace, COMPLETE, **({"files": files} | args)) == error


async def test_a_bot_cannot_touch_files_without_the_scope(workspace: SlackWorkspace) -> None:
    """Both methods need ``files:write``; a file that was never brought cannot be shared."""
    place = await call(workspace, GET, filename="a.csv", length=5)
    unbrought = [{"id": place["file_id"]}]
    assert await refusal(workspace, COMPLETE, files=unbrought) == "file_not_found"
    workspace.scopes.discard("files:write")
    assert await refusal(workspace, GET, filename="a.csv", length=5) == "missing_scope"
    assert await refusal(workspace, COMPLETE, files=unbrought) == "missing_scope"
