"""files.getUploadURLExternal, the upload itself, and files.completeUploadExternal.

After the Slack documentation pages of these methods. A file goes to Slack in three steps and is
seen by nobody before the last. A channel must be named by its id, also for a direct message
(slackapi/bolt-js#2115).
"""

import re
import secrets

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.slack.arguments import Arguments
from sandbox.slack.method import Method, joined_channel
from sandbox.slack.records import File, Json
from sandbox.slack.refusal import Refused
from sandbox.slack.shape_rules import complaint
from sandbox.slack.workspace import SlackWorkspace

_CHANNEL = r"^[CGDZ][A-Z0-9]{8,}$"
_ALT_MOST = 1000
_WRITE = ("files:write",)


def get_upload_url(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Where to bring a file of this name and length, in bytes."""
    name, length = args.required("filename"), args.number("length", 0)
    args.required("length")
    if length < 1:
        raise Refused("missing_argument")
    if len(args.text("alt_txt")) > _ALT_MOST:
        raise Refused("alt_txt_too_large")
    file = File(
        id=f"F{secrets.token_hex(5).upper()}",
        name=name,
        length=length,
        ticket=secrets.token_urlsafe(24),
        alt_text=args.text("alt_txt"),
    )
    workspace.files[file.id] = file
    return {"upload_url": f"{workspace.url}/upload/v1/{file.ticket}", "file_id": file.id}


async def receive_file(workspace: SlackWorkspace, request: Request) -> Response:
    """``POST /upload/v1/<ticket>`` with the file's bytes as they are; needs no token."""
    ticket = request.path_params["ticket"]
    file = next((one for one in workspace.files.values() if one.ticket == ticket), None)
    if file is None or file.is_shared:
        return PlainTextResponse("unknown ticket", 404)
    content = await request.body()
    if len(content) != file.length:
        return PlainTextResponse("another length was announced", 400)
    file.content = content
    return PlainTextResponse(f"OK - {len(content)}")


def complete_upload(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Share files that were brought, as one message of the bot's; in no channel they stay private."""
    wanted = args.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        missing = complaint("missing required field: files", "")
        raise Refused("invalid_arguments", [missing])
    files = [_brought(workspace, one) for one in wanted]
    if args.text("channel_id"):
        _share(workspace, args, files)
    for file in files:
        file.is_shared = True
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _brought(workspace: SlackWorkspace, wanted: object) -> File:
    identity = wanted.get("id") if isinstance(wanted, dict) else None
    if not isinstance(wanted, dict) or not isinstance(identity, str):
        raise Refused("invalid_arguments", [complaint("must be an object with id", "/files")])
    file = workspace.files.get(identity)
    if file is None or file.is_shared or not file.content:
        raise Refused("file_not_found")
    file.title = str(wanted.get("title") or file.name)
    return file


def _share(workspace: SlackWorkspace, args: Arguments, files: list[File]) -> None:
    named = args.text("channel_id")
    if not re.match(_CHANNEL, named):
        wrong = complaint(f"input must match regex pattern: {_CHANNEL}", "/channel_id")
        raise Refused("invalid_arguments", [wrong])
    channel = joined_channel(workspace, Arguments({"channel": named}))
    if channel.is_archived:
        raise Refused("posting_to_channel_denied")
    workspace.post(
        channel.id,
        args.text("initial_comment"),
        thread_ts=args.text("thread_ts") or None,
        files=tuple(file.as_json() for file in files),
    )


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, _WRITE),
    "files.completeUploadExternal": Method(complete_upload, _WRITE),
}
