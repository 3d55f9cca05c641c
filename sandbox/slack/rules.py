"""What Slack refuses in the blocks of a message and in a view: pure functions, no state.

After the Slack documentation pages "Blocks", "Markdown block", "Table block" and "View objects".
"""

import json

from slack_sdk.models.views import View as ViewModel

from sandbox.slack.block_rules import block_complaints
from sandbox.slack.records import Json
from sandbox.slack.shape_rules import complaint, model_complaints, text_complaints

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MARKDOWN_MOST = 12_000
MESSAGE_SIZE_MOST = 13_200
VIEW_BYTES_MOST = 250 * 1024
_VIEW_FIELDS = {
    "type",
    "title",
    "blocks",
    "close",
    "submit",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
    "external_id",
    "submit_disabled",
}


def message_complaints(blocks: object) -> list[str]:
    """What is wrong with the ``blocks`` of a message; empty where they may be posted."""
    return _layout_complaints(blocks, "message", MESSAGE_BLOCKS, "/blocks")


def view_complaints(view: object, surface: str) -> list[str]:
    """What is wrong with a view.

    Args:
        view: of any shape.
        surface: ``modal`` or ``home``, whichever the method is for.
    """
    if not isinstance(view, dict):
        return [complaint("must be an object", "/view")]
    if view.get("type") != surface:
        return [complaint(f"unsupported type: {view.get('type')}", "/view/type")]
    found = [
        complaint(f"invalid additional property: {name}", "/view")
        for name in sorted(set(view) - _VIEW_FIELDS)
    ]
    found += _frame_complaints(view)
    found += _layout_complaints(view.get("blocks"), surface, VIEW_BLOCKS, "/view/blocks")
    return found or model_complaints(_parse_view, view, "/view")


def message_size(blocks: list[Json]) -> int:
    """The characters of all blocks together, as JSON; Slack's own count is not published."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def view_too_large(view: object) -> bool:
    """Whether the view is over Slack's 250 KB."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES_MOST


def _layout_complaints(blocks: object, surface: str, most: int, where: str) -> list[str]:
    if not isinstance(blocks, list):
        return [complaint("must be an array", where)]
    if len(blocks) > most:
        return [complaint(f"no more than {most} items allowed", where)]
    found = [
        one
        for at, block in enumerate(blocks)
        for one in block_complaints(block, surface, f"{where}/{at}")
    ]
    return found or [*_same_ids(blocks, where), *_totals(blocks, where)]


def _same_ids(blocks: list[Json], where: str) -> list[str]:
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    doubles = sorted({name for name in ids if ids.count(name) > 1})
    return [complaint(f"`block_id` {name} already exists", where) for name in doubles]


def _totals(blocks: list[Json], where: str) -> list[str]:
    found = []
    if sum(1 for block in blocks if block["type"] == "table") > 1:
        found.append(complaint("only_one_table_allowed", where))
    written = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if written > MARKDOWN_MOST:
        found.append(complaint(f"markdown must be less than {MARKDOWN_MOST + 1} characters", where))
    return found


def _frame_complaints(view: Json) -> list[str]:
    found: list[str] = []
    if view["type"] == "modal":
        found += text_complaints(view.get("title"), "/view/title", plain=True, most=24)
        for name in ("submit", "close"):
            if name in view:
                found += text_complaints(view[name], f"/view/{name}", plain=True, most=24)
        blocks = view.get("blocks")
        listed = blocks if isinstance(blocks, list) else []
        asks = any(isinstance(one, dict) and one.get("type") == "input" for one in listed)
        if asks and "submit" not in view:
            found.append(complaint("missing required field: submit", "/view"))
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        value = view.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            found.append(complaint(f"must be less than {most + 1} characters", f"/view/{name}"))
    return found


def _parse_view(view: Json) -> ViewModel:
    # Slack knows `submit_disabled`; the model does not.
    return ViewModel(**{name: value for name, value in view.items() if name != "submit_disabled"})
