"""What Slack refuses in block elements: menus, buttons, inputs, options, confirmations.

After the Slack documentation pages "Block elements", "Option object" and "Confirmation dialog
object", on top of what slack_sdk's models check.
"""

from slack_sdk.models.blocks import BlockElement

from sandbox.slack.records import Json
from sandbox.slack.shape_rules import complaint, model_complaints, text_complaints

_SELECTS = {
    f"{many}{source}_select"
    for many in ("", "multi_")
    for source in ("static", "external", "users", "conversations", "channels")
}
_CHOOSERS = _SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
_INPUTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input"}
HOSTS = {
    "section": _CHOOSERS | {"button", "image", "overflow", "workflow_button"},
    "actions": _CHOOSERS
    | {"button", "overflow", "workflow_button", "datetimepicker", "rich_text_input"},
    "input": _CHOOSERS | _INPUTS | {"datetimepicker", "rich_text_input"},
    "context": {"image"},
    "context_actions": {"feedback_buttons", "icon_button"},
    "card": {"button"},
}
_ONLY_ON = {
    "file_input": {"modal"},
    "email_text_input": {"modal"},
    "number_input": {"modal"},
    "url_text_input": {"modal"},
    "rich_text_input": {"modal", "home"},
    "datetimepicker": {"message", "modal"},
    "workflow_button": {"message"},
}
_MOST_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
_WITH_OPTIONS = {*_MOST_OPTIONS, "static_select", "multi_static_select"}


def element_complaints(element: object, host: str, surface: str, where: str) -> list[str]:
    """What is wrong with one element.

    Args:
        element: of any shape.
        host: the type of the block it is in.
        surface: ``message``, ``modal`` or ``home``.
        where: its JSON pointer.
    """
    if not isinstance(element, dict):
        return [complaint("must be an object", where)]
    kind = element.get("type")
    if kind not in HOSTS[host] or surface not in _ONLY_ON.get(str(kind), {surface}):
        return [complaint(f"unsupported type: {kind}", f"{where}/type")]
    found = [
        *_texts(element, where),
        *_options(element, where),
        *_initial(element, where),
        *_confirm(element.get("confirm"), f"{where}/confirm"),
    ]
    return found or model_complaints(_parse, element, where)


def _parse(element: Json) -> BlockElement | None:
    parsed = BlockElement.parse(element)
    return parsed if isinstance(parsed, BlockElement) else None


def _texts(element: Json, where: str) -> list[str]:
    found: list[str] = []
    if element["type"] in {"button", "workflow_button", "icon_button"}:
        found += text_complaints(element.get("text"), f"{where}/text", plain=True, most=75)
    if "placeholder" in element:
        at = f"{where}/placeholder"
        found += text_complaints(element["placeholder"], at, plain=True, most=150)
    return found


def _options(element: Json, where: str) -> list[str]:
    kind = element["type"]
    if kind not in _WITH_OPTIONS:
        return []
    if kind.endswith("static_select") and "option_groups" in element:
        groups = element["option_groups"]
        return [
            one
            for at, group in enumerate(groups)
            for one in _option_list(element, group, f"{where}/option_groups/{at}")
        ]
    return _option_list(element, element, where)


def _option_list(element: Json, holder: Json, where: str) -> list[str]:
    options, most = holder.get("options"), _MOST_OPTIONS.get(element["type"], 100)
    at = f"{where}/options"
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        return [complaint(f"must have between 1 and {most} items", at)]
    found = [
        one
        for place, option in enumerate(options)
        for one in _option(option, element["type"], f"{at}/{place}")
    ]
    values = [option.get("value") for option in options if isinstance(option, dict)]
    if len(values) != len(set(values)):
        found.append(complaint("option values must be unique", at))
    return found


def _option(option: object, kind: str, where: str) -> list[str]:
    if not isinstance(option, dict):
        return [complaint("must be an object", where)]
    allowed = {"text", "value", "description"} | ({"url"} if kind == "overflow" else set())
    found = [
        complaint(f"invalid additional property: {name}", where)
        for name in sorted(set(option) - allowed)
    ]
    plain = kind not in {"checkboxes", "radio_buttons"}
    found += text_complaints(option.get("text"), f"{where}/text", plain=plain, most=75)
    value = option.get("value")
    if not isinstance(value, str) or not 1 <= len(value) <= 150:  # noqa: PLR2004  # Slack's limit
        found.append(complaint("must be between 1 and 150 characters", f"{where}/value"))
    if "description" in option:
        at = f"{where}/description"
        found += text_complaints(option["description"], at, plain=plain, most=75)
    return found


def _initial(element: Json, where: str) -> list[str]:
    """A menu can only start with what it offers."""
    if element["type"] not in _WITH_OPTIONS:
        return []
    groups = [element, *element.get("option_groups", [])]
    offered = [option for group in groups for option in group.get("options", [])]
    first = [element.get("initial_option"), *element.get("initial_options", [])]
    if any(option is not None and option not in offered for option in first):
        return [complaint("initial option is not among the options", where)]
    return []


def _confirm(confirm: object, where: str) -> list[str]:
    if confirm is None:
        return []
    if not isinstance(confirm, dict):
        return [complaint("must be an object", where)]
    limits = {"title": 100, "confirm": 30, "deny": 30}
    found = text_complaints(confirm.get("text"), f"{where}/text", most=300)
    for name, most in limits.items():
        if name in confirm:
            found += text_complaints(confirm[name], f"{where}/{name}", plain=True, most=most)
    return found
