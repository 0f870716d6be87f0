"""The drawn loss curve: the one module that speaks pyqtgraph. It is loaded after the first paint (see loss_plot)."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpstudio.look.fonts import font
from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import Array
from bpstudio.plots.decimation import Decimation
from bpstudio.viewstate.theme import Theme

MOST_DOTS = 40
"""Up to as many losses each has a dot: one alone would be no line."""
RIGHT_ROOM = 14
"""Pixels right of the axis, so that the last number below it is not cut."""


class CurveView(QWidget):
    """Draws the loss over iterations and a line where the run stands; tells what is pointed at and clicked."""

    iteration_clicked = Signal(object)
    place_pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._decimation = Decimation()
        self._other_pen = QPen()
        self._plot = pg.PlotWidget()
        self._plot.setObjectName("loss-curve")
        self._plot.setAccessibleName("Loss curve")
        self._plot.setMenuEnabled(False)
        # Left alone it would be a window of its own that outlives the plot.
        self._plot.getPlotItem().ctrlMenu.setParent(self, Qt.WindowType.Popup)
        self._plot.getPlotItem().layout.setContentsMargins(1, 7, RIGHT_ROOM, 1)
        self._plot.hideButtons()
        self._plot.setMinimumHeight(90)
        self._item = pg.PlotCurveItem()
        self._others: list[pg.PlotCurveItem] = []
        self._dots = pg.ScatterPlotItem(size=5, pxMode=True)
        self._marker = pg.InfiniteLine(angle=90, movable=False)
        self._plot.addItem(self._item)
        self._plot.addItem(self._dots)
        self._plot.addItem(self._marker)
        for side, label in (("bottom", "iteration"), ("left", "loss")):
            self._plot.getAxis(side).enableAutoSIPrefix(False)  # 0.6 shall not become 600 of a thousandth
            self._plot.getAxis(side).setStyle(maxTickLevel=0)
            self._plot.setLabel(side, label)
        self._plot.setMouseEnabled(x=True, y=False)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        self._plot.scene().sigMouseMoved.connect(lambda place: self.place_pointed.emit(self._iteration_at(place)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)

    @property
    def points(self) -> tuple[Array, Array]:
        """x (iterations) and y of the line as drawn."""
        x, y = self._item.getData()
        return np.asarray(x), np.asarray(y)

    @property
    def marked(self) -> float:
        """The iteration the dashed line stands at."""
        return float(self._marker.value())

    @property
    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What of both axes is in sight: (left, right), (bottom, top)."""
        (left, right), (bottom, top) = self._plot.viewRange()
        return (float(left), float(right)), (float(bottom), float(top))

    def place_of(self, iteration: float) -> QPointF:
        """Where an iteration lies, half-way up the curve, in this widget's coordinates."""
        box = self._plot.getPlotItem().vb
        (_, _), (bottom, top) = self.ranges
        at = self._plot.mapFromScene(box.mapViewToScene(QPointF(iteration, (bottom + top) / 2)))
        return QPointF(self._plot.viewport().mapTo(self, at))

    @property
    def surface(self) -> QWidget:
        """What takes the mouse."""
        return self._plot.viewport()

    def dress(self, theme: Theme) -> None:
        """Colours and fonts of the theme."""
        self._plot.setBackground(theme.background)
        pen = QPen(QColor(theme.forward), 1.0)
        pen.setCosmetic(True)
        self._item.setPen(pen)
        self._other_pen = QPen(QColor(theme.quiet), 1.0, Qt.PenStyle.DashLine)
        self._other_pen.setCosmetic(True)
        self._dots.setPen(None)
        self._dots.setBrush(QColor(theme.forward))
        self._marker.setPen(pg.mkPen(theme.text, width=1.2, style=Qt.PenStyle.DashLine))
        for side in ("bottom", "left"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.quiet))
            axis.setTextPen(pg.mkPen(theme.quiet))
            axis.setTickFont(font(11.0 * text_scale()))

    def reset(self) -> None:
        """Forget the curve: another run begins."""
        self._decimation = Decimation()

    def show_curve(self, values: Array, iteration: int, is_logarithmic: bool, is_following: bool) -> None:
        """Draw the losses (n,) and where the run stands; following means that the whole run stays in sight."""
        self._count = len(values)
        x, y = self._decimation.points(values)
        if is_logarithmic:
            with np.errstate(all="ignore"):
                y = np.log10(np.where(y > 0.0, y, np.nan))
        self._plot.getAxis("left").setLogMode(is_logarithmic)
        y = np.where(np.isfinite(y), y, np.nan)
        self._item.setData(x, y, connect="finite")
        few = np.isfinite(y) if len(y) <= MOST_DOTS else np.zeros(len(y), dtype=bool)
        self._dots.setData(x[few], y[few])
        self._marker.setValue(iteration)
        if is_following:
            self._set_ranges(y, max(self._count, iteration, 10), is_logarithmic)

    def show_others(self, curves: tuple[Array, ...], is_logarithmic: bool) -> None:
        """Draw the losses of other branches behind the curve, dashed."""
        while len(self._others) < len(curves):
            item = pg.PlotCurveItem()
            item.setZValue(-1.0)
            self._plot.addItem(item)
            self._others.append(item)
        for index, item in enumerate(self._others):
            item.setVisible(index < len(curves))
            if index < len(curves):
                x, y = Decimation().points(curves[index])
                with np.errstate(all="ignore"):
                    y = np.log10(np.where(y > 0.0, y, np.nan)) if is_logarithmic else y
                item.setPen(self._other_pen)
                item.setData(x, np.where(np.isfinite(y), y, np.nan), connect="finite")

    def _set_ranges(self, y: Array, count: int, is_logarithmic: bool) -> None:
        """The whole run, with the right end growing in steps rather than with each point."""
        self._plot.setXRange(0, stepped(count), padding=0.01)
        finite = y[np.isfinite(y)]
        if finite.size:
            low, high = float(finite.min()), float(finite.max())
            lowest = low if is_logarithmic else min(0.0, low)
            room = max(1e-9, (high - lowest) * 0.08, abs(high) * 1e-6)
            bottom = low - room if is_logarithmic else lowest
            self._plot.setYRange(bottom, high + room, padding=0)

    def _iteration_at(self, place: QPointF) -> int | None:
        point = self._plot.getPlotItem().vb.mapSceneToView(place)
        iteration = round(point.x())
        return iteration if 0 <= iteration < max(1, self._count) else None

    def _clicked(self, event: "pg.GraphicsScene.mouseEvents.MouseClickEvent") -> None:
        iteration = self._iteration_at(event.scenePos())
        if iteration is not None and event.button() == Qt.MouseButton.LeftButton:
            self.iteration_clicked.emit(iteration)


def stepped(count: int) -> int:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10 ** max(0, len(str(count)) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= count)
