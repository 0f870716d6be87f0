"""A panel that scrolls where its dock is lower or narrower than it needs: never squeezed, and never what makes a window grow."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scrolling(panel: QWidget) -> QScrollArea:
    """A scroll area around ``panel``, which gets the focus in its place."""
    area = QScrollArea()
    area.setObjectName(f"{panel.objectName()}-scroll")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(panel)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setFocusProxy(panel)
    return area
