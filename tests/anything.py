"""Any value of a type of ours, with the worst texts people and vendors could put into it."""

import dataclasses
import types
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from bot.domain.home import Flight
from bot.domain.money import Money
from bot.domain.payment import IN_FLIGHT
from bot.domain.roles import ROLES, Role

HOSTILE = (
    "<!channel> <!here> <@U0EVIL> <#C0EVIL|x> <!subteam^S0EVIL>",
    "<https://evil.example|Pay here>",
    "https://evil.example/@channel @here",
    "&lt;!channel&gt; &amp;lt;",
    "*_~`>```",
    "<" * 4000,
    "&" * 4000,
    "A" * 10_000,
    "\x00\x1b[31m\u202e\u2028\n\r\t",
    "{invoice} {0} %s {}",
    "",
)
TEXT = st.sampled_from(HOSTILE) | st.text(max_size=40)
PEOPLE = st.from_regex("[UW]0[A-Z0-9]{3,8}", fullmatch=True)
"""Slack user ids come from signed payloads alone."""

_TOKENS = st.from_regex("[A-Za-z0-9_-]{8,40}", fullmatch=True)
_KNOWN: dict[str, st.SearchStrategy[Any]] = (
    {
        "number": st.from_regex("[A-Z][0-9]{6,12}", fullmatch=True),
        "invoice": st.from_regex("[A-Z][0-9]{6,12}", fullmatch=True),
        "replaced_by": st.just("") | st.from_regex("[A-Z][0-9]{6,12}", fullmatch=True),
        "currency": st.just("EUR"),
        "what": st.sampled_from(["amount", "status", "methods", "choice"]),
        "profiles": st.from_regex("[A-Z0-9]{4}-[A-Z0-9]{4}", fullmatch=True),
        "url": st.just("https://portal.example/x"),
        "reference": st.from_regex("[0-9a-f]{8}", fullmatch=True),
        "private": _TOKENS,
    }
    | dict.fromkeys(("token", "id", "operation"), _TOKENS)
    | dict.fromkeys(("payer", "user", "approver", "earlier_payer", "payers"), PEOPLE)
    | dict.fromkeys(("by", "former", "chosen", "shown"), PEOPLE)
    | {"link": st.just("https://portal.example/archives/x"), "step": _TOKENS}
)
_MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda s: datetime.fromtimestamp(s, UTC))
_AMOUNTS = st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-1000, 1000),
    float: st.floats(0, 1e9),
    Decimal: _AMOUNTS,
    datetime: _MOMENTS,
    date: st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    type(None): st.none(),
    Role: st.sampled_from(list(ROLES.values())),
    Money: st.builds(Money, _AMOUNTS, _KNOWN["currency"]),
}


@cache
def anything(kind: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Any value of ``kind``; ``name`` is the field it is for, since ids are no free texts."""
    if kind is str:
        return _KNOWN.get(name, TEXT)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is Flight:
        return st.deferred(lambda: _record(kind).map(_flying))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return st.deferred(lambda: _record(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return _made_of(get_origin(kind), get_args(kind), name)


@cache
def _record(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    fields = [field.name for field in dataclasses.fields(kind)]
    return st.builds(kind, **{field: anything(hints[field], field) for field in fields})


def _flying(flight: Flight) -> Flight:
    states = sorted(IN_FLIGHT)
    state = states[len(flight.payment.operation) % len(states)]
    return dataclasses.replace(flight, payment=dataclasses.replace(flight.payment, state=state))


def _made_of(origin: Any, parts: tuple[Any, ...], name: str) -> st.SearchStrategy[Any]:
    if origin in (Union, types.UnionType):
        return st.one_of([anything(part, name) for part in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple and parts[-1] is not Ellipsis:
        return st.tuples(*(anything(part, name) for part in parts))
    if origin in (tuple, list, Sequence, Collection):
        by_id = (lambda pair: pair[0]) if name == "profiles" else None
        return st.lists(anything(parts[0], name), max_size=3, unique_by=by_id).map(tuple)
    if origin in (frozenset, set):
        return st.frozensets(anything(parts[0], name), max_size=3)
    if origin in (dict, Mapping):
        return st.dictionaries(anything(parts[0]), anything(parts[1]), min_size=1, max_size=3)
    raise TypeError(f"no idea how to make {origin}{parts}")
