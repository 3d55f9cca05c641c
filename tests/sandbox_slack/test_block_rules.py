"""What Slack takes and refuses in the blocks of a message."""

from typing import Any

import pytest

from sandbox.slack.rules import message_complaints
from tests.sandbox_slack.layouts import (
    TEXT_FIELD,
    Json,
    actions,
    button,
    field_of,
    menu,
    mrkdwn,
    options,
    plain,
    section,
)

GOOD_BLOCKS: dict[str, list[Json]] = {
    "a full card": [
        {"type": "header", "text": plain("x" * 150)},
        section("x" * 3000, fields=[mrkdwn("x" * 2000)] * 10, accessory=menu("overflow", 5)),
        actions(
            button(value="x" * 2000, style="primary"),
            button("other", confirm={"title": plain("Sure?"), "text": mrkdwn("Really")}),
            menu(initial_option=options(2)[0]),
        ),
        {"type": "context", "elements": [mrkdwn("as of today")]},
        {"type": "divider"},
    ],
    "fifty blocks": [{"type": "divider"}] * 50,
    "one table": [{"type": "table", "rows": [[{"type": "raw_text", "text": "G123"}]]}],
    "markdown to the limit": [{"type": "markdown", "text": "x" * 6000}] * 2,
    "an input in a message": [TEXT_FIELD],
    "rich text": [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "due"}]}
            ],
        }
    ],
    "equal action ids in two blocks": [actions(button()), actions(button())],
}


@pytest.mark.parametrize("blocks", GOOD_BLOCKS.values(), ids=GOOD_BLOCKS)
def test_a_bot_can_show_blocks_within_the_limits(blocks: list[Json]) -> None:
    """What Slack takes is not complained about."""
    assert message_complaints(blocks) == []


BAD_BLOCKS: dict[str, tuple[list[Any], str]] = {
    "no type": ([{}], "/blocks/0/type"),
    "not an object": (["divider"], "must be an object"),
    "unknown type": ([{"type": "blink"}], "unsupported type: blink"),
    "modal-only": ([{"type": "alert", "text": plain("x")}], "unsupported type: alert"),
    "fifty-one": ([{"type": "divider"}] * 51, "no more than 50"),
    "unknown property": ([section(colour="red")], "additional property: colour"),
    "field too long": ([section(fields=[mrkdwn("x" * 2001)])], "/blocks/0/fields/0/text"),
    "eleven fields": ([section(fields=[plain("x")] * 11)], "fields"),
    "section too long": ([section("x" * 3001)], "less than 3001"),
    "empty text": ([section("")], "more than 0"),
    "text of a number": ([{"type": "section", "text": 5}], "must be an object"),
    "fields of a number": ([{"type": "section", "fields": 5}], "failed to match"),
    "nothing in a section": ([{"type": "section"}], "text or fields"),
    "mrkdwn header": ([{"type": "header", "text": mrkdwn("x")}], "plain_text"),
    "header too long": ([{"type": "header", "text": plain("x" * 151)}], "less than 151"),
    "emoji on mrkdwn": ([section() | {"text": mrkdwn("x") | {"emoji": True}}], "emoji"),
    "same action id": ([actions(button(), button())], "`action_id` pay.open already"),
    "same block id": ([actions(button(), block_id="a")] * 2, "`block_id` a already"),
    "no elements": ([actions()], "at least 1"),
    "26 elements": ([actions(*(button(str(n)) for n in range(26)))], "25"),
    "input among buttons": ([actions({"type": "plain_text_input"})], "unsupported type"),
    "button in context": ([{"type": "context", "elements": [button()]}], "unsupported type"),
    "number input in a message": ([field_of({"type": "number_input"})], "unsupported type"),
    "button label too long": ([actions(button(text=plain("x" * 76)))], "less than 76"),
    "button value too long": ([actions(button(value="x" * 2001))], "2000"),
    "button style": ([actions(button(style="loud"))], "style"),
    "action id too long": ([actions(button("x" * 256))], "255"),
    "overflow of six": ([actions(menu("overflow", 6))], "between 1 and 5"),
    "menu of 101": ([actions(menu(count=101))], "between 1 and 100"),
    "empty menu": ([actions(menu(count=0))], "between 1 and 100"),
    "option text": (
        [actions(menu(options=[{"text": plain("x" * 76), "value": "v"}]))],
        "less than 76",
    ),
    "option value": (
        [actions(menu(options=[{"text": plain("x"), "value": "v" * 151}]))],
        "150",
    ),
    "equal options": ([actions(menu(options=options(1) * 2))], "unique"),
    "foreign initial option": (
        [actions(menu(initial_option={"text": plain("x"), "value": "x"}))],
        "initial option",
    ),
    "confirm title": (
        [actions(button(confirm={"title": plain("x" * 101), "text": plain("x")}))],
        "less than 101",
    ),
    "confirm text": ([actions(button(confirm={"text": plain("x" * 301)}))], "less than 301"),
    "confirm button": (
        [actions(button(confirm={"text": plain("x"), "deny": plain("x" * 31)}))],
        "less than 31",
    ),
    "two tables": (GOOD_BLOCKS["one table"] * 2, "only_one_table_allowed"),
    "wide table": (
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}],
        "between 1 and 20",
    ),
    "markdown in all": ([{"type": "markdown", "text": "x" * 6001}] * 2, "less than 12001"),
    "bad child": ([{"type": "carousel", "elements": [{"type": "blink"}]}], "blink"),
}


@pytest.mark.parametrize(("blocks", "why"), BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_a_bot_cannot_show_blocks_beyond_the_limits(blocks: list[Any], why: str) -> None:
    """Each of Slack's limits is complained about, at the right place."""
    complaints = message_complaints(blocks)
    assert complaints
    assert why in complaints[0]
