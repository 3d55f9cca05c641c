"""How a complaint reads, and the two rules every part of a layout shares.

After the Slack documentation page "Text object" and the answers of the API: a complaint is
``[ERROR] <what> [json-pointer:<where>]``.
"""

from collections.abc import Callable, Mapping

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject

from sandbox.slack.records import Json

TEXT_MOST = 3000


def complaint(what: str, where: str) -> str:
    """One complaint as Slack words it."""
    return f"[ERROR] {what} [json-pointer:{where}]"


def text_complaints(
    text: object, where: str, *, plain: bool = False, most: int = TEXT_MOST
) -> list[str]:
    """What is wrong with a text object.

    Args:
        text: the object, of any shape.
        where: its JSON pointer.
        plain: only ``plain_text`` will do.
        most: the longest text allowed, in characters.
    """
    if not isinstance(text, Mapping):
        return [complaint("must be an object", where)]
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if text.get("type") not in kinds:
        return [complaint(f"must be one of: {', '.join(kinds)}", f"{where}/type")]
    written = text.get("text")
    if not isinstance(written, str) or not written:
        return [complaint("must be more than 0 characters", f"{where}/text")]
    if len(written) > most:
        return [complaint(f"must be less than {most + 1} characters", f"{where}/text")]
    extra = set(text) - {"type", "text", "emoji" if text["type"] == "plain_text" else "verbatim"}
    return [complaint(f"invalid additional property: {name}", where) for name in sorted(extra)]


def model_complaints(
    parse: Callable[[Json], JsonObject | None], shape: Json, where: str
) -> list[str]:
    """What slack_sdk's own model of ``shape`` refuses, unknown properties included."""
    try:
        model = parse(shape)
        if model is None:
            return [complaint(f"unsupported type: {shape.get('type')}", f"{where}/type")]
        model.to_dict()
    except (SlackObjectFormationError, AttributeError, KeyError, TypeError, ValueError) as error:
        return [complaint(str(error), where)]
    extra = sorted(set(shape) - set(model.attributes) - {"type"})
    return [complaint(f"invalid additional property: {name}", where) for name in extra]
