"""What a person reads on a message, a modal or a Home tab."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.records import Message, View

_WORDS = ("text", "alt_text", "title", "subtitle", "description", "fallback", "name")


def text_of(shown: Message | View) -> str:
    """All words of ``shown``, one text object a line, markup and escapes as they were sent.

    The blocks are read where there are some, else the plain text; the notification text of a
    message with blocks is not on the screen. Of a view also its title, buttons and error notes.
    """
    if isinstance(shown, Message):
        return "\n".join(_words(shown.blocks)) if shown.blocks else shown.text
    frame = [shown.title, shown.blocks, shown.submit, shown.close]
    return "\n".join([*_words(frame), *shown.errors.values()])


def _words(node: Any) -> Iterator[str]:  # noqa: ANN401  # any JSON
    if isinstance(node, list):
        for item in node:
            yield from _words(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key in _WORDS:
                yield value
            elif isinstance(value, dict | list):
                yield from _words(value)
