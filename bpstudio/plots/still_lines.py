"""Lines over the iterations as their chart draws them, without pyqtgraph: what is in sight until the chart is loaded.

Importing pyqtgraph takes longer than the rest of a start, and an empty plot would be filled in while one looks. This can't be
pointed at; `tests/plots/test_still_lines.py` holds it to the chart's picture, pixel by pixel.
"""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from bpstudio.look.fonts import font
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import Array
from bpstudio.plots.frame import (
    LEAST_SIZE,
    TEXT_HEIGHT,
    axis_font,
    axis_scale,
    bottom_height,
    has_names,
    left_width,
    right_room,
    top_room,
)
from bpstudio.plots.scales import drawn, finite_of, scale_of, ticks, whole, words
from bpstudio.plots.strokes import colour_of, pen_of
from bpstudio.viewstate.plots_state import LinesState
from bpstudio.viewstate.theme import LIGHT, Theme

TICK = 5.0
MOST_POINTS = 2500
"""A longer line is thinned out in its chart; until then its plot stays empty."""
MOST_DOTS = 40


class StillLines(QWidget):
    """Shows a LinesState; nothing of one that takes more than lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(LEAST_SIZE[0] + 2, LEAST_SIZE[1] + 2)
        self.state: LinesState | None = None
        self._theme: Theme = LIGHT

    def apply(self, state: object, theme: Theme) -> None:
        """Show ``state`` if it is made of lines all of whose numbers can be drawn."""
        self.state = state if isinstance(state, LinesState) and is_plain(state) else None
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        if self.state is not None:
            with QPainter(self) as painter:
                paint_lines(painter, QRectF(self.rect()), self.state, self._theme)


def is_plain(state: LinesState) -> bool:
    """Whether there is something to draw, all of it short and finite as drawn: on a log axis 0 and what lies below are not."""
    if state.is_empty or any(len(line.y) > MOST_POINTS or not np.isfinite(line.y).all() for line in state.lines):
        return False
    unit = 1.0 if state.is_log else scale_of(finite_of([line.y for line in state.lines]))
    heights = [drawn(line.y, unit, state.is_log) for line in state.lines]
    across, up = whole(state, heights)
    spans = np.array([across[1] - across[0], up[1] - up[0]])
    is_drawable = bool(np.isfinite(spans).all() and (spans > 0.0).all())
    return is_drawable and all(bool(np.isfinite(height).all()) for height in heights)


def paint_lines(painter: QPainter, rect: QRectF, state: LinesState, theme: Theme) -> None:
    """Ground, axes, the run's mark, and the lines."""
    painter.fillRect(rect, QColor(theme.background))
    inner = rect.adjusted(1.0, 1.0, -1.0, -1.0)
    is_named = has_names(rect.height())
    box = inner.adjusted(
        1.0 + left_width(is_named),
        top_room(is_named),
        -right_room(is_named),
        -1.0 - bottom_height(state.x_label, is_named),
    )
    unit = 1.0 if state.is_log else scale_of(finite_of([line.y for line in state.lines]))
    heights = [drawn(line.y, unit, state.is_log) for line in state.lines]
    across, up = whole(state, heights)
    scale = _Scale(box, across, up)
    _paint_axes(painter, scale, state, theme, unit, is_named)
    if is_named:
        _paint_names(painter, box, state, theme)
    painter.save()
    painter.setClipRect(box)
    _paint_inside(painter, scale, state, theme, heights)
    painter.restore()


