"""What the front door refuses, so that the operator sees it and no flood of it fills the log."""

from collections import Counter
from datetime import datetime, timedelta

import structlog

from bot.adapters.metrics import count_refused
from bot.ports import Clock

_QUIET = timedelta(minutes=1)
_FIXES = {
    "forged": "if clicks in Slack fail: compare SLACK_SIGNING_SECRET with Basic Information",
    "stale": "if clicks in Slack fail: set this machine's clock",
}

_log = structlog.get_logger(__name__)


class RefusalBook:
    """Counts every refusal, and logs at most one line a minute for each reason.

    Args:
        clock: tells when a minute is over.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logged: dict[str, datetime] = {}
        self._unlogged: Counter[str] = Counter()

    def __call__(self, reason: str) -> None:
        """Note one refusal; ``reason`` is one of few words, since each becomes a metric."""
        count_refused(reason)
        self._unlogged[reason] += 1
        now, last = self._clock.now(), self._logged.get(reason)
        if last is not None and now - last < _QUIET:
            return
        self._logged[reason] = now
        about = {"fix": _FIXES[reason]} if reason in _FIXES else {}
        _log.warning("requests_refused", reason=reason, times=self._unlogged.pop(reason), **about)
