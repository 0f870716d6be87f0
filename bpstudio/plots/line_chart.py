"""Lines over the iterations, drawn: the run's mark, the crosshair, what is not finite at the edge."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from bpstudio.model.spec import Array
from bpstudio.plots.chart import Chart
from bpstudio.plots.decimation import Decimation
from bpstudio.plots.scales import drawn, finite_of, scale_of, whole
from bpstudio.plots.strokes import colour_of, pen_of
from bpstudio.viewstate.plots_state import Line, LinesState, Stroke
from bpstudio.viewstate.theme import Theme

MOST_DOTS = 40
"""Up to as many numbers each has a dot: one alone would be no line."""
MANY = 2500
"""Lines with more points are one pixel wide, which Qt draws many times as fast."""


class LineChart(Chart):
    """Draws a LinesState."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.state: LinesState | None = None
        self.is_following = True
        self._items: dict[str, Any] = {}
        self._decimations: dict[str, tuple[int, Decimation]] = {}
        self._unit = 1.0
        self._dots = pg.ScatterPlotItem(size=5, pxMode=True)
        self._hits = pg.ScatterPlotItem(size=8, pxMode=True)
        for dots in (self._dots, self._hits):
            self.item.addItem(dots, ignoreBounds=True)

    def apply(self, state: LinesState, theme: Theme) -> None:
        """Draw ``state``."""
        if not self.is_dressed(theme):
            self.dress(theme)
        self.state = state
        self.name_axes(state.x_label, state.y_label)
        self.write_numbers(state.numbers)
        points = {line.key: self._points(line) for line in state.lines}
        self._unit = 1.0 if state.is_log else scale_of(finite_of([y for _, y in points.values()]))
        axis = self.axes["left"]
        axis.setLogMode(state.is_log)
        axis.is_percent = state.is_percent
        axis.setScale(self._unit)
        self.axes["bottom"].is_counting = True
        shown = {key: (x, self._drawn(y)) for key, (x, y) in points.items()}
        self.marker.setValue(state.mark)
        if self.is_following:
            across, up = whole(state, [y for _, y in shown.values()])
            self.box.setXRange(*across, padding=0)
            self.box.setYRange(*up, padding=0)
        self._draw(state, shown)
        self._mark(state, points)
        self.point_at(self.pointed)

    def _points(self, line: Line) -> tuple[Array, Array]:
        """The points to draw of a line, few of a long one, what is not finite included."""
        if line.x is not None:
            return line.x, line.y
        known = self._decimations.get(line.key)
        if known is None or known[0] != line.revision[0]:
            known = self._decimations[line.key] = (line.revision[0], Decimation())
        return known[1].points(line.y)

    def _drawn(self, y: Array) -> Array:
        return drawn(y, self._unit, self.state is not None and self.state.is_log)

    def _draw(self, state: LinesState, shown: dict[str, tuple[Array, Array]]) -> None:
        for key in [key for key in self._items if key not in shown]:
            self.item.removeItem(self._items.pop(key))
            self._decimations.pop(key, None)
        spots: list[dict[str, Any]] = []
        for depth, line in enumerate(state.lines):
            x, y = shown[line.key]
            curve = self._items.get(line.key)
            if curve is None:
                curve = self._items[line.key] = pg.PlotCurveItem()
                self.item.addItem(curve, ignoreBounds=True)
            curve.setZValue(-1.0 - depth / 100.0 if line.style.stroke is not Stroke.OWN else 1.0 - depth / 100.0)
            curve.setPen(pen_of(line.style, self.theme, 1.0 if len(x) > MANY else 1.6))
            curve.setData(x, y, connect="finite")
            if len(x) <= MOST_DOTS:
                brush = QColor(colour_of(line.style, self.theme))
                is_there = np.isfinite(y)
                spots += [
                    {"pos": place, "brush": brush}
                    for place in zip(x[is_there].tolist(), y[is_there].tolist(), strict=True)
                ]
        self._dots.setPen(None)
        self._dots.setData(spots)

    def _mark(self, state: LinesState, points: dict[str, tuple[Array, Array]]) -> None:
        """Where numbers are not finite; in a long line, where one of those that a point stands for is not."""
        xs, ys = [np.empty(0)], [np.empty(0)]
        for line in state.lines:
            if line.key.startswith("held_out") and not len(line.y):
                continue
            if line.x is None:
                x, y = self._decimations[line.key][1].broken(line.y)
            else:
                x, y = points[line.key]
                is_broken = ~np.isfinite(y)
                x, y = x[is_broken], y[is_broken]
            xs.append(x)
            ys.append(y)
        self.mark_broken(np.concatenate(xs), np.concatenate(ys))

    def point_at(self, x: float | None) -> None:
        """Show the crosshair, and a dot where it meets each line."""
        super().point_at(x)
        spots = []
        if x is not None and self.state is not None:
            for line in self.state.lines:
                index = line.place(x)
                if index is None:
                    continue
                y = float(self._drawn(line.y[index : index + 1])[0])
                if np.isfinite(y):
                    spots.append({"pos": (line.at(index), y), "brush": colour_of(line.style, self.theme)})
        self._hits.setPen(pg.mkPen(self.theme.background))
        self._hits.setData(spots)

    @property
    def drawn(self) -> dict[str, tuple[Array, Array]]:
        """x and y of each line as drawn, by its key."""
        found = {}
        for key, item in self._items.items():
            x, y = item.getData()
            found[key] = (np.asarray(x), np.asarray(y))
        return found

    @property
    def marked(self) -> float:
        """The iteration the dashed line stands at."""
        return float(self.marker.value())

    @property
    def broken_places(self) -> list[tuple[float, str]]:
        """Where something is not finite, and the shape of its mark."""
        return [(float(spot.pos().x()), str(spot.symbol())) for spot in self.broken.points()]
