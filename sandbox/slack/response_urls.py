"""Response URLs: answer an interaction without a token, five times within 30 minutes.

After the Slack documentation pages "Handling user interaction" (message responses) and "Slash
commands". An answer is ephemeral unless it says otherwise; ``replace_original`` needs a message the
interaction came from, so it does nothing after a slash command.
"""

import json
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.slack.records import Json, Message, ResponseUrl
from sandbox.slack.refusal import Refused
from sandbox.slack.rules import message_complaints
from sandbox.slack.workspace import SlackWorkspace

USES = 5
SECONDS = 30 * 60
_TEXT_MOST = 40_000


def issue(
    workspace: SlackWorkspace, user: str, channel: str, original: Message | None = None
) -> str:
    """The address of a fresh response URL; RuntimeError where the workspace is not served."""
    if not workspace.url:
        raise RuntimeError("set workspace.url to where this Slack is served")
    url_id = secrets.token_urlsafe(16)
    workspace.response_urls[url_id] = ResponseUrl(url_id, user, channel, workspace.now(), original)
    return f"{workspace.url}/response/{url_id}"


async def post_response(workspace: SlackWorkspace, request: Request) -> Response:
    """``POST /response/<id>``: 404 where the URL is unknown, too old or used up; 400 on bad JSON."""
    url = workspace.response_urls.get(request.path_params["id"])
    if url is None or workspace.now() - url.issued > SECONDS:
        return _no("expired_url", 404)
    if url.uses >= USES:
        return _no("used_url", 404)
    url.uses += 1
    try:
        answer = json.loads(await request.body())
    except ValueError:
        return _no("invalid_payload", 400)
    if not isinstance(answer, dict):
        return _no("invalid_payload", 400)
    try:
        deliver(workspace, url, answer)
    except Refused as refused:
        return JSONResponse(refused.as_json(), 400)
    return PlainTextResponse("ok")


def deliver(workspace: SlackWorkspace, url: ResponseUrl, answer: Json) -> None:
    """Do what an app answered to an interaction.

    Args:
        workspace: where it happens.
        url: the interaction that is answered.
        answer: ``{text, blocks, response_type, replace_original, delete_original, thread_ts}``.

    Raises:
        Refused: ``no_text``, ``invalid_blocks``, ``msg_too_long``.
    """
    original = _as_it_stands(workspace, url.original)
    if original is not None and _yes(answer.get("delete_original")):
        workspace.remove(original)
        return
    text, blocks = answer.get("text") or "", answer.get("blocks") or []
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > _TEXT_MOST:
        raise Refused("msg_too_long")
    complaints = message_complaints(blocks)
    if complaints:
        raise Refused("invalid_blocks", complaints)
    if original is not None and _yes(answer.get("replace_original")):
        workspace.revise(original, text=text, blocks=blocks)
    elif answer.get("response_type") == "in_channel":
        workspace.post(url.channel, text, blocks, thread_ts=answer.get("thread_ts"))
    else:
        thread = answer.get("thread_ts")
        workspace.whisper(url.user, url.channel, text, blocks, thread_ts=thread)


def _as_it_stands(workspace: SlackWorkspace, seen: Message | None) -> Message | None:
    if seen is None:
        return None
    if seen.seen_by is None:
        return workspace.message(seen.channel, seen.ts)
    mine = workspace.ephemerals.get(seen.seen_by, [])
    return next((one for one in mine if one.ts == seen.ts), None)


def _yes(flag: object) -> bool:
    return flag is True or flag == "true"


def _no(error: str, status: int) -> Response:
    return JSONResponse({"ok": False, "error": error}, status)
