"""A scroll area that scrolls up and down only: it is never narrower than what is in it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

LOWEST = 80


class UprightScroll(QScrollArea):
    """Holds ``content`` at its own width or wider."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """As wide as the content with a scroll bar beside it, and hardly high."""
        content = self.widget()
        inner = 0 if content is None else content.minimumSizeHint().width()
        return QSize(inner + self.verticalScrollBar().sizeHint().width() + 2, LOWEST)

    def sizeHint(self) -> QSize:
        """As high as the content, if there is room."""
        content = self.widget()
        height = 0 if content is None else content.sizeHint().height()
        return QSize(self.minimumSizeHint().width(), max(LOWEST, height))
