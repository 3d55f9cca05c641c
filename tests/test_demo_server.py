"""The demo's page server, with the real bot behind it."""

import asyncio
import json
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.errors import SetupError
from sandbox.__main__ import settings_in
from sandbox.page.slack_json import COMMANDS
from sandbox.stage import FINANCE, SCOPES
from tests.demo import Demo, Json, Page, end, message, start
from tests.shell import command
from tests.waiting import until

MANIFEST = Path(__file__).parents[1] / "manifest.yml"


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """One demo for all tests of this file."""
    running = start()
    yield running
    end(running, signal.SIGTERM)
    shutil.rmtree(running.folder)


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    """The page of the running demo."""
    async with aiohttp.ClientSession() as session:
        yield Page(session, demo.url)


async def test_a_visitor_can_see_the_whole_company(page: Page) -> None:
    """One snapshot holds people, channels with cards, commands, Azure and the traffic."""
    state = await page.seen("U0ADA", lambda state: _has_cards(state) and state)
    assert set(state) == {
        *("me", "workspace", "people", "channels", "dms", "commands", "modals", "home"),
        *("azure", "faults", "traffic", "languages"),
    }
    assert (state["me"]["name"], state["workspace"]["name"]) == ("Ada Okafor", "Contoso")
    standings = {one["standing"] for one in state["people"]}
    assert standings == {"member", "guest", "stranger", "deactivated"}
    channels = {one["name"]: one for one in state["channels"]}
    assert channels["finance"]["bot"]
    assert channels["finance"]["shared"]
    assert not channels["general"]["bot"]
    assert [one["name"] for one in state["dms"]] == ["Azure Invoice Bot"]
    cards = [one for one in state["azure"]["invoices"] if one["card"]]
    card = message(state, cards[0]["card"]["ts"])
    assert (card["user"], card["name"], card["ephemeral"]) == ("bot", "Azure Invoice Bot", False)
    assert card["blocks"][0]["type"] == "header"
    assert {one["server"] for one in state["traffic"]} >= {"slack", "arm", "identity"}
    methods = [one["methods"] for one in state["azure"]["accounts"][0]["profiles"]]
    assert methods[0][0]["last_four"] == "4242"


def _has_cards(state: Json) -> bool:
    return any(one["card"] for one in state["azure"]["invoices"])


@pytest.mark.parametrize("path", ["/", "/portal"])
async def test_a_visitor_can_open_the_page_and_the_portal(page: Page, path: str) -> None:
    """Both come from this server alone, with every file they name."""
    async with page.session.get(page.url + path) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        html = await answer.text()
    files = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert files
    for file in files:
        async with page.session.get(page.url + file) as answer:
            assert answer.status == 200


async def test_a_guest_can_see_only_what_slack_shows_them(page: Page) -> None:
    """Guests and people of other companies see the shared channel; a stranger has no DM there."""
    for user, direct in (("U0GUS", 1), ("U0HANA", 0)):
        state = await page.state(user)
        assert [one["name"] for one in state["channels"]] == ["finance"]
        assert len(state["dms"]) == direct


async def test_an_owner_can_pay_from_card_to_paid(page: Page) -> None:
    """Press, confirm, pay in the pretend portal, scan: the card loses its buttons."""
    (invoice, *_) = await page.seen("U0ADA", lambda state: _payable(state, "Production"))
    number, ts = invoice["number"], invoice["card"]["ts"]
    await page.press_pay("U0ADA", invoice)
    asking = await page.modal("U0ADA", "pay.confirm")
    assert (asking["title"], asking["submit"], asking["close"]) == (
        "Pay invoice",
        "Confirm",
        "Cancel",
    )
    assert "private_metadata" not in json.dumps(await page.state())
    assert not await page.act("U0ADA", "submit", view_id=asking["id"], values={})
    done = await page.modal("U0ADA", "portal.open")
    assert f"{page.url}/portal?account=" in json.dumps(done)
    assert f"invoice={number}" in json.dumps(done)
    await page.seen("U0JUN", lambda state: "is paying since" in json.dumps(message(state, ts)))

    assert (await page.post("azure", do="pay", number=number, method="VISA4242AAAA"))["ok"]
    assert 0 < (await page.invoice(number))["settling_in"] <= 20
    assert (await page.post("azure", do="settle_now", number=number))["ok"]
    assert (await page.invoice(number))["status"] == "Paid"
    told = await page.post("azure", do="new_overdue")
    scanned = await page.post("scan")
    assert scanned["ok"]
    assert "invoice(s) read" in scanned["message"]
    assert (await page.invoice(told["message"].split()[1]))["card"]
    card = message(await page.state(), ts)
    assert "paid" in card["blocks"][0]["text"]["text"]
    assert not [block for block in card["blocks"] if block["type"] == "actions"]
    presses = [one for one in (await page.state())["traffic"] if one["server"] == "bot"]
    assert {(one["method"], one["path"], one["status"]) for one in presses} == {
        ("POST", "/slack/events", 200)
    }


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("U0DANA", "paying needs owner or contributor"),
        ("U0GUS", "Guests cannot do this"),
        ("U0HANA", "belongs to another one"),
        ("U0IVO", "deactivated"),
    ],
)
async def test_the_wrong_person_cannot_pay(page: Page, user: str, words: str) -> None:
    """A reader, a guest, a stranger and a deactivated account are told no, with the reason."""
    cards = await page.seen("U0ADA", lambda state: _payable(state, "Production"))
    await page.press_pay(user, cards[0])
    refused = await page.modal(user, words)
    assert not refused["submit"]
    assert not await page.act(user, "close", view_id=refused["id"])
    assert not (await page.state(user))["modals"]


