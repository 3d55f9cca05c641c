"""A request of Slack's, from raw bytes to what Bolt dispatches; each byte is parsed once."""

import json
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncBoltRequest
from yarl import query_to_pairs

_ID = re.compile(r"[A-Za-z0-9]{2,32}")


def parsed(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload in a body: JSON, a form's ``payload``, or the form itself (a slash command).

    Raises:
        ValueError, RecursionError: it is nothing of the kind.
    """
    text = body.decode()
    if content_type.startswith("application/json") or text.startswith("{"):
        return _object(text)
    # Many times faster than urllib's, which is most of what parsing a click costs.
    form = dict(query_to_pairs(text))
    return _object(form["payload"]) if "payload" in form else form


def bolt_request(payload: dict[str, Any]) -> AsyncBoltRequest:
    """The request for Bolt: already parsed, as in Socket Mode, and without the sender's headers."""
    return AsyncBoltRequest(body=payload, mode="socket_mode")


def clicker(payload: Mapping[str, Any]) -> str:
    """The Slack user id whose click or command it is, or "" for all else.

    Modals are not counted when they are submitted or closed: a click has opened each.
    """
    if payload.get("type") in ("view_submission", "view_closed"):
        return ""
    user = payload.get("user")
    found = user.get("id") if isinstance(user, Mapping) else payload.get("user_id")
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def event_mark(payload: Mapping[str, Any]) -> str:
    """What an event is known by however often Slack sends it, or "" for all that it sends once.

    Slack signs each repeat anew.
    """
    found = payload.get("event_id") if payload.get("type") == "event_callback" else None
    return f"event-{found}" if isinstance(found, str) and _ID.fullmatch(found) else ""


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  # as for any other wrong JSON
    return found
