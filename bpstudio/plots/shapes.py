"""A plot as shapes, for files of shapes: symbols drawn one by one, and marks where what its axes enclose begins and ends."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from bpstudio.look.guard import guarded
from bpstudio.plots.plot_face import ENCLOSED_BEGINS, ENCLOSED_ENDS

FARTHEST, NEAREST = -1e9, 1e9


class Mark(QGraphicsItem):
    """Writes where it stands in the order of painting; where the enclosed begins, also its place and size."""

    def __init__(self, box: pg.ViewBox, begins: bool) -> None:
        super().__init__(box.childGroup)
        self._box = box
        self._begins = begins
        self.setZValue(FARTHEST if begins else NEAREST)

    def boundingRect(self) -> QRectF:
        """What the box clips to, so that it is painted whenever something of that is."""
        return self.mapRectFromItem(self._box, self._box.shape().boundingRect())

    @guarded
    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """A line of text that whoever reads the file takes out."""
        place = painter.transform().mapRect(self.boundingRect())
        sides = " ".join(f"{side:.2f}" for side in (place.x(), place.y(), place.width(), place.height()))
        painter.save()
        painter.resetTransform()
        painter.setPen(QColor("black"))
        painter.drawText(QPointF(), f"{ENCLOSED_BEGINS} {sides}" if self._begins else ENCLOSED_ENDS)
        painter.restore()


@contextmanager
def as_shapes(widget: pg.PlotWidget) -> Iterator[None]:
    """Symbols as shapes instead of cut from a picture of all of them, and marks, as long as this lasts."""
    box = widget.getPlotItem().vb
    symbols = [item for item in box.allChildren() if isinstance(item, pg.ScatterPlotItem)]
    box.updateMatrix()  # else it waits for the paint, and the marks would be left out as too far away
    marks = [Mark(box, begins) for begins in (True, False)]
    for item in symbols:
        item.setExportMode(True)
    try:
        yield
    finally:
        for item in symbols:
            item.setExportMode(False)
        for mark in marks:
            widget.scene().removeItem(mark)
