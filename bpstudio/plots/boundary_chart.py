"""The decision boundary, drawn: maps of what is answered in the plane of the inputs, with the data as marks."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from bpstudio.look.drawing import draw_text, text_width
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import Array
from bpstudio.plots.chart import Chart
from bpstudio.plots.plot_face import PlotFace
from bpstudio.plots.strokes import channels
from bpstudio.viewstate.boundary_state import BoundaryState, Dots, Pane, Point
from bpstudio.viewstate.theme import LIGHT, Theme, mixed

SHAPES = ("o", "s", "t1", "d", "star", "t", "h", "p")
FINER = 4
"""The map is drawn with so many pixels to each step of the grid, interpolated."""


def class_colour(index: int, theme: Theme) -> str:
    """Of two classes the second is the positive one; more take further colours. Their marks differ in shape as well."""
    turn = (theme.negative, theme.positive, theme.backward, theme.forward, theme.text)
    return turn[index % len(turn)]


class MapPane(Chart):
    """One map."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.line = pg.PlotCurveItem()
        self.shadow = pg.PlotCurveItem()
        self.dots = pg.ScatterPlotItem(pxMode=True, size=9)
        self.here = pg.ScatterPlotItem(pxMode=True, size=14, symbol="+")
        self.marker.setVisible(False)
        for item in (self.image, self.shadow, self.line, self.dots, self.here):
            self.item.addItem(item, ignoreBounds=True)
        self.image.setZValue(-10)
        self.box.setMouseEnabled(x=False, y=False)

    def draw(self, state: BoundaryState, pane: Pane, theme: Theme) -> None:
        """Draw one map of a state."""
        if not self.is_dressed(theme):
            self.dress(theme)
        self.name_axes(*state.names)
        self.write_numbers(state.numbers)
        x, y = state.x, state.y
        self.image.setImage(colours_of(pane, theme), autoLevels=False, levels=None)
        self.image.setRect(QRectF(x[0], y[0], x[-1] - x[0], y[-1] - y[0]))
        self.shadow.setPen(pg.mkPen(theme.background, width=3.5))
        self.line.setPen(pg.mkPen(theme.text, width=1.5))
        for item in (self.shadow, self.line):
            item.setData(*pane.line, connect="pairs")
        self.box.setXRange(float(x[0]), float(x[-1]), padding=0)
        self.box.setYRange(float(y[0]), float(y[-1]), padding=0)
        if state.dots is not None:
            self._draw_dots(state.dots, pane, theme)

    def _draw_dots(self, dots: Dots, pane: Pane, theme: Theme) -> None:
        spots = []
        for x, y, kind, target, is_held_out in zip(
            dots.x.tolist(),
            dots.y.tolist(),
            dots.classes.tolist(),
            dots.targets.tolist(),
            dots.is_held_out.tolist(),
            strict=True,
        ):
            ink = _colour(class_colour(int(kind), theme) if kind >= 0 else _ink(_share(target, pane), theme))
            brush = QColor(theme.background) if is_held_out else ink
            pen = pg.mkPen(ink if is_held_out else theme.text, width=1.6 if is_held_out else 0.9)
            spots.append({"pos": (x, y), "symbol": SHAPES[int(kind) % len(SHAPES)], "brush": brush, "pen": pen})
        self.dots.setSize(9 if len(spots) < 300 else 6)
        self.dots.setData(spots)

    def show_cross(self, place: Point | None) -> None:
        """Mark a place."""
        self.here.setPen(pg.mkPen(self.theme.text, width=1.5))
        self.here.setBrush(QColor(self.theme.text))
        self.here.setData([] if place is None else [{"pos": place}])

    def _moved(self, place: QPointF) -> None:
        self.place_pointed.emit(self._point_at(place))

    def _clicked(self, event: Any) -> None:
        found = self._point_at(event.scenePos())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.place_chosen.emit(found)

    def _point_at(self, place: QPointF) -> Point | None:
        if not self.box.sceneBoundingRect().contains(place):
            return None
        found = self.box.mapSceneToView(place)
        return float(found.x()), float(found.y())


def _colour(ink: str | NDArray[np.uint8]) -> QColor:
    return QColor(ink) if isinstance(ink, str) else QColor(*(int(channel) for channel in ink[:3]))


def _ink(share: float, theme: Theme) -> NDArray[np.uint8]:
    """The colour of one number."""
    return np.asarray(_ramp(np.array([[share]]), theme)[0, 0])


def _share(value: float, pane: Pane) -> float:
    """−1 at the low end of the colours, 0 in the middle, 1 at the high end."""
    reach = pane.high - pane.middle
    return (value - pane.middle) / reach if reach > 0.0 else 0.0


def _ramp(shares: Array, theme: Theme) -> NDArray[np.uint8]:
    """Colours (h, w, 3) from negative over the ground to positive; what is not finite has its own."""
    ground, low, high = (channels(c) for c in (theme.surface, theme.negative, theme.positive))
    depth = np.clip(np.abs(shares), 0.0, 1.0)[..., None] * 0.8
    ends = np.where((shares >= 0.0)[..., None], high, low)
    found = ground + (ends - ground) * depth
    found[~np.isfinite(shares)] = channels(theme.not_finite)
    return found.astype(np.uint8)


