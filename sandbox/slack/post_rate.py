"""Slack's special limit on chat.postMessage: about one message a second in a channel, short bursts.

After the Slack documentation page "Rate limits" (posting messages).
"""

import math
from collections.abc import Callable

from sandbox.slack.refusal import Throttled

BURST = 3


class PostRate:
    """One allowance per channel, refilled at ``rate`` messages a second up to ``BURST``.

    Attributes:
        rate: None lets everything through.
        throttled: how many posts were turned away.
    """

    def __init__(self, rate: float | None, now: Callable[[], float]) -> None:
        self.rate, self.throttled, self._now = rate, 0, now
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, channel: str) -> None:
        """Count one message to ``channel``; Throttled with the whole seconds to wait."""
        if self.rate is None:
            return
        now = self._now()
        left, since = self._left.get(channel, (float(BURST), now))
        left = min(float(BURST), left + (now - since) * self.rate)
        if left < 1:
            self._left[channel] = (left, now)
            self.throttled += 1
            raise Throttled(max(1, math.ceil((1 - left) / self.rate)))
        self._left[channel] = (left - 1, now)
