"""Paints the timeline: what stands still while the cursor moves, and the cursor itself."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from bpstudio.look.drawing import draw_plate, draw_text, text_width
from bpstudio.look.fonts import font
from bpstudio.look.icons import IconName, paint_icon
from bpstudio.panels.curve_painter import curve_ink, paint_curve
from bpstudio.records import dataclass
from bpstudio.viewstate.theme import Theme, mixed
from bpstudio.viewstate.timeline_state import TimelineState
from bpstudio.viewstate.timeline_ticks import Tier

TOP = 17.0
ROW = 14.5
TWO_ROWS = 76.0
TEXT = 11.0
MARK_ROOM = 5.0
GUTTER = 46.0
MARGIN = 8.0
HANDLE = 5.5
VEIL = 95
MOST_HIT_LINES = 80
NARROWEST_LABEL = 22.0
SHORT, CLEAR = 3.0, 2.0
"""How long a tick above a label is, and how near to its sides none passes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie in a timeline of ``width`` × ``height``: flags on top, the curve, one or two rows of labels."""

    width: float
    height: float

    @property
    def track(self) -> QRectF:
        """The curve's place; its left and right edges are the window's ends."""
        top, bottom = TOP + MARK_ROOM, self.height - self.rows * ROW - 3.0
        return QRectF(GUTTER, top, self.track_width, max(8.0, bottom - top))

    @property
    def track_width(self) -> float:
        """The pixels from one end of the window to the other."""
        return max(1.0, self.width - GUTTER - MARGIN)

    @property
    def rows(self) -> int:
        """Rows of labels: a low timeline keeps the finer one and gives the curve the other's place."""
        return 2 if self.height >= TWO_ROWS else 1

    def x_of(self, state: TimelineState, position: int) -> float:
        """Where a position lies, in pixels."""
        return GUTTER + state.window.share_of(position) * self.track_width

    def position_at(self, state: TimelineState, x: float) -> int:
        """The position in the middle of a pixel; the window's ends outside of it."""
        return state.window.position_at((x + 0.5 - GUTTER) / self.track_width)


