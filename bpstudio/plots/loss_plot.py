"""The live loss curve with its choices and read-out: exact values under the pointer, a click goes to that iteration."""

import importlib
import math
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.look.steady_label import SteadyLabel
from bpstudio.model.spec import Array
from bpstudio.viewstate.theme import Theme

SMALLEST_HEIGHT = 122


class LossPlot(QWidget):
    """Shows the loss of every iteration computed so far, and where the run stands.

    Importing pyqtgraph takes as long as all the rest of a start, so the curve itself comes after the first paint.
    """

    iteration_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loss-plot")
        self.setAccessibleName("Loss per iteration")
        self.setMinimumHeight(SMALLEST_HEIGHT)
        self.curve: Any = None  # a CurveView, whose module is not imported yet
        self._values: Array = np.empty(0)
        self._iteration = 0
        self._others: tuple[Array, ...] = ()
        self._theme: Theme | None = None
        self.log_axis = self._choice("log-axis", "&logarithmic", "Show the loss on a logarithmic axis")
        self.follow = self._choice(
            "whole-run", "whole &run", "Keep the whole run in sight; off: stay where you have zoomed"
        )
        self.follow.setChecked(True)
        for box in (self.log_axis, self.follow):
            box.toggled.connect(self._redraw)
        self.readout = SteadyLabel("loss-readout", is_elastic=True)
        self.readout.setToolTip("The last loss; with the pointer on the curve, the loss there")
        self._lay_out()

    def _choice(self, name: str, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setObjectName(name)
        box.setAccessibleName(text.replace("&", ""))
        box.setToolTip(tip)
        return box

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 0)
        bar.setSpacing(14)
        bar.addWidget(self.readout, 1)
        bar.addWidget(self.follow)
        bar.addWidget(self.log_axis)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addLayout(bar)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint has come: the curve may be loaded."""
        if self.curve is None:
            QTimer.singleShot(0, self, self.load_curve)

    def load_curve(self) -> None:
        """Make the curve, unless it is there."""
        layout = self.layout()
        if self.curve is not None or not isinstance(layout, QVBoxLayout):
            return
        self.curve = importlib.import_module("bpstudio.plots.curve_view").CurveView()
        self.curve.iteration_clicked.connect(self.iteration_requested)
        self.curve.place_pointed.connect(self._point_at)
        layout.addWidget(self.curve, 1)
        if self._theme is not None:
            self.curve.dress(self._theme)
            self._redraw()

    def show_others(self, curves: tuple[Array, ...]) -> None:
        """Show the losses of other branches behind the curve; the same again does nothing."""
        is_same = len(curves) == len(self._others) and all(
            len(new) == len(old) and np.shares_memory(new, old) for new, old in zip(curves, self._others, strict=False)
        )
        if not is_same:
            self._others = curves
            self._redraw()

    def apply(self, values: Array, iteration: int, theme: Theme) -> None:
        """Show the losses (n,) and the iteration the run stands at; the same again does nothing."""
        is_same_length = len(values) == len(self._values) and iteration == self._iteration
        if theme == self._theme and is_same_length and (np.shares_memory(values, self._values) or not len(values)):
            return
        if theme != self._theme and self.curve is not None:
            self.curve.dress(theme)
        if self.curve is not None and len(values) and len(self._values) and not np.shares_memory(values, self._values):
            self.curve.reset()  # another branch, or the series has moved in memory: what was thinned out is no longer it
        self._values, self._iteration, self._theme = values, iteration, theme
        self._redraw()

    def reset(self) -> None:
        """Forget the curve: another run begins."""
        self._values = np.empty(0)
        if self.curve is not None:
            self.curve.reset()
            self._redraw()
        self.readout.show_text("")

    def _redraw(self) -> None:
        if self.curve is not None:
            is_logarithmic = self.log_axis.isChecked()
            self.curve.show_curve(self._values, self._iteration, is_logarithmic, self.follow.isChecked())
            self.curve.show_others(self._others, is_logarithmic)
        self._describe()

    def _describe(self) -> None:
        count = len(self._values)
        if count == 0:
            self.readout.show_text("no iteration computed yet")
            return
        unknown = int(np.count_nonzero(~np.isfinite(self._values)))
        noun = "iteration" if count == 1 else "iterations"
        words = f"{count} {noun}, last loss {NumberFormat(6).format(float(self._values[-1]))}"
        self.readout.show_text(words + (f", {unknown} not finite" if unknown else ""))

    def _point_at(self, iteration: int | None) -> None:
        if iteration is None or iteration >= len(self._values):
            self._describe()
            return
        value = float(self._values[iteration])
        shown = full(value) if math.isfinite(value) else NumberFormat().format(value)
        self.readout.show_text(f"iteration {iteration}: loss {shown}")
