"""The room of a panel that is made when it is first in sight: a start makes only what it shows."""

from collections.abc import Callable

from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget


class Place(QWidget):
    """Asks ``make`` for its panel when the dock it stands in is first in sight."""

    def __init__(self, name: str, make: Callable[[], QWidget]) -> None:
        super().__init__()
        self.setObjectName(f"{name}-place")
        self._make = make
        self._panel: QWidget | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    def fill(self) -> QWidget:
        """The panel, made now unless it is there."""
        if self._panel is None:
            self._panel = panel = self._make()
            layout = self.layout()
            if layout is not None:
                layout.addWidget(panel)
            self.setFocusProxy(panel)
        return self._panel

    def watch(self, dock: QDockWidget) -> None:
        """Fill when the dock comes into sight: not when it is shown, for all that lie behind one another are."""
        dock.visibilityChanged.connect(self._see)

    def _see(self, is_visible: bool) -> None:
        if is_visible:
            self.fill()
