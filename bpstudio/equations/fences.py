"""What stands around tall parts of an equation and grows with them: parentheses, a brace, bars."""

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter, QPainterPath


def draw_fence(painter: QPainter, kind: str, x: float, top: float, bottom: float, bend: float) -> None:
    """A fence of the painter's pen with its ends at ``x``; parentheses and braces swing out by ``bend``."""
    if kind in "()":
        path = QPainterPath(QPointF(x, top))
        path.quadTo(QPointF(x + bend, (top + bottom) / 2), QPointF(x, bottom))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawPath(path)
        return
    if kind == "{":
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawPath(_brace(x, top, bottom, bend))
        return
    painter.drawLine(QLineF(x, top, x, bottom))
    if kind == "‖":
        painter.drawLine(QLineF(x + 3.0, top, x + 3.0, bottom))


def _brace(x: float, top: float, bottom: float, bend: float) -> QPainterPath:
    """A brace whose point lies ``bend`` beside its ends."""
    middle, stem, corner = (top + bottom) / 2, x + bend / 2, min(abs(bend), (bottom - top) / 4)
    path = QPainterPath(QPointF(x, top))
    path.quadTo(QPointF(stem, top), QPointF(stem, top + corner))
    path.lineTo(stem, middle - corner)
    path.quadTo(QPointF(stem, middle), QPointF(x + bend, middle))
    path.quadTo(QPointF(stem, middle), QPointF(stem, middle + corner))
    path.lineTo(stem, bottom - corner)
    path.quadTo(QPointF(stem, bottom), QPointF(x, bottom))
    return path