def _payable(state: Json, profile: str) -> list[Json]:
    """The invoices of a profile whose cards can be paid."""
    return [
        one
        for one in state["azure"]["invoices"]
        if one["card"]
        and one["profile_name"] == profile
        and "pay.open" in json.dumps(message(state, one["card"]["ts"]))
    ]


async def test_a_person_can_look_an_invoice_up_alone(page: Page) -> None:
    """The answer to a command is for its sender; what Slack would not take is complained of."""
    state = await page.state()
    number = state["azure"]["invoices"][0]["number"]
    where = {"channel": FINANCE}
    assert not await page.act("U0ADA", "command", text=f"/invoice {number}", **where)

    def told(state: Json) -> list[Json]:
        (finance,) = [one for one in state["channels"] if one["id"] == FINANCE]
        return [one for one in finance["messages"] if one["ephemeral"] and number in str(one)]

    await page.seen("U0ADA", told)
    assert not told(await page.state("U0JUN"))
    assert "not a valid command" in await page.act("U0ADA", "command", text="/foo", **where)
    assert "other companies" in await page.act("U0HANA", "command", text="/invoices", **where)
    assert "no longer there" in await page.act(
        "U0ADA", "press", **where, ts="1.0", action_id="pay.open"
    )
    assert "not in this channel" in await page.act(
        "U0GUS", "message", channel="C0GENERAL", text="hi"
    )
    assert not await page.act("U0GUS", "open_home")


async def test_everybody_can_watch_changes_without_reloading(page: Page) -> None:
    """The stream begins with a snapshot and sends another one when somebody says something."""
    live = f"{page.url}/api/live?as=U0JUN"
    async with page.session.get(live) as stream, asyncio.timeout(10):
        assert stream.content_type == "text/event-stream"
        first = await _event(stream)
        assert first["me"]["id"] == "U0JUN"
        parent = first["channels"][0]["messages"][0]
        said = {"channel": FINANCE, "text": "Is 1 < 2 & <!here>?", "thread_ts": parent["ts"]}
        assert not await page.act("U0ADA", "message", **said)
        while (replies := message(await _event(stream), parent["ts"])["replies"]) == 0:
            pass
        assert replies == 1
    messages = (await page.state())["channels"][0]["messages"]
    (reply,) = [one for one in messages if one["thread_ts"] == parent["ts"]]
    assert (reply["user"], reply["text"]) == ("U0ADA", "Is 1 &lt; 2 &amp; &lt;!here&gt;?")


async def _event(stream: aiohttp.ClientResponse) -> Json:
    """The next snapshot in an event stream."""
    while (line := (await stream.content.readuntil(b"\n")).decode()) is not None:
        if line.startswith("data: "):
            return dict(json.loads(line.removeprefix("data: ")))
    raise AssertionError