def colours_of(pane: Pane, theme: Theme) -> NDArray[np.uint8]:
    """The map as colours (h, w, 3), interpolated between the points of the grid."""
    values = finer(pane.values)
    if not pane.is_classes:
        with np.errstate(all="ignore"):
            return _ramp(np.asarray((values - pane.middle) / (pane.high - pane.middle)), theme)
    best = np.argmax(values, axis=-1)
    ordered = np.sort(values, axis=-1)
    lead = np.clip(ordered[..., -1] - ordered[..., -2], 0.0, 1.0)[..., None]
    inks = np.array([channels(class_colour(k, theme)) for k in range(values.shape[-1])])
    ground = channels(theme.surface)
    found = ground + (inks[best] - ground) * (0.12 + 0.5 * lead)
    found[~np.isfinite(values).all(axis=-1)] = channels(theme.not_finite)
    return found.astype(np.uint8)


def finer(values: Array) -> Array:
    """The same function on a grid FINER times as dense, linear between its points; (h, w) or (h, w, K)."""
    for axis in (0, 1):
        count = values.shape[axis]
        places = np.linspace(0.0, count - 1.0, (count - 1) * FINER + 1)
        before = np.minimum(places.astype(int), count - 2)
        share = (places - before).reshape([-1 if k == axis else 1 for k in range(values.ndim)])
        low, high = np.take(values, before, axis), np.take(values, before + 1, axis)
        with np.errstate(invalid="ignore"):  # 0 of what is infinite
            values = low * (1.0 - share) + high * share
    return values


class ColourBar(QWidget):
    """Says what the colours of a map mean: its low end, its middle, where the line is, and its high end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pane: Pane | None = None
        self._words: tuple[str, ...] = ()
        self._theme: Theme = LIGHT

    def show_pane(self, pane: Pane, state: BoundaryState, theme: Theme) -> None:
        """Explain other colours."""
        self._pane, self._theme = pane, theme
        self._words = state.classes if pane.is_classes and not pane.is_broken else state.bar_words(pane)
        text = 11.0 * text_scale()
        self.setFixedWidth(round(max(text_width(word, text) for word in self._words) + 24.0))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar, or a plate for each class."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        pane, theme, text = self._pane, self._theme, 11.0 * text_scale()
        if pane is None:
            return
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.background))
            if pane.is_broken:
                painter.fillRect(QRectF(2.0, 6.0, 12.0, text * 1.7 - 3.0), QColor(theme.not_finite))
                draw_text(painter, 19.0, 6.0 + 1.1 * text, self._words[0], text, theme.quiet)
                return
            if pane.is_classes:
                step = min(text * 1.7, (self.height() - 8.0) / len(self._words))
                for index, name in enumerate(self._words):
                    top = 6.0 + index * step
                    colour = mixed(theme.surface, class_colour(index, theme), 0.62)
                    painter.fillRect(QRectF(2.0, top, 12.0, max(3.0, step - 3.0)), QColor(colour))
                    if step >= text * 0.9 or index == 0:
                        draw_text(painter, 19.0, top + step / 2 + 0.3 * text, name, text, theme.quiet)
                return
            bar = QRectF(2.0, 6.0, 12.0, max(20.0, self.height() - 30.0))
            gradient = QLinearGradient(bar.topLeft(), bar.bottomLeft())
            ends = _ramp(np.array([[1.0, 0.0, -1.0]]), theme)[0]
            for at, ink in zip((0.0, 0.5, 1.0), ends, strict=True):
                gradient.setColorAt(at, _colour(ink))
            painter.fillRect(bar, gradient)
            painter.setPen(QPen(QColor(theme.text), 1.5))
            painter.drawLine(QPointF(bar.left(), bar.center().y()), QPointF(bar.right(), bar.center().y()))
            places = (bar.top() + 0.8 * text, bar.center().y() + 0.36 * text, bar.bottom())
            is_low = bar.height() < 3.2 * text
            for word, y in zip(self._words, places, strict=True):
                if is_low and y == places[1]:
                    continue
                draw_text(painter, 19.0, y, word, text, theme.quiet)


class BoundaryChart(PlotFace):
    """Draws a BoundaryState: one map, or two side by side. Arrows go from point to point of the data."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(name, words, parent)
        self.is_following = True
        self.pointed: Point | None = None
        self.panes = [MapPane(f"{name}-{part}", f"{words}: {part}") for part in ("output", "unit")]
        self.bars = [ColourBar(), ColourBar()]
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for pane, bar in zip(self.panes, self.bars, strict=True):
            row.addWidget(pane, 1)
            row.addWidget(bar)
            pane.place_pointed.connect(self.place_pointed)
            pane.place_chosen.connect(self.place_chosen)
            pane.place_chosen.connect(lambda _place: self.setFocus(Qt.FocusReason.MouseFocusReason))

    def apply(self, state: BoundaryState, theme: Theme) -> None:
        """Draw ``state``."""
        self.theme = theme
        for index, (pane, bar) in enumerate(zip(self.panes, self.bars, strict=True)):
            is_there = index < len(state.panes)
            pane.setVisible(is_there)
            bar.setVisible(is_there)
            if is_there:
                pane.draw(state, state.panes[index], theme)
                bar.show_pane(state.panes[index], state, theme)
        self.update()

    def point_at(self, place: Point | None) -> None:
        """Mark a place on all maps."""
        self.pointed = place
        for pane in self.panes:
            pane.show_cross(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the next and the previous point of the data, Esc marks none."""
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.stepped.emit(1)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.stepped.emit(-1)
        elif event.key() == Qt.Key.Key_Escape and self.pointed is not None:
            self.place_pointed.emit(None)
        else:
            super().keyPressEvent(event)
