"""The point painter: click to add a point of the chosen class, drag to move one, all of it from the keyboard as well."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpstudio.look.drawing import draw_centred, draw_text, text_width
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.panels.point_marks import kind_colour, paint_mark, paint_points
from bpstudio.viewstate.data_state import Frame, PointMode, PointSet, frame_of, handy, ticks_of
from bpstudio.viewstate.theme import LIGHT, Theme

LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 10.0, 34.0
GRAB = 9.0
TEXT = 11.0
STEPS_ACROSS = 40
Key = Qt.Key


class PointPainter(QWidget):
    """Shows a PointSet in its frame; tells what a person does to its points. ``is_editable`` off, it is a picture."""

    point_added = Signal(float, float, int)
    point_moved = Signal(int, float, float)
    point_removed = Signal(int)
    point_chosen = Signal(int)
    kind_wished = Signal(int)

    def __init__(self, name: str, is_editable: bool = True) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Points of the data")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.is_editable = is_editable
        if is_editable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setMouseTracking(True)
            self.setToolTip(
                "Click to add a point, drag to move one, Delete to remove it.\n"
                "Keys: arrows move the cross, Space adds, PgUp and PgDown choose a point, Ctrl with an arrow moves it."
            )
        self.points: PointSet | None = None
        self.frame = Frame(-1.2, 1.2, -1.2, 1.2)
        self.kind = 0
        self.chosen: int | None = None
        self.current: int | None = None
        self.cross = (0.0, 0.0)
        self._theme: Theme = LIGHT
        self._drag: tuple[int, QPointF, bool] | None = None
        self._dragged: tuple[float, float] | None = None

    def sizeHint(self) -> QSize:
        """Square, and wide enough for a dock; a mere picture takes what is left."""
        return QSize(280, 280) if self.is_editable else self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Small, but with room for axes."""
        return QSize(180, 120)

    def apply(self, points: PointSet, theme: Theme) -> None:
        """Show ``points``; what was chosen stays if it is still there."""
        if points is self.points and theme is self._theme:
            return
        self.points, self._theme = points, theme
        if self._drag is None:
            self.frame = frame_of(points)
        if self.chosen is not None and self.chosen >= points.count:
            self.chosen = None
        self.kind = min(self.kind, len(points.kinds) - 1)
        self.update()

    def choose_kind(self, kind: int) -> None:
        """Paint points of this kind from now on."""
        self.kind = kind
        self.update()

    def show_current(self, row: int | None) -> None:
        """Mark the point that is at work in the run."""
        if row != self.current:
            self.current = row
            self.update()

    # Where things are.

    @property
    def plot(self) -> QRectF:
        """The part of the widget where points are."""
        scale = text_scale()
        left, bottom = LEFT * scale, BOTTOM * scale
        return QRectF(left, TOP, max(1.0, self.width() - left - RIGHT), max(1.0, self.height() - TOP - bottom))

    def place(self, x: float, y: float) -> QPointF:
        """Where a point of the data lies in the widget."""
        plot, frame = self.plot, self.frame
        return QPointF(
            plot.left() + (x - frame.left) / frame.width * plot.width(),
            plot.bottom() - (y - frame.bottom) / frame.height * plot.height(),
        )

    def value(self, place: QPointF) -> tuple[float, float]:
        """The coordinates of a place in the widget, kept in the frame, rounded to what a pixel can tell."""
        plot, frame = self.plot, self.frame
        across = min(1.0, max(0.0, (place.x() - plot.left()) / plot.width()))
        up = min(1.0, max(0.0, (plot.bottom() - place.y()) / plot.height()))
        return handy(frame.left + across * frame.width, frame.width), handy(
            frame.bottom + up * frame.height, frame.height
        )

    def point_at(self, place: QPointF) -> int | None:
        """The nearest point within reach of the pointer."""
        points = self.points
        if points is None or not points.count:
            return None
        plot, frame = self.plot, self.frame
        across = (points.x - frame.left) / frame.width * plot.width() + plot.left() - place.x()
        down = plot.bottom() - (points.y - frame.bottom) / frame.height * plot.height() - place.y()
        distance = across * across + down * down
        nearest = int(distance.argmin())
        return nearest if math.sqrt(float(distance[nearest])) <= GRAB else None

    # The mouse.

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a point, or begin a new one."""
        if self.points is None or not self.is_editable or event.button() is not Qt.MouseButton.LeftButton:
            return
        place = event.position()
        found = self.point_at(place)
        self._dragged = None
        if found is not None:
            self._choose(found)
            self._drag = (found, place, False)
        elif self.plot.contains(place):
            x, y = self.value(place)
            self.cross = (x, y)
            self.chosen = None
            self.point_added.emit(x, y, self.kind)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag a point: it follows the pointer, and counts when it is let go."""
        place = event.position()
        if self._drag is None:
            if self.is_editable:
                is_there = self.point_at(place) is not None
                shape = Qt.CursorShape.OpenHandCursor if is_there else Qt.CursorShape.CrossCursor
                if self.cursor().shape() is not shape:
                    self.setCursor(shape)
            return
        row, start, is_moving = self._drag
        if is_moving or (place - start).manhattanLength() > 2.0:
            self._drag = (row, start, True)
            self._dragged = self.cross = self.value(place)
            self.update()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let a point go."""
        drag, dragged = self._drag, self._dragged
        self._drag, self._dragged = None, None
        if drag is not None and dragged is not None and event.button() is Qt.MouseButton.LeftButton:
            self.point_moved.emit(drag[0], *dragged)
        self.update()

    # The keyboard.

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cross or, with Ctrl, the chosen point; Space adds; Delete removes; digits choose the class."""
        if self.points is None or not self.is_editable or not self._do_key(event):
            super().keyPressEvent(event)

    def _do_key(self, event: QKeyEvent) -> bool:
        arrows = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, 1), Key.Key_Down: (0, -1)}
        key = Key(event.key())
        points = self.points
        if points is None:
            return False
        if key in arrows:
            self._move_by(*arrows[key], event.modifiers())
        elif key in (Key.Key_Space, Key.Key_Return, Key.Key_Enter):
            self.chosen = None
            self.point_added.emit(*self.cross, self.kind)
        elif key in (Key.Key_Delete, Key.Key_Backspace) and self.chosen is not None:
            row, self.chosen = self.chosen, None
            self.point_removed.emit(row)
        elif key in (Key.Key_PageUp, Key.Key_PageDown) and points.count:
            way = 1 if key is Key.Key_PageDown else -1
            self._choose(0 if self.chosen is None else (self.chosen + way) % points.count)
        elif key is Key.Key_Escape and self.chosen is not None:
            self.chosen = None
            self.update()
        elif Key.Key_1 <= key <= Key.Key_9 and key - Key.Key_1 < len(points.kinds):
            self.kind_wished.emit(int(key - Key.Key_1))
        else:
            return False
        return True

    def _move_by(self, across: int, up: int, modifiers: Qt.KeyboardModifier) -> None:
        frame = self.frame
        share = 0.1 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0
        points, chosen = self.points, self.chosen
        is_point = bool(modifiers & Qt.KeyboardModifier.ControlModifier) and chosen is not None
        x, y = self.cross
        if is_point and points is not None and chosen is not None:
            x, y = float(points.x[chosen]), float(points.y[chosen])
        x = handy(min(frame.right, max(frame.left, x + across * share * frame.width / STEPS_ACROSS)), frame.width)
        y = handy(min(frame.top, max(frame.bottom, y + up * share * frame.height / STEPS_ACROSS)), frame.height)
        self.cross = (x, y)
        if is_point and chosen is not None:
            self.point_moved.emit(chosen, x, y)
        self.setAccessibleDescription(f"cross at {x:g}, {y:g}")
        self.update()

    def _choose(self, row: int) -> None:
        points = self.points
        if points is None:
            return
        self.chosen = row
        self.cross = (float(points.x[row]), float(points.y[row]))
        words = f"point {row}, {points.kinds[int(points.kind[row])]}, at {self.cross[0]:g}, {self.cross[1]:g}"
        self.setAccessibleDescription(words)
        self.point_chosen.emit(row)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The cross is shown."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cross is hidden."""
        super().focusOutEvent(event)
        self.update()

    # Painting.

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, points, the cross and what is chosen."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(self._theme.surface))
            self._paint_axes(painter)
            if self.points is not None:
                hidden = self._drag[0] if self._drag is not None and self._dragged is not None else None
                paint_points(painter, self.points, self.place, self._theme, hidden)
                self._paint_marks(painter, self.points)

    def _paint_axes(self, painter: QPainter) -> None:
        plot, frame, theme, scale = self.plot, self.frame, self._theme, text_scale()
        size = TEXT * scale
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(plot)
        for value in ticks_of(frame.left, frame.right):
            x = self.place(value, frame.bottom).x()
            painter.setPen(QPen(QColor(theme.faded if value == 0.0 else theme.line), 1.0))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            draw_centred(painter, QPointF(x, plot.bottom() + 9.0 * scale), _tick(value), size, theme.quiet)
        for value in ticks_of(frame.bottom, frame.top):
            y = self.place(frame.left, value).y()
            painter.setPen(QPen(QColor(theme.faded if value == 0.0 else theme.line), 1.0))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            text = _tick(value)
            draw_text(painter, plot.left() - 5.0 - text_width(text, size), y + 4.0 * scale, text, size, theme.quiet)
        names = ("", "") if self.points is None else self.points.axes
        draw_centred(painter, QPointF(plot.center().x(), plot.bottom() + 24.0 * scale), names[0], size, theme.text)
        painter.save()
        painter.translate(9.0 * scale, plot.center().y())
        painter.rotate(-90.0)
        draw_centred(painter, QPointF(0.0, 0.0), names[1], size, theme.text)
        painter.restore()

    def _paint_marks(self, painter: QPainter, points: PointSet) -> None:
        theme = self._theme
        if self.current is not None and self.current < points.count and self._dragged is None:
            painter.setPen(QPen(QColor(theme.text), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            at = self.place(float(points.x[self.current]), float(points.y[self.current]))
            painter.drawRoundedRect(QRectF(at.x() - GRAB, at.y() - GRAB, 2 * GRAB, 2 * GRAB), 3.0, 3.0)
        if self._drag is not None and self._dragged is not None:
            row, place = self._drag[0], self.place(*self._dragged)
            kind = int(points.kind[row]) if row < points.count else self.kind
            paint_mark(painter, place, kind, kind_colour(theme, kind, len(points.kinds)), theme, False)
            words = f"{self._dragged[0]:g}, {self._dragged[1]:g}".replace("-", "−")
            draw_text(painter, place.x() + 10.0, place.y() - 8.0, words, TEXT * text_scale(), theme.text)
        elif self.chosen is not None and self.chosen < points.count:
            painter.setPen(QPen(QColor(theme.forward), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            place = self.place(float(points.x[self.chosen]), float(points.y[self.chosen]))
            painter.drawEllipse(place, GRAB, GRAB)
        if self.hasFocus() and self.is_editable:
            place = self.place(*self.cross)
            painter.setPen(QPen(QColor(theme.forward), 1.2))
            painter.drawLine(place - QPointF(8.0, 0.0), place + QPointF(8.0, 0.0))
            painter.drawLine(place - QPointF(0.0, 8.0), place + QPointF(0.0, 8.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.plot.adjusted(0.5, 0.5, -0.5, -0.5))
        if points.mode is PointMode.CLASSES and not points.count and self.is_editable:
            draw_centred(painter, self.plot.center(), "Click to add a point", 13.0 * text_scale(), theme.quiet)


def _tick(value: float) -> str:
    return f"{value:g}".replace("-", "−")
