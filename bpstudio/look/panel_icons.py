"""The icons of panels, for tabs that have no room for names."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from bpstudio.look.icons import Sketch, paint_sketch


def _ring(sketch: Sketch, x: float, y: float, radius: float) -> Sketch:
    sketch.lines.addEllipse(QPointF(x, y), radius, radius)
    return sketch


def _program() -> Sketch:
    """Rows, each further in."""
    return Sketch().line((4.0, 6.0), (15.0, 6.0)).line((7.5, 12.0), (18.5, 12.0)).line((11.0, 18.0), (21.0, 18.0))


def _inspector() -> Sketch:
    """A lens."""
    return _ring(Sketch().line((15.4, 15.4), (20.5, 20.5)), 10.5, 10.5, 6.8)


def _why() -> Sketch:
    """A question mark."""
    sketch = Sketch().dot(12.0, 19.6, 1.7)
    sketch.lines.moveTo(7.2, 8.2)
    sketch.lines.cubicTo(7.2, 2.4, 17.0, 2.6, 17.0, 8.2)
    sketch.lines.cubicTo(17.0, 11.6, 12.0, 11.4, 12.0, 15.4)
    return sketch


def _breakpoints() -> Sketch:
    """A dot in a gutter beside lines."""
    sketch = Sketch().dot(6.4, 12.0, 3.8).line((13.0, 6.0), (21.0, 6.0))
    return sketch.line((13.0, 12.0), (21.0, 12.0)).line((13.0, 18.0), (21.0, 18.0))


def _watches() -> Sketch:
    """An eye that looks up."""
    sketch = Sketch().dot(12.0, 11.0, 2.8)
    sketch.lines.moveTo(2.8, 12.0)
    sketch.lines.cubicTo(6.5, 4.2, 17.5, 4.2, 21.2, 12.0)
    sketch.lines.cubicTo(17.5, 19.8, 6.5, 19.8, 2.8, 12.0)
    return sketch


def _branches() -> Sketch:
    """A line that another leaves, both with their ends."""
    sketch = Sketch().dot(6.0, 12.0, 2.8).dot(19.0, 5.6, 2.8).dot(19.0, 18.4, 2.8)
    for end in (5.6, 18.4):
        sketch.lines.moveTo(6.0, 12.0)
        sketch.lines.cubicTo(12.5, 12.0, 11.5, end, 19.0, end)
    return sketch


def _log() -> Sketch:
    """A sheet with lines of text."""
    sketch = Sketch().box(4.5, 3.5, 15.0, 17.0, 1.5).line((8.0, 8.0), (16.0, 8.0))
    return sketch.line((8.0, 12.0), (16.0, 12.0)).line((8.0, 16.0), (13.0, 16.0))


def _build() -> Sketch:
    """A network, and a plus for what is added to it."""
    sketch = Sketch().line((5.5, 6.0), (15.0, 12.0), (5.5, 18.0)).dot(5.5, 6.0, 2.8).dot(5.5, 18.0, 2.8)
    return sketch.dot(15.0, 12.0, 2.8).line((19.6, 2.6), (19.6, 8.6)).line((16.6, 5.6), (22.6, 5.6))


def _data() -> Sketch:
    """A table with its head."""
    sketch = Sketch().box(3.5, 4.5, 17.0, 15.0).line((3.5, 14.2), (20.5, 14.2)).line((12.0, 9.5), (12.0, 19.5))
    return sketch.polygon((3.5, 4.5), (20.5, 4.5), (20.5, 9.5), (3.5, 9.5))


def _matrices() -> Sketch:
    """Brackets around cells."""
    sketch = Sketch().line((7.0, 3.5), (3.5, 3.5), (3.5, 20.5), (7.0, 20.5))
    sketch.line((17.0, 3.5), (20.5, 3.5), (20.5, 20.5), (17.0, 20.5))
    for x, y in ((9.0, 8.5), (15.0, 8.5), (9.0, 15.5), (15.0, 15.5)):
        sketch.dot(x, y, 1.7)
    return sketch


def _axes() -> Sketch:
    return Sketch().line((3.5, 3.5), (3.5, 20.5), (21.0, 20.5))


def _loss() -> Sketch:
    """A curve that falls."""
    sketch = _axes()
    sketch.lines.moveTo(6.5, 5.5)
    sketch.lines.cubicTo(8.0, 14.0, 12.0, 16.2, 20.5, 16.4)
    return sketch


def _accuracy() -> Sketch:
    """A tick over an axis."""
    return Sketch().line((3.5, 20.5), (21.0, 20.5)).line((5.5, 9.5), (10.5, 15.0), (20.0, 4.0))


def _norms() -> Sketch:
    """Bars of a length each."""
    sketch = Sketch().line((3.5, 3.5), (3.5, 20.5))
    for y, end in ((6.0, 19.5), (12.0, 13.0), (18.0, 8.5)):
        sketch.polygon((5.5, y - 1.8), (end, y - 1.8), (end, y + 1.8), (5.5, y + 1.8))
    return sketch


def _units() -> Sketch:
    """Units, one of them crossed out."""
    sketch = _ring(_ring(Sketch().dot(6.5, 6.5, 3.6), 17.5, 6.5, 3.4), 6.5, 17.5, 3.4)
    return sketch.line((14.4, 14.4), (20.6, 20.6)).line((20.6, 14.4), (14.4, 20.6))


def _histograms() -> Sketch:
    """Columns that rise and fall."""
    sketch = Sketch().line((3.0, 20.5), (21.0, 20.5))
    for x, top in ((5.6, 14.0), (10.0, 5.0), (14.4, 8.5), (18.8, 16.0)):
        sketch.polygon((x - 1.6, top), (x + 1.6, top), (x + 1.6, 18.8), (x - 1.6, 18.8))
    return sketch


def _confusion() -> Sketch:
    """Four cells, those of the diagonal filled."""
    sketch = Sketch().box(3.5, 3.5, 17.0, 17.0)
    sketch.polygon((4.0, 4.0), (12.0, 4.0), (12.0, 12.0), (4.0, 12.0))
    return sketch.polygon((12.0, 12.0), (20.0, 12.0), (20.0, 20.0), (12.0, 20.0))


def _boundary() -> Sketch:
    """A bent line between two kinds of points."""
    sketch = _ring(Sketch().dot(6.0, 8.0, 2.4).dot(9.0, 16.6, 2.4), 18.4, 15.4, 2.3)
    sketch.lines.moveTo(13.0, 2.8)
    sketch.lines.cubicTo(9.5, 10.0, 17.5, 13.0, 14.0, 21.2)
    return sketch


def _slope() -> Sketch:
    """A bowl and its tangent."""
    sketch = Sketch().line((3.5, 8.0), (14.0, 21.0)).dot(8.0, 13.6, 2.3)
    sketch.lines.moveTo(4.0, 3.5)
    sketch.lines.cubicTo(8.0, 21.5, 16.0, 21.5, 20.5, 3.5)
    return sketch


_SKETCHES: dict[str, Callable[[], Sketch]] = {
    "Program": _program,
    "Inspector": _inspector,
    "Why": _why,
    "Breakpoints": _breakpoints,
    "Watches": _watches,
    "Branches": _branches,
    "Log": _log,
    "Build": _build,
    "Data": _data,
    "Matrices": _matrices,
    "Loss": _loss,
    "Accuracy": _accuracy,
    "Norms": _norms,
    "Units": _units,
    "Histograms": _histograms,
    "Confusion": _confusion,
    "Boundary": _boundary,
    "Slope": _slope,
}
PANELS = tuple(_SKETCHES)
"""The titles of all panels that have an icon."""


def panel_icon(title: str, size: int, colour: str) -> QIcon:
    """The icon of a panel, ``size`` pixels wide and sharp at twice as many; KeyError if it has none."""
    sketch, made = _SKETCHES[title](), QIcon()
    for pixels in (size, 2 * size):
        pixmap = QPixmap(pixels, pixels)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            paint_sketch(painter, QRectF(0.0, 0.0, pixels, pixels), sketch, colour)
        made.addPixmap(pixmap)
    return made
