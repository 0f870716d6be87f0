"""NetworkCanvas: the widget that shows a canvas state and tells what the user points at."""

import math

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from bpstudio.canvas.active_painter import ActivePainter
from bpstudio.canvas.changes import are_few_changed, have_edges_changed, is_heavy
from bpstudio.canvas.edge_changes import MOST_PATCHED, bounds_of, count_of, rooms_of
from bpstudio.canvas.front import Front
from bpstudio.canvas.geometry import Geometry, Layout, scale_for
from bpstudio.canvas.layers import Layers, Scene
from bpstudio.canvas.painter import paint_laid_out
from bpstudio.canvas.picking import Picker
from bpstudio.canvas.pulses import Pulses
from bpstudio.canvas.view import View
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.model.address import Address
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme

LARGEST_ZOOM = 6.0
SMALLEST_ZOOM = 0.5
CLICK_SLOP = 4.0
KEY_PAN = 60.0
EDGE = 30.0
SLICE_SECONDS = 0.006


class NetworkCanvas(QWidget):
    """Shows one state; emits what is clicked and hovered. Zoom with the wheel, pan by dragging, fit with a double click."""

    address_clicked = Signal(object)
    address_hovered = Signal(object)
    next_unit_requested = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Network")
        self.setWhatsThis(
            "The network at this moment. Arrows step and change the level, Ctrl with an arrow goes from unit to unit, "
            "the wheel zooms, dragging moves, a click selects."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(480, 320))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._scene: Scene | None = None
        self._active: ActivePainter | None = None
        self._picker: Picker | None = None
        self._layout = Layout()
        self._layers = Layers()
        self._are_edges_stale = False
        self._zoom, self._offset, self._scale = 1.0, QPointF(0.0, 0.0), 1.0
        self._seen: View | None = None
        self._pressed: QPointF | None = None
        self._is_dragging = False
        self._hovered: Address | None = None
        self._pulses = Pulses(self)
        self._pulses.moved.connect(self._update_part)
        self._refining = QTimer(self)
        self._refining.setInterval(0)
        self._refining.timeout.connect(self._refine)

    @property
    def state(self) -> CanvasState | None:
        """What is shown now."""
        return None if self._scene is None else self._scene.state

    @property
    def is_sharp(self) -> bool:
        """Whether the picture is finished: nothing scaled, nothing to be made."""
        return self._layers.is_sharp and not self._are_edges_stale

    @property
    def is_moving(self) -> bool:
        """Whether signals are running along edges."""
        return self._pulses.is_running

    @property
    def picture_bytes(self) -> int:
        """Bytes that the kept pictures take."""
        return self._layers.nbytes

    def set_travel_time(self, milliseconds: int) -> None:
        """How long a signal takes along an edge; 0 lets nothing move."""
        self._pulses.travel_ms = milliseconds
        if milliseconds <= 0:
            self._pulses.stop()

    def apply(self, state: CanvasState, theme: Theme) -> None:
        """Show ``state``; the same state again does nothing."""
        old = self._scene
        if old is not None and state.position == old.state.position and state == old.state and theme == old.theme:
            return
        if old is None or state.description != old.state.description:
            self.setAccessibleDescription(state.description)
        scene = self._scene = self._laid_out(state, theme)
        before = self._active
        self._active, self._picker = ActivePainter(state, theme, scene.geometry, is_screen=True), None
        if old is None or before is None or theme != old.theme or not scene.geometry.has_same_places(old.geometry):
            self._repaint_all()
        else:
            self._show_changes(old, scene, self._active.changes_from(before))
        self._keep_in_sight(old)
        if self.isVisible() and (old is None or old.state.position != state.position):
            self._pulses.start(state, theme, scene.geometry)

    def _keep_in_sight(self, old: Scene | None) -> None:
        """Move the picture when a unit is selected that lies outside of it."""
        chosen = None if self._scene is None else selected_unit(self._scene.state)
        if chosen is None or old is None or chosen == selected_unit(old.state):
            return
        place, room = self.unit_centre(*chosen), QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        if not room.contains(place):
            self._set_view(self._zoom, self._offset + room.center() - place)

    def _laid_out(self, state: CanvasState, theme: Theme) -> Scene:
        self._scale = scale_for(state, self.width(), self.height(), text_scale())
        rect = QRectF(0, 0, self.width() / self._scale, self.height() / self._scale)
        geometry = self._layout.of(state, rect)
        old = self._scene
        is_like = old is not None and old.theme == theme and old.geometry.has_same_places(geometry)
        front = Front(state, theme, geometry, old.front if old is not None and is_like else None)
        return Scene(state, theme, geometry, front)

    def _repaint_all(self) -> None:
        """Nothing that is painted stays."""
        self._refining.stop()
        self._layers.discard()
        self._are_edges_stale = False
        self.update()

    def _show_changes(self, old: Scene, new: Scene, between: list[QRectF]) -> None:
        """Ask for a frame of what differs; ``between`` are parts of what lies over the edges and below the units.

        One rectangle: under a clip of many Qt hands blits to other threads and waits for them.
        """
        if have_edges_changed(old.state, new.state):
            if not self._layers.is_sharp:
                self._repaint_all()
                return
            if is_heavy(new.state) and are_few_changed(old.state, new.state):
                self._layers.refine(new, self._view())
                self._refining.start()
            else:
                between = [*between, *self._changed_edges(old.state, new)]
        changes = new.front.changes_from(old.front)
        self._layers.follow(old.front, new.front)
        bounds = QRectF()
        for rect in (*changes, *between):
            bounds = bounds.united(rect)
        self._update_part(bounds)

    def _changed_edges(self, old: CanvasState, new: Scene) -> list[QRectF]:
        """Where edges look different; nowhere when their numbers have changed and their pens have not."""
        changed = self._layers.changed_edges(old, new.state)
        if changed == []:
            return []
        self._are_edges_stale = True
        if changed is None:
            return [new.geometry.rect]
        if count_of(changed) > MOST_PATCHED:
            return rooms_of([edges.band for edges in changed], new.geometry)
        return [bounds_of(changed, new.geometry)]

    def _update_part(self, rect: QRectF) -> None:
        if not rect.isEmpty():
            self.update(self._view().map_rect(rect))

    # What is seen.

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
        """Scale what is painted at once, and make it sharp in the time that is left."""
        self._bring_up_to_date()
        self._zoom, self._offset = zoom, offset
        self._begin_refining()
        self.update()

    def _begin_refining(self) -> None:
        if self._scene is None or self._layers.view is None or self._layers.view == self._view():
            return
        self._layers.flatten(self._scene.front, self._paint_between)
        self._layers.refine(self._scene, self._view())
        self._refining.start()

    def _view(self) -> View:
        wanted = (self.size(), self.devicePixelRatioF(), self._zoom, self._offset, self._scale)
        kept = self._seen
        if kept is None or (kept.size, kept.ratio, kept.zoom, kept.offset, kept.scale) != wanted:
            kept = self._seen = View(*wanted)
        return kept

    def _refine(self) -> None:
        """A slice of work on a sharp picture."""
        if self._scene is None or not self.isVisible():
            self._refining.stop()
            return
        if self._layers.advance(self._scene, SLICE_SECONDS):
            self._refining.stop()
            self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit the pictures and draw what is at work between them; make them first when there are none."""
        self._paint(event.rect())

    @guarded
    def _paint(self, rect: QRect) -> None:
        if self._scene is None:
            with QPainter(self) as painter:
                painter.fillRect(rect, self.palette().window())
            return
        self._bring_up_to_date()
        view = self._view()
        with QPainter(self) as painter:
            if self._layers.draw_edges(painter, rect, view):
                return
            painter.save()
            view.set_up(painter)
            self._paint_between(painter)
            painter.restore()
            self._layers.draw_front(painter, rect, view, self._scene.front)

    def paint_on(self, painter: QPainter) -> None:
        """Paint what is seen, zoomed as it is, as lines and text instead of kept pictures: for exports, sharp at any size."""
        if self._scene is None:
            return
        scene = self._scene
        painter.save()
        painter.setClipRect(self.rect(), Qt.ClipOperation.IntersectClip)
        painter.fillRect(self.rect(), QColor(scene.theme.background))
        self._view().set_up(painter)
        paint_laid_out(painter, scene.state, scene.theme, scene.geometry)
        painter.restore()

    def _bring_up_to_date(self) -> None:
        """Make the picture of the edges if there is none, else patch what has changed."""
        if self._scene is None:
            return
        view = self._view()
        if self._layers.view is None:
            self._layers.paint(self._scene, view)
        elif self._are_edges_stale:
            self._layers.renew_edges(self._scene)
        self._are_edges_stale = False

    def _paint_between(self, painter: QPainter) -> None:
        """What lies over the edges and below the units."""
        if self._active is not None:
            self._active.paint(painter)
        self._pulses.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        self._lay_out_anew()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text: the network is drawn larger as far as there is room."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._lay_out_anew()

    def _lay_out_anew(self) -> None:
        if self._scene is not None:
            scene = self._scene = self._laid_out(self._scene.state, self._scene.theme)
            self._active, self._picker = ActivePainter(scene.state, scene.theme, scene.geometry, is_screen=True), None
        self._pulses.stop()
        self._repaint_all()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves, and nothing is made sharp, where nobody looks."""
        self._pulses.stop()
        if self._refining.isActive():
            self._repaint_all()

    # What lies where.

    def unit_centre(self, layer: int, unit: int) -> QPointF:
        """Where a unit is, in widget coordinates (for tests and for keyboard focus). Raises LookupError if it is not there."""
        return self._view().map(self._geometry().centre(layer, unit))

    def edge_middle(self, layer: int, unit: int, source: int) -> QPointF:
        """The middle of an edge, in widget coordinates."""
        geometry = self._geometry()
        return self._view().map((geometry.centre(layer - 1, source) + geometry.centre(layer, unit)) / 2)

    def _geometry(self) -> Geometry:
        if self._scene is None:
            raise LookupError("nothing is shown yet")
        return self._scene.geometry

    def address_at(self, place: QPointF) -> Address | None:
        """What lies at a place of the widget: δ and running sums on their plates, units, edges, biases; in this order."""
        if self._scene is None:
            return None
        if self._picker is None:
            self._picker = Picker(self._scene.state, self._scene.geometry, tuple(self._scene.front.plates()))
        view = self._view()
        return self._picker.address_at(view.unmap(place), view.factor)

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
        """Ctrl with an arrow goes from unit to unit, Shift with one moves the picture; everything else is the window's."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.next_unit_requested.emit(*self._on_grid(*step))
        elif step is not None and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._set_view(self._zoom, self._offset - QPointF(*step) * KEY_PAN)
        else:
            event.ignore()

    def _on_grid(self, across: int, down: int) -> tuple[int, int]:
        """In a grid the unit above or below is a row away, and those left and right in the same layer until the row ends."""
        chosen = None if self.state is None else selected_unit(self.state)
        if chosen is None:
            return across, down
        layer, unit = chosen
        count, _ = self._geometry().layers[layer].grid
        if count == 1:
            return across, down
        is_inside = 0 <= unit % count + across < count
        return (0, across) if across and is_inside else (across, down * count)

    def _hover(self, address: Address | None) -> None:
        if address != self._hovered:
            self._hovered = address
            self.address_hovered.emit(address)


def selected_unit(state: CanvasState) -> tuple[int, int] | None:
    """Layer and index of the selected unit, if one is."""
    units = [unit for column in state.columns for unit in column.units]
    return next(((unit.layer, unit.index) for unit in units if unit.is_selected), None)