def paint_still(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """All but the cursor."""
    painter.fillRect(QRectF(0.0, 0.0, layout.width, layout.height), QColor(theme.background))
    painter.fillRect(layout.track, QColor(theme.surface))
    _paint_ahead(painter, layout, state, theme)
    _paint_loss(painter, layout, state, theme)
    _paint_axis(painter, layout, state, theme)
    _paint_checkpoints(painter, layout, state, theme)
    _paint_hits(painter, layout, state, theme)
    _paint_flags(painter, layout, state, theme)
    _paint_bounds(painter, layout, state, theme)


def _paint_loss(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """The curve as far as the run is live: the loss of an iteration is known before the run has come to its end."""
    if state.curve is None:
        return
    painter.save()
    painter.setClipRect(QRectF(0.0, 0.0, layout.x_of(state, state.live), layout.height))
    paint_curve(painter, layout.track.adjusted(0, 2, 0, 0), state.curve, curve_ink(theme, theme.surface))
    painter.restore()


def _paint_ahead(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """What was never computed is hatched; a line says how far the run is live."""
    track = layout.track
    left = max(track.left(), layout.x_of(state, state.live))
    if left >= track.right():
        return
    ahead = QRectF(left, track.top(), track.right() - left, track.height())
    painter.fillRect(ahead, QColor(theme.background))
    painter.fillRect(ahead, QBrush(QColor(mixed(theme.background, theme.quiet, 0.35)), Qt.BrushStyle.BDiagPattern))
    if state.window.holds(state.live):
        painter.setPen(QPen(QColor(theme.quiet), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(left, track.top(), left, track.bottom()))
    words = "not run yet"
    room = text_width(words, TEXT) + 10.0
    if ahead.width() > room + 8.0 and track.height() > TEXT + 6.0:
        plate = QRectF(ahead.center().x() - room / 2, ahead.center().y() - 9.0, room, 18.0)
        draw_plate(painter, plate, theme.background)
        draw_text(painter, plate.left() + 5.0, plate.center().y() + 4.0, words, TEXT, theme.quiet)


def _paint_axis(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    track, rows = layout.track, layout.rows
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    strong, weak = QColor(theme.quiet), QColor(mixed(theme.quiet, theme.background, 0.45))
    fine, coarse = (labels_of(layout, state, tier) for tier in (Tier.FINE, Tier.COARSE))
    for tick in state.ticks:
        x = layout.x_of(state, tick.position)
        if not track.left() - 0.5 <= x <= track.right() + 0.5:
            continue
        painter.setPen(QPen(weak if tick.tier is Tier.MINOR else strong, 1.0))
        for top, bottom in strokes_of(tick.tier, x, rows, fine):
            painter.drawLine(QLineF(x, track.bottom() + top, x, track.bottom() + bottom))
    painter.setPen(QPen(strong, 1.0))
    painter.drawLine(QLineF(track.left(), track.bottom(), track.right(), track.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for row, (labels, colour) in enumerate(((fine, theme.text), (coarse, theme.quiet))[:rows]):
        for label in labels:
            draw_text(painter, label.left, track.bottom() + row * ROW + 13.0, label.text, TEXT, colour)


@dataclass(frozen=True, slots=True)
class Label:
    """The words of a tick, from ``left`` to ``right``."""

    left: float
    right: float
    text: str


def strokes_of(tier: Tier, x: float, rows: int, labels: list[Label]) -> tuple[tuple[float, float], ...]:
    """From where to where a tick goes below the curve: around the words of the finer row, never through them."""
    if tier is Tier.FINE:
        return ((0.0, 6.0),)
    if tier is Tier.MINOR:
        return ((0.0, SHORT),)
    if not any(label.left - CLEAR < x < label.right + CLEAR for label in labels):
        return ((0.0, rows * ROW),)
    return ((0.0, SHORT), (ROW + 1.0, rows * ROW))[:rows]


def labels_of(layout: Layout, state: TimelineState, tier: Tier) -> list[Label]:
    """The words right of their ticks, where they fit before the next; a block that began earlier is named at the edge.

    In a single row a name is not said twice running; with two the coarser one tells the blocks apart.
    """
    track, metrics = layout.track, QFontMetricsF(font(TEXT))
    ticks = [tick for tick in state.ticks if tick.tier is tier]
    found: list[Label] = []
    rights = [layout.x_of(state, tick.position) for tick in ticks[1:]] + [track.right() + MARGIN]
    for tick, right in zip(ticks, rights, strict=bool(ticks)):
        if right <= track.left() or not tick.label:
            continue
        if layout.rows == 1 and found and found[-1].text == tick.label:
            continue
        x = layout.x_of(state, tick.position)
        left = max(track.left(), x) + 4.0
        room = right - left - 4.0
        if (x < track.left() and room >= NARROWEST_LABEL) or metrics.horizontalAdvance(tick.label) <= room:
            text = metrics.elidedText(tick.label, Qt.TextElideMode.ElideRight, room)
            found.append(Label(left, left + metrics.horizontalAdvance(text), text))
    return found


def _paint_checkpoints(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    track = layout.track
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.quiet))
    for position in state.checkpoints:
        x = layout.x_of(state, position)
        if track.left() <= x <= track.right():
            corners = [
                QPointF(x - 2.6, track.bottom()),
                QPointF(x, track.bottom() - 4.6),
                QPointF(x + 2.6, track.bottom()),
            ]
            painter.drawPolygon(QPolygonF(corners))


def _paint_hits(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """A dot above the curve and a thin line through it; where they are many, a tick."""
    track = layout.track
    places = [x for x in (layout.x_of(state, p) for p in state.hits) if track.left() <= x <= track.right()]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if len(places) > MOST_HIT_LINES:  # a dot each would cost more than all the rest of the picture
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.breakpoint))
        painter.drawRects([QRectF(x - 1.0, track.top() - 5.0, 2.0, 5.0) for x in places])
        return
    painter.setPen(QPen(QColor(mixed(theme.surface, theme.breakpoint, 0.55)), 1.0))
    painter.drawLines([QLineF(x, track.top(), x, track.bottom() - 1.0) for x in places])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.breakpoint))
    for x in places:
        painter.drawEllipse(QPointF(x, track.top() - 2.5), 3.0, 3.0)


def _paint_flags(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """Bookmarks and forks with their names, each cut where the next begins."""
    track, metrics = layout.track, QFontMetricsF(font(TEXT))
    flags = [(layout.x_of(state, f.position), f.name, IconName.BRANCH) for f in state.forks]
    flags += [(layout.x_of(state, b.position), b.name, IconName.BOOKMARK) for b in state.bookmarks]
    flags = sorted((f for f in flags if track.left() <= f[0] <= track.right()), key=lambda f: f[0])
    rights = [x for x, _, _ in flags[1:]] + [track.right() + MARGIN]
    for (x, name, which), right in zip(flags, rights, strict=bool(flags)):
        is_flag = which is IconName.BOOKMARK
        left = x - (3.0 if is_flag else 6.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(theme.text if is_flag else theme.quiet), 1.0))
        painter.drawLine(QLineF(x, TOP - 4.0, x, track.bottom() - 1.0))
        paint_icon(painter, QRectF(left, 2.0, 13.0, 13.0), which, theme.text if is_flag else theme.quiet)
        room = min(140.0, right - left - 22.0)
        if room >= NARROWEST_LABEL:
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            draw_text(painter, left + 15.0, 12.5, text, TEXT, theme.text if is_flag else theme.quiet)


def _paint_bounds(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """What the top and the bottom of the curve stand for, left of it."""
    track = layout.track
    for text, baseline in ((state.curve_top, track.top() + 8.0), (state.curve_bottom, track.bottom())):
        draw_text(painter, track.left() - 5.0 - text_width(text, 10.0), baseline, text, 10.0, theme.quiet)


# What moves.


def cursor_rect(layout: Layout, state: TimelineState) -> QRectF:
    """What the cursor covers, its words included."""
    x = _cursor_x(layout, state)
    return QRectF(x - HANDLE - 1.0, 0.0, 2 * HANDLE + 2.0, layout.height).united(_plate(layout, state))


def _cursor_x(layout: Layout, state: TimelineState) -> float:
    track = layout.track
    return min(max(layout.x_of(state, state.cursor), track.left()), track.right())


def _plate(layout: Layout, state: TimelineState) -> QRectF:
    x, width = _cursor_x(layout, state), text_width(state.cursor_text, TEXT, True) + 12.0
    left = x + HANDLE + 1.0
    if left + width > layout.width:
        left = x - HANDLE - 1.0 - width
    return QRectF(left, 0.0, width if state.cursor_text else 0.0, TOP - 1.0)


def paint_cursor(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """What was computed after the cursor veiled, and the cursor: a handle, a line, its words."""
    track, x = layout.track, _cursor_x(layout, state)
    veil = QColor(theme.background)
    veil.setAlpha(VEIL)
    end = min(max(layout.x_of(state, state.live), x), track.right())
    painter.fillRect(QRectF(x, track.top(), end - x, track.height()), veil)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if not state.window.holds(state.cursor):
        _paint_outside(painter, layout, state, theme)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    painter.drawRect(QRectF(x - 1.0, 4.0, 2.0, track.bottom() - 2.0))
    painter.drawPolygon(
        QPolygonF([QPointF(x + a, b) for a, b in ((-HANDLE, 1), (HANDLE, 1), (HANDLE, 9), (0, 15), (-HANDLE, 9))])
    )
    if state.cursor_text:
        plate = _plate(layout, state)
        draw_plate(painter, plate, theme.background)
        painter.setFont(font(TEXT, True))
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(plate.left() + 6.0, 12.5), state.cursor_text)


def _paint_outside(painter: QPainter, layout: Layout, state: TimelineState, theme: Theme) -> None:
    """An arrow at the edge behind which the cursor is."""
    is_left = state.cursor < state.window.start
    x, direction = (layout.track.left(), 1.0) if is_left else (layout.track.right(), -1.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    tip, base = QPointF(x - 5.0 * direction, 8.0), x + 5.0 * direction
    painter.drawPolygon(QPolygonF([tip, QPointF(base, 2.0), QPointF(base, 14.0)]))


def paint_line(painter: QPainter, layout: Layout, x: float, colour: str) -> None:
    """A thin line where the pointer is."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(colour), 1.0))
    painter.drawLine(QLineF(x, TOP, x, layout.track.bottom()))
