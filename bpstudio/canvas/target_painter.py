"""Paints the targets beside the outputs, and a line from each to the loss; and says where each lies."""

from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from bpstudio.canvas.geometry import TARGET_TEXT as TEXT
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import signed
from bpstudio.look.drawing import draw_glyphs, draw_text, elided, glyphs_width, text_width
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme, mixed

WORD = 11.0
NAME, NAME_GAP, LINE_ROOM, TWO_LINES = 10.5, 7.0, 16.0, 31.0
"""The size of a class's name, the room before it, that of the line to the loss, and how far rows are apart for two lines."""


class TargetPainter:
    """Paints the targets of one state in one geometry."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry) -> None:
        self.theme = theme
        self.geometry = geometry
        self._loss = state.loss
        self._last = state.columns[-1]

    # Each with its number.

    def target(self, painter: QPainter, unit: int) -> None:
        """``y₁ = 1``, with the class below when it has a name, or behind it where outputs lie close."""
        name, width = self._name(unit), self.widths[unit]
        x, y = self.geometry.target_x, self._y(unit)
        baseline = y + (0.0 if name and not self._is_close else 4.5)
        words = f" = {self._loss.targets[unit]}"
        left = x + draw_glyphs(painter, x, baseline, self._loss.target_symbols[unit], TEXT, self.theme.quiet)
        draw_text(painter, left, baseline, words, TEXT, self.theme.text)
        if name and self._is_close:
            left += text_width(words, TEXT) + NAME_GAP
            shown = elided(name, NAME, x + width - left)
            draw_text(painter, left, baseline, shown if len(shown) > 1 else "", NAME, self.theme.quiet)
        elif name:
            draw_text(painter, x, y + 14.0, elided(name, NAME, width), NAME, self.theme.quiet)

    def lines(self, painter: QPainter) -> None:
        """From each target to the loss."""
        painter.setPen(QPen(QColor(self.theme.faded), 1.0))
        end = self._end
        for start in self._starts:
            if start.x() < end.x():
                painter.drawLine(start, end)

    def word(self, painter: QPainter) -> None:
        """What the numbers are, below the last."""
        draw_text(painter, self.geometry.target_x, self._below, "target", WORD, self.theme.quiet)

    def bounds(self, unit: int) -> QRectF:
        """A target with its name."""
        return QRectF(self.geometry.target_x - 1.0, self._y(unit) - 16.0, self.widths[unit] + 2.0, 36.0)

    def lines_bounds(self) -> QRectF:
        """All lines to the loss."""
        starts, end = self._starts, self._end
        left, top = min(start.x() for start in starts), min(end.y(), starts[0].y())
        width = max(0.0, end.x() - left)
        return QRectF(left - 1.0, top - 1.0, width + 2.0, max(end.y(), starts[-1].y()) - top + 2.0)

    def word_bounds(self) -> QRectF:
        """The word below the last target."""
        width = text_width("target", WORD)
        return QRectF(self.geometry.target_x - 1.0, self._below - WORD - 1.0, width + 2.0, WORD + 6.0)

    def _name(self, unit: int) -> str:
        return self._last.labels[unit] if unit < len(self._last.labels) else ""

    def _y(self, unit: int) -> float:
        return self.geometry.centre(self._last.layer, unit).y()

    @property
    def _below(self) -> float:
        return self._y(self._last.size - 1) + max(34.0, self.geometry.radius)

    @property
    def _starts(self) -> list[QPointF]:
        return [QPointF(self.geometry.target_x + width + 7.0, self._y(unit)) for unit, width in enumerate(self.widths)]

    @property
    def _end(self) -> QPointF:
        rect = self.geometry.loss_rect
        return QPointF(rect.left(), rect.center().y())

    @cached_property
    def widths(self) -> tuple[float, ...]:
        """The widths of all targets."""
        return tuple(self.width(unit) for unit in range(self._last.size))

    def width(self, unit: int) -> float:
        """The width of a target with its name below or, where outputs lie close, behind it; not up to the loss at its widest."""
        words, name = f" = {self._loss.targets[unit]}", self._name(unit)
        width = glyphs_width(self._loss.target_symbols[unit], TEXT) + text_width(words, TEXT)
        named = text_width(name, NAME)
        whole = width + NAME_GAP + named if name and self._is_close else max(width, named)
        return max(width, min(whole, self.geometry.least_loss_left - self.geometry.target_x - LINE_ROOM))

    @cached_property
    def _is_close(self) -> bool:
        """Whether there is no room for a name below a target."""
        return self.geometry.rows_apart(self._last.layer) < TWO_LINES

    # Many.

    def many(self, painter: QPainter) -> None:
        """A tinted mark for each of many targets, and one wedge to the loss."""
        column, loss = self.geometry.layers[self._last.layer], self.geometry.loss_rect
        x, radius = self.geometry.target_x, max(1.0, min(4.0, column.radius))
        numbers = self._loss.target_numbers
        scale = numbers.largest() or 1.0
        rect, right = column.rect, x + radius + 3.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mixed(self.theme.line, self.theme.background, 0.4)))
        tip = QPointF(loss.left(), loss.center().y())
        painter.drawPolygon(QPolygonF([QPointF(right, rect.top()), tip, QPointF(right, rect.bottom())]))
        if not column.cell:
            for unit in range(self._last.size):
                value = numbers.at(unit) or 0.0
                tint = mixed(self.theme.control, signed(value, self.theme), min(1.0, abs(value) / scale))
                painter.setBrush(QColor(tint))
                y = float(column.centres[unit, 1])
                painter.drawRect(QRectF(x - radius, y - radius, 2 * radius, 2 * radius))
        draw_text(painter, x - 6.0, rect.top() - 9.0, f"{self._last.size} targets", WORD, self.theme.quiet)

    def many_bounds(self) -> QRectF:
        """The strip of many targets, up to the loss."""
        rect, left = self.geometry.rect, self.geometry.target_x - 12.0
        return QRectF(left, rect.top() + 50.0, self.geometry.loss_rect.left() - left + 2.0, rect.height() - 76.0)
