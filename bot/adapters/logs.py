"""One log for ours and the libraries': console lines for people, JSON lines for machines."""

import logging
import sys
from contextlib import suppress
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

_LOUD = (
    "azure",
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "docket",
    "urllib3",
    "msal",
    "uvicorn.access",
)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "exception": 40, "critical": 50}
_ALWAYS = "bot.audit"
"""The mirror of the audit trail: it is proof, and no matter of taste."""
_SILENT = ("azure.identity", "slack_bolt", "slack_sdk.socket_mode")
"""Whatever they have to say ends in an error of ours, with its sentence and no traceback."""


class _Lines:
    """Writes to stderr, and knows its name; half the cost of the way through ``logging``.

    What cannot be written, on a full disk for example, is left out as ``logging`` does it: that is
    no reason to stop a payment half-way.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write one line."""
        with suppress(OSError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def configure_logs(level: str, shape: Literal["console", "json"]) -> None:
    """Send every log line to stderr in one shape; vendors only from WARNING on, or not at all.

    Vendors' own INFO lines hold addresses and payloads that do not belong in a log.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _rendering(shape)
    structlog.configure(
        processors=[_from(_LEVELS[level.lower()]), *shared, *rendering],
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _from(level: int) -> Processor:
    """Lets lines of ours through from this level on."""

    def let_through(logger: Any, method: str, line: EventDict) -> EventDict:  # noqa: ANN401
        if _LEVELS[method] < level and logger.name != _ALWAYS:
            raise structlog.DropEvent
        return line

    return let_through


def _rendering(shape: Literal["console", "json"]) -> list[Processor]:
    if shape == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default one shows every local variable: tokens, e-mails, amounts.
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]
