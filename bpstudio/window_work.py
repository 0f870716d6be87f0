"""What keeps the user's work, in the window: the Edit menu with undo and redo."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from bpstudio.controller.run_controller import RunController
from bpstudio.window_actions import EDIT, Actions
from bpstudio.window_menus import Menus


class WindowWork(QObject):
    """Fills the menus and says in them what would be taken back."""

    def __init__(self, window: QMainWindow, controller: RunController, actions: Actions, menus: Menus) -> None:
        super().__init__(window)
        self._controller = controller
        self._undo = actions.add(EDIT["undo"], controller.undo.undo, menus.edit)
        self._redo = actions.add(EDIT["redo"], controller.undo.redo, menus.edit)
        controller.undo.changed.connect(self._show_undo)
        self._show_undo()

    def _show_undo(self) -> None:
        undo = self._controller.undo
        for action, is_possible, words in (
            (self._undo, undo.can_undo, undo.undo_words),
            (self._redo, undo.can_redo, undo.redo_words),
        ):
            self._name(action, words)
            action.setEnabled(is_possible)

    @staticmethod
    def _name(action: QAction, words: str) -> None:
        verb = EDIT[action.objectName()].text
        action.setText(f"{verb}: {words.replace('&', '&&')}" if words else verb)
