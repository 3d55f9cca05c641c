"""Any bytes at the door, any words after a command: an answer, never an error, never a way in."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.invoice import invoice_number
from bot.domain.listing import LONGEST_TEXT, Query, query_of
from bot.slack_request import clicker, event_mark, parsed
from handlers.payloads import page_of, refresh_of
from tests.door import FORM, JSON, Door, front_door, replies
from tests.town import Town


@pytest.fixture
async def door(contoso: Town) -> AsyncIterator[Door]:
    """Contoso's bot and its door."""
    async with front_door(contoso) as made:
        yield made


async def raw(door: Door, sent: bytes) -> bytes:
    """What comes back for these very bytes on a connection of their own."""
    host, port = door.bot.url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


BYTES = st.binary(max_size=60)
LENGTH = st.sampled_from(
    [b"0", b"1", b"-1", b"+5", b"1e3", b"9" * 5000, b"\xb2", b"1048577", b"", b"0x10", b"5, 5"]
)
HEADER = st.one_of(
    st.tuples(st.just(b"Content-Length"), LENGTH),
    st.tuples(st.just(b"Transfer-Encoding"), st.sampled_from([b"chunked", b"gzip", b"x" * 99])),
    st.tuples(st.just(b"X-Slack-Signature"), BYTES | st.just(b"v0=" + b"0" * 64)),
    st.tuples(st.just(b"X-Slack-Request-Timestamp"), BYTES | st.just(b"1790000000")),
    st.tuples(st.just(b"Content-Type"), BYTES | st.sampled_from([FORM.encode(), JSON.encode()])),
    st.tuples(st.just(b"X-Slack-Retry-Num"), BYTES),
    st.tuples(BYTES, BYTES),
)
LINE = st.sampled_from(
    [
        b"POST /slack/events HTTP/1.1",
        b"POST /slack/events HTTP/1.0",
        b"GET /slack/events HTTP/1.1",
        b"POST /slack/events?\xff#% HTTP/1.1",
        b"POST //slack/events HTTP/1.1",
        b"POST /slack/../slack/events HTTP/1.1",
        b"POST http://evil.example/slack/events HTTP/1.1",
        b"POST * HTTP/1.1",
    ]
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sent=st.builds(
        lambda line, headers, body: b"\r\n".join(
            [line, b"Host: x", *(b"%b: %b" % header for header in headers), b"", body]
        ),
        LINE,
        st.lists(HEADER, max_size=5),
        st.binary(max_size=200)
        | st.sampled_from([b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"FFFFFFFF\r\n"]),
    )
    | st.binary(max_size=100)
)
async def test_nobody_can_send_bytes_that_upset_the_door(door: Door, sent: bytes) -> None:
    """Whatever comes in: a plain refusal or a closed connection, nothing of the inside, nothing done."""
    answer = await raw(door, sent)
    if answer:
        status = int(answer.split(b" ", 2)[1])
        assert 400 <= status < 500, answer
        assert b"Traceback" not in answer
        assert b".py" not in answer
    assert replies(door.town) == []


# What has been let in


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
TREE = st.recursive(
    LEAF,
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["user", "id", "user_id", "type", "event_id", "payload", "x"]), part
        )
    ),
    max_leaves=8,
)


@given(
    body=st.binary(max_size=200) | TREE.map(lambda tree: json.dumps(tree).encode()),
    kind=st.sampled_from([FORM, JSON, "", "text/plain"]),
)
def test_a_signed_body_can_only_be_read_or_refused(body: bytes, kind: str) -> None:
    """It is a payload, or a ``ValueError``; whose click it is, is an id or nobody's."""
    try:
        payload = parsed(body, kind)
    except ValueError:
        return
    assert isinstance(payload, dict)
    for told in (clicker(payload), event_mark(payload).removeprefix("event-")):
        assert told == "" or (told.isascii() and told.isalnum() and len(told) <= 32)


@given(text=st.text() | st.sampled_from(["overdue ", "all  \u00a0", "DUE\tx", "paid" * 99]))
def test_a_colleague_can_type_anything_after_a_command(text: str) -> None:
    """It is a filter and a text to look for, or a number, or a plain no."""
    query = query_of(text)
    assert isinstance(query, Query)
    assert len(query.text) <= LONGEST_TEXT
    for read in (invoice_number, refresh_of, page_of):
        try:
            made: Any = read(text)
        except ValueError:
            continue
        if isinstance(made, str):
            assert made.replace("-", "").isalnum()
            assert made.isascii()
            assert made == made.upper()


@example(tree=float("inf"))
@example(tree=float("nan"))
@example(tree=["["] * 99)
@given(tree=TREE)
def test_a_pressed_button_can_carry_any_value(tree: object) -> None:
    """A paging button's value is a page, from nought up, or a ``ValueError``."""
    text = json.dumps(tree)
    for value in (text, "[" * 2000, json.dumps({"filter": "all", "text": tree, "page": tree})):
        try:
            query = page_of(value)
        except ValueError:
            continue
        assert query.page >= 0
        assert len(query.text) <= LONGEST_TEXT
