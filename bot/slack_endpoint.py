"""``POST /slack/events``: guard, Bolt, and the listeners' work once the answer is out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.adapters.background import Background, Work, drop
from bot.domain.admission import Entry
from bot.guard import MOST_BYTES, Guard, TurnedAway
from bot.ports import Clock
from bot.services.admission import Admission, Asking
from bot.slack_request import bolt_request, clicker, event_mark, parsed

_LONGEST_LENGTH = 12  # digits of a Content-Length that are worth reading
_FRESH = 3.0  # seconds; a request of Slack's own is hardly ever older
_SLOWEST = 10.0  # seconds for a whole body; Slack itself gives up after three

_STATUS = {
    TurnedAway.TOO_LARGE: 413,
    TurnedAway.TOO_SLOW: 408,
    TurnedAway.NOT_UNDERSTOOD: 400,
    TurnedAway.TOO_MANY: 200,  # the person was told; any other status is an error in Slack
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Visit:
    """What tells a request from all others, whose click it is, and what its headers say."""

    mark: str
    user: str
    is_retry: bool
    is_fresh: bool


class SlackEndpoint:
    """Lets in what Slack has signed, once, and answers before the work begins.

    Args:
        slack: the Bolt app; its own checks of the signature are off, the guard has done them.
        guard: checks the signature.
        admission: knows what was seen before, and who clicks too often.
        background: collects the listeners' work.
        clock: for the guard.
        refused: notes each refusal.
    """

    def __init__(
        self,
        *,
        slack: AsyncApp,
        guard: Guard,
        admission: Admission,
        background: Background,
        clock: Clock,
        refused: Callable[[str], None],
    ) -> None:
        self._slack, self._guard, self._admission = slack, guard, admission
        self._background, self._clock, self._refused = background, clock, refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as the ASGI protocol has it."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        body = await read_body(request)
        if isinstance(body, TurnedAway):
            return self._refuse(body)
        signature = request.headers.get("x-slack-signature", "")
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        now = self._clock.now().timestamp()
        refusal = self._guard.refusal(timestamp=timestamp, signature=signature, body=body, now=now)
        if refusal is not None:
            return self._refuse(refusal)
        try:
            payload = parsed(body, request.headers.get("content-type", ""))
        except (ValueError, RecursionError):  # signed, yet nothing Slack sends
            return self._refuse(TurnedAway.NOT_UNDERSTOOD)
        visit = _Visit(
            mark=event_mark(payload) or signature.removeprefix("v0="),
            user=clicker(payload),
            is_retry="x-slack-retry-num" in request.headers,
            is_fresh=abs(now - int(timestamp)) < _FRESH,
        )
        return await self._receive(visit, payload)

    async def _receive(self, visit: "_Visit", payload: dict[str, Any]) -> Response:
        known = self._admission.glance(visit.mark, visit.user)
        if known is not Entry.FIRST:
            return self._again(visit, known)
        asking = self._admission.ask(visit.mark, visit.user)
        with self._background.held() as works:
            try:
                answer = await self._slack.async_dispatch(bolt_request(payload))
            except Exception:  # noqa: BLE001  # signed, yet no request of any kind Slack sends
                _log.exception("request_not_understood")
                drop(works)
                return self._refuse(TurnedAway.NOT_UNDERSTOOD)
        # Slack's own requests are fresh; for what could be a replay the answer waits a moment.
        if not visit.is_fresh and await self._admission.answer(asking) is Entry.SEEN:
            drop(works)
            return self._again(visit, Entry.SEEN)
        response = to_starlette_response(answer)
        response.background = BackgroundTask(self._admit, asking, visit.user, works)
        return response

    async def _admit(self, asking: Asking, user: str, works: list[Work]) -> None:
        self._admission.admit(asking, user, works)

    def _again(self, visit: "_Visit", known: Entry) -> Response:
        """The answer to a request that will do nothing."""
        if known is Entry.OVER:
            return self._refuse(TurnedAway.TOO_MANY)
        # Slack repeats an event whose answer was lost: it was dealt with, so say so.
        return Response() if visit.is_retry else self._refuse(TurnedAway.REPLAYED)

    def _refuse(self, why: TurnedAway) -> Response:
        """A status and nothing else."""
        self._refused(why)
        return Response(status_code=_STATUS.get(why, 401))


async def read_body(request: Request, within: float = _SLOWEST) -> bytes | TurnedAway:
    """The raw body, or why it was not read: too large (then no further than that), or too slow.

    ``within`` is in seconds.
    """
    length = request.headers.get("content-length", "0")
    readable = length.isascii() and length.isdecimal() and len(length) <= _LONGEST_LENGTH
    if not readable or int(length) > MOST_BYTES:
        return TurnedAway.TOO_LARGE
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(within):
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    return TurnedAway.UNSIGNED  # nobody is there to read the answer
                parts.append(message.get("body", b""))
                more, size = message.get("more_body", False), size + len(parts[-1])
                if size > MOST_BYTES:
                    return TurnedAway.TOO_LARGE
    except TimeoutError:
        return TurnedAway.TOO_SLOW
    return b"".join(parts)
