"""The live loss curve: exact values under the pointer, a click goes to that iteration."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.look.fonts import font
from bpstudio.look.steady_label import SteadyLabel
from bpstudio.model.spec import Array
from bpstudio.plots.decimation import Decimation
from bpstudio.viewstate.theme import Theme


class LossPlot(QWidget):
    """Shows the loss of every iteration computed so far, and where the run stands."""

    iteration_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loss-plot")
        self.setAccessibleName("Loss per iteration")
        self._values: Array = np.empty(0)
        self._iteration = 0
        self._theme: Theme | None = None
        self._decimation = Decimation()
        self._plot = pg.PlotWidget()
        self._plot.setObjectName("loss-curve")
        self._plot.setMenuEnabled(False)
        # Left alone it would be a window of its own that outlives the plot.
        self._plot.getPlotItem().ctrlMenu.setParent(self, Qt.WindowType.Popup)
        self._plot.hideButtons()
        self._plot.setMinimumHeight(90)
        self._item = pg.PlotCurveItem()
        self._marker = pg.InfiniteLine(angle=90, movable=False)
        self._plot.addItem(self._item)
        self._plot.addItem(self._marker)
        for side, label in (("bottom", "iteration"), ("left", "loss")):
            self._plot.getAxis(side).enableAutoSIPrefix(False)  # 0.6 shall not become 600 of a thousandth
            self._plot.setLabel(side, label)
        self._plot.setMouseEnabled(x=True, y=False)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        self._plot.scene().sigMouseMoved.connect(self._moved)
        self.log_axis = QCheckBox("&logarithmic")
        self.log_axis.setObjectName("log-axis")
        self.log_axis.setToolTip("Show the loss on a logarithmic axis")
        self.log_axis.toggled.connect(self._redraw)
        self.follow = QCheckBox("whole &run")
        self.follow.setObjectName("whole-run")
        self.follow.setChecked(True)
        self.follow.setToolTip("Keep the whole run in sight; off: stay where you have zoomed")
        self.follow.toggled.connect(self._redraw)
        self.readout = SteadyLabel("loss-readout", is_elastic=True)
        self._lay_out()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 0)
        bar.addWidget(self.readout, 1)
        bar.addWidget(self.follow)
        bar.addWidget(self.log_axis)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(bar)
        layout.addWidget(self._plot, 1)

    def apply(self, values: Array, iteration: int, theme: Theme) -> None:
        """Show the losses (n,) and the iteration the run stands at; the same again does nothing."""
        if theme != self._theme:
            self._dress(theme)
        elif len(values) == len(self._values) and iteration == self._iteration and values is not self._values:
            return
        self._values, self._iteration = values, iteration
        self._redraw()

    def reset(self) -> None:
        """Forget the curve: another run begins."""
        self._decimation = Decimation()
        self._values = np.empty(0)
        self.readout.show_text("")

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        self._plot.setBackground(theme.background)
        pen = QPen(QColor(theme.forward), 1.0)
        pen.setCosmetic(True)
        self._item.setPen(pen)
        self._marker.setPen(pg.mkPen(theme.backward, width=1.5, style=Qt.PenStyle.DashLine))
        for side in ("bottom", "left"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.quiet))
            axis.setTextPen(pg.mkPen(theme.quiet))
            axis.setTickFont(font(11.0))

    def _redraw(self) -> None:
        x, y = self._decimation.points(self._values)
        if self.log_axis.isChecked():
            with np.errstate(all="ignore"):
                y = np.log10(np.where(y > 0.0, y, np.nan))
        self._plot.getAxis("left").setLogMode(self.log_axis.isChecked())
        self._item.setData(x, np.where(np.isfinite(y), y, np.nan), connect="finite")
        self._marker.setValue(self._iteration)
        if self.follow.isChecked():
            self._set_ranges(y)
        self._describe()

    def _set_ranges(self, y: Array) -> None:
        """The whole run, with the right end growing in steps rather than with each point."""
        self._plot.setXRange(0, _stepped(max(len(self._values), self._iteration, 10)), padding=0.01)
        finite = y[np.isfinite(y)]
        if finite.size:
            low, high = float(finite.min()), float(finite.max())
            room = max(1e-9, (high - low) * 0.06, abs(high) * 1e-6)
            bottom = low - room if self.log_axis.isChecked() else min(0.0, low)
            self._plot.setYRange(bottom, high + room, padding=0)

    def _describe(self) -> None:
        count = len(self._values)
        if count == 0:
            self.readout.show_text("no iteration computed yet")
            return
        unknown = int(np.count_nonzero(~np.isfinite(self._values)))
        noun = "iteration" if count == 1 else "iterations"
        words = f"{count} {noun}, last loss {NumberFormat(6).format(float(self._values[-1]))}"
        self.readout.show_text(words + (f", {unknown} not finite" if unknown else ""))

    def _iteration_at(self, place: QPointF) -> int | None:
        point = self._plot.getPlotItem().vb.mapSceneToView(place)
        iteration = round(point.x())
        return iteration if 0 <= iteration < max(1, len(self._values)) else None

    def _clicked(self, event: "pg.GraphicsScene.mouseEvents.MouseClickEvent") -> None:
        iteration = self._iteration_at(event.scenePos())
        if iteration is not None and event.button() == Qt.MouseButton.LeftButton:
            self.iteration_requested.emit(iteration)

    def _moved(self, place: QPointF) -> None:
        iteration = self._iteration_at(place)
        if iteration is None or iteration >= len(self._values):
            self._describe()
            return
        value = float(self._values[iteration])
        shown = full(value) if math.isfinite(value) else NumberFormat().format(value)
        self.readout.show_text(f"iteration {iteration}: loss {shown}")


def _stepped(count: int) -> int:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10 ** max(0, len(str(count)) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= count)
