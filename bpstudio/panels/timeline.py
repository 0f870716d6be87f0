"""The timeline: the whole run to scale, zoomed down to one operation; click, drag and keys say where to go."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.panels.plain_text import plain_tip
from bpstudio.panels.timeline_painter import Layout, cursor_rect, paint_cursor, paint_line, paint_still
from bpstudio.viewstate.theme import Theme
from bpstudio.viewstate.timeline_state import PAN, TimelineState, Window, panned, zoomed

Key = Qt.Key
CLICK_SLOP = 4.0
SNAP = 5.0
NOTCH = 120


def position_text(position: int) -> str:
    """What the tooltip says unless told otherwise."""
    return f"position {position:,}"


class Timeline(QWidget):
    """Shows a TimelineState; ``describe`` gives the words for a position under the pointer."""

    seek_requested = Signal(object)
    scrub_moved = Signal(object)
    scrub_ended = Signal(object)
    scrub_cancelled = Signal()
    window_requested = Signal(object)
    step_requested = Signal(int)
    level_requested = Signal(int)
    hit_requested = Signal(int)
    play_requested = Signal()
    live_requested = Signal()
    run_to_requested = Signal(object)
    bookmark_requested = Signal(object)

    def __init__(self, describe: Callable[[int], str] = position_text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setWhatsThis(
            "The whole run. Click or drag to go there, plus and minus zoom, B sets a bookmark, "
            "comma and point go from hit to hit."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(200, 64))
        self.describe = describe
        self._state: TimelineState | None = None
        self._theme: Theme | None = None
        self._picture: QPixmap | None = None
        self._pressed: float | None = None
        self._scrubbed: int | None = None
        self._hovered: float | None = None
        self._turned = 0

    @property
    def state(self) -> TimelineState | None:
        """What is shown now."""
        return self._state

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(800, round(92 * text_scale()))

    def apply(self, state: TimelineState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, a moved cursor repaints only what it passed."""
        before = self._state
        if state == before and theme == self._theme:
            return
        is_same_picture = (
            before is not None and theme == self._theme and _without_cursor(state) == _without_cursor(before)
        )
        self._state, self._theme = state, theme
        self.setAccessibleDescription(state.description or state.cursor_text)
        if before is not None and is_same_picture:
            passed, scale = cursor_rect(self.layout_, before).united(cursor_rect(self.layout_, state)), text_scale()
            self.update(_pixels(QRectF(passed.topLeft() * scale, passed.size() * scale)))
            return
        self._picture = None
        self.update()

    @property
    def layout_(self) -> Layout:
        """Where things lie now, in pixels of text at 100 %: all of it grows with the text."""
        return Layout(self.width() / text_scale(), self.height() / text_scale())

    def x_of(self, position: int) -> float:
        """Where a position lies, in pixels (for tests and for keyboard help)."""
        if self._state is None:
            raise LookupError("nothing is shown yet")
        return self.layout_.x_of(self._state, position) * text_scale()

    # Painting.

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit what stands still, painting it first if it has changed; then the cursor."""
        if self._state is None or self._theme is None:
            return
        if self._picture is None or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._picture = self._painted(self._state, self._theme)
        with QPainter(self) as painter:
            painter.setClipRegion(event.region())
            painter.drawPixmap(0, 0, self._picture)
            painter.save()
            painter.scale(text_scale(), text_scale())
            paint_cursor(painter, self.layout_, self._state, self._theme)
            pointer = self._pointer_x(self._state)
            if pointer is not None:
                paint_line(
                    painter, self.layout_, pointer, self._theme.text if self._is_scrubbing else self._theme.quiet
                )
            painter.restore()
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(self._theme.forward), 2.0))
                painter.drawRect(QRectF(self.rect()).adjusted(1.0, 1.0, -1.0, -1.0))

    def _painted(self, state: TimelineState, theme: Theme) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.background)
        with QPainter(picture) as painter:
            painter.scale(text_scale(), text_scale())
            paint_still(painter, self.layout_, state, theme)
        return picture

    def _pointer_x(self, state: TimelineState) -> float | None:
        if self._scrubbed is not None:
            return self.layout_.x_of(state, self._scrubbed)
        return self._hovered

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint anew."""
        self._picture = None

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._picture = None
            self.update()

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        self.update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()

    # The pointer.

    @property
    def _is_scrubbing(self) -> bool:
        return self._scrubbed is not None

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click or a drag begins."""
        if event.button() == Qt.MouseButton.LeftButton and self._state is not None:
            self._pressed = _x(event)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub while dragging; otherwise say what is under the pointer."""
        x = _x(event)
        if self._state is None:
            return
        if self._pressed is None:
            self._hover(x, event)
        elif self._is_scrubbing or abs(x - self._pressed) >= CLICK_SLOP:
            self._scrub(self._state, x)

    def _scrub(self, state: TimelineState, x: float) -> None:
        """Within what was computed: dragging looks at it, it never runs on."""
        position = min(max(self.layout_.position_at(state, x), state.start), state.live)
        if position != self._scrubbed:
            self._show_pointer(None)
            self._scrubbed = position
            self.update()
            self.scrub_moved.emit(position)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a drag, or a click."""
        if event.button() != Qt.MouseButton.LeftButton or self._state is None or self._pressed is None:
            return
        scrubbed, self._pressed, self._scrubbed = self._scrubbed, None, None
        self.update()
        if scrubbed is not None:
            self.scrub_ended.emit(scrubbed)
        else:
            self.seek_requested.emit(self._place_at(self._state, _x(event)))

    def _place_at(self, state: TimelineState, x: float) -> int:
        """The mark near the pointer, or the position under it."""
        marks = [*state.hits, *(b.position for b in state.bookmarks), *(f.position for f in state.forks)]
        near = [(abs(self.layout_.x_of(state, mark) - x), mark) for mark in marks if state.window.holds(mark)]
        distance, mark = min(near, default=(SNAP + 1.0, 0))
        return mark if distance <= SNAP else self.layout_.position_at(state, x)

    def _hover(self, x: float, event: QMouseEvent) -> None:
        state = self._state
        if state is None:
            return
        self._show_pointer(x)
        place = self._place_at(state, x)
        lines = [self.describe(place), *(f"⚑ {b.name}" for b in state.bookmarks if b.position == place)]
        lines += [b.note for b in state.bookmarks if b.position == place and b.note]
        lines += [f"branch: {f.name}" for f in state.forks if f.position == place]
        QToolTip.showText(event.globalPosition().toPoint(), plain_tip("\n".join(lines)), self)

    def _show_pointer(self, x: float | None) -> None:
        for place in (self._hovered, x):
            if place is not None:
                self.update(int(place * text_scale()) - 3, 0, 8, self.height())
        self._hovered = x

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._show_pointer(None)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up and down zoom around the pointer; left and right (or with Shift) move the window."""
        event.accept()
        turned, is_shifted = event.angleDelta(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        is_sideways = is_shifted or abs(turned.x()) > abs(turned.y())
        self._turned += turned.x() or turned.y() if is_sideways else turned.y()
        notches = int(self._turned / NOTCH)
        self._turned -= notches * NOTCH
        if notches == 0 or self._state is None:
            return
        if is_sideways:
            self._pan(-notches * PAN)
        else:
            self._zoom(notches, self.layout_.position_at(self._state, _x(event)))

    def _zoom(self, steps: int, about: int | None = None) -> None:
        """Around ``about``: the cursor if None, or the middle while the cursor is out of sight."""
        state = self._state
        if state is None:
            return
        if about is None:
            about = state.cursor if state.window.holds(state.cursor) else state.window.position_at(0.5)
        self._ask_window(zoomed(state.window, state.whole, about, steps))

    def _pan(self, share: Fraction) -> None:
        if self._state is not None:
            self._ask_window(panned(self._state.window, self._state.whole, share))

    def _ask_window(self, window: Window) -> None:
        if self._state is not None and window != self._state.window:
            self.window_requested.emit(window)

    # Keys and menu.

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the timeline; any other goes on to the window."""
        state = self._state
        kept = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        wish = self._wishes(state, is_shifted).get(event.key()) if state is not None else None
        if wish is None or kept != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
            return
        wish()

    def _wishes(self, state: TimelineState, is_shifted: bool) -> dict[int, Callable[[], object]]:
        step = self._pan_by if is_shifted else self.step_requested.emit
        wishes: dict[int, Callable[[], object]] = {
            Key.Key_Right: lambda: step(1),
            Key.Key_Left: lambda: step(-1),
            Key.Key_Up: lambda: self.level_requested.emit(-1),
            Key.Key_Down: lambda: self.level_requested.emit(1),
            Key.Key_Period: lambda: self.hit_requested.emit(1),
            Key.Key_Comma: lambda: self.hit_requested.emit(-1),
            Key.Key_Home: lambda: self.seek_requested.emit(state.start),
            Key.Key_End: self.live_requested.emit,
            Key.Key_Space: self.play_requested.emit,
            Key.Key_Plus: lambda: self._zoom(2),
            Key.Key_Equal: lambda: self._zoom(2),
            Key.Key_Minus: lambda: self._zoom(-2),
            Key.Key_0: lambda: self._ask_window(state.whole),
            Key.Key_B: lambda: self.bookmark_requested.emit(state.cursor),
        }
        if self._pressed is not None:
            wishes[Key.Key_Escape] = self._cancel_scrub
        return wishes

    def _pan_by(self, direction: int) -> None:
        self._pan(direction * PAN)

    def _cancel_scrub(self) -> None:
        self._pressed, scrubbed, self._scrubbed = None, self._scrubbed, None
        self.update()
        if scrubbed is not None:
            self.scrub_cancelled.emit()

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done at the place under the pointer; from the keyboard, at the cursor."""
        state = self._state
        if state is None:
            return
        is_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        place = self._place_at(state, event.pos().x() / text_scale()) if is_mouse else state.cursor
        menu = QMenu(self)
        menu.setObjectName("timeline-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Go here").triggered.connect(lambda: self.seek_requested.emit(place))
        menu.addAction("&Run to here").triggered.connect(lambda: self.run_to_requested.emit(place))
        menu.addAction("&Bookmark…").triggered.connect(lambda: self.bookmark_requested.emit(place))
        menu.addSeparator()
        menu.addAction("&Previous hit\t,").triggered.connect(lambda: self.hit_requested.emit(-1))
        menu.addAction("&Next hit\t.").triggered.connect(lambda: self.hit_requested.emit(1))
        menu.addAction("Return to &live\tEnd").triggered.connect(self.live_requested.emit)
        menu.addSeparator()
        menu.addAction("Zoom &in\t+").triggered.connect(lambda: self._zoom(2, place))
        menu.addAction("Zoom &out\t−").triggered.connect(lambda: self._zoom(-2, place))
        menu.addAction("&Whole run\t0").triggered.connect(lambda: self._ask_window(state.whole))
        menu.popup(event.globalPos())


def _without_cursor(state: TimelineState) -> TimelineState:
    return replace(state, cursor=0, cursor_text="", description="")


def _x(event: QMouseEvent | QWheelEvent) -> float:
    """Where the pointer is, in pixels of text at 100 %."""
    return event.position().x() / text_scale()


def _pixels(rect: QRectF) -> QRect:
    return rect.toAlignedRect().adjusted(-1, 0, 1, 0)
