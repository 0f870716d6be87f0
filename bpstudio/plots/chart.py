"""What charts share: a dressed pyqtgraph plot, crosshair, keys, marks for what is not finite. Loaded after a first paint."""

import math
from contextlib import AbstractContextManager
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpstudio.explain.number_format import NumberFormat
from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import Array
from bpstudio.plots.frame import (
    LEAST_SIZE,
    axis_font,
    axis_scale,
    bottom_height,
    has_names,
    left_width,
    right_room,
    top_room,
)
from bpstudio.plots.number_axis import NumberAxis
from bpstudio.plots.plot_face import PlotFace
from bpstudio.plots.shapes import as_shapes
from bpstudio.viewstate.theme import Theme

ZOOM = 1.3
MOST_MARKS = 200


class Chart(PlotFace):
    """A plot to be filled by its kind. By keys: arrows move the crosshair, Enter goes there, + − 0 zoom, D refines."""

    HINT = "Move over it for exact values; a click goes to that iteration."

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(name, words, parent)
        self.labels = ("", "")
        self.pointed: float | None = None
        self._is_low = False
        self._scale = 0.0
        self.axes = {side: NumberAxis(side) for side in ("bottom", "left")}
        self.widget = pg.PlotWidget(axisItems=self.axes, enableMenu=False)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setStyleSheet("border: none")  # the window's own would draw a line around it
        self.item = self.widget.getPlotItem()
        self.box = self.item.vb
        self._quieten()
        self.marker = self._line()
        self.cross = self._line()
        self.cross.setVisible(False)
        self.broken = pg.ScatterPlotItem(size=9, pxMode=True)
        self.item.addItem(self.broken, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self.widget)

    def _quieten(self) -> None:
        """Leave out what is pyqtgraph's own: menus, buttons, units with prefixes."""
        self.item.setMenuEnabled(False)
        # Left alone it would be a window of its own that outlives the plot.
        self.item.ctrlMenu.setParent(self, Qt.WindowType.Popup)
        self.item.hideButtons()
        self.widget.setMinimumSize(*LEAST_SIZE)
        for axis in self.axes.values():
            axis.enableAutoSIPrefix(False)  # 0.6 shall not become 600 of a thousandth
            axis.setStyle(maxTickLevel=0)
        self.box.setMouseEnabled(x=True, y=False)
        self.box.disableAutoRange()
        self.box.sigRangeChangedManually.connect(lambda *_: self.view_taken.emit())
        scene = self.widget.scene()
        scene.sigMouseClicked.connect(self._clicked)
        scene.sigMouseMoved.connect(self._moved)

    def _line(self) -> Any:
        line = pg.InfiniteLine(angle=90, movable=False)
        self.item.addItem(line, ignoreBounds=True)
        return line

    # Looks.

    def is_dressed(self, theme: Theme) -> bool:
        """Whether it looks as the theme and the size of text want it."""
        return theme == self.theme and text_scale() == self._scale

    def dress(self, theme: Theme) -> None:
        """Colours and fonts of the theme."""
        self.theme, self._scale = theme, text_scale()
        self.widget.setBackground(theme.background)
        self.marker.setPen(pg.mkPen(theme.text, width=1.2, style=Qt.PenStyle.DashLine))
        self.cross.setPen(pg.mkPen(theme.quiet, width=1.0))
        for axis in self.axes.values():
            axis.setPen(pg.mkPen(theme.quiet))
            axis.setTextPen(pg.mkPen(theme.quiet))
        self.name_axes(*self.labels, is_forced=True)
        self.update()

    def name_axes(self, bottom: str, left: str, is_forced: bool = False) -> None:
        """Write beside the axes what they show, where there is room."""
        if (bottom, left) == self.labels and not is_forced:
            return
        self.labels = (bottom, left)
        self._size_axes()
        for side, text in (("bottom", bottom), ("left", left)):
            self.axes[side].setLabel(text, color=self.theme.quiet, **{"font-size": f"{round(11 * text_scale())}px"})
            self.axes[side].showLabel(bool(text) and not self._is_low)
        self.axes["bottom"].setHeight(bottom_height(self.labels[0], not self._is_low))

    def write_numbers(self, numbers: NumberFormat) -> None:
        """Write the numbers of both axes as they are written in the window."""
        for axis in self.axes.values():
            axis.write(numbers)

    def _size_axes(self) -> None:
        """Numbers as large as there is room for, and room for them."""
        is_named = not self._is_low
        above, beside = top_room(is_named), right_room(is_named)
        self.item.layout.setContentsMargins(1, above, beside, 1)
        self.axes["left"].setWidth(left_width(is_named))
        for axis, beyond in ((self.axes["left"], above), (self.axes["bottom"], beside)):
            axis.text = axis_scale(is_named)
            axis.setTickFont(axis_font(is_named))
            axis.setStyle(hideOverlappingLabels=beyond)  # so many pixels a number may reach beyond the axis

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low chart has no room for the names of its axes."""
        super().resizeEvent(event)
        is_low = not has_names(event.size().height())
        if is_low != self._is_low:
            self._is_low = is_low
            self.name_axes(*self.labels, is_forced=True)

    # Ranges.

    @property
    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What of both axes is in sight: (left, right), (bottom, top)."""
        (left, right), (bottom, top) = self.item.viewRange()
        return (float(left), float(right)), (float(bottom), float(top))

    def place_of(self, x: float) -> QPointF:
        """Where a value of the x axis lies, half-way up, in this widget's coordinates."""
        (_, _), (bottom, top) = self.ranges
        at = self.widget.mapFromScene(self.box.mapViewToScene(QPointF(x, (bottom + top) / 2)))
        return QPointF(self.widget.viewport().mapTo(self, at))

    @property
    def surface(self) -> QWidget:
        """What takes the mouse."""
        viewport: QWidget = self.widget.viewport()
        return viewport

    def zoom_by(self, factor: float) -> None:
        """Look closer (or from farther) at where the crosshair stands, else the middle."""
        (left, right), _ = self.ranges
        middle = (left + right) / 2 if self.pointed is None else self.pointed
        self.box.setXRange(middle - (middle - left) / factor, middle + (right - middle) / factor, padding=0)
        self.view_taken.emit()

    def as_shapes(self) -> AbstractContextManager[None]:
        """Symbols as shapes, and marks around what lies within the axes."""
        return as_shapes(self.widget)

    # The crosshair.

    def point_at(self, x: float | None) -> None:
        """Show the crosshair at a place of the x axis, or nowhere."""
        self.pointed = x
        self.cross.setVisible(x is not None)
        if x is not None:
            self.cross.setValue(x)

    def _x_at(self, place: QPointF) -> float | None:
        if not self.box.sceneBoundingRect().contains(place):
            return None
        return float(self.box.mapSceneToView(place).x())

    def _moved(self, place: QPointF) -> None:
        self.place_pointed.emit(self._x_at(place))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self.place_pointed.emit(None)
        super().leaveEvent(event)

    def _clicked(self, event: Any) -> None:
        x = self._x_at(event.scenePos())
        if x is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.place_chosen.emit(x)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the crosshair, Enter goes there, + − 0 zoom, D is for more points, Esc ends it."""
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(step if key == Qt.Key.Key_Right else -step)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.stepped.emit(2**31 - 1 if key == Qt.Key.Key_End else -(2**31))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.pointed is not None:
            self.place_chosen.emit(self.pointed)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom_by(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM)
        elif key == Qt.Key.Key_0:
            self.whole_requested.emit()
        elif key == Qt.Key.Key_D:
            self.detail_requested.emit()
        elif key == Qt.Key.Key_Escape and self.pointed is not None:
            self.place_pointed.emit(None)
        else:
            super().keyPressEvent(event)

    # What is not finite.

    def mark_broken(self, x: Array, values: Array) -> None:
        """Mark numbers that are not finite at the edge: × for NaN and ▲ for ∞ at the top, ▼ for −∞ at the bottom."""
        keep = slice(None, None, max(1, -(-len(x) // MOST_MARKS)))
        x, values = x[keep], values[keep]
        _, (bottom, top) = self.ranges
        room = (top - bottom) * 7.0 / max(20.0, self.box.height())
        spots = [
            {
                "pos": (float(at), bottom + room if value == -math.inf else top - room),
                "symbol": "x" if math.isnan(value) else ("t" if value < 0 else "t1"),
            }
            for at, value in zip(x.tolist(), values.tolist(), strict=True)
        ]
        self.broken.setPen(None)
        self.broken.setBrush(QColor(self.theme.not_finite))
        self.broken.setData(spots)
