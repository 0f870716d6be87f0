"""How points of classes look: each class a colour and a shape of its own, points held out hollow."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from bpstudio.viewstate.data_state import MOST_PAINTED, PointSet
from bpstudio.viewstate.theme import Theme

RADIUS = 4.6
SMALL_RADIUS = 2.4
MANY = 1_000
ICON = 18


def kind_colour(theme: Theme, kind: int, count: int) -> str:
    """The colour of a class; of two, the first is that of negative numbers and the second that of positive ones."""
    if count == 1:
        return theme.forward
    colours = (theme.negative, theme.positive, theme.backward, theme.forward, theme.not_finite, theme.quiet)
    return colours[kind % len(colours)]


def paint_points(
    painter: QPainter, points: PointSet, place: Callable[[float, float], QPointF], theme: Theme, hidden: int | None
) -> None:
    """All points but ``hidden``; of very many, evenly chosen ones."""
    stride = max(1, points.count // MOST_PAINTED)
    radius = RADIUS if points.count <= MANY else SMALL_RADIUS
    count = len(points.kinds)
    some = slice(None, None, stride)
    columns = (points.x[some], points.y[some], points.kind[some], points.is_held[some])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (x, y, kind, is_held) in enumerate(rows):
        if number * stride != hidden:
            paint_mark(painter, place(x, y), kind, kind_colour(theme, kind, count), theme, is_held, radius)


def paint_mark(
    painter: QPainter, at: QPointF, kind: int, colour: str, theme: Theme, is_hollow: bool, radius: float = RADIUS
) -> None:
    """One point: circle, square, triangle or diamond by its class."""
    painter.setPen(QPen(QColor(colour if is_hollow else theme.surface), 1.6 if is_hollow else 1.0))
    painter.setBrush(QColor(theme.surface if is_hollow else colour))
    match kind % 4:
        case 0:
            painter.drawEllipse(at, radius, radius)
        case 1:
            side = radius * 0.9
            painter.drawRect(QRectF(at.x() - side, at.y() - side, 2 * side, 2 * side))
        case 2:
            painter.drawPolygon(_polygon(at, radius, ((0.0, -1.15), (1.05, 0.8), (-1.05, 0.8))))
        case _:
            painter.drawPolygon(_polygon(at, radius, ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0))))


def _polygon(at: QPointF, radius: float, corners: tuple[tuple[float, float], ...]) -> QPolygonF:
    return QPolygonF([QPointF(at.x() + radius * x, at.y() + radius * y) for x, y in corners])


def kind_icon(theme: Theme, kind: int, count: int, ratio: float) -> QIcon:
    """A class as an icon for a button or a list."""
    pixmap = QPixmap(round(ICON * ratio), round(ICON * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(
            painter, QPointF(ICON / 2, ICON / 2), kind, kind_colour(theme, kind, count), theme, False, RADIUS + 1.0
        )
    return QIcon(pixmap)
