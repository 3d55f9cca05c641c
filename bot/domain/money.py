"""Amounts with their currency: exact, and never added across currencies."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation

_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_DIGITS, _MOST_DECIMALS = 15, 20
_EXACT = Context(prec=_MOST_DIGITS + _MOST_DECIMALS + 1)  # the default one rounds to 28 digits


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency.

    Attributes:
        amount: major units (euros, not cents), finite, below 10^15 either side of zero, with at
            most 20 decimals.
        currency: ISO 4217 code, three capital letters.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("a currency is three capital letters")
        # By its exponent, since any arithmetic on a huge number overflows.
        exponent = self.amount.as_tuple().exponent
        sane = isinstance(exponent, int) and -_MOST_DECIMALS <= exponent < _MOST_DIGITS
        if not sane or (self.amount and self.amount.adjusted() >= _MOST_DIGITS):
            raise ValueError("an amount is a finite number of a sane size")

    @classmethod
    def of(cls, value: object, currency: object) -> "Money":
        """Money from untrusted parts, e.g. ``Money.of(12340.0, "EUR")`` or ``Money.of("1.10", "EUR")``.

        Raises:
            ValueError: the value is not a number (a bool is none), or the currency no code.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise ValueError("an amount is a number")  # noqa: TRY004  # one error for bad input
        if not isinstance(currency, str):
            raise ValueError("a currency is three capital letters")  # noqa: TRY004
        try:
            amount = Decimal(str(value).strip())
        except InvalidOperation as error:
            raise ValueError("an amount is a number") from error
        return cls(amount, currency.strip().upper())

    @property
    def is_positive(self) -> bool:
        """Whether something is owed."""
        return self.amount > 0

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError("amounts of two currencies are never added")
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One total per currency, by currency code; empty for no amounts."""
    sums: dict[str, Money] = {}
    for money in amounts:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return tuple(sums[currency] for currency in sorted(sums))
