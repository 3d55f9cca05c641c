"""What the browser sends: JSON objects, still to be believed in."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.slack.elements import Choice

_LARGEST = Decimal(1_000_000_000)
_DIGITS = {"JPY": 0}


class NotDone(Exception):
    """What was asked for did not happen; the text is a sentence for whoever asked."""


class Fields:
    """The fields of one request; every method raises NotDone where one makes no sense."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def text(self, name: str, default: str | None = None) -> str:
        """A text; needed where there is no ``default``."""
        value = self._given.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise NotDone(f"“{name}” is missing.")
        return value

    def choice(self, *names: str) -> Choice:
        """The first of these fields that is there, as a choice in a menu or a typed text."""
        sent = (self._given.get(name) for name in names)
        return _choice(next((value for value in sent if value is not None), None))

    def choices(self, name: str) -> dict[str, Choice]:
        """An object of choices; empty where it was not sent."""
        value = self._given.get(name) or {}
        if not isinstance(value, dict):
            raise NotDone(f"“{name}” must be an object.")
        return {str(key): _choice(one) for key, one in value.items()}

    def seconds(self, name: str, default: float) -> float:
        """A time from 0 to an hour, in seconds."""
        value = self._given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:  # noqa: PLR2004
            raise NotDone(f"“{name}” must be a number of seconds up to an hour.")
        return float(value)

    def amount(self, name: str, currency: str) -> Decimal | None:
        """An amount above zero in the currency's digits; None where none was sent."""
        value = self._given.get(name)
        if value in (None, ""):
            return None
        try:
            amount = Decimal(str(value).replace(",", ""))
        except InvalidOperation:
            raise NotDone(f"“{value}” is no amount.") from None
        if not amount.is_finite() or not 0 < amount <= _LARGEST:
            raise NotDone("The amount must be above zero, and not absurd.")
        if amount != round(amount, _DIGITS.get(currency, 2)):
            raise NotDone(f"{currency} has no such small change.")
        return round(amount, _DIGITS.get(currency, 2))


def _choice(value: object) -> Choice:
    """An option's value or a text, a list of them, or None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    raise NotDone("A choice is a text, or a list of texts.")