class _Scale:
    """From numbers to pixels."""

    def __init__(self, box: QRectF, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.box, self.across, self.up = box, across, up

    def x(self, value: float) -> float:
        return self.box.left() + (value - self.across[0]) / (self.across[1] - self.across[0]) * self.box.width()

    def y(self, value: float) -> float:
        return self.box.bottom() - (value - self.up[0]) / (self.up[1] - self.up[0]) * self.box.height()


def _paint_axes(painter: QPainter, scale: _Scale, state: LinesState, theme: Theme, unit: float, is_named: bool) -> None:
    box, text_size = scale.box, axis_scale(is_named)
    above, beside = top_room(is_named), right_room(is_named)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(theme.quiet), 1.0))
    painter.setFont(axis_font(is_named))
    metrics = QFontMetricsF(axis_font(is_named))
    painter.drawLine(QPointF(box.left() - 1.0, box.top() - 1.0), QPointF(box.left() - 1.0, box.bottom() + 1.0))
    painter.drawLine(QPointF(box.left() - 1.0, box.bottom() + 1.0), QPointF(box.right() + 1.0, box.bottom() + 1.0))
    _, places = ticks("left", *scale.up, box.height() + 2.0, state.is_log, False, text_size)
    written = words(places, unit, state.is_log, state.is_percent, False, state.numbers)
    for value, text in zip(places, written, strict=True):
        y = scale.y(value)
        painter.drawLine(QPointF(box.left(), y), QPointF(box.left() + TICK, y))
        bounds = metrics.boundingRect(text)
        height = TEXT_HEIGHT * metrics.height()
        place = QRectF(box.left() - TICK - bounds.width(), y - height / 2, bounds.width(), height)
        if place.top() >= box.top() - above and place.bottom() <= box.bottom() + above:
            painter.drawText(place, _flags(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
    _, places = ticks("bottom", *scale.across, box.width() + 2.0, False, True, text_size)
    for value, text in zip(places, words(places, 1.0, False, False, True, state.numbers), strict=True):
        x = scale.x(value)
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() - TICK))
        width = metrics.horizontalAdvance(text)
        place = QRectF(x - width / 2, box.bottom() + 2.0, width, TEXT_HEIGHT * metrics.height())
        if place.left() >= box.left() - beside and place.right() <= box.right() + beside:
            painter.drawText(place, _flags(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), text)


def _flags(alignment: Qt.AlignmentFlag) -> int:
    return int(alignment.value) | int(Qt.TextFlag.TextDontClip.value)


def _paint_names(painter: QPainter, box: QRectF, state: LinesState, theme: Theme) -> None:
    painter.setPen(QColor(theme.quiet))
    painter.setFont(font(11.0 * text_scale()))
    metrics = QFontMetricsF(painter.font())
    if state.x_label:
        left = int((box.width() - metrics.horizontalAdvance(f"{state.x_label} ") - 8.0) / 2)
        top = int(bottom_height(state.x_label, True) - (round(metrics.height()) + 8.0) + 5.0)
        painter.drawText(QPointF(box.left() + left + 4.0, box.bottom() + top + 4.0 + metrics.ascent()), state.x_label)
    if state.y_label:
        along = int(box.height() / 2 + (metrics.horizontalAdvance(f"{state.y_label} ") + 8.0) / 2)
        painter.save()
        painter.translate(box.left() - left_width(True) - 5.0, box.top() + along)
        painter.rotate(-90.0)
        painter.drawText(QPointF(4.0, 4.0 + metrics.ascent()), state.y_label)
        painter.restore()


def _paint_inside(painter: QPainter, scale: _Scale, state: LinesState, theme: Theme, heights: list[Array]) -> None:
    painter.setPen(_cosmetic(QPen(QColor(theme.text), 1.2, Qt.PenStyle.DashLine)))
    x = scale.x(state.mark)
    painter.drawLine(QPointF(x, scale.box.bottom()), QPointF(x, scale.box.top()))
    for line, height in reversed(list(zip(state.lines, heights, strict=True))):
        across = np.arange(len(height), dtype=float) if line.x is None else line.x
        points = [QPointF(scale.x(a), scale.y(b)) for a, b in zip(across.tolist(), height.tolist(), strict=True)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen_of(line.style, theme, 1.6))
        painter.drawPolyline(QPolygonF(points))
        if len(points) <= MOST_DOTS:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour_of(line.style, theme))
            for point in points:
                painter.drawEllipse(QPointF(_snapped(point.x()), _snapped(point.y())), 2.5, 2.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)


def _snapped(place: float) -> float:
    """Where the middle of a dot comes to lie, six pixels wide with its edge."""
    return math.floor(place - 3.0 + 0.5) + 3.0


def _cosmetic(pen: QPen) -> QPen:
    pen.setCosmetic(True)
    return pen
