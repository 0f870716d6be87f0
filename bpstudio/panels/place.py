"""The room of a panel that is made when it is first in sight: a start makes only what it shows."""

from collections.abc import Callable

from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget


class Place(QWidget):
    """Asks ``make`` for its panel, which is ``put`` here, when the dock it stands in is first in sight."""

    def __init__(self, name: str, make: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName(f"{name}-place")
        self._make = make
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def put(self, panel: QWidget) -> None:
        """Here it is, and takes the focus that comes here."""
        self._column.addWidget(panel)
        self.setFocusProxy(panel)

    def watch(self, dock: QDockWidget) -> None:
        """Fill when the dock comes into sight: not when it is shown, for all that lie behind one another are."""
        dock.visibilityChanged.connect(self._see)

    def _see(self, is_visible: bool) -> None:
        if is_visible and self.focusProxy() is None:
            self._make()
