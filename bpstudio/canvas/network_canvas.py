"""NetworkCanvas: the widget that shows a canvas state and tells what the user points at."""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from bpstudio.canvas.geometry import Geometry, lay_out, scale_for
from bpstudio.canvas.painter import paint_network
from bpstudio.look.guard import guarded
from bpstudio.model.address import Address, Quantity
from bpstudio.viewstate.canvas_state import CanvasState, EdgeState, UnitState
from bpstudio.viewstate.theme import Theme

PICK_DISTANCE = 9.0
LARGEST_ZOOM = 6.0
SMALLEST_ZOOM = 0.5
CLICK_SLOP = 4.0


class NetworkCanvas(QWidget):
    """Shows one state; emits what is clicked and hovered. Zoom with the wheel, pan by dragging, fit with a double click."""

    address_clicked = Signal(object)
    address_hovered = Signal(object)
    next_unit_requested = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Network")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(480, 320))
        self._state: CanvasState | None = None
        self._theme: Theme | None = None
        self._geometry: Geometry | None = None
        self._picture: QPixmap | None = None
        self._zoom, self._offset = 1.0, QPointF(0.0, 0.0)
        self._scale = 1.0
        self._pressed: QPointF | None = None
        self._is_dragging = False
        self._hovered: Address | None = None

    @property
    def state(self) -> CanvasState | None:
        """What is shown now."""
        return self._state

    def apply(self, state: CanvasState, theme: Theme) -> None:
        """Show ``state``; the same state again does nothing."""
        if state == self._state and theme == self._theme:
            return
        if state.description != (self._state.description if self._state else ""):
            self.setAccessibleDescription(state.description)
        self._state, self._theme = state, theme
        self._geometry = self._laid_out()
        self._picture = None
        self.update()

    def fit(self) -> None:
        """Show the whole network."""
        self._set_view(1.0, QPointF(0.0, 0.0))

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom in or out, keeping the point ``around`` (the middle if None) where it is."""
        centre = QPointF(self.rect().center()) if around is None else around
        zoom = min(LARGEST_ZOOM, max(SMALLEST_ZOOM, self._zoom * factor))
        share = zoom / self._zoom
        self._set_view(zoom, centre - (centre - self._offset) * share)

    def _set_view(self, zoom: float, offset: QPointF) -> None:
        self._zoom, self._offset = zoom, offset
        self._picture = None
        self.update()

    def _laid_out(self) -> Geometry | None:
        if self._state is None:
            return None
        self._scale = scale_for(self._state, self.width(), self.height())
        return lay_out(self._state, QRectF(0, 0, self.width() / self._scale, self.height() / self._scale))

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit the picture, painting it first when state, size or view have changed."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        if self._state is None or self._theme is None:
            return
        if self._picture is None:
            self._picture = self._painted(self._state, self._theme)
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._picture)

    def _painted(self, state: CanvasState, theme: Theme) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.background)
        with QPainter(picture) as painter:
            painter.translate(self._offset)
            painter.scale(self._zoom, self._zoom)
            paint_network(painter, QRectF(0, 0, self.width(), self.height()), state, theme)
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        self._geometry = self._laid_out()
        self._picture = None

    # What lies where.

    def unit_centre(self, layer: int, unit: int) -> QPointF:
        """Where a unit is, in widget coordinates (for tests and for keyboard focus)."""
        if self._geometry is None:
            raise LookupError("nothing is shown yet")
        return self._geometry.centres[(layer, unit)] * self._zoom * self._scale + self._offset

    def edge_middle(self, layer: int, unit: int, source: int) -> QPointF:
        """The middle of an edge, in widget coordinates."""
        if self._geometry is None:
            raise LookupError("nothing is shown yet")
        start, end = self._geometry.centres[(layer - 1, source)], self._geometry.centres[(layer, unit)]
        return (start + end) / 2 * self._zoom * self._scale + self._offset

    def address_at(self, place: QPointF) -> Address | None:
        """The unit, edge or bias at a place of the widget; units win over edges."""
        if self._state is None or self._geometry is None:
            return None
        at = (place - self._offset) / (self._zoom * self._scale)
        for column in self._state.columns:
            for unit in column.units:
                if self._is_on_unit(unit, at):
                    return _unit_address(unit)
        edge = self._nearest_edge(at)
        return None if edge is None else _edge_address(edge)

    def _is_on_unit(self, unit: UnitState, at: QPointF) -> bool:
        if self._geometry is None:
            return False
        away = self._geometry.centres[(unit.layer, unit.index)] - at
        return math.hypot(away.x(), away.y()) <= self._geometry.radius + 2.0

    def _nearest_edge(self, at: QPointF) -> EdgeState | None:
        if self._state is None or self._geometry is None:
            return None
        distances = [(_distance(at, *self._geometry.edge_ends(edge)), k) for k, edge in enumerate(self._state.edges)]
        distance, index = min(distances, default=(math.inf, 0))
        return self._state.edges[index] if distance <= PICK_DISTANCE / (self._zoom * self._scale) else None

    # Mouse and keys.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click or a drag begins."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._is_dragging = event.position(), False
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the view, or tell what is under the pointer."""
        if self._pressed is not None:
            away = event.position() - self._pressed
            if self._is_dragging or math.hypot(away.x(), away.y()) > CLICK_SLOP:
                self._is_dragging = True
                self._pressed = event.position()
                self._set_view(self._zoom, self._offset + away)
            return
        self._hover(self.address_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click without a drag selects."""
        if self._pressed is not None and not self._is_dragging and event.button() is Qt.MouseButton.LeftButton:
            self.address_clicked.emit(self.address_at(event.position()))
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        if self.address_at(event.position()) is None:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl with an arrow goes from unit to unit; everything else is the window's."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.next_unit_requested.emit(*step)
            return
        event.ignore()

    def _hover(self, address: Address | None) -> None:
        if address != self._hovered:
            self._hovered = address
            self.address_hovered.emit(address)


def _unit_address(unit: UnitState) -> Address | None:
    return None if unit.index < 0 else Address(Quantity.ACTIVATION, unit.layer, (unit.index,))


def _edge_address(edge: EdgeState) -> Address:
    if edge.source < 0:
        return Address(Quantity.BIAS, edge.layer, (edge.unit,))
    return Address(Quantity.WEIGHT, edge.layer, (edge.unit, edge.source))


def _distance(at: QPointF, start: QPointF, end: QPointF) -> float:
    """From a point to a line segment."""
    along, away = end - start, at - start
    length = along.x() ** 2 + along.y() ** 2
    share = 0.0 if length == 0.0 else max(0.0, min(1.0, QPointF.dotProduct(away, along) / length))
    rest = away - along * share
    return math.hypot(rest.x(), rest.y())
