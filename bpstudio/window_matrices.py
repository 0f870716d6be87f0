"""The matrices in the window: their dock, made when it is first in sight, and their wishes."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from bpstudio.controller.run_controller import RunController
from bpstudio.panels import matrices_panel
from bpstudio.panels.place import Place
from bpstudio.viewstate import matrices_state
from bpstudio.viewstate.theme import Theme


class MatricesDock(QObject):
    """Holds the panel's place; states are made only while it is in sight."""

    def __init__(self, window: QMainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._controller = controller
        self.panel: matrices_panel.MatricesPanel | None = None
        self.place = Place("matrices", self._make)

    def watch_dock(self, dock: QDockWidget) -> None:
        """States are made while the dock is in sight."""
        dock.visibilityChanged.connect(self._open)

    def _open(self, is_visible: bool) -> None:
        self._controller.matrices.open(is_visible)

    def _make(self) -> None:
        controller, panel = self._controller, matrices_panel.MatricesPanel()
        panel.layer_chosen.connect(controller.matrices.choose)
        panel.cell_chosen.connect(controller.select)
        panel.cell_hovered.connect(controller.hover)
        panel.text_copied.connect(self._copy)
        self.panel = panel
        self.place.put(panel)

    def _copy(self, text: str, words: str) -> None:
        QApplication.clipboard().setText(text)
        self._controller.message_shown.emit(words)

    def apply(self, state: "matrices_state.MatricesState | None", theme: Theme) -> None:
        """Show ``state``; None while nobody looks."""
        if self.panel is not None and state is not None:
            self.panel.apply(state, theme)
