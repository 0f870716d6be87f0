"""Which part of the network is seen, and how it gets onto the widget."""

import math
from dataclasses import field

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QTransform

from bpstudio.canvas.front import HINTS
from bpstudio.records import dataclass

LARGEST_GRID = 20
"""Screens of 1.05 times as many pixels, and all with larger steps, have a grid."""


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the network is seen: the widget's size and pixel ratio, zoom, offset, and the scale of the fitted network."""

    size: QSize
    ratio: float
    zoom: float
    offset: QPointF
    scale: float
    transform: QTransform = field(init=False, compare=False)
    grid: int = field(init=False, compare=False)
    """So many pixels of the widget are a whole number of the screen's; 0 if not even many are."""

    def __post_init__(self) -> None:
        factor = self.zoom * self.scale
        made = QTransform(factor, 0.0, 0.0, factor, self.offset.x(), self.offset.y())
        object.__setattr__(self, "transform", made)
        whole = (count for count in range(1, LARGEST_GRID + 1) if (self.ratio * count).is_integer())
        object.__setattr__(self, "grid", next(whole, 0))

    @property
    def factor(self) -> float:
        """Widget pixels for one of the geometry."""
        return self.zoom * self.scale

    def map(self, place: QPointF) -> QPointF:
        """From the geometry to the widget."""
        return place * self.factor + self.offset

    def unmap(self, place: QPointF) -> QPointF:
        """From the widget to the geometry."""
        return (place - self.offset) / self.factor

    def map_rect(self, rect: QRectF) -> QRect:
        """A rectangle of the geometry as whole pixels of the widget, a little larger."""
        factor, x, y = self.factor, self.offset.x(), self.offset.y()
        left, top = rect.left(), rect.top()
        first, upper = math.floor(left * factor + x) - 1, math.floor(top * factor + y) - 1
        last = math.ceil((left + rect.width()) * factor + x) + 1
        return QRect(first, upper, last - first, math.ceil((top + rect.height()) * factor + y) + 1 - upper)

    def snapped(self, rect: QRectF) -> QRect:
        """The same, a little larger still where the screen's pixels ask for it."""
        found, grid = self.map_rect(rect), self.grid
        if grid < 2:
            return found
        left, top = found.left() // grid * grid, found.top() // grid * grid
        right, bottom = -(-(found.right() + 1) // grid) * grid, -(-(found.bottom() + 1) // grid) * grid
        return QRect(left, top, right - left, bottom - top)

    def unmap_rect(self, rect: QRectF) -> QRectF:
        """A rectangle of the widget in the geometry."""
        factor = self.factor
        left, top = (rect.left() - self.offset.x()) / factor, (rect.top() - self.offset.y()) / factor
        return QRectF(left, top, rect.width() / factor, rect.height() / factor)

    def set_up(self, painter: QPainter) -> None:
        """Let a painter of the widget paint in the geometry."""
        painter.setRenderHints(HINTS)
        painter.translate(self.offset)
        painter.scale(self.factor, self.factor)