async def test_an_outside_page_cannot_reach_the_demo(page: Page) -> None:
    """A foreign Host (DNS rebinding) or Origin is refused, and so is an unknown person."""
    address = f"{page.url}/api/state"
    async with page.session.get(address, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 400
    foreign = {"Origin": "https://evil.example"}
    async with page.session.post(f"{page.url}/api/scan", headers=foreign) as answer:
        assert answer.status == 403
    async with page.session.get(address, params={"as": "U0NOBODY"}) as answer:
        assert answer.status == 404
    own = {"Origin": page.url, "Content-Type": "application/json"}
    async with page.session.post(f"{page.url}/api/azure", headers=own, data="[]") as answer:
        assert (await answer.json())["ok"] is False


async def test_a_visitor_can_let_azure_fail_and_recover(page: Page) -> None:
    """While Azure is down a press starts nothing and says so; afterwards all works again."""
    (card, *_) = await page.seen("U0ADA", lambda state: _payable(state, "Europe"))
    assert (await page.post("faults", do="azure_slow"))["ok"]
    assert (await page.post("faults", do="azure_down"))["ok"]
    assert (await page.state())["faults"] == ["azure_down"]
    await page.press_pay("U0CHIYO", card)
    failed = await page.modal("U0CHIYO", "Nothing was started")
    assert (await page.post("faults", do="clear"))["ok"]
    assert (await page.state())["faults"] == []
    assert not await page.act("U0CHIYO", "close", view_id=failed["id"])
    await page.press_pay("U0CHIYO", card)
    asking = await page.modal("U0CHIYO", "pay.confirm")
    assert not await page.act("U0CHIYO", "close", view_id=asking["id"])
    assert not (await page.post("faults", do="flood"))["ok"]


async def test_a_visitor_can_kill_redis_between_click_and_confirm(page: Page) -> None:
    """A press or two later the owner pays all the same; nothing that was kept is lost."""
    (card, *_) = await page.seen("U0ADA", lambda state: _payable(state, "Japan"))
    await page.press_pay("U0ADA", card)
    await page.modal("U0ADA", "pay.confirm")
    assert (await page.post("faults", do="redis_restart"))["ok"]

    async def handed_off() -> bool:
        """Does what a person would: confirm, and where the bot says try again, try again."""
        modals = (await page.state())["modals"]
        if not modals:
            await page.press_pay("U0ADA", card)
        elif modals[-1]["callback_id"] == "pay.confirm":
            await page.act("U0ADA", "submit", view_id=modals[-1]["id"], values={})
        elif "Nothing was started" in json.dumps(modals[-1]):
            await page.act("U0ADA", "close", view_id=modals[-1]["id"])
        return bool(modals) and "portal.open" in json.dumps(modals[-1])

    await until(handed_off, within=15)


async def test_a_visitor_can_rehearse_on_the_demo_by_the_docs(demo: Demo, page: Page) -> None:
    """``doctor --rehearse`` with the demo's settings; a press of its button then says who may pay."""
    file = demo.folder / ".env"
    assert file.stat().st_mode & 0o077 == 0
    ended = await command("doctor", "--rehearse", given={}, env_file=file.read_text())
    findings = ended.out.strip().splitlines()
    assert (ended.code, {line[:4] for line in findings}) == (0, {"ok  "}), ended.shown
    assert "Rehearsal: posted to C0FINANCE" in findings[-1]

    def posted(state: Json) -> str | None:
        (finance,) = [one for one in state["channels"] if one["id"] == FINANCE]
        found = [one["ts"] for one in finance["messages"] if "rehearsal.press" in json.dumps(one)]
        return found[-1] if found else None

    ts = await page.seen("U0DANA", posted)
    assert not await page.act(
        "U0DANA", "press", channel=FINANCE, ts=ts, action_id="rehearsal.press"
    )
    shown = await page.modal("U0DANA", "You may not pay here")
    assert not await page.act("U0DANA", "close", view_id=shown["id"])


def test_a_visitor_cannot_lose_their_own_settings_to_the_demo(tmp_path: Path) -> None:
    """A file that is there already is left alone, and one sentence says so."""
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=real")
    with pytest.raises(SetupError, match="is there already"), settings_in(tmp_path / ".env", {}):
        pass
    assert (tmp_path / ".env").read_text() == "SLACK_BOT_TOKEN=real"


async def test_a_visitor_can_choose_their_language(page: Page) -> None:
    """The Home tab follows it; there is no other language than those the bot speaks."""
    assert not await page.act("U0BRUNO", "speak", locale="fr-FR")
    assert not await page.act("U0BRUNO", "open_home")
    await page.seen(
        "U0BRUNO", lambda state: "Ce qui vous attend" in json.dumps(state, ensure_ascii=False)
    )
    assert await page.act("U0BRUNO", "speak", locale="tlh")


async def test_a_visitor_cannot_start_a_demo_on_a_taken_port(demo: Demo) -> None:
    """A port that was asked for and is taken ends in one sentence."""
    port = demo.url.rpartition(":")[2]
    command = [sys.executable, "-m", "sandbox", "--no-browser", "--port", port]
    ended = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, printed = await ended.communicate()
    assert ended.returncode == 1
    assert printed.decode() == f"The page cannot be served: port {port} is taken.\n"


def test_a_visitor_can_use_the_commands_of_the_manifest() -> None:
    """The page offers the manifest's commands, and the app holds the manifest's scopes."""
    manifest = MANIFEST.read_text()
    names = re.findall(r"- command: (\S+)", manifest)
    hints = [one.strip('"') for one in re.findall(r"usage_hint: (.+)", manifest)]
    described = re.findall(r"^ {6}description: (.+)", manifest, re.MULTILINE)
    offered = [(one["command"], one["hint"], one["description"]) for one in COMMANDS]
    assert offered == list(zip(names, hints, described, strict=True))
    scopes = manifest.partition("bot:")[2].partition("settings:")[0]
    assert set(SCOPES) == set(re.findall(r"^ {6}- (\S+)", scopes, re.MULTILINE))
