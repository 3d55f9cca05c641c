"""What happened lately, forgotten by itself."""

import time
from collections.abc import Callable


class Recent:
    """A set whose members leave after some seconds.

    Args:
        seconds: how long a member stays.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._until: dict[str, float] = {}  # in the order of their leaving

    def add(self, member: str) -> bool:
        """Put it in; False where it is in already, which changes nothing."""
        self._forget()
        if member in self._until:
            return False
        self._until[member] = self._now() + self._seconds
        return True

    def __contains__(self, member: str) -> bool:
        self._forget()
        return member in self._until

    def _forget(self) -> None:
        now = self._now()
        while self._until:
            first = next(iter(self._until))
            if self._until[first] > now:
                return
            del self._until[first]
