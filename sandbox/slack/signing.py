"""Slack's request signature, version v0, and how Slack calls an app.

After the Slack documentation page "Verifying requests from Slack": HMAC-SHA256 over
``v0:<timestamp>:<raw body>``.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp

PATIENCE_SECONDS = 3.0
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(frozen=True)
class Receipt:
    """What came back from the app.

    Attributes:
        status: HTTP status; 0 where no answer came.
        body: the answer's text.
        seconds: how long it took.
        trigger_id: what was sent along; empty where nothing was.
        trouble: what Slack complains of to the person, empty if nothing: ``operation_timeout``
            (no answer in 3 s), ``connection_failed``, ``http_error`` (not 200), ``bad_answer``,
            ``errors`` (a submission was objected to).
    """

    status: int
    body: str
    seconds: float
    trigger_id: str = ""
    trouble: str = ""


def sign(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The two signature headers of a request with this raw body, sent at ``timestamp`` (epoch)."""
    base = b"v0:%d:" % timestamp + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


class Line:
    """The connection from Slack to the app's request URL."""

    def __init__(self, url: str, secret: str, clock: Callable[[], float], patience: float) -> None:
        self._url, self._secret, self._clock, self._patience = url, secret, clock, patience
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        body: bytes,
        content_type: str,
        *,
        trigger_id: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Receipt:
        """Post a signed request and wait as long as Slack does."""
        signed = {
            "Content-Type": content_type,
            **sign(self._secret, body, int(self._clock())),
            **(headers or {}),
        }
        return await self.send_raw(body, signed, trigger_id=trigger_id)

    async def send_raw(
        self, body: bytes, headers: Mapping[str, str], *, trigger_id: str = ""
    ) -> Receipt:
        """Post these very bytes and headers."""
        import aiohttp  # noqa: PLC0415  # slow to load, and the demo needs it only once all is up

        started = time.perf_counter()

        def receipt(status: int, text: str, trouble: str) -> Receipt:
            return Receipt(status, text, time.perf_counter() - started, trigger_id, trouble)

        try:
            async with self._open().post(self._url, data=body, headers=headers) as answer:
                text = await answer.text(errors="replace")
                ok = answer.status == HTTPStatus.OK
                return receipt(answer.status, text, "" if ok else "http_error")
        except TimeoutError:
            return receipt(0, "", "operation_timeout")
        except aiohttp.ClientError:
            return receipt(0, "", "connection_failed")

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415

        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._patience),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": _AGENT},
                skip_auto_headers=["Content-Type"],
            )
        return self._session
