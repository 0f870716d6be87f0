"""What each kind of plot is to its frame: what it tells, how it is reached, its ground and the line around what has the focus."""

from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from bpstudio.look.guard import guarded
from bpstudio.viewstate.theme import LIGHT, Theme

ENCLOSED_BEGINS, ENCLOSED_ENDS = "bpstudio-enclosed-begins", "bpstudio-enclosed-ends"
"""Texts in a picture of shapes around what the axes of a plot enclose; after the first come x, y, width and height."""


class PlotFace(QWidget):
    """Draws one state of a plot; ``HINT`` says how exact values are read."""

    place_pointed = Signal(object)
    place_chosen = Signal(object)
    stepped = Signal(int)
    view_taken = Signal()
    whole_requested = Signal()
    detail_requested = Signal()

    HINT: ClassVar[str] = "Move over it for exact values; arrow keys go on from place to place."

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setWhatsThis(f"{words}. {self.HINT}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.theme: Theme = LIGHT

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it has gone."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, what this kind paints itself, and a line around what has the focus."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.theme.background))
            self.paint_content(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.forward), 1.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def as_shapes(self) -> AbstractContextManager[None]:
        """As long as this lasts it can be painted into a file of shapes: no symbols from pictures, marks where clips are."""
        return nullcontext()

    def paint_content(self, painter: QPainter) -> None:
        """Paint what is not made of widgets of its own; most kinds are."""
