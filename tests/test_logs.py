"""Logs: one line for each click, readable by people or machines, and no place for secrets."""

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.slack import Person, response_urls, sign
from tests.shell import command, running
from tests.town import FINANCE, SECRET, Town, modal, told, town
from tests.waiting import until

FULL = Path("/dev/full")


@dataclass(frozen=True)
class Story:
    """A day of a bot that logs all it can: its log, and what must not be in it."""

    log: str
    secrets: dict[str, str]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of a JSON log."""
        return [json.loads(line) for line in self.log.splitlines()]


@pytest.fixture(scope="module")
def stories(redis_url: str) -> dict[str, Story]:
    """The same day in both formats, side by side."""

    async def both() -> tuple[Story, Story]:
        return await asyncio.gather(_day(redis_url, "json"), _day(redis_url, "console"))

    for_machines, for_people = asyncio.run(both())
    return {"json": for_machines, "console": for_people}


async def _day(redis_url: str, shape: str) -> Story:
    """A scan, an owner who pays, a reader who may not, look-ups, nonsense, and Azure failing."""
    async with town(redis_url) as made:
        made.colleague("U0BEN", "ben")
        made.holds("U0BEN", "billing-profile-reader")
        number = made.invoice()
        given = made.environment() | {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": shape}
        scanned = await command("scan", given=given)
        async with running("web", given=given) as web:
            await web.ready()
            ada, ben = [
                await made.stack.enter_async_context(
                    Person(made.workspace, user, f"{web.url}/slack/events")
                )
                for user in ("U0ADA", "U0BEN")
            ]
            card = made.card(number)
            await ben.press(FINANCE, card.ts, "pay.open")
            await told(ben, "reader")
            await ada.press(FINANCE, card.ts, "pay.open")
            confirming = await modal(ada, "pay.confirm")
            await ada.submit(confirming.id)
            await told(ada, "reserved for you")
            await _look_around(made, ada, number)
            await _talk_nonsense(made, ada)
            await web.stop()
            assert scanned.code == 0, scanned.shown
            tokens = {f"access token {i}": text for i, text in enumerate(made.tenant.tokens.issued)}
            return Story(
                scanned.err + web.log,
                tokens
                | {
                    "bot token": made.workspace.bot_token,
                    "signing secret": SECRET,
                    "identity secret": made.tenant.identity_secret,
                    "offer": confirming.private_metadata,
                    "response URL": "/response/",
                    "e-mail": "@contoso.example",
                    "amount": "12340",
                    "amount for people": "12,340",
                    "card": "4242",
                    "request token": made.workspace.verification_token,
                },
            )


def _shows(log: str, secret: str) -> bool:
    """Whether it is there; digits count alone only, since moments and ids hold any by chance."""
    alone = rf"(?<![\w.]){secret}(?!\w)"
    return bool(re.search(alone, log)) if secret.isdecimal() else secret in log


async def _look_around(made: Town, ada: Person, number: str) -> None:
    """Look-ups that find something, find nothing, make no sense, and meet a failing Azure."""
    asked = [("/invoice", number), ("/invoice", "G999999999"), ("/invoice", "ada@contoso.example")]
    asked += [("/invoices", "all"), ("/invoicez", "")]
    for count, (name, text) in enumerate(asked, start=1):
        await ada.command(name, text)
        await until(lambda: len(ada.replies) == count)  # noqa: B023
    made.fault(f"GET */{number}", "status", times=-1)
    await ada.command("/invoice", number)
    await until(lambda: len(ada.replies) == len(asked) + 1)


async def _talk_nonsense(made: Town, ada: Person) -> None:
    """Signed requests that end in faults of ours, whose tracebacks go to the log."""
    card = made.posts()[0]
    broken = [{"type": "button", "action_id": "pay.open", "block_id": "b", "value": "../ada@x"}]
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ADA", "team_id": made.workspace.team_id},
        "actions": broken,
        "trigger_id": made.workspace.modals.issue_trigger("U0ADA"),
        "response_url": response_urls.issue(made.workspace, "U0ADA", FINANCE, card),
        "token": made.workspace.verification_token,
        "message": card.as_json(),
    }
    said = len(ada.replies)
    for body in (urlencode({"payload": json.dumps(payload)}).encode(), b'payload={"type":7}'):
        signed = sign(SECRET, body, int(made.clock.seconds()))
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await ada.raw(body, signed | kind)).status < 500
    await until(lambda: len(ada.replies) > said)


def test_a_machine_can_read_every_line(stories: dict[str, Story]) -> None:
    """With ``LOG_FORMAT=json`` each line is an object with a time, a level and an event."""
    lines = stories["json"].lines
    assert lines
    for line in lines:
        assert {"timestamp", "level", "event", "logger"} <= line.keys()


def test_an_operator_can_follow_each_click(stories: dict[str, Story]) -> None:
    """One line for each, with an id that its warnings share, its outcome and how long it took."""
    lines = stories["json"].lines
    clicks = [line for line in lines if "outcome" in line]
    many = {"confirm": 1, "invoice": 4, "invoices": 1, "press": 3}
    assert Counter(line["event"] for line in clicks) == many
    assert len({line["click"] for line in clicks}) == len(clicks)
    assert all(line["ms"] >= 0 for line in clicks)
    assert all(re.fullmatch("U0[A-Z]{3}", line["user"]) for line in clicks)
    warned = [line for line in lines if line["event"] in ("failed", "broken")]
    assert {line["click"] for line in warned} <= {line["click"] for line in clicks}
    assert {line["event"] for line in warned} == {"failed", "broken"}


def test_an_operator_can_see_where_a_fault_is(stories: dict[str, Story]) -> None:
    """A fault of the bot's own has its traceback in the log, and the reference people were given."""
    (broken,) = [line for line in stories["json"].lines if line["event"] == "broken"]
    assert "Traceback" in broken["exception"]
    assert broken["reference"]
    assert "Traceback" in stories["console"].log


