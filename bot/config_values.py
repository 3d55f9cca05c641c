"""How single settings are read: lists, JSON objects, amounts, addresses."""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cronsim import CronSim, CronSimError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_STORES = (
    "redis",
    "rediss",
    "unix",
    "redis+cluster",
    "rediss+cluster",
    "redis+sentinel",
    "rediss+sentinel",
)


def is_cron(text: str) -> bool:
    """Whether it is a cron expression of five fields."""
    try:
        CronSim(text, datetime.now(UTC))
    except CronSimError:
        return False
    return len(text.split()) == 5  # noqa: PLR2004  # it also knows a sixth for seconds


def words(value: object) -> list[str]:
    """The words of a list separated by commas."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return (
        [str(word) for word in value] if isinstance(value, list | tuple | frozenset | set) else []
    )


def json_object(value: object) -> dict[str, Any]:
    """A JSON object whose numbers are exact. Raises ``ValueError`` for anything else."""
    loaded = value
    if isinstance(value, str):
        try:
            loaded = json.loads(value, parse_float=Decimal, parse_int=Decimal)
        except (ValueError, RecursionError):
            raise ValueError("it is no JSON") from None
    if not isinstance(loaded, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  # pydantic reports ValueError
    return loaded


def amount(value: object) -> Decimal:
    """An amount of money, zero or more. Raises ``ValueError`` for anything else."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("each value is an amount") from None
    if not read.is_finite() or read < 0:
        raise ValueError("each value is an amount")
    return read


def is_safe_address(address: str) -> bool:
    """Whether it is https, or plain http that never leaves this machine."""
    parts = _parts(address)
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def is_store(address: str) -> bool:
    """Whether it is of a kind a client can be made for."""
    scheme, found, _ = address.partition("://")
    # Several hosts, as Sentinel has, make no address of the usual form.
    readable = scheme == "redis+sentinel" or _parts(address) is not None
    return bool(found) and scheme in _STORES and readable


def _parts(address: str) -> SplitResult | None:
    """The address taken apart, or None; the reasons why not would quote passwords."""
    try:
        parts = urlsplit(address)
        usable = parts.port != 0  # to ask for the port is to have it checked
    except ValueError:
        return None
    return parts if usable else None
