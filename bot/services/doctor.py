"""Check everything the bot depends on, and say how to fix what is wrong.

What is checked of Slack, of Azure and of the bot's memory is in ``doctor_slack``, ``doctor_azure``
and ``doctor_memory``.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from bot.errors import BotError

_log = structlog.get_logger(__name__)


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    DOUBT = "doubt"
    """The bot works, or mends it by itself, but somebody should know."""
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, how it is, and one sentence (with the fix where it is not well)."""

    what: str
    level: Level
    sentence: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a check returns where the bot can go on, yet somebody should know."""

    sentence: str


Check = Callable[[], Awaitable[str | Doubt | None]]
"""Returns what was found in a sentence; raises ``BotError`` with the fix where it is wrong.

None says that it could not be looked at, for a reason that an earlier check has found.
"""

Named = tuple[str, Check]
"""A check with what it looks at."""


async def look_at(what: str, check: Check) -> Finding | None:
    """Carry out one check; an error is its finding."""
    try:
        found = await check()
    except BotError as error:
        return Finding(what, Level.FAILURE, error.sentence)
    except Exception as error:  # noqa: BLE001  # the other checks are to be made all the same
        _log.debug("check_broken", what=what, exc_info=error)
        words = f"The check itself failed ({type(error).__name__}); LOG_LEVEL=DEBUG tells where."
        return Finding(what, Level.FAILURE, words)
    if found is None:
        return None
    if isinstance(found, Doubt):
        return Finding(what, Level.DOUBT, found.sentence)
    return Finding(what, Level.OK, found)
