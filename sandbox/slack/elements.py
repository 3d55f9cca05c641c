"""The interactive elements in blocks, and what people choose or type in them.

After the Slack documentation pages "Block elements" and "View state": which field of a payload
carries the choice depends on the element's type.
"""

from collections.abc import Iterator, Sequence

from sandbox.slack.records import Json

_CHOICE_FIELD = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
}
Choice = str | Json | Sequence[str | Json] | None
State = dict[str, Json]


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every (block, element) with an action id, in reading order."""
    for block in blocks:
        held = [
            block.get("accessory"),
            block.get("element"),
            *block.get("elements", []),
            *block.get("actions", []),
        ]
        for element in held:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element
        inner = "elements" if block["type"] == "carousel" else "child_blocks"
        yield from interactive(block.get(inner, []))


def find(blocks: list[Json], action_id: str) -> tuple[Json, Json]:
    """The (block, element) with this action id; LookupError where there is none."""
    for block, element in interactive(blocks):
        if element["action_id"] == action_id:
            return block, element
    there = [element["action_id"] for _, element in interactive(blocks)]
    raise LookupError(f"no {action_id!r} to press here; there is {there}")


def chosen(element: Json, choice: Choice) -> Json:
    """What a payload says of ``choice`` made in ``element``: the field the type calls for.

    Args:
        element: a button, menu, picker or input.
        choice: an option's value, a user or channel id, a date, a text, or several of them. For
            an external menu the option itself, as it was suggested.

    Raises:
        LookupError: no option has that value.
    """
    kind = element["type"]
    if kind == "overflow":
        return {"selected_option": _option(element, choice)}
    field = _CHOICE_FIELD.get(kind)
    if field is None:
        return {"value": element["value"]} if "value" in element else {}
    if not field.endswith("s"):
        picked = _option(element, choice) if field == "selected_option" and choice else choice
        return {field: picked}
    many = [choice] if isinstance(choice, str | dict) else list(choice or [])
    if field == "selected_options":
        return {field: [_option(element, one) for one in many]}
    return {field: many}


def initial_state(blocks: list[Json], kept: State | None = None) -> State:
    """``state.values`` of freshly drawn blocks.

    Args:
        blocks: as Slack keeps them, every block and element with its id.
        kept: an earlier state; what was filled in survives where both ids are still there.
    """
    state: State = {}
    for block, element in interactive(blocks):
        field = _CHOICE_FIELD.get(element["type"])
        if field is None:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        before = (kept or {}).get(block_id, {}).get(action_id, {})
        first = {"type": element["type"], field: _initial(element, field)}
        filled = before if before.get("type") == element["type"] else first
        state.setdefault(block_id, {})[action_id] = filled
    return state


def with_choice(state: State, block: Json, element: Json, choice: Choice) -> State:
    """``state`` after somebody made ``choice``; unchanged for buttons, which hold nothing."""
    if element["type"] not in _CHOICE_FIELD:
        return state
    block_id = block["block_id"]
    filled = {"type": element["type"], **chosen(element, choice)}
    return {**state, block_id: {**state.get(block_id, {}), element["action_id"]: filled}}


def unsendable(block: Json, filled: Json) -> str | None:
    """Why Slack's own form check would not let an input through, or None."""
    element, value = block["element"], filled.get(_CHOICE_FIELD[filled["type"]])
    if value in (None, "", []):
        return None if block.get("optional") else "please fill in this required field"
    if filled["type"] == "number_input":
        low, high = element.get("min_value"), element.get("max_value")
        small = low is not None and float(value) < float(low)
        large = high is not None and float(value) > float(high)
        return "the number is out of range" if small or large else None
    if filled["type"] == "plain_text_input" and not (
        element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000)
    ):
        return "the text is too short or too long"
    return None


def _initial(element: Json, field: str) -> object:
    name = field.replace("selected", "initial") if field != "value" else "initial_value"
    return element.get(name, [] if field.endswith("s") else None)


def _option(element: Json, choice: object) -> Json:
    if isinstance(choice, dict):
        return choice
    groups = [element, *element.get("option_groups", [])]
    options = [option for group in groups for option in group.get("options", [])]
    for option in options:
        if option.get("value") == choice:
            return dict(option)
    raise LookupError(f"no option {choice!r} here; there is {[o.get('value') for o in options]}")
