"""What Slack refuses in one block.

After the Slack documentation pages "Blocks" (one page per block) and ``blocks.json`` (surfaces and
compatible elements), on top of what slack_sdk's models check. Newer blocks that slack_sdk has no
model for are refused.
"""

from slack_sdk.models.blocks import Block

from sandbox.slack.element_rules import HOSTS, element_complaints
from sandbox.slack.records import Json
from sandbox.slack.shape_rules import complaint, model_complaints, text_complaints

_ANYWHERE = frozenset({"message", "modal", "home"})
_MESSAGE = frozenset({"message"})
_NOT_MODAL = frozenset({"message", "home"})
_SURFACES = {
    "actions": _ANYWHERE,
    "alert": frozenset({"modal"}),
    "card": _NOT_MODAL,
    "carousel": _NOT_MODAL,
    "container": _MESSAGE,
    "context": _ANYWHERE,
    "context_actions": _MESSAGE,
    "divider": _ANYWHERE,
    "header": _ANYWHERE,
    "image": _ANYWHERE,
    "input": _ANYWHERE,
    "markdown": _MESSAGE,
    "plan": _MESSAGE,
    "rich_text": _ANYWHERE,
    "section": _ANYWHERE,
    "table": _NOT_MODAL,
    "task_card": _MESSAGE,
    "video": _ANYWHERE,
}
_NEVER_EMPTY = {"actions", "context", "context_actions"}
_LISTED = {**dict.fromkeys(_NEVER_EMPTY, "elements"), "card": "actions"}
_TEXTS = {"plain_text", "mrkdwn"}
_PLAIN_TEXTS = {
    "header": {"text": 150},
    "input": {"label": 2000, "hint": 2000},
    "image": {"title": 2000},
}
_FIELD_MOST = 2000
_TABLE_ROWS, _TABLE_COLUMNS = 100, 20


def block_complaints(block: object, surface: str, where: str) -> list[str]:
    """What is wrong with one block.

    Args:
        block: of any shape.
        surface: ``message``, ``modal`` or ``home``; some blocks belong only to some of them.
        where: its JSON pointer.
    """
    if not isinstance(block, dict):
        return [complaint("must be an object", where)]
    kind = block.get("type")
    if surface not in _SURFACES.get(str(kind), ()):
        return [complaint(f"unsupported type: {kind}", f"{where}/type")]
    try:
        found = [
            *_texts(block, where),
            *_elements(block, surface, where),
            *_children(block, surface, where),
            *_table(block, where),
            *_block_id(block, where),
        ]
    except (AttributeError, KeyError, TypeError):  # a list where an object belongs, and the like
        return [complaint("failed to match all allowed schemas", where)]
    return found or model_complaints(Block.parse, block, where)


def _texts(block: Json, where: str) -> list[str]:
    kind = block["type"]
    found: list[str] = []
    for name, most in _PLAIN_TEXTS.get(kind, {}).items():
        needed = name in {"text", "label"}
        if needed or name in block:
            found += text_complaints(block.get(name), f"{where}/{name}", plain=True, most=most)
    if kind in {"section", "alert"} and "text" in block:
        found += text_complaints(block["text"], f"{where}/text")
    if kind == "section":
        for at, text in enumerate(block.get("fields", [])):
            found += text_complaints(text, f"{where}/fields/{at}", most=_FIELD_MOST)
    return found


def _elements(block: Json, surface: str, where: str) -> list[str]:
    kind, name = block["type"], _LISTED.get(block["type"], "")
    if kind in _NEVER_EMPTY and not block.get(name):
        return [complaint("must have at least 1 item", f"{where}/{name}")]
    placed = [(f"{where}/{name}/{at}", one) for at, one in enumerate(block.get(name) or [])]
    placed += [(f"{where}/{one}", block[one]) for one in ("accessory", "element") if one in block]
    found: list[str] = []
    for at, element in placed:
        if kind == "context" and isinstance(element, dict) and element.get("type") in _TEXTS:
            found += text_complaints(element, at)
        elif kind in HOSTS:
            found += element_complaints(element, kind, surface, at)
    return found or _twice(placed, where)


def _twice(placed: list[tuple[str, object]], where: str) -> list[str]:
    """An action id names one element within its block."""
    ids = [one["action_id"] for _, one in placed if isinstance(one, dict) and "action_id" in one]
    doubles = sorted({name for name in ids if ids.count(name) > 1})
    return [
        complaint(f"`action_id` {name} already exists in this block", where) for name in doubles
    ]


def _children(block: Json, surface: str, where: str) -> list[str]:
    name = {"container": "child_blocks", "carousel": "elements"}.get(block["type"])
    inner = block.get(name, []) if name else []
    return [
        one
        for at, child in enumerate(inner)
        for one in block_complaints(child, surface, f"{where}/{name}/{at}")
    ]


def _table(block: Json, where: str) -> list[str]:
    if block["type"] != "table":
        return []
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= _TABLE_ROWS:
        return [complaint(f"must have between 1 and {_TABLE_ROWS} items", f"{where}/rows")]
    return [
        complaint(f"must have between 1 and {_TABLE_COLUMNS} items", f"{where}/rows/{at}")
        for at, row in enumerate(rows)
        if not isinstance(row, list) or not 1 <= len(row) <= _TABLE_COLUMNS
    ]


def _block_id(block: Json, where: str) -> list[str]:
    if isinstance(block.get("block_id", ""), str):
        return []
    return [complaint("must be a string", f"{where}/block_id")]
