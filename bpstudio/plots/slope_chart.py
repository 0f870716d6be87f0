"""The loss along a line, drawn: the curve, its tangent at 0, and where the update lands."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QResizeEvent

from bpstudio.look.fonts import font
from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import Array
from bpstudio.plots.chart import Chart
from bpstudio.plots.scales import scale_of
from bpstudio.plots.strokes import pen_of
from bpstudio.viewstate.nudge_state import NudgeState
from bpstudio.viewstate.slope_state import SlopeState, Spot
from bpstudio.viewstate.theme import Theme

LEAST_NAMED = 44.0
"""Height of a chart at the standard size of text from which on the spots carry their names."""


class SlopeChart(Chart):
    """Draws a SlopeState or a NudgeState."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.state: SlopeState | NudgeState | None = None
        self.is_following = True
        self._unit = 1.0
        self.curves = [pg.PlotCurveItem(), pg.PlotCurveItem()]
        self.drop = pg.PlotCurveItem()
        self.spots = pg.ScatterPlotItem(pxMode=True)
        self._names: list[Any] = []
        for item in (*self.curves, self.drop, self.spots):
            self.item.addItem(item, ignoreBounds=True)

    def apply(self, state: SlopeState | NudgeState, theme: Theme) -> None:
        """Draw ``state``."""
        if not self.is_dressed(theme):
            self.dress(theme)
        self.state = state
        self.name_axes(state.x_label, state.y_label)
        self.write_numbers(state.numbers)
        low, high = state.bounds
        self._unit = scale_of(np.array([low, high]))
        self.axes["left"].setScale(self._unit)
        self.marker.setValue(0.0)
        for curve, line in zip(self.curves, state.lines, strict=False):
            y = np.where(np.isfinite(line.y), line.y, np.nan) / self._unit
            curve.setPen(pen_of(line.style, theme, 1.8))
            curve.setData(line.x, y, connect="finite")
            curve.setVisible(True)
        for curve in self.curves[len(state.lines) :]:
            curve.setVisible(False)
        if self.is_following and state.line is not None:
            self.box.setXRange(float(state.line.places[0]), float(state.line.places[-1]), padding=0.02)
            self.box.setYRange(low / self._unit, high / self._unit, padding=0)
        self._draw_spots(state)
        broken = np.array([]) if state.line is None else ~np.isfinite(state.line.losses)
        if state.line is not None:
            self.mark_broken(state.line.places[broken], state.line.losses[broken])
        self.point_at(self.pointed)

    def _draw_spots(self, state: SlopeState | NudgeState) -> None:
        """The spots with their names, and between the last two how far prediction and truth lie apart."""
        for name in self._names:
            self.item.removeItem(name)
        self._names = []
        theme, shown = self.theme, [spot for spot in state.spots if np.isfinite(spot.x) and np.isfinite(spot.y)]
        colours = {"o": theme.text, "d": theme.forward, "+": theme.backward}
        self.spots.setData(
            [
                {
                    "pos": (spot.x, spot.y / self._unit),
                    "symbol": spot.kind,
                    "size": 12 if spot.kind == "+" else 10,
                    "pen": pg.mkPen(colours[spot.kind], width=1.5),
                    "brush": QColor(colours[spot.kind]),
                }
                for spot in shown
            ]
        )
        for spot in shown:
            self._names.append(self._name(spot, colours[spot.kind], state))
        ends = [spot.y / self._unit for spot in shown if spot.kind != "o"]
        self.drop.setPen(pg.mkPen(theme.quiet, width=1.0))
        self.drop.setData([shown[-1].x] * 2 if len(ends) == 2 else [], ends if len(ends) == 2 else [])

    def _name(self, spot: Spot, colour: str, state: SlopeState | NudgeState) -> Any:
        """A name beside its spot: above on the right or below on the left, where a line that falls leaves room."""
        ends = {other.kind: other.y for other in state.spots}
        is_above = spot.y > min(ends["d"], ends["+"]) or (spot.kind == "d" and ends["d"] == ends["+"])
        if spot.kind == "o":
            is_above = spot.y < sum(state.bounds) / 2
        text = pg.TextItem(spot.name, color=colour, anchor=(-0.06, 1.0) if is_above else (1.06, 0.0))
        text.setFont(font(11.0 * text_scale()))
        text.setPos(spot.x, spot.y / self._unit)
        text.setVisible(self._has_names())
        self.item.addItem(text, ignoreBounds=True)
        return text

    def _has_names(self) -> bool:
        """Whether names have room above and below a curve; the line above the chart names them as well."""
        return float(self.box.height()) >= LEAST_NAMED * text_scale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names that would be cut are left out."""
        super().resizeEvent(event)
        for name in self._names:
            name.setVisible(self._has_names())

    @property
    def drawn(self) -> tuple[Array, Array]:
        """x and y of the loss as drawn."""
        x, y = self.curves[0].getData()
        return np.asarray(x), np.asarray(y)
