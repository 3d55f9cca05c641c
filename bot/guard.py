"""The front door: what is let through to Slack's listeners. Pure, so that it can be tested alone.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

import hashlib
import hmac
from dataclasses import dataclass

MOST_BYTES = 1024 * 1024
"""The largest body Slack is believed to send; anything above is refused unread."""

_FIVE_MINUTES = 300


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks the signature over the raw body, before anything parses it.

    Attributes:
        secret: the app's signing secret.
    """

    secret: str

    def lets_in(self, *, timestamp: str, signature: str, body: bytes, now: float) -> bool:
        """Whether Slack signed ``body`` within five minutes of ``now`` (epoch seconds)."""
        # isdecimal alone would let other scripts' digits through, which int() would then read.
        if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > 12:  # noqa: PLR2004
            return False
        if abs(now - int(timestamp)) > _FIVE_MINUTES:
            return False
        base = b"v0:" + timestamp.encode() + b":" + body
        expected = "v0=" + hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
