"""The system clock: the one place that asks what time it is."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Now, aware UTC."""
        return datetime.now(UTC)