@pytest.mark.parametrize("shape", ["json", "console"])
def test_nobody_can_find_a_secret_in_the_log(stories: dict[str, Story], shape: str) -> None:
    """No token, e-mail, amount or card, even where everything is logged and things go wrong."""
    story = stories[shape]
    assert [what for what, secret in story.secrets.items() if _shows(story.log, secret)] == []
    assert len(story.secrets) > 10


@pytest.mark.parametrize("shape", ["json", "console"])
def test_an_operator_cannot_be_flooded_by_the_libraries(
    stories: dict[str, Story], shape: str
) -> None:
    """``LOG_LEVEL=DEBUG`` is for the bot; its libraries speak up only when something is wrong."""
    log = stories[shape].log
    for library in ("slack_sdk", "slack_bolt", "azure.", "aiohttp", "docket", "msal"):
        assert f'"logger": "{library}' not in log
        assert f"[{library}" not in log


async def test_an_operator_can_have_the_audit_trail_in_any_log(contoso: Town) -> None:
    """With ``LOG_LEVEL=ERROR`` nothing but errors is logged, and what people did all the same."""
    number = contoso.invoice()
    await (await contoso.bot()).scan()
    given = contoso.environment() | {"LOG_LEVEL": "ERROR", "LOG_FORMAT": "json"}
    async with running("web", given=given) as web:
        await web.ready()
        async with Person(contoso.workspace, "U0ADA", f"{web.url}/slack/events") as ada:
            await ada.press(FINANCE, contoso.card(number).ts, "portal.open")
        await until(lambda: "click.portal" in web.log)
        assert {json.loads(line)["logger"] for line in web.log.splitlines()} == {"bot.audit"}


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
async def test_an_operator_whose_log_is_full_can_still_have_cards(contoso: Town) -> None:
    """A log that cannot be written stops no work."""
    number = contoso.invoice()
    scanned = await command("scan", given=contoso.environment(), log=FULL)
    assert scanned.code == 0
    assert contoso.card(number).ts
