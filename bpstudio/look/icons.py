"""Own icons on a grid of 24 × 24, drawn from paths in the theme's colours, sharp at any size."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QTransform

from bpstudio.look.palette import disabled_text
from bpstudio.viewstate.theme import Theme

GRID = 24.0
PEN_WIDTH = 1.9
SIZES = (16, 20, 32, 40)  # menus and tool bars, once and twice as large: each costs 0.1 ms of the start
APPLICATION_SIZES = (16, 24, 32, 48, 64)


class IconName(StrEnum):
    """Every icon. One that ends in BACK is its twin for going backwards in time, mirrored."""

    PLAY = "play"
    PLAY_BACK = "play_back"
    PAUSE = "pause"
    STOP = "stop"
    STEP_OVER = "step_over"
    STEP_OVER_BACK = "step_over_back"
    STEP_INTO = "step_into"
    STEP_INTO_BACK = "step_into_back"
    STEP_OUT = "step_out"
    STEP_OUT_BACK = "step_out_back"
    TO_END = "to_end"
    TO_START = "to_start"
    OPEN = "open"
    EXPORT = "export"
    COPY = "copy"
    FIT = "fit"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    THEME = "theme"
    APPLICATION = "application"
    BREAKPOINT = "breakpoint"
    BREAKPOINT_CONDITION = "breakpoint_condition"
    BREAKPOINT_WRITE = "breakpoint_write"
    EXCEPTION = "exception"
    LOGPOINT = "logpoint"
    WATCH = "watch"
    BOOKMARK = "bookmark"
    NEXT_HIT = "next_hit"
    PREVIOUS_HIT = "previous_hit"
    RUN_TO_HERE = "run_to_here"
    RUN_TO_HERE_BACK = "run_to_here_back"
    BRANCH = "branch"
    COMPARE = "compare"
    RETURN_TO_LIVE = "return_to_live"
    ADD = "add"
    REMOVE = "remove"
    EDIT = "edit"


class Sketch:
    """What an icon is made of on the grid: lines of one width, and filled shapes."""

    def __init__(self) -> None:
        self.lines = QPainterPath()
        self.fills = QPainterPath()

    def line(self, *points: tuple[float, float]) -> "Sketch":
        """Straight lines from point to point."""
        self.lines.moveTo(*points[0])
        for point in points[1:]:
            self.lines.lineTo(*point)
        return self

    def polygon(self, *points: tuple[float, float]) -> "Sketch":
        """A filled shape."""
        self.fills.moveTo(*points[0])
        for point in points[1:]:
            self.fills.lineTo(*point)
        self.fills.closeSubpath()
        return self

    def dot(self, x: float, y: float, radius: float) -> "Sketch":
        """A filled disc."""
        self.fills.addEllipse(QPointF(x, y), radius, radius)
        return self

    def box(self, left: float, top: float, width: float, height: float, radius: float = 1.0) -> "Sketch":
        """An empty box."""
        self.lines.addRoundedRect(QRectF(left, top, width, height), radius, radius)
        return self

    def mirrored(self) -> "Sketch":
        """The same seen in a mirror: left is right."""
        flip = QTransform(-1.0, 0.0, 0.0, 1.0, GRID, 0.0)
        self.lines, self.fills = flip.map(self.lines), flip.map(self.fills)
        return self


def _play() -> Sketch:
    return Sketch().polygon((7.5, 4.5), (19.5, 12.0), (7.5, 19.5))


def _pause() -> Sketch:
    return Sketch().polygon((6.5, 5), (10, 5), (10, 19), (6.5, 19)).polygon((14, 5), (17.5, 5), (17.5, 19), (14, 19))


def _stop() -> Sketch:
    return Sketch().polygon((6, 6), (18, 6), (18, 18), (6, 18))


def _over() -> Sketch:
    """An arc that leaps over a dot."""
    sketch = Sketch().dot(12.0, 17.5, 2.6)
    sketch.lines.moveTo(3.5, 14.0)
    sketch.lines.cubicTo(5.0, 5.0, 17.0, 3.5, 19.3, 10.6)
    return sketch.polygon((21.8, 7.2), (20.6, 14.2), (15.2, 10.2))


def _into() -> Sketch:
    """An arrow that comes along and drops onto a dot."""
    sketch = Sketch().dot(15.0, 19.2, 2.6).line((3.5, 4.5), (11.0, 4.5))
    sketch.lines.cubicTo(13.8, 4.5, 15.0, 5.8, 15.0, 8.2)
    return sketch.polygon((15.0, 14.4), (10.9, 8.2), (19.1, 8.2))


def _out() -> Sketch:
    """An arrow that rises from a dot and goes on."""
    sketch = Sketch().dot(7.0, 19.2, 2.6).line((7.0, 14.6), (7.0, 10.5))
    sketch.lines.cubicTo(7.0, 7.8, 8.4, 6.2, 11.4, 6.2)
    sketch.lines.lineTo(14.0, 6.2)
    return sketch.polygon((20.6, 6.2), (13.8, 2.1), (13.8, 10.3))


def _to_end() -> Sketch:
    return Sketch().polygon((5.0, 5.5), (15.5, 12.0), (5.0, 18.5)).line((18.0, 5.5), (18.0, 18.5))


def _open() -> Sketch:
    """A folder."""
    sketch = Sketch().line((3.5, 18.5), (3.5, 5.5), (9.0, 5.5), (11.2, 8.2), (18.5, 8.2), (18.5, 11.0))
    return sketch.line((3.5, 18.5), (6.6, 11.2), (21.5, 11.2), (18.3, 18.5), (3.5, 18.5))


def _export() -> Sketch:
    """A tray that something leaves upwards."""
    sketch = Sketch().line((4.0, 13.5), (4.0, 19.5), (20.0, 19.5), (20.0, 13.5)).line((12.0, 15.0), (12.0, 8.0))
    return sketch.polygon((12.0, 2.8), (16.6, 9.2), (7.4, 9.2))


def _copy() -> Sketch:
    """Two sheets."""
    return Sketch().box(8.5, 8.0, 11.5, 12.5).line((5.5, 15.8), (4.0, 15.8), (4.0, 3.5), (15.0, 3.5), (15.0, 5.2))


def _fit() -> Sketch:
    """Four corners around a dot."""
    sketch = Sketch().dot(12.0, 12.0, 2.4)
    for x, y in ((4.0, 4.0), (20.0, 4.0), (4.0, 20.0), (20.0, 20.0)):
        inward_x, inward_y = (5.0 if x < 12.0 else -5.0), (5.0 if y < 12.0 else -5.0)
        sketch.line((x + inward_x, y), (x, y), (x, y + inward_y))
    return sketch


def _lens() -> Sketch:
    sketch = Sketch().line((15.4, 15.4), (20.5, 20.5)).line((7.2, 10.5), (13.8, 10.5))
    sketch.lines.addEllipse(QPointF(10.5, 10.5), 6.8, 6.8)
    return sketch


def _zoom_in() -> Sketch:
    return _lens().line((10.5, 7.2), (10.5, 13.8))


def _theme() -> Sketch:
    """A disc, half of it filled."""
    sketch = Sketch()
    sketch.lines.addEllipse(QPointF(12.0, 12.0), 8.2, 8.2)
    sketch.fills.moveTo(12.0, 3.8)
    sketch.fills.arcTo(QRectF(3.8, 3.8, 16.4, 16.4), 90.0, -180.0)
    sketch.fills.closeSubpath()
    return sketch


def _application() -> Sketch:
    """A small network: two units, one unit, and the edges between them."""
    sketch = Sketch().line((6.0, 6.5), (18.0, 12.0), (6.0, 17.5))
    return sketch.dot(6.0, 6.5, 3.2).dot(6.0, 17.5, 3.2).dot(18.0, 12.0, 3.8)


def _breakpoint() -> Sketch:
    return Sketch().dot(12.0, 12.0, 7.6)


def _breakpoint_condition() -> Sketch:
    """A ring around an equals sign."""
    sketch = Sketch().line((8.6, 10.0), (15.4, 10.0)).line((8.6, 14.0), (15.4, 14.0))
    sketch.lines.addEllipse(QPointF(12.0, 12.0), 8.0, 8.0)
    return sketch


def _breakpoint_write() -> Sketch:
    """A cell that something is put into."""
    sketch = Sketch().line((8.0, 11.0), (4.5, 11.0), (4.5, 20.0), (19.5, 20.0), (19.5, 11.0), (16.0, 11.0))
    return sketch.line((12.0, 3.5), (12.0, 10.5)).polygon((12.0, 16.4), (7.6, 10.0), (16.4, 10.0))


def _exception() -> Sketch:
    """A flash."""
    return Sketch().polygon((14.2, 2.6), (5.4, 13.6), (11.2, 13.6), (9.2, 21.4), (18.6, 9.8), (12.6, 9.8))


def _logpoint() -> Sketch:
    """A speech bubble with two lines of text."""
    sketch = Sketch().line((8.0, 8.6), (16.0, 8.6)).line((8.0, 12.2), (13.5, 12.2))
    return sketch.line(
        (4.0, 4.5), (20.0, 4.5), (20.0, 16.2), (12.5, 16.2), (8.0, 20.4), (8.0, 16.2), (4.0, 16.2), (4.0, 4.5)
    )


def _watch() -> Sketch:
    """An eye."""
    sketch = Sketch().dot(12.0, 12.0, 3.2)
    sketch.lines.moveTo(2.8, 12.0)
    sketch.lines.cubicTo(6.5, 4.2, 17.5, 4.2, 21.2, 12.0)
    sketch.lines.cubicTo(17.5, 19.8, 6.5, 19.8, 2.8, 12.0)
    return sketch


def _bookmark() -> Sketch:
    """A flag on its pole."""
    return (
        Sketch().line((6.0, 3.5), (6.0, 21.0)).polygon((6.0, 3.5), (19.0, 3.5), (15.4, 8.2), (19.0, 12.9), (6.0, 12.9))
    )


def _next_hit() -> Sketch:
    """An arrowhead that runs up to a breakpoint."""
    return Sketch().polygon((3.0, 5.5), (12.0, 12.0), (3.0, 18.5)).dot(17.6, 12.0, 4.0)


def _run_to_here() -> Sketch:
    """An arrow that ends at a line."""
    sketch = Sketch().line((2.8, 12.0), (9.0, 12.0)).line((19.0, 3.5), (19.0, 20.5))
    return sketch.polygon((16.6, 12.0), (8.8, 6.6), (8.8, 17.4))


def _branch() -> Sketch:
    """A line, and another that leaves it."""
    sketch = Sketch().line((7.0, 8.0), (7.0, 16.0)).dot(7.0, 5.4, 2.9).dot(7.0, 18.6, 2.9).dot(17.5, 7.4, 2.9)
    sketch.lines.moveTo(17.5, 9.8)
    sketch.lines.cubicTo(17.5, 14.4, 7.0, 11.6, 7.0, 16.0)
    return sketch


def _compare() -> Sketch:
    """Two curves that start as one."""
    sketch = Sketch().dot(4.6, 12.0, 2.4)
    for end in (5.0, 19.0):
        sketch.lines.moveTo(4.6, 12.0)
        sketch.lines.cubicTo(11.0, 12.0, 12.0, end, 20.5, end)
    return sketch


def _return_to_live() -> Sketch:
    """An arrowhead on its way to a ring with a dot: the place where the run is live."""
    sketch = Sketch().polygon((2.6, 6.4), (9.6, 12.0), (2.6, 17.6)).dot(16.4, 12.0, 2.2)
    sketch.lines.addEllipse(QPointF(16.4, 12.0), 5.2, 5.2)
    return sketch


def _add() -> Sketch:
    return Sketch().line((12.0, 5.0), (12.0, 19.0)).line((5.0, 12.0), (19.0, 12.0))


def _remove() -> Sketch:
    return Sketch().line((5.0, 12.0), (19.0, 12.0))


def _edit() -> Sketch:
    """A pencil."""
    sketch = Sketch().line((4.5, 19.5), (5.6, 15.2), (16.0, 4.8), (19.2, 8.0), (8.8, 18.4), (4.5, 19.5))
    return sketch.line((13.6, 7.2), (16.8, 10.4))


_SKETCHES: dict[IconName, Callable[[], Sketch]] = {
    IconName.PLAY: _play,
    IconName.PLAY_BACK: lambda: _play().mirrored(),
    IconName.PAUSE: _pause,
    IconName.STOP: _stop,
    IconName.STEP_OVER: _over,
    IconName.STEP_OVER_BACK: lambda: _over().mirrored(),
    IconName.STEP_INTO: _into,
    IconName.STEP_INTO_BACK: lambda: _into().mirrored(),
    IconName.STEP_OUT: _out,
    IconName.STEP_OUT_BACK: lambda: _out().mirrored(),
    IconName.TO_END: _to_end,
    IconName.TO_START: lambda: _to_end().mirrored(),
    IconName.OPEN: _open,
    IconName.EXPORT: _export,
    IconName.COPY: _copy,
    IconName.FIT: _fit,
    IconName.ZOOM_IN: _zoom_in,
    IconName.ZOOM_OUT: _lens,
    IconName.THEME: _theme,
    IconName.APPLICATION: _application,
    IconName.BREAKPOINT: _breakpoint,
    IconName.BREAKPOINT_CONDITION: _breakpoint_condition,
    IconName.BREAKPOINT_WRITE: _breakpoint_write,
    IconName.EXCEPTION: _exception,
    IconName.LOGPOINT: _logpoint,
    IconName.WATCH: _watch,
    IconName.BOOKMARK: _bookmark,
    IconName.NEXT_HIT: _next_hit,
    IconName.PREVIOUS_HIT: lambda: _next_hit().mirrored(),
    IconName.RUN_TO_HERE: _run_to_here,
    IconName.RUN_TO_HERE_BACK: lambda: _run_to_here().mirrored(),
    IconName.BRANCH: _branch,
    IconName.COMPARE: _compare,
    IconName.RETURN_TO_LIVE: _return_to_live,
    IconName.ADD: _add,
    IconName.REMOVE: _remove,
    IconName.EDIT: _edit,
}


def paint_icon(painter: QPainter, rect: QRectF, name: IconName, colour: str) -> None:
    """Paint an icon into a square; the painter is left as it was."""
    paint_sketch(painter, rect, _SKETCHES[name](), colour)


def paint_sketch(painter: QPainter, rect: QRectF, sketch: Sketch, colour: str) -> None:
    """Paint a sketch into a square; the painter is left as it was."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / GRID, rect.height() / GRID)
    pen = QPen(QColor(colour), PEN_WIDTH)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(sketch.lines)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawPath(sketch.fills)
    painter.restore()


