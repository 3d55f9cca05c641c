"""The front door: what is let through to Slack's listeners. Pure, so that it can be tested alone.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 1024 * 1024
"""The largest body Slack is believed to send; anything above is refused unread."""

_FIVE_MINUTES = 300
_LONGEST_STAMP = 12  # digits; enough for the next 30,000 years


class TurnedAway(StrEnum):
    """Why a request was not let in, or not let do anything: the words of log and metric."""

    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"
    REPLAYED = "replayed"
    NOT_UNDERSTOOD = "not understood"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks the signature over the raw body, before anything parses it.

    Attributes:
        secrets: the app's signing secret, and while it is rotated the previous one as well.
    """

    secrets: tuple[str, ...]

    def refusal(
        self, *, timestamp: str, signature: str, body: bytes, now: float
    ) -> TurnedAway | None:
        """None where Slack signed ``body`` within five minutes of ``now`` (epoch seconds)."""
        if not timestamp or not signature:
            return TurnedAway.UNSIGNED
        # isdecimal alone would let other scripts' digits through, which int() would then read.
        if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > _LONGEST_STAMP:
            return TurnedAway.STALE
        if abs(now - int(timestamp)) > _FIVE_MINUTES:
            return TurnedAway.STALE
        base, given = b"v0:%b:%b" % (timestamp.encode(), body), signature.encode("utf-8", "replace")
        # Each secret is tried, so that the time taken does not tell which one it was.
        matches = [hmac.compare_digest(_mark(secret, base), given) for secret in self.secrets]
        return None if any(matches) else TurnedAway.FORGED


def _mark(secret: str, base: bytes) -> bytes:
    return b"v0=" + hmac.digest(secret.encode(), base, hashlib.sha256).hex().encode()
