"""The arguments of one Web API call, wherever and however they were sent.

After the Slack documentation page "Using the Slack Web API": query string, form or JSON; in a form,
structures are JSON texts and flags are ``true`` or ``1``.
"""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.slack.records import Json
from sandbox.slack.refusal import Refused
from sandbox.slack.shape_rules import complaint


class Arguments:
    """The arguments by name."""

    def __init__(self, given: Json) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str) -> str:
        """A text; empty where it was not sent."""
        value = self._given.get(name, "")
        if isinstance(value, bool | dict | list):
            raise Refused("invalid_arguments", [complaint("must be a string", f"/{name}")])
        return str(value)

    def required(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            missing = complaint(f"missing required field: {name}", "")
            raise Refused("invalid_arguments", [missing])
        return value

    def flag(self, name: str) -> bool:
        """A yes or no; no where it was not sent."""
        return str(self._given.get(name, "")).lower() in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise Refused(
                "invalid_arguments", [complaint("must be a number", f"/{name}")]
            ) from None

    def structure(self, name: str, otherwise: str) -> Any:  # noqa: ANN401  # any JSON
        """An object or list, parsed where it came as text; None where it was not sent.

        Args:
            name: the argument's.
            otherwise: the error code for text that is not JSON.
        """
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(otherwise) from None


async def read_arguments(request: Request) -> Json:
    """All arguments of a request; ``invalid_json``, ``json_not_object`` refused."""
    body = await request.body()
    given: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            sent = json.loads(body or b"{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(sent, dict):
            raise Refused("json_not_object")
        return given | sent
    return given | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