def icon_pixmap(name: IconName, size: int, colour: str) -> QPixmap:
    """An icon of ``size`` pixels on nothing."""
    return _sketch_pixmap(_SKETCHES[name](), size, colour)


def _sketch_pixmap(sketch: Sketch, size: int, colour: str) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        paint_sketch(painter, QRectF(0.0, 0.0, size, size), sketch, colour)
    return pixmap


def icon(name: IconName, theme: Theme, colour: str | None = None, sizes: tuple[int, ...] = SIZES) -> QIcon:
    """An icon in ``colour`` (the theme's text if None), and weaker where its action cannot be used."""
    made, sketch, weaker = QIcon(), _SKETCHES[name](), disabled_text(theme)
    for size in sizes:
        made.addPixmap(_sketch_pixmap(sketch, size, colour or theme.text), QIcon.Mode.Normal)
        made.addPixmap(_sketch_pixmap(sketch, size, weaker), QIcon.Mode.Disabled)
    return made


def application_icon(theme: Theme) -> QIcon:
    """The window's icon: the small network in the forward colour, readable on light and dark task bars."""
    made, sketch = QIcon(), _SKETCHES[IconName.APPLICATION]()
    for size in APPLICATION_SIZES:
        made.addPixmap(_sketch_pixmap(sketch, size, theme.forward))
    return made
