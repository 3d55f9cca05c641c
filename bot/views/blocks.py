"""Block Kit building blocks, within Slack's limits whatever they are given.

Limits: Slack's Block Kit reference (header 150, section 3,000, field 2,000, button 75 characters).
"""

from typing import Any

Block = dict[str, Any]


def mark(text: str, most: int = 200) -> str:
    """Foreign text made safe inside mrkdwn: no mention and no link can come from it."""
    printable = "".join(c for c in text if c.isprintable())
    return clip(printable, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, most: int) -> str:
    """At most ``most`` characters, the last one an ellipsis where something was cut off."""
    return text if len(text) <= most else text[: most - 1] + "…"


def plain(text: str, most: int = 2000) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": clip(text, most) or "–", "emoji": False}


def mrkdwn(text: str, most: int = 3000) -> Block:
    """A mrkdwn object in which only what we wrote is a link."""
    return {"type": "mrkdwn", "text": clip(text, most) or "–", "verbatim": True}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text, 150) | {"emoji": True}}


def section(text: str) -> Block:
    """A paragraph."""
    return {"type": "section", "text": mrkdwn(text)}


def fields(pairs: list[tuple[str, str]]) -> Block:
    """Up to ten labelled values; labels and values are mrkdwn."""
    return {
        "type": "section",
        "fields": [mrkdwn(f"*{label}*\n{value}", 2000) for label, value in pairs[:10]],
    }


def section_beside(text: str, element: Block) -> Block:
    """A paragraph with a button or the like at its side."""
    return section(text) | {"accessory": element}


def titled_fields(title: str, pairs: list[tuple[str, str]]) -> Block:
    """A paragraph above labelled values."""
    return section(title) | fields(pairs)


def divider() -> Block:
    """A line between parts."""
    return {"type": "divider"}


def context(text: str) -> Block:
    """A small line."""
    return {"type": "context", "elements": [mrkdwn(text, 2000)]}


def actions(*elements: Block | None) -> list[Block]:
    """A row of buttons, or nothing where none is left."""
    present = [element for element in elements if element]
    return [{"type": "actions", "elements": present}] if present else []


def button(
    text: str, action: str, *, value: str = "", url: str = "", style: str = "", label: str = ""
) -> Block:
    """A button; ``label`` is what a screen reader says in place of its text."""
    made: Block = {"type": "button", "text": plain(text, 75), "action_id": action}
    extras = {
        "value": clip(value, 2000),
        "url": url if len(url) <= 3000 else "",  # noqa: PLR2004  # Slack's limit
        "style": style,
        "accessibility_label": clip(label, 75),
    }
    return made | {key: extra for key, extra in extras.items() if extra}


def choice(action: str, options: list[tuple[str, str]], chosen: str, *, label: str) -> Block:
    """A menu of (text, value) options, 100 at most, that shows the one whose value is ``chosen``."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options[:100]]
    initial = next((one for one in made if one["value"] == chosen), made[0])
    return {
        "type": "static_select",
        "action_id": action,
        "options": made,
        "initial_option": initial,
        "placeholder": plain(label, 150),
    }


def menu(action: str, options: list[tuple[str, str]]) -> Block:
    """An overflow menu of (text, value) options, five at most."""
    return {
        "type": "overflow",
        "action_id": action,
        "options": [{"text": plain(text, 75), "value": value} for text, value in options[:5]],
    }


def table(rows: list[list[str]], right: set[int]) -> Block:
    """A table, its first row the heading; columns in ``right`` are aligned to the right."""
    return {
        "type": "table",
        "column_settings": [
            {"align": "right" if i in right else "left", "is_wrapped": True}
            for i in range(len(rows[0]))
        ],
        "rows": [
            [{"type": "raw_text", "text": clip(cell, 200) or "–"} for cell in row] for row in rows
        ],
    }


def modal(
    title: str,
    blocks: list[Block],
    *,
    callback: str,
    close: str,
    submit: str = "",
    private: str = "",
    notify: bool = False,
) -> Block:
    """A modal view; ``private`` travels with it unseen, ``notify`` reports its closing."""
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "close": plain(close, 24),
        "blocks": blocks,
        "notify_on_close": notify,
    }
    if submit:
        view["submit"] = plain(submit, 24)
    if private:
        view["private_metadata"] = private
    return view
