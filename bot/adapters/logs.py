"""One log for ours and the libraries': console lines for people, JSON lines for machines."""

import logging
import sys
from typing import Literal

import structlog

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
_ALWAYS = "bot.audit"
"""The mirror of the audit trail: it is proof, and no matter of taste."""
_SILENT = ("azure.identity", "slack_bolt", "slack_sdk.socket_mode")
"""Whatever they have to say ends in an error of ours, with its sentence and no traceback."""


def configure_logs(level: str, shape: Literal["console", "json"]) -> None:
    """Send every log line to stderr in one shape; vendors only from WARNING on, or not at all.

    Vendors' own INFO lines hold addresses and payloads that do not belong in a log.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if shape == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default one shows every local variable: tokens, e-mails, amounts.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    errors = [structlog.processors.format_exc_info] if shape == "json" else []
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger(_ALWAYS).setLevel(logging.INFO)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
