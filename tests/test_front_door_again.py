"""The front door's memory: nothing is done twice, nobody floods it, and the operator sees what it refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import SecretStr
from starlette.requests import Request
from structlog.testing import capture_logs

from bot.domain.admission import MOST_CLICKS
from bot.guard import TurnedAway
from bot.services.recent import Recent
from bot.slack_endpoint import read_body
from sandbox.slack import response_urls
from tests.alerting import page
from tests.door import FORM, JSON, Door, command, front_door, replies, signature
from tests.redis_line import redis_line
from tests.town import FINANCE, Town
from tests.waiting import until

PREVIOUS = "the secret before it was regenerated"


@pytest.fixture
async def door(contoso: Town) -> AsyncIterator[Door]:
    """Contoso's bot and its door."""
    async with front_door(contoso) as made:
        yield made


async def counted(door: Door, name: str) -> float:
    """A counter of the bot, e.g. ``aib_refused_requests_total{reason="forged"}``."""
    lines = (await page(door.bot, "/metrics")).splitlines()
    return next((float(one.split()[-1]) for one in lines if one.startswith(name)), 0.0)


async def refused(door: Door, reason: str) -> float:
    """How many requests were turned away for this reason."""
    return await counted(door, f'aib_refused_requests_total{{reason="{reason}"}}')


# Once is enough


async def test_nobody_can_replay_a_request(contoso: Town, door: Door) -> None:
    """The very same bytes with the very same signature are refused, and nothing happens again."""
    body, stamp, before = command(contoso), str(door.now), await refused(door, "replayed")
    assert await door.signed(body, at=stamp) == (200, "")
    assert await door.signed(body, at=stamp) == (401, "")
    contoso.clock.advance(seconds=250)
    assert await door.signed(body, at=stamp) == (401, "")
    await door.bot.settle()
    assert len(replies(contoso)) == 1
    assert await refused(door, "replayed") == before + 2


async def test_nobody_can_replay_a_request_to_another_process(contoso: Town, door: Door) -> None:
    """What one process has seen, no other does: refused later, and without effect at once."""
    body, stamp = command(contoso), str(door.now)
    other = Door(contoso, await contoso.bot(), door.session)
    third = Door(contoso, await contoso.bot(), door.session)
    assert await door.signed(body, at=stamp) == (200, "")
    await door.bot.settle()
    assert await other.signed(body, at=stamp) == (200, "")
    await other.bot.settle()
    contoso.clock.advance(seconds=4)
    assert await third.signed(body, at=stamp) == (401, "")
    await third.bot.settle()
    assert len(replies(contoso)) == 1


async def test_a_person_can_click_the_same_button_again(contoso: Town, door: Door) -> None:
    """Slack makes each click another request, however quickly it follows."""
    number = contoso.invoice()
    await door.bot.scan()
    ada = await contoso.person("U0ADA", door.bot)
    for _ in range(3):
        receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
    await until(lambda: len(ada.modals()) == 3)
    await door.bot.settle()


def event(identity: str) -> bytes:
    """An event that no listener knows, so that the metrics count it each time it is handled."""
    inner = {"type": "reaction_added", "user": "U0ADA"}
    return json.dumps({"type": "event_callback", "event_id": identity, "event": inner}).encode()


async def test_slack_can_repeat_an_event_whose_answer_was_lost(door: Door) -> None:
    """A repeat is signed anew, or within the same second not: answered with 200, done once."""
    handled = 'aib_interactions_total{kind="unknown",outcome="event_callback"}'
    before = await counted(door, handled)
    body, stamp = event("Ev0001"), str(door.now)
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}

    async def send(body: bytes, stamp: str, more: dict[str, str]) -> tuple[int, str]:
        mark = signature(body, stamp)
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": mark}
        return await door.send(body, {"Content-Type": JSON} | signed | more)

    assert await send(body, stamp, {}) == (200, "")
    assert await send(body, stamp, again) == (200, "")
    assert await send(body, str(door.now + 60), again) == (200, "")
    assert await counted(door, handled) == before + 1

    # The first one may never have arrived: then its repeat is the first.
    assert await send(event("Ev0002"), stamp, again) == (200, "")
    assert await counted(door, handled) == before + 2


# Two secrets


async def test_an_operator_can_regenerate_the_signing_secret(contoso: Town) -> None:
    """For a while requests signed with either are let in; without the setting only the new ones."""
    rotating = await contoso.bot(slack_signing_secret_previous=SecretStr(PREVIOUS))
    settled = await contoso.bot()
    async with aiohttp.ClientSession() as session:
        for bot, wanted in ((rotating, 200), (settled, 401)):
            door = Door(contoso, bot, session)
            assert (await door.signed(command(contoso)))[0] == 200
            body, stamp = command(contoso), str(door.now)
            headers = {
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": signature(body, stamp, PREVIOUS),
            }
            assert (await door.send(body, headers))[0] == wanted
            headers["X-Slack-Signature"] = signature(body, stamp, "another")
            assert (await door.send(body, headers))[0] == 401
            await bot.settle()


# What the operator sees


