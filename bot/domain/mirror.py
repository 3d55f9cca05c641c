"""What of an audit entry may be said in the ordinary log as well."""

import re
from collections.abc import Mapping

_TOLD = ("actor", "invoice", "decision", "reason")
_WORD = re.compile(r"[\w.:-]{1,64}", re.ASCII)
"""Ids and words; never what somebody wrote, which may hold a name, an address or an amount."""


def mirror(event: str, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a log line on an entry; its event is in ``happened``."""
    known = {"happened": event, **{name: fields.get(name, "") for name in _TOLD}}
    return {name: value for name, value in known.items() if _WORD.fullmatch(value)}
