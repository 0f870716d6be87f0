"""Paints a curve of columns: a band from least to greatest, the area below it, and a mark where something is not finite."""

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from bpstudio.records import dataclass
from bpstudio.viewstate.curve import Curve, Flags
from bpstudio.viewstate.theme import Theme, mixed

MARK = 3.0
NARROWEST = 2.0


@dataclass(frozen=True, slots=True)
class CurveInk:
    """The colours of a curve: its line, the area below it (None: none), and what is not finite."""

    line: str
    area: str | None
    broken: str
    broken_area: str


def curve_ink(theme: Theme, ground: str, has_area: bool = True) -> CurveInk:
    """The colours on ``ground``: the curve as in the loss plot, what is not finite in its own."""
    area = mixed(ground, theme.forward, 0.16) if has_area else None
    return CurveInk(theme.forward, area, theme.not_finite, mixed(ground, theme.not_finite, 0.28))


def paint_curve(painter: QPainter, rect: QRectF, curve: Curve, ink: CurveInk) -> None:
    """Paint ``curve`` into ``rect``; what of it lies outside is clipped. The painter is left as it was."""
    painter.save()
    painter.setClipRect(rect.adjusted(0.0, -MARK, 0.0, 1.0), Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lefts, rights = rect.left() + curve.left * rect.width(), rect.left() + curve.right * rect.width()
    for first, end in _runs(curve.is_broken):
        _paint_broken(painter, rect, lefts[first], rights[end - 1], ink)
    for first, end in _runs(np.isfinite(curve.low)):
        part = slice(first, end)
        x = np.repeat(np.append(lefts[part], rights[end - 1]), 2)[1:-1]
        top = np.repeat(rect.bottom() - curve.high[part] * rect.height(), 2)
        bottom = np.repeat(rect.bottom() - curve.low[part] * rect.height(), 2)
        _paint_band(painter, rect, x.tolist(), top.tolist(), bottom.tolist(), ink)
    painter.restore()


def _runs(flags: Flags) -> Iterator[tuple[int, int]]:
    """First and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    yield from zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True)


def _paint_band(
    painter: QPainter, rect: QRectF, x: list[float], top: list[float], bottom: list[float], ink: CurveInk
) -> None:
    upper = [QPointF(a, b) for a, b in zip(x, top, strict=True)]
    lower = [QPointF(a, b) for a, b in zip(x, bottom, strict=True)]
    if ink.area is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ink.area))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # its edge lies under the line
        painter.drawPolygon(QPolygonF([QPointF(x[0], rect.bottom()), *upper, QPointF(x[-1], rect.bottom())]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(ink.line), 1.0))
    painter.setBrush(QColor(ink.line))
    painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))


def _paint_broken(painter: QPainter, rect: QRectF, left: float, right: float, ink: CurveInk) -> None:
    """A tinted column with a cross on top: colour alone shall not tell it."""
    right = max(right, left + NARROWEST)
    painter.fillRect(QRectF(left, rect.top(), right - left, rect.height()), QColor(ink.broken_area))
    painter.setPen(QPen(QColor(ink.broken), 1.6))
    x, y = min((left + right) / 2, left + 3 * MARK), rect.top() + MARK
    painter.drawLine(QPointF(x - MARK, y - MARK), QPointF(x + MARK, y + MARK))
    painter.drawLine(QPointF(x - MARK, y + MARK), QPointF(x + MARK, y - MARK))
