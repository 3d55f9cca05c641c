"""How the pretend Slack says no: ``{"ok": false, "error": …}``.

After the Slack documentation page "Using the Slack Web API" (evaluating responses).
"""

from collections.abc import Sequence

from sandbox.slack.records import Json


class Refused(Exception):
    """Slack's no; nothing happened.

    Args:
        error: Slack's code, e.g. ``channel_not_found``.
        messages: details for ``response_metadata.messages``.
        extra: further fields of the answer.
    """

    def __init__(self, error: str, messages: Sequence[str] = (), **extra: object) -> None:
        super().__init__(error, *messages)
        self.error, self.messages, self.extra = error, list(messages), extra

    def as_json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body


class Throttled(Refused):
    """Too many calls: HTTP 429 with ``Retry-After: <seconds>``."""

    def __init__(self, seconds: int) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds
