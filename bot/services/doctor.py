"""Check everything the bot depends on, and say how to fix what is wrong."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import BotError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``ok``, and one sentence (with the fix where it is not)."""

    what: str
    ok: bool
    sentence: str


Check = Callable[[], Awaitable[str]]
"""Returns what was found in a sentence; raises ``BotError`` with the fix where it is wrong."""


async def look_at(what: str, check: Check) -> Finding:
    """Carry out one check; an expected error is its finding."""
    try:
        return Finding(what, ok=True, sentence=await check())
    except BotError as error:
        return Finding(what, ok=False, sentence=error.sentence)
