"""The audit trail as it is written: what people do, on which evidence, and sealed soon after."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog

from bot.errors import BotError
from bot.evidence import evidence, request_ids
from bot.ports import Clock, Journal, Sealing

KEPT = timedelta(days=400)
"""How long entries stay, whatever their number."""

_log = structlog.get_logger(__name__)


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

    @contextmanager
    def on_record(self, event: str, **fields: str) -> Iterator[None]:
        """What somebody asked for is done inside: with its evidence, sealed soon, failures noted.

        Nothing waits here. Where the inside fails, the entry ``event`` says so with the decision
        ``error``, the kind of error as its reason, and ``fields``.
        """
        with evidence():
            try:
                yield
            except (Exception, asyncio.CancelledError) as error:
                self.later(event, decision="error", reason=type(error).__name__, **fields)
                raise
            finally:
                self.seal_soon()

    def later(self, event: str, **fields: str) -> None:
        """Append one entry after the present work, with the evidence as it is now."""
        self._later(self._note(event, {"request_id": request_ids(), **fields}))

    async def _note(self, event: str, fields: dict[str, str]) -> None:
        try:
            await self._journal.note(event, **{n: value for n, value in fields.items() if value})
        except BotError as error:
            # The log is then the only place that knows; it gets what it may have.
            known = {
                name: fields.get(name, "") for name in ("actor", "invoice", "decision", "reason")
            }
            kind = type(error).__name__
            _log.error("audit_not_written", happened=event, error=kind, **known)
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
