"""Filling in a modal, and what Slack does with the app's answer to a submission.

After the Slack documentation page "Modals": an empty answer closes the view; ``response_action``
may be ``update``, ``push``, ``errors`` or ``clear``. Anything else is trouble, and the view stays.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from sandbox.slack.elements import Choice, interactive, unsendable, with_choice
from sandbox.slack.modals import Modals
from sandbox.slack.records import Json, View
from sandbox.slack.refusal import Refused
from sandbox.slack.signing import Receipt


def filled(view: View, values: Mapping[str, Choice]) -> View:
    """``view`` with ``values`` (action id or block id -> choice) in its state, errors wiped.

    Raises:
        LookupError: no such field or option, or the modal has no submit button.
        ValueError: Slack's form check would not let it through.
    """
    if view.submit is None:
        raise LookupError(f"modal {view.id} has nothing to submit with")
    state, left = view.state, set(values)
    for block, element in interactive(view.blocks):
        for name in {element["action_id"], block["block_id"]} & left:
            state = with_choice(state, block, element, values[name])
            left.discard(name)
    if left:
        raise LookupError(f"modal {view.id} has no field {sorted(left)}")
    for block in view.blocks:
        if block["type"] != "input":
            continue
        value = state[block["block_id"]][block["element"]["action_id"]]
        objection = unsendable(block, value)
        if objection:
            raise ValueError(f"{block['label']['text']}: {objection}")
    return replace(view, state=state, errors={})


def settle(modals: Modals, view: View, receipt: Receipt) -> Receipt:
    """Do with the submitted ``view`` what the app answered; the receipt says if that failed."""
    if receipt.trouble:
        return receipt
    if not receipt.body.strip():
        modals.close(view)
        return receipt
    try:
        answer = json.loads(receipt.body)
        trouble = _follow(modals, view, answer)
    except (ValueError, AttributeError, KeyError, Refused):
        return replace(receipt, trouble="bad_answer")
    return replace(receipt, trouble=trouble)


def _follow(modals: Modals, view: View, answer: Json) -> str:
    """Carry out one ``response_action``; returns the trouble the person sees, or nothing."""
    match answer.get("response_action"):
        case "update":
            modals.update(modals.find(view.id), answer["view"])
        case "push":
            modals.push_onto(view, answer["view"])
        case "clear":
            modals.close(view, whole_stack=True)
        case "errors":
            return _object(modals, view, answer["errors"])
        case None if not answer:
            modals.close(view)
        case _:
            return "bad_answer"
    return ""


def _object(modals: Modals, view: View, errors: Json) -> str:
    """Show the app's notes (block id -> sentence) under the inputs they belong to."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    shown = modals.find(view.id)
    if shown is None or not errors or not set(errors) <= inputs:
        return "bad_answer"
    modals.keep(replace(shown, errors=dict(errors)))
    return "errors"
