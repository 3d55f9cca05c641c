"""What a benchmark found out, and how it is shown."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        value: the figure; the median where there is a spread.
        unit: of ``value``, or "" for a plain number.
        spread: between which values the middle half of the rounds lies, or None for one round.
        most, least: what it should be at most or at least, or None where it only informs.
    """

    name: str
    value: float
    unit: str = ""
    spread: tuple[float, float] | None = None
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the figure is what is wanted; None where nothing is."""
        if self.most is None and self.least is None:
            return None
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Name, value with its unit, spread, and what is wanted, as people read them."""
        wanted = ""
        if self.most is not None:
            wanted = f"≤ {_number(self.most)}"
        elif self.least is not None:
            wanted = f"≥ {_number(self.least)}"
        if self.met is False:
            wanted += " missed"
        spread = "" if self.spread is None else "–".join(_number(end) for end in self.spread)
        return self.name, f"{_number(self.value)} {self.unit}".strip(), spread, wanted


def median(
    name: str,
    values: Sequence[float],
    unit: str = "",
    *,
    most: float | None = None,
    least: float | None = None,
) -> Figure:
    """The median of some rounds (at least one), with the spread of their middle half."""
    spread = None
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        spread = (low, high)
    return Figure(name, statistics.median(values), unit, spread, most, least)


def ratio(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Round by round, since both sides of a round saw the same machine."""
    return [a / b for a, b in zip(over, under, strict=True)]


def show(console: Console, title: str, figures: Iterable[Figure]) -> None:
    """Print the figures of one benchmark as a table."""
    table = Table("Figure", title=title, title_justify="left")
    for name in ("Median", "Middle half", "Wanted"):
        table.add_column(name, justify="right")
    for figure in figures:
        table.add_row(*figure.row)
    console.print(table)


def markdown(figures: Iterable[Figure]) -> str:
    """The same as a table in Markdown."""
    lines = ["| | median | middle half | wanted |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(figure.row)} |" for figure in figures]
    return "\n".join(lines)


def _number(value: float) -> str:
    """Three significant digits, whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
