"""Talking to Azure and Graph: time-outs, bounded retries, JSON, pages.

Everything sent from here changes nothing, so a retry is always safe. What moves money goes another
way, see ``azure_paynow``.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urljoin, urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from bot.adapters.azure_errors import azure_errors, by_status, request_id, seconds_of
from bot.errors import AzureMalformed
from bot.evidence import saw

TUNING: dict[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 15,
    "retry_total": 2,
    "retry_backoff_factor": 0.2,
    "retry_backoff_max": 2,
}
"""Client options in seconds: the SDK's own defaults wait up to 5 minutes and retry ten times."""

PATIENCE = 10.0
"""Seconds for an answer that a person waits for, retries included."""

_MOST_PAGES = 50_000
_MOST_BYTES = 64 * 1024 * 1024


class Sender(Protocol):
    """Either SDK client: anything that sends a request through its own policies."""

    def send_request(
        self,
        request: HttpRequest,
        *,
        stream: bool = False,
        **kwargs: Any,  # noqa: ANN401
    ) -> Awaitable[AsyncHttpResponse]:
        """Send ``request`` and give the response, whatever its status."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came; header names in whatever case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, "" for none."""
        named = (value for key, value in self.headers.items() if key.lower() == name)
        return next(named, "")

    @property
    def retry_after(self) -> float:
        """How long it asks to wait, seconds, an hour at most; 0 where it does not say."""
        return seconds_of(self.header("retry-after"))

    def json(self, service: str) -> dict[str, Any]:
        """Its JSON object. Raises ``AzureMalformed``."""
        try:
            answer = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise AzureMalformed(f"{service} gave an answer that makes no sense.") from error
        if not isinstance(answer, dict):
            raise AzureMalformed(f"{service} gave an answer that makes no sense.")
        return answer


class AnswersSeen(SansIOHTTPPolicy[Any, Any]):
    """Reports the request id of each answer as evidence; errors have one, too."""

    def on_response(
        self,
        request: PipelineRequest[Any],  # noqa: ARG002  # the SDK's signature
        response: PipelineResponse[Any, Any],
    ) -> None:
        """Called with the last answer, retries behind it."""
        if seen := request_id(response.http_response):
            saw(seen)


class JsonReader:
    """Reads JSON through an SDK client's pipeline (its sign-in, retries and user agent).

    Args:
        sender: the SDK client.
        base: the service's address; a token is never sent anywhere else.
        service: how people call it.
        patience: seconds for an answer where a call names no others.
    """

    def __init__(
        self, sender: Sender, base: str, service: str, *, patience: float = PATIENCE
    ) -> None:
        self._sender, self._base, self._service = sender, base.rstrip("/") + "/", service
        self._patience = patience
        # Only settings that allow plain http on loopback get here with it.
        self.insecure = {"enforce_https": urlsplit(base).scheme == "https"}

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: dict[str, str] | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """The JSON object at ``path``. Raises ``AzureError``."""
        # azure-core takes them for quoted: a plus in an address would arrive as a space.
        quoted = {name: quote(value, safe="") for name, value in (params or {}).items()}
        request = HttpRequest("GET", self.url(path), params=quoted, headers=headers)
        return await self._send(request, seconds)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON answer to a question asked by POST; only for calls that change nothing."""
        return await self._send(HttpRequest("POST", self.url(path), json=body))

    async def pages(
        self, path: str, params: Mapping[str, str], *, seconds: float | None = None
    ) -> AsyncIterator[list[Any]]:
        """The ``value`` lists of all pages; ``seconds`` is the deadline of each. Raises ``AzureError``."""
        page = await self.get(path, params, seconds=seconds)
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            items = page.get("value")
            if not isinstance(items, list):
                raise AzureMalformed(f"{self._service} gave a list that is none.")
            yield items
            link = page.get("nextLink") or page.get("@odata.nextLink")
            if not link:
                return
            if link in seen:
                break
            seen.add(link)
            page = await self._send(HttpRequest("GET", self.url(str(link))), seconds)
        raise AzureMalformed(f"{self._service} gave a list without an end.")

    def url(self, path: str) -> str:
        """The absolute address; next links come relative and with raw spaces, or absolute."""
        tidy = quote(path, safe="%/:=&?~#+!$,;'@()*[]-._")
        url = tidy if "://" in tidy else urljoin(self._base, tidy.lstrip("/"))
        ours, theirs = urlsplit(self._base), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise AzureMalformed(f"{self._service} pointed at a foreign address.")
        return url

    async def exchange(self, request: HttpRequest, seconds: float | None = None) -> Raw:
        """Send a request that is safe to repeat; the answer as it is. Raises ``AzureError``."""
        async with azure_errors(self._service, seconds or self._patience):
            return await self._raw(request)

    async def _send(self, request: HttpRequest, seconds: float | None = None) -> dict[str, Any]:
        async with azure_errors(self._service, seconds or self._patience):
            return (await self._raw(request)).json(self._service)

    async def _raw(self, request: HttpRequest) -> Raw:
        # Streamed, so that the SDK's decoding policy does not parse the page a second time.
        response = await self._sender.send_request(request, stream=True, **self.insecure)
        try:
            raw = await response.read()
        finally:
            await response.close()
        if response.status_code >= 400:  # noqa: PLR2004  # HTTP errors
            raise by_status(self._service, response.status_code, response)
        if len(raw) > _MOST_BYTES:
            raise AzureMalformed(f"{self._service} gave far too long an answer.")
        return Raw(response.status_code, dict(response.headers), raw)
