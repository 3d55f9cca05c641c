"""Azure's download operation: the address under which an invoice's PDF can be had for a while.

The SDK's own poller waits 30 s between two looks where Azure does not say how long; a person who
waits for an answer cannot.
"""

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from azure.core.rest import HttpRequest

from bot.adapters.azure_pipeline import JsonReader, Raw
from bot.domain.document import SignedLink
from bot.errors import AzureMalformed, AzureUnavailable

_API = "2024-04-01"
_ROOT = "/providers/Microsoft.Billing/billingAccounts"
_AZURE = "Azure"
_PAUSE = 0.5  # seconds where Azure does not say
_LONGEST_URL = 3000  # what a button of Slack's may lead to
_ACCEPTED = 202


async def signed_link(
    reader: JsonReader, account: str, number: str, *, within: float
) -> SignedLink:
    """Where the invoice's latest PDF can be had. Asking changes nothing, so it may be repeated.

    ``within`` is how long a person waits, seconds. Raises ``AzureError``, also where Azure wants
    more time than that.
    """
    path = f"{_ROOT}/{quote(account, safe='')}/invoices/{quote(number, safe='')}/download"
    deadline = asyncio.get_running_loop().time() + within
    try:
        async with asyncio.timeout_at(deadline):
            answer = await _begin(reader, f"{path}?api-version={_API}")
            while answer.status == _ACCEPTED:
                answer = await _next(reader, answer, deadline)
    except TimeoutError as error:
        raise AzureUnavailable("Azure is still preparing the PDF; try again shortly.") from error
    return _link(answer, plain_http=not reader.insecure["enforce_https"])


def _request(method: str, reader: JsonReader, path: str) -> HttpRequest:
    return HttpRequest(method, reader.url(path))


async def _begin(reader: JsonReader, path: str) -> Raw:
    """Azure's first answer; asked once more where it was lost, which the SDK does not do for a POST."""
    try:
        return await reader.exchange(_request("POST", reader, path))
    except AzureUnavailable:
        return await reader.exchange(_request("POST", reader, path))


async def _next(reader: JsonReader, answer: Raw, deadline: float) -> Raw:
    """What Azure says the next time, asked no sooner than it wants."""
    location = answer.header("location")
    if not location:
        raise AzureMalformed("Azure does not say where the PDF will be.")
    pause = answer.retry_after or _PAUSE
    if asyncio.get_running_loop().time() + pause > deadline:
        raise TimeoutError
    await asyncio.sleep(pause)
    return await reader.exchange(_request("GET", reader, location))


def _link(answer: Raw, *, plain_http: bool) -> SignedLink:
    told = answer.json(_AZURE)
    url = told.get("url")
    if not isinstance(url, str) or not is_fit(url, plain_http=plain_http):
        raise AzureMalformed("Azure gave no address of the PDF that can be shown.")
    return SignedLink(url, _moment(told.get("expiryTime")))


def is_fit(url: str, *, plain_http: bool) -> bool:
    """Whether it may be shown: https, or this machine's http where Azure itself is reached so."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
        return False
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return False
    safe = parts.scheme == "https" or (plain_http and parts.scheme == "http")
    return safe and bool(host) and user is None


def _moment(told: object) -> datetime | None:
    """Aware UTC; None for anything that is no time."""
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
