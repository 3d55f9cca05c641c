"""An app that notes what Slack sends it."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import Response

from tests.sandbox_slack.layouts import Json


@dataclass
class EchoBot:
    """Notes what Slack sends, and answers what it is told to."""

    secret: str
    url: str = ""
    status: int = 200
    body: str = ""
    genuine: list[bool] = field(default_factory=list)
    forms: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    headers: list[Json] = field(default_factory=list)

    @property
    def payload(self) -> Json:
        """The last interaction."""
        return dict(json.loads(self.forms[-1]["payload"]))

    async def __call__(self, request: Request) -> Response:
        """Serve one request."""
        body = await request.body()
        headers = dict(request.headers)
        self.genuine.append(SignatureVerifier(self.secret).is_valid_request(body, headers))
        self.headers.append(headers)
        if headers.get("content-type") == "application/json":
            self.events.append(json.loads(body))
        elif headers.get("content-type") == "application/x-www-form-urlencoded":
            self.forms.append({name: value[0] for name, value in parse_qs(body.decode()).items()})
        answer = self.body
        if self.events and "challenge" in self.events[-1]:
            answer = self.events[-1]["challenge"]
        return Response(answer, self.status)

    def says(self, answer: Json | str) -> None:
        """Answer this from now on."""
        self.body = answer if isinstance(answer, str) else json.dumps(answer)
