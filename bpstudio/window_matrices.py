"""The matrices in the window: their dock, made when it is first in sight, and their wishes."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QVBoxLayout, QWidget

from bpstudio.controller.run_controller import RunController
from bpstudio.panels.matrices_panel import MatricesPanel
from bpstudio.viewstate.matrices_state import MatricesState
from bpstudio.viewstate.theme import Theme


class MatricesDock(QObject):
    """Holds the panel's place; states are made only while it is in sight."""

    def __init__(self, window: QMainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._controller = controller
        self.panel: MatricesPanel | None = None
        self.place = QWidget()
        self.place.setObjectName("matrices-place")
        layout = QVBoxLayout(self.place)
        layout.setContentsMargins(0, 0, 0, 0)

    def watch_dock(self, dock: QDockWidget) -> None:
        """Make the panel when the dock is first in sight."""
        dock.visibilityChanged.connect(self._open)

    def _open(self, is_visible: bool) -> None:
        if is_visible and self.panel is None:
            self.panel = self._made_panel()
        self._controller.matrices.open(is_visible)

    def _made_panel(self) -> MatricesPanel:
        controller, panel = self._controller, MatricesPanel()
        panel.layer_chosen.connect(controller.matrices.choose)
        panel.cell_chosen.connect(controller.select)
        panel.cell_hovered.connect(controller.hover)
        panel.text_copied.connect(self._copy)
        layout = self.place.layout()
        if layout is not None:
            layout.addWidget(panel)
        self.place.setFocusProxy(panel)
        return panel

    def _copy(self, text: str, words: str) -> None:
        QApplication.clipboard().setText(text)
        self._controller.message_shown.emit(words)

    def apply(self, state: MatricesState | None, theme: Theme) -> None:
        """Show ``state``; None while nobody looks."""
        if self.panel is not None and state is not None:
            self.panel.apply(state, theme)
