"""Whatever comes of a click ends in an audit entry, what goes wrong in one sentence for the person."""

import secrets
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import BotError, TooManyClicks
from bot.evidence import evidence
from bot.services.admission import must_be_admitted
from bot.services.audit import Audit
from bot.views.reader import answer_to

_log = structlog.get_logger(__name__)


async def carry_out(
    kind: str,
    work: Callable[[], Awaitable[str]],
    *,
    failed: Callable[[BotError], Awaitable[None]],
    broken: Callable[[str], Awaitable[None]],
    count: Callable[[str, str], None],
    audit: Audit,
    **about: str,
) -> None:
    """Do ``work``, which returns its outcome in a word, and tell the person where it fails.

    Args:
        kind: what was asked for, e.g. ``press``.
        work: the work itself.
        failed: tells the person about an expected error.
        broken: tells them about a fault of ours, given the reference under which it is logged.
        count: counts the outcome.
        audit: is told of the click and what came of it.
        about: ids for the log line; no e-mail, amount or secret; ``user`` is who is answered.
    """
    started = time.perf_counter()
    answer_to(about.get("user", ""))
    structlog.contextvars.bind_contextvars(click=secrets.token_hex(4))
    with evidence():
        try:
            outcome, decision = await _outcome(kind, work, failed, broken)
        except BotError as error:
            outcome, decision = "untold", "error"
            _log.warning("person_not_told", kind=kind, error=type(error).__name__, **about)
        who, number = about.get("user", ""), about.get("invoice", "")
        audit.click(kind, outcome, decision, actor=who, invoice=number)
    count(kind, outcome)
    took = round((time.perf_counter() - started) * 1000)
    _log.info(kind, outcome=outcome, ms=took, **about)


async def _outcome(
    kind: str,
    work: Callable[[], Awaitable[str]],
    failed: Callable[[BotError], Awaitable[None]],
    broken: Callable[[str], Awaitable[None]],
) -> tuple[str, str]:
    """What came of it in a word, and the decision where it is none of the work's own."""
    try:
        must_be_admitted()
        return await work(), ""
    except BotError as error:
        _log.warning("failed", kind=kind, error=type(error).__name__, sentence=error.sentence)
        await failed(error)
        decision = "refused" if isinstance(error, TooManyClicks) else "error"
        return type(error).__name__, decision
    except Exception:  # noqa: BLE001  # told, logged, counted: nothing is swallowed
        reference = secrets.token_hex(4)
        _log.exception("broken", kind=kind, reference=reference)
        await broken(reference)
        return "broken", "error"
