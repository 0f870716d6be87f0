"""Copying formulas: the entries of the Edit menu, the context menus of the inspector, and the clipboard."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu

from bpstudio.controller.run_controller import RunController
from bpstudio.panels.inspector_panel import InspectorPanel
from bpstudio.viewstate.formula_text import FormulaForm, formula_text
from bpstudio.window_actions import FORMULAS, Actions

WORDS = {FormulaForm.LATEX: "as LaTeX", FormulaForm.TEXT: "as plain text", FormulaForm.NUMPY: "as NumPy"}


class FormulaCopies(QObject):
    """Fills the menu and does what its entries and the inspector's menus ask."""

    def __init__(
        self, window: QMainWindow, controller: RunController, inspector: InspectorPanel, actions: Actions, menu: QMenu
    ) -> None:
        super().__init__(window)
        self._controller = controller
        submenu = menu.addMenu("Copy &formula")
        for form in FormulaForm:
            actions.add(FORMULAS[form.value], lambda form=form: self.copy(form, False), submenu)  # type: ignore[misc]
        inspector.copy_requested.connect(self.copy)

    def copy(self, form: FormulaForm, is_selected: bool) -> None:
        """Put the formula of what was executed, or of what is selected, on the clipboard; say so."""
        controller, session = self._controller, self._controller.session
        if session is None:
            return
        chosen = controller.selection
        address, sample = (chosen.selected, chosen.sample) if is_selected else (None, None)
        text = formula_text(session, controller.options, form, address, sample)
        if text:
            QApplication.clipboard().setText(text)
            controller.message_shown.emit(f"The formula is on the clipboard, {WORDS[form]}.")
        else:
            controller.message_shown.emit("There is no formula yet: F11 executes an operation.")
