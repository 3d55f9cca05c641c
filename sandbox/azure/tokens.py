"""Access tokens: shaped like JWTs, bound to one audience, good for a while."""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Literal

Flaw = Literal["missing", "unknown", "expired", "audience"]

MANAGEMENT_AUDIENCES = frozenset(
    {"https://management.azure.com", "https://management.core.windows.net"}
)
GRAPH_AUDIENCES = frozenset({"https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"})


class TokenRejectedError(Exception):
    """The request's token is no good; ``flaw`` says why."""

    def __init__(self, flaw: Flaw, audience: str = "") -> None:
        super().__init__(flaw)
        self.flaw, self.audience = flaw, audience


@dataclass(frozen=True)
class Token:
    """An issued token: ``expires`` in epoch seconds."""

    text: str
    audience: str
    expires: int


@dataclass
class TokenBook:
    """Every token that was issued and still counts.

    Attributes:
        tenant_id: the ``tid`` claim.
        principal_id: the ``oid`` claim: the service principal of the bot.
        client_id: the ``appid`` claim.
        lifetime: seconds.
        clock: epoch seconds. The wall clock even where the tenant lives on another one, because
            azure-identity compares with the wall clock too.
    """

    tenant_id: str
    principal_id: str
    client_id: str
    lifetime: int = 3600
    clock: Callable[[], float] = time.time
    issued: dict[str, Token] = field(default_factory=dict)

    def issue(self, audience: str) -> Token:
        """A fresh token for a resource such as ``https://graph.microsoft.com``."""
        now = int(self.clock())
        expires = now + self.lifetime
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": expires,
            "appid": self.client_id,
            "idtyp": "app",
            "oid": self.principal_id,
            "tid": self.tenant_id,
            "ver": "1.0",
        }
        parts = (_part({"typ": "JWT", "alg": "HS256"}), _part(claims), secrets.token_urlsafe(32))
        token = Token(".".join(parts), audience, expires)
        self.issued[token.text] = token
        return token

    def expire_all(self) -> None:
        """Let every issued token be past its time now."""
        self.issued = {text: Token(text, t.audience, 0) for text, t in self.issued.items()}

    def check(self, authorization: str, audiences: Collection[str]) -> None:
        """Accept an Authorization header, or raise TokenRejectedError."""
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise TokenRejectedError("missing")
        token = self.issued.get(text)
        if token is None:
            raise TokenRejectedError("unknown")
        if token.expires <= self.clock():
            raise TokenRejectedError("expired")
        if token.audience.rstrip("/") not in audiences:
            raise TokenRejectedError("audience", token.audience)


def _part(claims: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
