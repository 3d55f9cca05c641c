"""Blocks as Slack keeps them: what an app leaves out, Slack fills in.

After the Slack documentation pages "Blocks" (a missing ``block_id`` is generated), "Block elements"
(likewise ``action_id``) and "Text object" (``emoji``, ``verbatim``).
"""

import secrets
from typing import Any

from sandbox.slack.records import Json

_TEXT_DEFAULTS: dict[str, Json] = {"plain_text": {"emoji": True}, "mrkdwn": {"verbatim": False}}
_ELEMENT_HOLDERS = ("accessory", "element", "elements", "actions")
_NO_ACTION = {"image", "plain_text", "mrkdwn"}


def as_kept(blocks: list[Json]) -> list[Json]:
    """A copy of checked ``blocks`` with every id and text default in place."""
    return [_kept_block(block) for block in blocks]


def kept_text(text: Any) -> Any:  # noqa: ANN401  # any JSON
    """A copy of ``text``, or of any JSON around texts, with Slack's text defaults in place."""
    if isinstance(text, list):
        return [kept_text(item) for item in text]
    if not isinstance(text, dict):
        return text
    inner = {key: kept_text(value) for key, value in text.items()}
    return {
        **inner,
        **{
            k: v for k, v in _TEXT_DEFAULTS.get(inner.get("type", ""), {}).items() if k not in inner
        },
    }


def _kept_block(block: Json) -> Json:
    kept = {**kept_text(block), "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    if kept["type"] in {"container", "carousel"}:
        name = "child_blocks" if kept["type"] == "container" else "elements"
        return {**kept, name: as_kept(kept.get(name, []))}
    if kept["type"] == "rich_text":
        return kept
    for name in _ELEMENT_HOLDERS:
        if isinstance(kept.get(name), list):
            kept[name] = [_named(element) for element in kept[name]]
        elif isinstance(kept.get(name), dict):
            kept[name] = _named(kept[name])
    return kept


def _named(element: Json) -> Json:
    if element.get("type") in _NO_ACTION or element.get("action_id"):
        return element
    return {**element, "action_id": secrets.token_urlsafe(4)}
