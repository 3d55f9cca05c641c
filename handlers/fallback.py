"""Nothing a signed request asks for may end in a Slack error."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from handlers.desk import Desk

_log = structlog.get_logger(__name__)


def register(app: AsyncApp, desk: Desk) -> None:
    """Answer what no listener knows, and what a listener could not even take in."""

    @app.error
    async def unanswered(error: Exception, body: dict[str, Any]) -> BoltResponse:
        kind = str(body.get("type") or ("command" if "command" in body else "unknown"))
        if isinstance(error, BoltUnhandledRequestError):
            _log.info("request_unknown", kind=kind)
            desk.count("unknown", kind)
        else:
            _log.error("request_not_understood", kind=kind, exc_info=error)
            desk.count("not understood", kind)
        if "command" in body:
            return BoltResponse(status=200, body=desk.answers.unknown_command().text)
        return BoltResponse(status=200)
