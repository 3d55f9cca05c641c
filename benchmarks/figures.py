"""What a benchmark found out."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        value: the figure, a median where ``unit`` says so.
        unit: of ``value``, or "" for a plain number.
        wanted: what it should be at most, or None where it only informs.
    """

    name: str
    value: float
    unit: str = ""
    wanted: float | None = None


def show(console: Console, title: str, figures: Iterable[Figure]) -> None:
    """Print the figures of one benchmark as a table."""
    table = Table("Figure", title=title, title_justify="left")
    table.add_column("Measured", justify="right")
    table.add_column("Unit")
    table.add_column("Wanted at most", justify="right")
    for figure in figures:
        wanted = "" if figure.wanted is None else f"{figure.wanted:g}"
        table.add_row(figure.name, f"{figure.value:,.4g}", figure.unit, wanted)
    console.print(table)