async def test_an_operator_can_see_a_wrong_signing_secret(contoso: Town, door: Door) -> None:
    """One line a minute with the fix and how often, and a counter; never the request."""
    before = await refused(door, "forged")
    headers = {
        "X-Slack-Request-Timestamp": str(door.now),
        "X-Slack-Signature": signature(b"hush", str(door.now), "wrong"),
    }
    with capture_logs() as logs:
        for _ in range(3):
            assert await door.send(b"hush", headers) == (401, "")
        contoso.clock.advance(seconds=61)
        assert await door.send(b"hush", headers) == (401, "")
    first, second = [one for one in logs if one["event"] == "requests_refused"]
    assert (first["reason"], first["times"], second["times"]) == ("forged", 1, 3)
    assert "SLACK_SIGNING_SECRET" in first["fix"]
    assert "hush" not in str(logs)
    assert await refused(door, "forged") == before + 4


async def test_an_operator_can_see_that_the_clock_is_wrong(contoso: Town, door: Door) -> None:
    """Everything looks stale then, and the line says so."""
    with capture_logs() as logs:
        await door.signed(command(contoso), at=str(door.now - 301))
    (line,) = [one for one in logs if one["event"] == "requests_refused"]
    assert line["reason"] == "stale"
    assert "clock" in line["fix"]


# Too much


def help_of(town: Town, user: str, turn: int) -> bytes:
    """A person's ``/invoice help``, each one another request."""
    form = {
        "command": "/invoice",
        "text": "help",
        "user_id": user,
        "team_id": town.workspace.team_id,
        "response_url": response_urls.issue(town.workspace, user, FINANCE),
        "trigger_id": f"{turn}.1.2",
    }
    return urlencode(form).encode()


async def test_a_person_can_click_no_more_than_people_do(contoso: Town, door: Door) -> None:
    """Past the limit they are told once, in one sentence only they see; others go on."""
    contoso.colleague("U0BEN", "ben")
    for turn in range(MOST_CLICKS + 1):
        assert (await door.signed(help_of(contoso, "U0ADA", turn)))[0] == 200
    await door.bot.settle()
    before = await refused(door, "too many")
    for turn in range(MOST_CLICKS + 1, MOST_CLICKS + 6):
        assert await door.signed(help_of(contoso, "U0ADA", turn)) == (200, "")
    assert await door.signed(help_of(contoso, "U0BEN", 0)) == (200, "")
    await door.bot.settle()
    told = [text for text in replies(contoso) if "too many clicks" in text]
    assert len(told) == 1
    assert "\n" not in told[0]
    assert len(replies(contoso)) == MOST_CLICKS + 1
    assert await refused(door, "too many") == before + 5
    assert len(contoso.workspace.ephemerals["U0BEN"]) == 1


def test_what_was_noted_lately_can_be_forgotten() -> None:
    """Members leave in the order they came, each after its time."""
    now = [0.0]
    recent = Recent(10, now=lambda: now[0])
    assert recent.add("first")
    now[0] = 4.0
    assert recent.add("second")
    assert not recent.add("first")
    now[0] = 10.0
    assert ("first" in recent, "second" in recent) == (False, True)
    assert recent.add("first")


# A slow or absent memory


async def test_nothing_can_begin_while_redis_does_not_say_that_it_is_new(
    contoso: Town, redis_url: str
) -> None:
    """The click is answered at once; after two seconds the person is told, and that is the end."""
    number = contoso.invoice()
    async with redis_line(redis_url) as line:
        bot = await contoso.bot(redis_url=SecretStr(line.url))
        await bot.scan()
        ada = await contoso.person("U0ADA", bot)
        line.stall()
        calls = len(contoso.traffic.exchanges)
        receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        assert receipt.seconds < 0.5
        await until(lambda: ada.replies)
        assert "memory does not answer" in replies(contoso)[-1]
        line.flow()
        await bot.settle()
        made = [one for one in list(contoso.traffic.exchanges)[calls:] if one.server != "bot"]
        assert [one.server for one in made] == ["slack"]  # the one answer
        assert ada.modals() == []


async def test_an_old_request_can_be_answered_while_redis_is_slow(
    contoso: Town, redis_url: str
) -> None:
    """What could be a replay waits for the memory, but never longer than a moment."""
    async with redis_line(redis_url) as line, aiohttp.ClientSession() as session:
        bot = await contoso.bot(redis_url=SecretStr(line.url))
        door = Door(contoso, bot, session)
        line.stall()
        began = asyncio.get_running_loop().time()
        assert await door.signed(command(contoso), at=str(door.now - 60)) == (200, "")
        assert asyncio.get_running_loop().time() - began < 1
        line.flow()
        await bot.settle()
        assert len(replies(contoso)) == 1


async def test_nobody_can_hold_the_door_open() -> None:
    """A body that does not come is waited for only so long."""

    async def receive() -> Any:
        await asyncio.Event().wait()

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", FORM.encode())]}
    assert await read_body(Request(scope, receive), within=0.01) is TurnedAway.TOO_SLOW


@pytest.mark.parametrize("length", ["1048577", "9" * 5000, "-1", "\xb2", "1e3", ""])
async def test_nobody_can_lie_about_the_length(length: str) -> None:
    """What is too long, or no length at all, is refused unread."""

    async def receive() -> Any:
        raise AssertionError("it was read")

    headers = [(b"content-length", length.encode("latin-1"))]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    assert await read_body(request) is TurnedAway.TOO_LARGE
