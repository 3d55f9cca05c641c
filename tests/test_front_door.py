"""The front door: only Slack gets in, nothing gets an error out of it, and answers come first."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.guard import MOST_BYTES, Guard
from sandbox.slack import response_urls, text_of
from tests.redis_line import redis_line
from tests.town import FINANCE, SECRET, Bot, Town, told
from tests.waiting import until

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NOW = 1_790_000_000


def signature(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    """Slack's signature, whatever the timestamp is."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@dataclass
class Door:
    """The bot's door, with somebody in front of it who can sign."""

    town: Town
    bot: Bot
    session: aiohttp.ClientSession

    @property
    def now(self) -> int:
        """The bot's time, epoch seconds."""
        return int(self.town.clock.seconds())

    async def send(
        self, body: bytes | AsyncIterator[bytes], headers: dict[str, str]
    ) -> tuple[int, str]:
        """Post this with these headers; status and text of the answer."""
        headers = {"Content-Type": FORM} | headers
        async with self.session.post(self.bot.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text(errors="replace")

    async def signed(self, body: bytes, kind: str = FORM, *, at: str = "") -> tuple[int, str]:
        """Post this, properly signed; ``at`` is another timestamp than the present one."""
        stamp = at or str(self.now)
        return await self.send(
            body,
            {
                "Content-Type": kind,
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": signature(body, stamp),
            },
        )

    async def interact(self, payload: object) -> tuple[int, str]:
        """Post a signed interaction."""
        return await self.signed(urlencode({"payload": json.dumps(payload)}).encode())


@pytest.fixture
async def door(contoso: Town) -> AsyncIterator[Door]:
    """Contoso's bot and its door."""
    bot = await contoso.bot()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield Door(contoso, bot, session)


def command(town: Town, text: str = "help", name: str = "/invoice") -> bytes:
    """Ada's slash command."""
    return urlencode(
        {
            "command": name,
            "text": text,
            "user_id": "U0ADA",
            "team_id": town.workspace.team_id,
            "response_url": response_urls.issue(town.workspace, "U0ADA", FINANCE),
        }
    ).encode()


def replies(town: Town) -> list[str]:
    """What Ada was told."""
    return [text_of(message) for message in town.workspace.ephemerals.get("U0ADA", [])]


# Who gets in


async def test_slack_can_verify_the_address(contoso: Town, door: Door) -> None:
    """The challenge comes back when the request URL is entered in Slack."""
    ada = await contoso.person("U0ADA", door.bot)
    receipt = await ada.verify_url()
    assert (receipt.status, receipt.trouble) == (200, "")


@pytest.mark.parametrize("seconds", [0, -299, 299])
async def test_slack_can_send_what_it_signed_lately(
    contoso: Town, door: Door, seconds: int
) -> None:
    """Clocks may differ by up to five minutes."""
    assert await door.signed(command(contoso), at=str(door.now + seconds)) == (200, "")
    await door.bot.settle()
    assert len(replies(contoso)) == 1


STAMPS: dict[str, Callable[[int], str]] = {
    "old": lambda now: str(now - 301),
    "future": lambda now: str(now + 301),
    "zero": lambda _: "0",
    "negative": lambda now: f"-{now}",
    "signed": lambda now: f"+{now}",
    "fraction": lambda now: f"{now}.0",
    "underscore": lambda now: f"{now // 1000}_{now % 1000:03}",
    "words": lambda _: "just now",
    "huge": lambda _: "9" * 4000,
    "exponent": lambda _: "1e9",
    "other digits": lambda now: "".join(chr(0x660 + int(digit)) for digit in str(now)),
    "infinity": lambda _: "inf",
}


@pytest.mark.parametrize("stamp", STAMPS)
async def test_nobody_can_replay_or_invent_a_time(contoso: Town, door: Door, stamp: str) -> None:
    """Even with the right signature over it, a time that is not now is refused."""
    assert await door.signed(command(contoso), at=STAMPS[stamp](door.now)) == (401, "")
    await door.bot.settle()
    assert replies(contoso) == []


async def test_nobody_can_get_in_without_the_right_signature(contoso: Town, door: Door) -> None:
    """Unsigned, half signed, signed by another app or changed on the way: refused, nothing done."""
    body, stamp = command(contoso), str(door.now)
    right = signature(body, stamp)
    named = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    for headers in (
        {},
        {named[0]: stamp},
        {named[1]: right},
        {named[0]: stamp, named[1]: ""},
        {named[0]: stamp, named[1]: "v0="},
        {named[0]: stamp, named[1]: right.upper()},
        {named[0]: stamp, named[1]: right.removeprefix("v0=")},
        {named[0]: stamp, named[1]: right.replace("v0=", "v1=")},
        {named[0]: stamp, named[1]: right + "0"},
        {named[0]: stamp, named[1]: "v0=ünïcödé"},
        {named[0]: stamp, named[1]: signature(body, stamp, "another app's secret")},
        {named[0]: stamp, named[1]: signature(body + b"&text=all", stamp)},
        {named[0]: str(int(stamp) + 1), named[1]: right},
    ):
        assert await door.send(body, headers) == (401, ""), headers
    await door.bot.settle()
    assert replies(contoso) == []


async def test_nobody_can_send_too_much(door: Door) -> None:
    """Over 1 MiB is refused, unread where its length is told, and as soon as it is read where not."""
    host, port = door.bot.url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    length = MOST_BYTES + 1
    writer.write(
        f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    async def pieces(number: int) -> AsyncIterator[bytes]:
        for _ in range(number):
            yield b"x" * (MOST_BYTES // 4)

    assert (await door.send(pieces(5), {}))[0] == 413
    assert (await door.send(pieces(4), {}))[0] == 401  # small enough to look at its signature
    assert (await door.signed(b"x" * MOST_BYTES))[0] not in (401, 413)


async def test_nobody_can_find_another_door(door: Door) -> None:
    """One path, one method; everything else does not exist."""
    base = door.bot.url.removesuffix("/slack/events")
    wanted = {
        ("GET", "/slack/events"): 405,
        ("PUT", "/slack/events"): 405,
        ("POST", "/"): 404,
        ("POST", "/slack/events/"): 404,
        ("POST", "/slack/install"): 404,
        ("GET", "/.env"): 404,
        ("POST", "/healthz"): 405,
    }
    for (method, path), status in wanted.items():
        async with door.session.request(method, base + path, allow_redirects=False) as answer:
            assert answer.status == status, path


# What gets in


DEEP = 100_000
STRANGE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "nothing as JSON": (b"", JSON),
    "no JSON": (b"{", JSON),
    "no UTF-8": (b"\xff\xfe\x00payload=\xff", JSON),
    "no UTF-8 in a form": (b"payload=%ff%fe", FORM),
    "an array": (b"[1, 2]", JSON),
    "a number": (b"7", JSON),
    "null": (b"null", JSON),
    "deep": (b"[" * DEEP, JSON),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, JSON),
    "an endless number": (b'{"type":' + b"9" * 10_000 + b"}", JSON),
    "half a pair": (b'{"type":"\\ud800"}', JSON),
    "an empty payload": (b"payload=", FORM),
    "a payload of an empty object": (b"payload={}", FORM),
    "a payload that is no JSON": (b"payload=%7B", FORM),
    "a payload that is an array": (b"payload=%5B%5D", FORM),
    "a payload that is null": (b"payload=null", FORM),
    "a deep payload": (b"payload=" + b"[" * DEEP, FORM),
    "two payloads": (b"payload={}&payload={}", FORM),
    "a form of nothing": (b"&&&===&", FORM),
    "a command of nobody": (b"command=/invoice", FORM),
    "a challenge without one": (b'{"type":"url_verification"}', JSON),
    "another kind": (b"hello", "text/plain"),
    "many parts": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "no kind": (b"payload={}", ""),
    "an action without actions": (b'payload={"type":"block_actions","user":{"id":"U0ADA"}}', FORM),
    "an action of nobody": (
        b'payload={"type":"block_actions","actions":[{"action_id":"pay.open"}]}', FORM,
    ),
    "actions that are none": (b'payload={"type":"block_actions","actions":"pay.open"}', FORM),
    "a submission without a view": (b'payload={"type":"view_submission"}', FORM),
    "a view that is none": (b'payload={"type":"view_submission","view":7}', FORM),
    "an event of nothing": (b'{"type":"event_callback"}', JSON),
    "an event that is none": (b'{"type":"event_callback","event":[]}', JSON),
    "a type nobody knows": (b'payload={"type":"something_new"}', FORM),
    "half a pair as a type": (b'payload={"type":"\\ud800"}', FORM),
    "a type that is none": (b'payload={"type":{"a":1},"user":[]}', FORM),
}  # fmt: skip


async def test_nobody_can_upset_the_bot_with_a_signed_body(door: Door) -> None:
    """Whatever is in it, the answer is no server error, and tells nothing of the inside."""
    for name, (body, kind) in STRANGE.items():
        status, text = await door.signed(body, kind)
        assert status < 500, name
        assert len(text) < 300, name
        assert "Traceback" not in text, name
        assert ".py" not in text, name
    base = door.bot.url.removesuffix("/slack/events")
    async with door.session.get(f"{base}/metrics") as answer:
        metrics = await answer.text()
        assert answer.status == 200
    assert "something_new" not in metrics  # whoever can name a metric can fill the memory


def unknown(team: str) -> dict[str, dict[str, Any]]:
    """Interactions no listener knows."""
    user = {"id": "U0ADA", "team_id": team}
    view = {"id": "V1", "type": "modal", "callback_id": "no.such", "private_metadata": ""}
    state = {"trigger_id": "1.2.3", "user": user, "team": {"id": team}}
    action = {"action_id": "no.such", "block_id": "b", "type": "button", "value": "x"}
    return {
        "action": state | {"type": "block_actions", "actions": [action]},
        "options": state | {"type": "block_suggestion", "action_id": "no.such", "value": "x"},
        "submission": state | {"type": "view_submission", "view": view},
        "closed view": state | {"type": "view_closed", "view": view},
        "shortcut": state | {"type": "shortcut", "callback_id": "no.such"},
        "message shortcut": state | {"type": "message_action", "callback_id": "no.such"},
        "attachment": state
        | {"type": "interactive_message", "callback_id": "x", "actions": [action]},
        "dialog": state | {"type": "dialog_submission", "callback_id": "x", "submission": {}},
        "something new": state | {"type": "something_new"},
    }


async def test_nobody_can_get_a_slack_error_for_a_click(contoso: Town, door: Door) -> None:
    """What no listener knows is answered all the same, since Slack shows anything else as an error."""
    for name, payload in unknown(contoso.workspace.team_id).items():
        assert (await door.interact(payload))[0] == 200, name
    event = {"type": "event_callback", "event": {"type": "reaction_added", "user": "U0ADA"}}
    assert (await door.signed(json.dumps(event).encode(), JSON))[0] == 200


async def test_a_colleague_can_learn_that_a_command_is_unknown(contoso: Town, door: Door) -> None:
    """A command that was renamed or misspelt in the manifest gets a sentence."""
    ada = await contoso.person("U0ADA", door.bot)
    receipt = await ada.command("/invoicez", "G1")
    assert (receipt.status, receipt.trouble) == (200, "")
    assert "/invoices" in replies(contoso)[-1]


SIGNED = Guard(SECRET)


@given(timestamp=st.text(), mark=st.text(), body=st.binary())
def test_nobody_can_guess_a_way_through_the_guard(timestamp: str, mark: str, body: bytes) -> None:
    """Any other headers over any body are refused, and none upsets the guard."""
    assert not SIGNED.lets_in(timestamp=timestamp, signature=mark, body=body, now=NOW)


@given(late=st.integers(-2_000, 2_000), body=st.binary(), flip=st.integers(0))
def test_only_the_signed_bytes_of_the_last_minutes_get_through(
    late: int, body: bytes, flip: int
) -> None:
    """The right signature opens for five minutes, and for exactly these bytes."""
    stamp = str(NOW - late)
    mark = signature(body, stamp)
    lets_in = SIGNED.lets_in(timestamp=stamp, signature=mark, body=body, now=NOW)
    assert lets_in is (abs(late) <= 300)
    changed = bytearray(body + b"\0")
    changed[flip % len(changed)] ^= 1
    assert not SIGNED.lets_in(timestamp=stamp, signature=mark, body=bytes(changed), now=NOW)
    assert not Guard("").lets_in(timestamp=stamp, signature=mark, body=body, now=NOW)


WORD = st.sampled_from(
    ["type", "user", "id", "team", "actions", "action_id", "view", "callback_id", "event", "x"]
) | st.sampled_from(["block_actions", "pay.open", "view_submission", "pay.confirm", "value"])
LEAF = WORD | st.none() | st.booleans() | st.integers() | st.text(max_size=8)
TREE = st.recursive(
    LEAF,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(WORD, part, max_size=5),
    max_leaves=12,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    body=st.binary(max_size=200)
    | TREE.map(lambda tree: json.dumps(tree).encode())
    | TREE.map(lambda tree: urlencode({"payload": json.dumps(tree)}).encode())
    | st.dictionaries(WORD | st.just("command"), LEAF).map(lambda form: urlencode(form).encode()),
    kind=st.sampled_from([FORM, JSON, "text/plain"]),
)
async def test_nobody_can_find_a_signed_body_that_upsets_the_bot(
    door: Door, body: bytes, kind: str
) -> None:
    """Whatever comes in signed, the answer is no server error."""
    status, text = await door.signed(body, kind)
    assert status < 500
    assert "Traceback" not in text


# Answers come first


async def test_a_click_can_be_acknowledged_before_azure_answers(contoso: Town, door: Door) -> None:
    """Slack waits three seconds at most; Azure may take longer."""
    number = contoso.invoice()
    await door.bot.scan()
    contoso.fault(f"GET */{number}", "delay", seconds=1.5)
    ada = await contoso.person("U0ADA", door.bot)
    before = contoso.traffic.count(number)
    receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    assert (receipt.status, receipt.trouble) == (200, "")
    assert contoso.traffic.count(number) == before
    assert receipt.seconds < 1
    await door.bot.settle()
    assert contoso.traffic.count(number) > before


async def test_work_can_only_begin_when_the_answer_is_out(contoso: Town, door: Door) -> None:
    """While the answer is still on its way to Slack, nothing is done that could slow it down."""
    app, body, stamp = door.bot.house.web(), command(contoso, contoso.invoice()), str(door.now)
    headers = {
        "content-type": FORM,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature(body, stamp),
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/slack/events",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sending, taken = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sending.set()
            await taken.wait()

    before = len(contoso.traffic.exchanges)
    serving = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait_for(sending.wait(), 5)
    await door.bot.settle()  # waits for whatever had begun
    assert (len(contoso.traffic.exchanges), replies(contoso)) == (before, [])
    taken.set()
    await serving
    await door.bot.settle()
    assert "12,340.00" in replies(contoso)[-1]


async def test_a_click_can_be_acknowledged_while_redis_stalls(
    contoso: Town, redis_url: str
) -> None:
    """The bot's memory may be slow; the click is answered, and done when it flows again."""
    number = contoso.invoice()
    async with redis_line(redis_url) as line:
        bot = await contoso.bot(redis_url=SecretStr(line.url))
        await bot.scan()
        ada = await contoso.person("U0ADA", bot)
        line.stall()
        receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        assert receipt.seconds < 1
        line.flow()
        await told(ada, "4242")
        await bot.settle()


async def test_a_platform_can_see_that_redis_is_gone(contoso: Town, redis_url: str) -> None:
    """Readiness ends and comes back with Redis, health stays; a click is answered and refused."""
    number = contoso.invoice()
    async with redis_line(redis_url) as line, aiohttp.ClientSession() as session:
        bot = await contoso.bot(redis_url=SecretStr(line.url))
        await bot.scan()
        base = bot.url.removesuffix("/slack/events")

        async def status(page: str) -> int:
            async with session.get(base + page) as answer:
                return answer.status

        assert await status("/readyz") == 200
        line.cut()
        assert (await status("/readyz"), await status("/healthz")) == (503, 200)
        ada = await contoso.person("U0ADA", bot)
        receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        await told(ada, "memory")
        line.flow()

        async def is_ready() -> bool:
            return await status("/readyz") == 200

        await until(is_ready)
