"""Azure's pay-now preview: may an invoice be paid, pay it once, and what became of that.

The one place that moves money. Its pipeline has no retries, follows no redirects and answers no
sign-in challenges: what is sent goes out once. Whatever does not come back as a clear no or a
clear yes counts as unclear.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError as VendorError
from azure.core.pipeline import PipelineRequest, PipelineResponse, policies
from azure.core.rest import HttpRequest

from bot.adapters.azure_clouds import Cloud
from bot.adapters.azure_pipeline import PATIENCE, TUNING, AnswersSeen, JsonReader, Raw
from bot.adapters.metrics import count_call
from bot.domain.money import Money
from bot.domain.paynow import (
    DUPLICATE,
    NOT_SENT,
    Answer,
    Eligibility,
    MethodEligibility,
    Outcome,
)
from bot.errors import AzureMalformed

_API = "2024-08-01-preview"
_ROOT = "/providers/Microsoft.Billing/billingAccounts"
_AZURE = "Azure"
_ENDS = {
    "succeeded": Outcome.CHARGED,
    "completed": Outcome.CHARGED,
    "faulted": Outcome.FAULTED,
}
_NOTHING_DONE = frozenset({400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429})
"""Refusals after which surely nothing was begun. Not 408: it may have been. Not 409: another may run."""
_OK, _CREATED, _ACCEPTED = 200, 201, 202
_PATIENCES = 3  # for the payment itself; longer than any other answer, since its loss costs most
_LONGEST_FOLLOW = 2000
_WORD = re.compile(r"[^A-Za-z0-9_. -]")


class _OneToken(policies.AsyncBearerTokenCredentialPolicy[Any, Any]):
    """Signs in, and does not send anything a second time where Azure wants another token."""

    async def on_challenge(
        self,
        request: PipelineRequest[Any],  # noqa: ARG002  # the SDK's signature
        response: PipelineResponse[Any, Any],  # noqa: ARG002
    ) -> bool:
        """Never go on."""
        return False


class AzurePaynow:
    """The port ``Paynow``.

    Args:
        credential: any async token credential.
        cloud: where this Azure lives.
        management_url: an address to use in the cloud's place, or "".
        patience: seconds for an answer that a person waits for; the payment itself has thrice that.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        *,
        cloud: Cloud,
        management_url: str,
        patience: float = PATIENCE,
    ) -> None:
        base = (management_url or cloud.management).rstrip("/")
        self._client: AsyncPipelineClient[Any, Any] = AsyncPipelineClient(
            base,
            policies=[
                AnswersSeen(),
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy("azure-invoice-bot"),
                _OneToken(credential, cloud.management_scope),
                policies.CustomHookPolicy(),  # behind the sign-in: what it sees is on its way
            ],
            **TUNING,
        )
        self._json = JsonReader(self._client, base, _AZURE, patience=patience)
        self._own = {urlsplit(base).netloc, urlsplit(cloud.management).netloc}
        self._patience = patience

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.close()

    async def eligibility(self, account: str, profile: str, invoice: str) -> Eligibility:
        """Whether the bot could pay this invoice now, and with what; nothing moves."""
        path = f"{_invoice(account, profile, invoice)}/validatePaynowEligibility"
        request = HttpRequest("POST", self._json.url(path), params={"api-version": _API})
        return _eligibility((await self._json.exchange(request)).json(_AZURE))

    async def pay(
        self, account: str, profile: str, invoice: str, *, amount: Money, method: str
    ) -> Answer:
        """Have Azure charge ``method``: sent once, whatever comes back, and never an error."""
        path = f"{_invoice(account, profile, invoice)}/paynow"
        request = HttpRequest(
            "POST",
            self._json.url(path),
            params={"api-version": _API},
            content=_order(amount, method),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        answer = await self._once(request)
        count_call("azure", f"paynow {answer.outcome}")
        return answer

    async def _once(self, request: HttpRequest) -> Answer:
        sent = asyncio.Event()
        seconds = _PATIENCES * self._patience
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.send_request(
                    request,
                    stream=True,
                    read_timeout=seconds,
                    raw_request_hook=lambda _: sent.set(),
                    **self._json.insecure,
                )
                raw = Raw(response.status_code, dict(response.headers), await response.read())
                await response.close()
        except Exception as error:  # noqa: BLE001  # whatever it is, money may have moved
            return _lost(error, sent=sent.is_set())
        return self._answer(raw)

    async def follow(self, path: str) -> Answer:
        """What became of a running operation; ``path`` is that of an earlier answer."""
        raw = await self._json.exchange(HttpRequest("GET", self._json.url(path)))
        answer = self._answer(raw, asked=path)
        if answer.outcome is Outcome.UNCLEAR:
            raise AzureMalformed("Azure does not say what became of the payment.")
        return answer

    def _answer(self, raw: Raw, *, asked: str = "") -> Answer:
        """What an answer means: the body of the final one decides, not its HTTP status."""
        if raw.status in _NOTHING_DONE:
            code = _code(_body(raw)) or f"http {raw.status}"
            return Answer(Outcome.UNCLEAR if code == DUPLICATE else Outcome.REFUSED, code)
        follow = self._follow(raw.header("location")) or asked
        if raw.status == _ACCEPTED:
            if not follow:
                return Answer(Outcome.UNCLEAR, "nothing to follow")
            return Answer(Outcome.RUNNING, follow=follow, retry_after=raw.retry_after)
        if raw.status not in (_OK, _CREATED):
            return Answer(Outcome.UNCLEAR, f"http {raw.status}")
        body = _body(raw)
        outcome = _ENDS.get(str(body.get("status")).lower(), Outcome.UNCLEAR)
        if outcome is Outcome.FAULTED:
            return Answer(outcome, _code(body) or "Other")
        return Answer(outcome, "" if outcome is Outcome.CHARGED else "unreadable")

    def _follow(self, location: str) -> str:
        """The path of an operation on Azure's own host; "" for an address anywhere else."""
        try:
            parts = urlsplit(location)
        except ValueError:
            return ""
        ours = not parts.netloc or parts.netloc in self._own
        path = parts.path.lower()
        if not ours or not path.startswith(_ROOT.lower()) or len(location) > _LONGEST_FOLLOW:
            return ""
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _invoice(account: str, profile: str, invoice: str) -> str:
    parts = (quote(part, safe="") for part in (account, profile, invoice))
    return "{}/{}/billingProfiles/{}/invoices/{}".format(_ROOT, *parts)


def _order(amount: Money, method: str) -> bytes:
    """The body: the amount with exactly its own digits, as no float would write it."""
    digits = format(amount.amount, "f")
    return f'{{"amount":{digits},"paymentMethodName":{json.dumps(method)}}}'.encode()


def _lost(error: Exception, *, sent: bool) -> Answer:
    """No answer came: nothing was begun where nothing left this machine, else it is unclear."""
    cause = error.__cause__ if isinstance(error, VendorError) else error
    unconnected = isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    if not sent or unconnected:
        return Answer(Outcome.REFUSED, NOT_SENT)
    return Answer(Outcome.UNCLEAR, "no answer")


def _body(raw: Raw) -> Mapping[str, Any]:
    try:
        return raw.json(_AZURE)
    except AzureMalformed:
        return {}


def _code(body: Mapping[str, Any]) -> str:
    """Azure's error code in few and harmless characters, or ""."""
    error = body.get("error")
    code = error.get("code") if isinstance(error, Mapping) else body.get("code")
    return _WORD.sub("", str(code or ""))[:60]


def _eligibility(body: Mapping[str, Any]) -> Eligibility:
    entries = body.get("paymentMethods") or []
    if not isinstance(entries, list):
        raise AzureMalformed("Azure gave an answer that makes no sense.")
    told = (_method(entry) for entry in entries if isinstance(entry, Mapping))
    return Eligibility(_reason(body), tuple(told))


def _method(entry: Mapping[str, Any]) -> MethodEligibility:
    return MethodEligibility(
        str(entry.get("family") or "").lower(),
        str(entry.get("type") or "").lower(),
        entry.get("isEligible") is True,
        _reason(entry),
    )


def _reason(told: Mapping[str, Any]) -> str:
    return _WORD.sub("", str(told.get("reasonCode") or ""))[:60]
