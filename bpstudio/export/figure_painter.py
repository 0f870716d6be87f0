"""FigurePainter: a painter that can leave the background out and set letters as outlines where an equation needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QTransform

from bpstudio.look.fonts import font_for

UNITS = 2048
"""Units of the em of the bundled font."""


@lru_cache(maxsize=4096)
def outline(text: str, is_bold: bool) -> QPainterPath:
    """A line of text as shapes, in the font's own units: whole numbers, so that they never depend on what was drawn before.

    At the size of a text Qt rounds outlines to 1/64 of a pixel, and differently once the font has been painted with.
    """
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addText(QPointF(0.0, 0.0), font_for(text, UNITS, is_bold), text)
    return path


class FigurePainter(QPainter):
    """Paints as every painter; what is drawn within :meth:`outlining` has no text in it, only shapes.

    An equation is letters in many places. Where another font steps in for a missing one, its parts would no longer meet, so
    equations are outlines; everything else stays text.
    """

    left_out: QColor | None = None
    """The colour that is not painted, for pictures without a background."""
    _is_outlining = False

    @contextmanager
    def outlining(self) -> Iterator[None]:
        """Letters as outlines, as long as this lasts."""
        self._is_outlining = True
        try:
            yield
        finally:
            self._is_outlining = False

    def drawText(self, *arguments: Any) -> Any:  # noqa: N802 - Qt's name
        """Text from a point on its baseline, as outlines where they are asked for; every other form as Qt does."""
        if not (self._is_outlining and len(arguments) == 2):
            return super().drawText(*arguments)
        point, text = arguments
        share = self.font().pixelSize() / UNITS
        place = QTransform(share, 0.0, 0.0, share, point.x(), point.y())
        self.fillPath(place.map(outline(text, self.font().bold())), QBrush(self.pen().color()))
        return None

    def fillRect(self, *arguments: Any) -> None:  # noqa: N802 - Qt's name
        """A filled rectangle, unless it is the background and that is left out."""
        colour = arguments[-1]
        if self.left_out is not None and isinstance(colour, QColor) and colour == self.left_out:
            return
        super().fillRect(*arguments)
