"""Nothing a signed request asks for may end in a Slack error."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from handlers.desk import Desk

_log = structlog.get_logger(__name__)

_KINDS = {
    "block_actions",
    "block_suggestion",
    "event_callback",
    "message_action",
    "shortcut",
    "view_closed",
    "view_submission",
}


def register(app: AsyncApp, desk: Desk) -> None:
    """Answer what no listener knows, and what a listener could not even take in."""

    @app.error
    async def unanswered(error: Exception, body: dict[str, Any]) -> BoltResponse:
        kind = _kind(body)
        if isinstance(error, BoltUnhandledRequestError):
            _log.info("request_unknown", kind=kind)
            desk.count("unknown", kind)
        else:
            _log.error("request_not_understood", kind=kind, exc_info=error)
            desk.count("not understood", kind)
        if "command" in body:
            return BoltResponse(status=200, body=desk.answers.unknown_command().text)
        return BoltResponse(status=200)


def _kind(body: dict[str, Any]) -> str:
    """What kind of request it is: one of few words, since each becomes a metric for ever."""
    if "command" in body:
        return "command"
    kind = body.get("type")
    return kind if isinstance(kind, str) and kind in _KINDS else "other"
