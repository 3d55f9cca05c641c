"""Fields of forms in modals, within Slack's limits (Block Kit reference, "Input block")."""

from datetime import date

from bot.views.blocks import Block, plain

_MOST_RADIOS, _MOST_OPTIONS = 10, 100


def field(
    label: str, element: Block, *, block: str, hint: str = "", optional: bool = False
) -> Block:
    """A labelled field; ``block`` is its block id, under which Slack remembers what was filled in."""
    made: Block = {
        "type": "input",
        "block_id": block,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    return made | ({"hint": plain(hint, 2000)} if hint else {})


def one_of(action: str, options: list[tuple[str, str]], *, placeholder: str) -> Block:
    """One of some (text, value) options: all to be seen, or a menu where there are many.

    Nothing is chosen beforehand unless there is nothing else to choose.
    """
    made = [{"text": plain(text, 75), "value": value} for text, value in options[:_MOST_OPTIONS]]
    only = {"initial_option": made[0]} if len(made) == 1 else {}
    if len(made) <= _MOST_RADIOS:
        return {"type": "radio_buttons", "action_id": action, "options": made, **only}
    menu = {"type": "static_select", "action_id": action, "options": made}
    return menu | {"placeholder": plain(placeholder, 150)}


def day_picker(action: str, initial: date) -> Block:
    """A calendar that begins on a day."""
    return {"type": "datepicker", "action_id": action, "initial_date": initial.isoformat()}


def person_picker(action: str, *, initial: str, placeholder: str) -> Block:
    """A menu of the workspace's people that begins with one of them, or with nobody ("")."""
    made: Block = {"type": "users_select", "action_id": action}
    made["placeholder"] = plain(placeholder, 150)
    return made | ({"initial_user": initial} if initial else {})


def tick(action: str, text: str) -> Block:
    """One box to be ticked; its value is then ``yes``."""
    option = {"text": plain(text, 75), "value": "yes"}
    return {"type": "checkboxes", "action_id": action, "options": [option]}


def text_line(action: str, *, initial: str = "", most: int) -> Block:
    """A line of text, at most so many characters."""
    made: Block = {"type": "plain_text_input", "action_id": action, "max_length": most}
    return made | ({"initial_value": initial[:most]} if initial else {})


def text_area(action: str, *, most: int) -> Block:
    """Some lines of text, at most so many characters."""
    return text_line(action, most=most) | {"multiline": True}
