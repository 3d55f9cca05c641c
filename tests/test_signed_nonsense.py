"""What gets through the front door: whatever is in it, it ends in no error."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.door import FORM, JSON, Door, front_door, replies
from tests.town import Town

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


@pytest.fixture
async def door(contoso: Town) -> AsyncIterator[Door]:
    """Contoso's bot and its door."""
    async with front_door(contoso) as made:
        yield made


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
