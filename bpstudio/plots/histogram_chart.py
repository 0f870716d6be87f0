"""Histograms over the run, drawn: a heat map of iterations and values, and on its right the histogram where the run stands."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from bpstudio.model.spec import Array
from bpstudio.plots.chart import Chart
from bpstudio.plots.frame import right_room
from bpstudio.plots.scales import rounded_up, scale_of
from bpstudio.plots.strokes import channels, colour_of, pen_of
from bpstudio.viewstate.histogram_state import BEFORE, NOW, HistogramState
from bpstudio.viewstate.theme import Theme

SIDE_SHARE = 4
"""The heat map is so many times as wide as the histogram beside it."""


class SideHistogram(Chart):
    """The histogram on its side: bars for now, an outline for shortly before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("histogram-now", "Histogram where the run stands", parent)
        self.bars = pg.PlotCurveItem(fillLevel="enclosed")
        self.outline = pg.PlotCurveItem()
        self.item.addItem(self.bars, ignoreBounds=True)
        self.item.addItem(self.outline, ignoreBounds=True)
        self.marker.setVisible(False)
        self.box.setMouseEnabled(x=False, y=False)
        self.axes["left"].setStyle(showValues=False)
        self.axes["bottom"].is_percent = True

    def _size_axes(self) -> None:
        """The axis left has no numbers, only room for half the first of those below."""
        super()._size_axes()
        self.axes["left"].setWidth(right_room(not self._is_low))


class HistogramChart(Chart):
    """Draws a HistogramState."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.state: HistogramState | None = None
        self.is_following = True
        self._unit = 1.0
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setZValue(-10)
        self.item.addItem(self.image, ignoreBounds=True)
        self.curves = [pg.PlotCurveItem() for _ in range(3)]
        for curve in self.curves:
            self.item.addItem(curve, ignoreBounds=True)
        self.axes["bottom"].is_counting = True
        self.side = SideHistogram(self)

    def _place_side(self) -> None:
        """The histogram takes its share of the width on the right."""
        width = max(110, self.width() // (SIDE_SHARE + 1))
        self.layout().setContentsMargins(1, 1, width + 1, 1)  # type: ignore[union-attr]
        self.side.setGeometry(self.width() - width - 1, 1, width, self.height() - 2)

    def resizeEvent(self, event: "pg.QtGui.QResizeEvent") -> None:
        """Both share the width."""
        self._place_side()
        super().resizeEvent(event)

    def dress(self, theme: Theme) -> None:
        """Colours and fonts of the theme, beside it too."""
        super().dress(theme)
        self.side.dress(theme)
        self.side.name_axes("share of the values", "")

    def apply(self, state: HistogramState, theme: Theme) -> None:
        """Draw ``state``."""
        if not self.is_dressed(theme):
            self.dress(theme)
        self.state = state
        self.name_axes("iteration", state.y_label)
        self.write_numbers(state.numbers)
        self.side.write_numbers(state.numbers)
        self._unit = scale_of(np.array([state.low, state.high]))
        low, high = state.low / self._unit, state.high / self._unit
        for axis in (self.axes["left"], self.side.axes["left"]):
            axis.setScale(self._unit)
        self.image.setImage(heat_colours(state.heat, theme), autoLevels=False, levels=None)
        self.image.setRect(QRectF(-0.5, low, state.end + 1.0, high - low))
        for curve, column in zip(self.curves, (1, 2, 3), strict=True):
            width, dashes = (1.4, None) if column == 2 else (1.0, [2.0, 3.0])
            curve.setPen(pg.mkPen(theme.text, width=width, dash=dashes))
            y = state.quantiles[:, column] if len(state.quantiles) else np.empty(0)
            curve.setData(state.iterations.astype(float), y / self._unit, connect="finite")
        self.marker.setValue(state.iteration)
        if self.is_following:
            self.box.setXRange(0, rounded_up(max(state.end, 10)), padding=0.01)
            room = (high - low) * 0.04
            self.box.setYRange(low - room, high + room, padding=0)
        self.mark_broken(state.broken, np.full(len(state.broken), np.nan))
        self._draw_side(state, theme)
        self.point_at(self.pointed)

    def _draw_side(self, state: HistogramState, theme: Theme) -> None:
        edges = state.edges / self._unit
        fill = QColor(colour_of(NOW, theme))
        fill.setAlpha(110)
        self.side.bars.setData(*steps(edges, state.now))
        self.side.bars.setPen(pen_of(NOW, theme, 1.4))
        self.side.bars.setBrush(fill)
        self.side.outline.setVisible(state.before is not None)
        self.side.outline.setPen(pen_of(BEFORE, theme, 1.4))
        if state.before is not None:
            self.side.outline.setData(*steps(edges, state.before))
        most = max(float(state.now.max()), 0.0 if state.before is None else float(state.before.max()), 1e-9)
        (_, _), (bottom, top) = self.ranges
        self.side.box.setXRange(0.0, most * 1.05, padding=0)
        self.side.box.setYRange(bottom, top, padding=0)


def steps(edges: Array, counts: Array) -> tuple[Array, Array]:
    """x and y of an outline that goes along the edges: right by each count, and back to 0 at both ends."""
    x = np.concatenate([[0.0], np.repeat(counts, 2), [0.0]])
    return x, np.concatenate([[edges[0]], np.repeat(edges, 2)[1:-1], [edges[-1]]])


def heat_colours(heat: Array, theme: Theme) -> NDArray[np.uint8]:
    """Colours (BINS, columns, 4): the darker (lighter in the dark), the larger the share; nothing measured is transparent."""
    known = np.where(np.isfinite(heat), heat, 0.0)
    most = float(known.max(initial=0.0)) or 1.0
    depth = np.sqrt(known / most)[..., None]
    ground, ink = (channels(colour) for colour in (theme.surface, theme.forward))
    colours = np.empty((*heat.shape, 4))
    colours[..., :3] = ground + (ink - ground) * depth
    colours[..., 3] = np.where(np.isfinite(heat), 255.0, 0.0)
    return colours.astype(np.uint8)
