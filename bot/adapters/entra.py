"""Microsoft Entra through Graph: which directory user an address is, and which groups they are in.

Two kinds of call do not need a Graph SDK: azure-core's own pipeline carries them.
Application permissions: ``User.Read.All``, and ``GroupMember.Read.All`` where groups hold roles.
"""

import asyncio
import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import policies

from bot.adapters.azure_clouds import Cloud
from bot.adapters.azure_errors import azure_errors
from bot.adapters.azure_pipeline import PATIENCE, TUNING, AnswersSeen, JsonReader
from bot.adapters.azure_transport import transport
from bot.domain.people import EntraUser
from bot.errors import AzureMalformed, AzureNotFound

_SELECT = "id,accountEnabled,mail,userPrincipalName,userType,displayName"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IDS_PER_CALL = 20  # Graph refuses more ("user: checkMemberGroups")
_GRAPH = "Microsoft Graph"


class EntraDirectory:
    """The port ``Directory``.

    Args:
        credential: any async token credential.
        cloud: where this Azure lives; the token scope is always this cloud's.
        graph_url: an address to use in the cloud's place, with or without ``/v1.0``, or "".
        tenant_id: the configured tenant, used where the token does not tell one.
        patience: seconds for an answer.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        *,
        cloud: Cloud,
        graph_url: str,
        tenant_id: str,
        patience: float = PATIENCE,
    ) -> None:
        base = (graph_url or cloud.graph).rstrip("/").removesuffix("/v1.0") + "/v1.0"
        self._client: AsyncPipelineClient[Any, Any] = AsyncPipelineClient(
            base,
            policies=[
                AnswersSeen(),
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy("azure-invoice-bot"),
                policies.AsyncRetryPolicy(**TUNING),
                policies.AsyncBearerTokenCredentialPolicy(credential, cloud.graph_scope),
            ],
            transport=transport(**TUNING),
            **TUNING,
        )
        self._json = JsonReader(self._client, base, _GRAPH, patience=patience)
        self._credential, self._scope, self._patience = credential, cloud.graph_scope, patience
        self._configured_tenant, self._tenant = tenant_id.lower(), ""

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.close()

    async def matches(self, email: str) -> tuple[EntraUser, ...]:
        """The users with this UPN or mail; only where there is none, those with it as a proxy address.

        ``otherMails`` is never asked: users write it themselves.
        """
        by_upn, by_mail = await asyncio.gather(
            self.user(email), self._filtered(f"mail eq {_quoted(email)}")
        )
        found = ((by_upn,) if by_upn else ()) + by_mail
        if found:
            return found
        proxies = " or ".join(
            f"proxyAddresses/any(x:x eq {_quoted(prefix + email)})" for prefix in ("smtp:", "SMTP:")
        )
        return await self._filtered(proxies)

    async def user(self, user: str) -> EntraUser | None:
        """A user by object id or UPN, or None where there is no such user."""
        try:
            answer = await self._json.get(f"users/{quote(user, safe='')}", {"$select": _SELECT})
        except AzureNotFound:
            return None
        return _user(answer)

    async def groups_of(self, user: str, candidates: Iterable[str]) -> frozenset[str]:
        """Those candidates that are groups the user is in, nested ones included."""
        # One malformed id would fail a whole call; it could be no group anyway.
        ids = [c for c in dict.fromkeys(candidates) if _GUID.fullmatch(c)]
        parts = [ids[i : i + _IDS_PER_CALL] for i in range(0, len(ids), _IDS_PER_CALL)]
        answers = await asyncio.gather(
            *(
                self._json.post(
                    f"users/{quote(user, safe='')}/checkMemberGroups", {"groupIds": part}
                )
                for part in parts
            )
        )
        return frozenset(str(g).lower() for answer in answers for g in _values(answer))

    async def tenant(self) -> str:
        """The tenant of the bot's own token, or the configured one, or ""."""
        if not self._tenant:
            async with azure_errors(_GRAPH, self._patience):
                token = await self._credential.get_token(self._scope)
            self._tenant = _claim(token.token, "tid") or self._configured_tenant
        return self._tenant

    async def _filtered(self, condition: str) -> tuple[EntraUser, ...]:
        answer = await self._json.get(
            "users",
            {"$filter": condition, "$select": _SELECT, "$count": "true", "$top": "5"},
            # Graph answers a filter on proxyAddresses only as an "advanced query".
            headers={"ConsistencyLevel": "eventual"},
        )
        return tuple(_user(item) for item in _values(answer))


def _values(answer: Mapping[str, Any]) -> list[Any]:
    values = answer.get("value")
    if not isinstance(values, list):
        raise AzureMalformed(f"{_GRAPH} gave a list that is none.")
    return values


def _user(item: object) -> EntraUser:
    if not isinstance(item, Mapping) or not item.get("id"):
        raise AzureMalformed(f"{_GRAPH} gave a user without an id.")
    return EntraUser(
        str(item["id"]).lower(),
        item.get("accountEnabled") is True,
        str(item.get("mail") or item.get("userPrincipalName") or ""),
        str(item.get("displayName") or ""),
    )


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _claim(token: str, name: str) -> str:
    """A claim of a JWT, unverified: it is the bot's own token and only narrows what counts."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  # header, payload, signature
        return ""
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return ""
    return str(payload.get(name) or "").lower() if isinstance(payload, dict) else ""
