"""What the services need of anything else outside."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """Now, aware UTC."""


class Heartbeat(Protocol):
    """Tells somebody outside that the bot is well; its silence is the alarm. Never raises."""

    async def beat(self) -> None:
        """All is well now."""
