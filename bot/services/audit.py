"""The audit trail as it is written: what people do, on which evidence, and sealed soon after."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.mirror import mirror
from bot.domain.policy import Grant, Refusal
from bot.errors import BotError
from bot.evidence import request_ids
from bot.ports import Clock, Journal, Sealing

KEPT = timedelta(days=400)
"""How long entries stay, whatever their number."""

_log = structlog.get_logger(__name__)


def facts(decision: Grant | Refusal) -> dict[str, str]:
    """What an entry says of a decision: by which role, held where and how, or why not."""
    if isinstance(decision, Refusal):
        role = decision.role.key if decision.role else ""
        return {"decision": "refused", "reason": decision.reason, "role": role}
    holding = decision.holding
    return {
        "decision": "allowed",
        "entra_id": decision.entra_id,
        "role": holding.role.key,
        "scope": str(holding.role.scope),
        "through_group": "yes" if holding.through_group else "",
    }


class Audit:
    """Notes what can be noted after the present work, and has entries sealed.

    Args:
        journal: where entries go.
        sealing: seals them.
        clock: tells how old entries are.
        later: runs work after the present one.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        sealing: Sealing,
        clock: Clock,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._journal, self._seals, self._clock, self._later = journal, sealing, clock, later
        self._busy = self._again = False

    def later(self, event: str, **fields: str) -> None:
        """Append one entry after the present work, with the evidence as it is now."""
        self._later(self._note(event, {"request_id": request_ids(), **fields}))

    def click(self, kind: str, outcome: str, decision: str = "", **fields: str) -> None:
        """Somebody clicked, and this came of it.

        Args:
            kind: what was asked for, e.g. ``press``.
            outcome: in a word.
            decision: ``refused`` or ``error`` where it never came to a decision of its own.
            fields: ``actor``, ``invoice``.
        """
        reason = outcome if decision else ""
        self.later(f"click.{kind}", outcome=outcome, decision=decision, reason=reason, **fields)

    async def _note(self, event: str, fields: dict[str, str]) -> None:
        try:
            await self._journal.note(event, **{n: value for n, value in fields.items() if value})
        except (
            BotError,
            ValueError,
        ) as error:  # the store is away, or somebody's words are no text
            # The log is then the only place that knows; it gets what it may have.
            _log.error("audit_not_written", error=type(error).__name__, **mirror(event, fields))
        else:
            self.seal_soon()

    def seal_soon(self) -> None:
        """Have new entries sealed after the present work; asked for often, it is done once."""
        self._again = True
        if not self._busy:
            self._later(self._seal_all())

    async def _seal_all(self) -> None:
        if self._busy:
            return  # whoever is at it looks again
        structlog.contextvars.clear_contextvars()  # the entries are those of many clicks
        self._busy = True
        try:
            while self._again:
                self._again = False
                await self.seal()
        finally:
            self._busy = False

    async def seal(self) -> int:
        """Seal what is not sealed yet; how many entries. What cannot be sealed now is next time."""
        try:
            return await self._seals.seal()
        except BotError as error:
            _log.warning("audit_not_sealed", error=type(error).__name__)
            return 0

    async def trim(self) -> None:
        """Let entries go that are older than ``KEPT``. Raises ``StoreUnavailable``."""
        if gone := await self._seals.trim(self._clock.now() - KEPT):
            _log.info("audit_trimmed", entries=gone)
