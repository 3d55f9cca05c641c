"""What ``doctor`` finds, as its tests ask for it."""

import json
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich.console import Console

from bot.checkup import examine
from tests.town import FINANCE, Town


@dataclass(frozen=True)
class Examined:
    """The exit code, and level and sentence of each finding by what was looked at."""

    code: int
    findings: dict[str, tuple[str, str]]

    def said(self, what: str, level: str) -> str:
        """The sentence of a finding, which must be of this level."""
        found, sentence = self.findings[what]
        assert found == level, sentence
        return sentence

    @property
    def not_ok(self) -> dict[str, str]:
        """What was not found to be well, with its level."""
        return {what: level for what, (level, _) in self.findings.items() if level != "ok"}


async def examined(
    town: Town, *, rehearse: bool = False, audience: str = "", **settings: Any
) -> Examined:
    """What the doctor finds in this town; the bot there is started first, with these settings."""
    bot = await town.bot(**{"allow_shared_channels": FINANCE, **settings})
    shown = StringIO()
    code = await examine(
        bot.outside.settings,
        Console(file=shown, soft_wrap=True, highlight=False),
        as_json=True,
        rehearse=rehearse,
        audience=audience,
        clock=town.clock,
    )
    told = json.loads(shown.getvalue())
    assert told["ok"] is (code == 0)
    return Examined(code, {f["what"]: (f["level"], f["sentence"]) for f in told["findings"]})
