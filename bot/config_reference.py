"""The configuration reference, written from the settings themselves.

``python -m bot.config_reference`` prints ``docs/configuration.md``.
"""

import re
import sys
from typing import Any

from pydantic.fields import FieldInfo

from bot.config import Settings

_HEAD = """# Configuration

<!-- Written by `make docs` from the settings themselves; do not edit. -->

The bot is configured by variables of the environment, or by lines in a file `.env` in the folder it is
started in; the environment wins. Wrong or missing values are all reported at once, each with its fix.
Sign-in to Azure has variables of its own, which Azure's library reads: see [Setting up](administrator.md).

| Variable | Set it to | Default |
|---|---|---|
"""


def reference() -> str:
    """The page, as Markdown."""
    rows = [_row(name, field) for name, field in sorted(Settings.model_fields.items())]
    return _HEAD + "\n".join(rows) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    description = re.sub(r"([|])", r"\\\1", field.description or "")
    return f"| `{name.upper()}` | {description} | {_default(field)} |"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None and field.annotation is not None:
        made = field.get_default(call_default_factory=True, validated_data={})
        return "the platform's folder for data" if "Path" in str(type(made)) else _shown(made)
    if field.is_required():
        return "**required**"
    return _shown(field.default)


def _shown(value: Any) -> str:  # noqa: ANN401  # whatever a setting may be
    if (
        value is None
        or value == ""
        or (isinstance(value, list | dict | tuple | frozenset) and not value)
    ):
        return "none"
    if isinstance(value, dict):
        inside = ", ".join(f'"{key}": {each}' for key, each in value.items())
        return f"`{{{inside}}}`"
    if isinstance(value, frozenset | set | tuple | list):
        listed = sorted(map(str, value)) if isinstance(value, frozenset | set) else map(str, value)
        return f"`{','.join(listed)}`"
    return f"`{int(value) if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
