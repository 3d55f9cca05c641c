"""Small layouts for the tests of the pretend Slack."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def button(action_id: str = "pay.open", **more: Any) -> Json:
    """A Pay now button."""
    return {"type": "button", "action_id": action_id, "text": plain("Pay now"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def options(count: int) -> list[Json]:
    """Options ``v0``, ``v1`` and so on."""
    return [{"text": plain(f"Choice {n}"), "value": f"v{n}"} for n in range(count)]


def menu(kind: str = "static_select", count: int = 2, **more: Any) -> Json:
    """A menu with action id ``menu``."""
    return {"type": kind, "action_id": "menu", "options": options(count), **more}


def section(text: str = "*G123* is due", **more: Any) -> Json:
    """A section with a mrkdwn text."""
    return {"type": "section", "text": mrkdwn(text), **more}


def field_of(element: Json, block_id: str = "reason", **more: Any) -> Json:
    """An input block around ``element``."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("Reason"),
        "element": element,
        **more,
    }


TEXT_FIELD = field_of({"type": "plain_text_input", "action_id": "text", "max_length": 20})


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal to confirm a payment."""
    return {
        "type": "modal",
        "callback_id": "pay.confirm",
        "title": plain("Pay G123?"),
        "submit": plain("Pay"),
        "blocks": list(blocks) or [section()],
        **more,
    }
