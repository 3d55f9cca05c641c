"""Charts as PNG pictures, by matplotlib where it is installed (the extra ``charts``)."""

import asyncio
import logging
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from bot.domain.ageing import Bucket
from bot.domain.chart import Chart, Panel
from bot.errors import NoDrawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    Bucket.NOT_DUE: "#5B7083",
    Bucket.D1_30: "#C27400",
    Bucket.D31_60: "#B4480B",
    Bucket.D61_90: "#8F2412",
    Bucket.OVER_90: "#5E0F16",
}
"""The later, the darker, so nobody needs to tell hues apart; all stand out from white by 3:1."""

_WIDTH, _HEAD, _PANEL, _FOOT, _PAD = 5.6, 0.4, 1.75, 0.3, 0.08  # inches
_DPI = 200
_ROOM = 1.5  # for the amount beside the longest bar, which is 1


class Charts:
    """The port ``Charts``."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()  # matplotlib promises nothing to two threads
        # Where it keeps its list of fonts is of no interest to whoever reads our log.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)

    async def draw(self, chart: Chart) -> bytes:
        """A PNG 1120 pixels wide, in a thread: clicks go on meanwhile. Raises ``NoDrawing``."""
        try:
            return await asyncio.to_thread(self._draw, chart)
        except Exception as error:
            raise NoDrawing(f"The chart could not be drawn ({type(error).__name__}).") from error

    def _draw(self, chart: Chart) -> bytes:
        # Takes half a second, and most processes never draw. Without pyplot there is no window
        # system to be found and nothing is kept of a figure.
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
        from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

        with self._one_at_a_time:
            height = _HEAD + _PANEL * len(chart.panels) + _FOOT
            layout = ConstrainedLayoutEngine(w_pad=_PAD, h_pad=_PAD)
            figure = Figure(figsize=(_WIDTH, height), layout=layout, facecolor="white")
            canvas = FigureCanvasAgg(figure)
            figure.suptitle(chart.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
            many = figure.subplots(len(chart.panels), squeeze=False)
            for axes, panel in zip(many[:, 0], chart.panels, strict=True):
                _fill(axes, panel)
            if chart.note:
                figure.supxlabel(chart.note, x=0.01, ha="left", fontsize=9)
            picture = BytesIO()
            canvas.print_figure(picture, format="png", dpi=_DPI)
            return picture.getvalue()


def charts(find: Callable[[str], object | None] = find_spec) -> Charts | None:
    """What draws, or None where matplotlib is not found."""
    return Charts() if find("matplotlib") else None


def _fill(axes: "Axes", panel: Panel) -> None:
    """Bars from not due (on top) to the oldest, each with its amount."""
    places = range(len(panel.bars))
    lengths = [float(bar.share) for bar in panel.bars]  # pixels, no money: that is in the words
    colours = [COLOURS[bar.age] for bar in panel.bars]
    drawn = axes.barh(places, lengths, color=colours, height=0.7)
    axes.bar_label(drawn, [bar.amount for bar in panel.bars], padding=4, fontsize=9)
    axes.set_yticks(places, [bar.label for bar in panel.bars], fontsize=9)
    axes.set_title(panel.heading, loc="left", fontsize=10)
    axes.set_xlim(0, _ROOM)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
