"""The picture of how costs grow."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

if TYPE_CHECKING:
    from benchmarks.growth import Series

mpl.use("Agg")


def draw(series: "Sequence[Series]", picture: Path) -> None:
    """Draw each cost beside the straight line through its largest size."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  # after the choice of Agg

    columns = 3
    rows = -(-len(series) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4 * columns, 3.1 * rows))
    for axis in axes.flat[len(series) :]:
        axis.remove()
    for axis, one in zip(axes.flat, series, strict=False):
        _draw_one(axis, one)
    figure.tight_layout()
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def _draw_one(axis: Any, one: "Series") -> None:  # noqa: ANN401  # matplotlib's
    line = [one.costs[-1] * size / one.sizes[-1] for size in one.sizes]
    axis.loglog(one.sizes, line, "--", color="0.6", label="straight line")
    axis.loglog(one.sizes, one.costs, "o-", color="tab:blue", label="measured")
    unit = f" ({one.unit})" if one.unit else ""
    axis.set_title(f"{one.name}{unit}: exponent {one.exponent:.2f}", fontsize=9)
    axis.set_xlabel(one.of, fontsize=8)
    axis.grid(visible=True, which="major", alpha=0.3)
    axis.legend(fontsize=7)
