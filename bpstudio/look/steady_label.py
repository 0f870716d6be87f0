"""SteadyLabel: a line of plain text that changes many times a second without making the window lay itself out anew."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpstudio.look.guard import guarded

PADDING = 5
SLACK = 40
"""A label gives room back when its text has become this much narrower, in pixels."""


class SteadyLabel(QWidget):
    """Shows one line; a QLabel asks for a new layout of all its ancestors with every text, this only when it needs more room.

    ``is_elastic`` labels take what room there is and elide; the others grow with their text and shrink in large steps.
    """

    def __init__(self, name: str, is_elastic: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._text = ""
        self._is_elastic = is_elastic
        self._room = 0
        policy = QSizePolicy.Policy.Ignored if is_elastic else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """What is shown, in full."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show other words; the same again does nothing."""
        if text == self._text:
            return
        self._text = text
        self.setAccessibleName(text)
        self._make_room()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs another width."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._room = 0
            self._make_room()
        super().changeEvent(event)

    def _make_room(self) -> None:
        if self._is_elastic:
            return
        needed = self.fontMetrics().horizontalAdvance(self._text) + 2 * PADDING
        if needed > self._room or needed < self._room - SLACK:
            self._room = needed
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """One line, as wide as has been needed."""
        return QSize(self._room, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        """An elastic label may shrink to nothing, the others not at all."""
        return QSize(0 if self._is_elastic else self._room, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        area = self.contentsRect().adjusted(0 if self._is_elastic else PADDING, 0, 0, 0)
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, area.width())
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
