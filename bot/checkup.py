"""``doctor``: every dependency looked at once, each with its finding."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
from rich.console import Console
from rich.text import Text

from bot.adapters.clock import SystemClock
from bot.adapters.slack_gateway import TIMEOUT
from bot.checkup_parts import Parts
from bot.config import Settings
from bot.ports import Clock
from bot.services.doctor import Finding, Level, look_at

SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:write",
        "users:read",
        "users:read.email",
    }
)
"""The bot scopes of ``manifest.yml``, which an installed package does not hold."""

_SIGNS = {
    Level.OK: ("ok  ", "green"),
    Level.DOUBT: ("note", "yellow"),
    Level.FAILURE: ("FAIL", "red"),
}


async def examine(
    settings: Settings,
    console: Console,
    *,
    as_json: bool = False,
    rehearse: bool = False,
    audience: str = "",
    clock: Clock | None = None,
) -> int:
    """Print one line per finding, or all of them as JSON; 0 unless one is a failure, then 1.

    Args:
        settings: where everything is.
        console: where to print.
        as_json: print ``{"ok": …, "findings": [{"what": …, "level": …, "sentence": …}]}``.
        rehearse: post a rehearsal message, too.
        audience: the Slack user who gets it in a direct message, or "" for the channel.
        clock: the system's where None.
    """
    findings: list[Finding] = []
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        parts = await Parts.connected(settings, session, stack, clock or SystemClock())
        async for finding in _findings(parts, rehearse=rehearse, audience=audience):
            findings.append(finding)
            if not as_json:
                sign = _SIGNS[finding.level]
                console.print(Text.assemble(sign, f" {finding.what}: {finding.sentence}"))
    ok = all(finding.level is not Level.FAILURE for finding in findings)
    if as_json:
        told = [{"what": f.what, "level": f.level, "sentence": f.sentence} for f in findings]
        console.print(Text(json.dumps({"ok": ok, "findings": told}, indent=2, ensure_ascii=False)))
    return 0 if ok else 1


async def _findings(parts: Parts, *, rehearse: bool, audience: str) -> AsyncIterator[Finding]:
    checks = await parts.checks(SCOPES)
    if rehearse:
        checks.append(("Rehearsal", lambda: parts.rehearse(audience)))
    for what, check in checks:
        if finding := await look_at(what, check):
            yield finding
