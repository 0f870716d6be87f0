"""Small dialogs: go to, which file to open, where to export to, an error in one sentence."""

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from bpstudio.look.file_dialogs import file_dialog
from bpstudio.look.text_size import text_scale
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.viewstate.export_choices import ExportChoices

_GOAL = re.compile(
    r"\s*(?:(?P<what>position|iteration|epoch|p|i|e)\s*)?(?P<number>[0-9][0-9_ \u2009]{0,40})\s*", re.IGNORECASE
)
_PERCENT = re.compile(r"\s*(?P<number>[0-9]{1,3}(?:\.[0-9]{1,12})?)\s*%\s*")
LARGEST_MEGABYTES = 65_536
WHAT = {"p": "position", "i": "iteration", "e": "epoch"}


def parse_goal(text: str) -> tuple[str, float] | None:
    """(`iteration`, 100) of ``iteration 100``, ``i 100`` or ``100``; also `position`, `epoch`, ``50 %``; else None."""
    share = _PERCENT.fullmatch(text)
    if share is not None and text.isascii():
        return ("percent", float(share["number"])) if float(share["number"]) <= 100.0 else None
    match = _GOAL.fullmatch(text)
    if match is None or not text.replace("\u2009", "").isascii():
        return None
    what = (match["what"] or "iteration").lower()
    return WHAT.get(what, what), int(re.sub(r"[_ \u2009]", "", match["number"]))


class GoToDialog(QDialog):
    """Asks for a goal: an iteration, a position or an epoch."""

    goal_chosen = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("go-to")
        self.setWindowTitle("Go to")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit()
        self.field.setObjectName("goal")
        self.field.setAccessibleName("Where to go")
        self.field.setPlaceholderText("iteration 100, position 1234, epoch 3, 50 %")
        self.field.setToolTip("Where to go, for example: iteration 100, position 1234, epoch 3, 50 %")
        self.field.setMinimumWidth(round(340 * text_scale()))
        self.problem = plain_label("goal-problem")
        self.problem.setText("An iteration, a position or an epoch, counted from 0, or a share of what is computed.")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        label = QLabel("&Go to")
        label.setBuddy(self.field)
        for widget in (label, self.field, self.problem, buttons):
            layout.addWidget(widget)

    def _accept(self) -> None:
        goal = parse_goal(self.field.text())
        if goal is None:
            self.problem.setText(
                "Not understood: write a number, or iteration, position or epoch and a number, or 50 %."
            )
            return
        self.goal_chosen.emit(*goal)
        self.accept()


def ask_run_file(parent: QWidget, filters: list[str], chosen: Callable[[str], object]) -> None:
    """Ask for a file to open; does not block."""
    dialog = file_dialog(parent, "Open")
    dialog.setObjectName("open-dialog")
    dialog.setNameFilters(filters)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.show()


def ask_export_target(
    parent: QWidget, choices: ExportChoices, folder: str, name: str, chosen: Callable[[str], object]
) -> None:
    """Ask for the file, or for numbered pictures the folder, to export into; does not block. ``name`` has no ending."""
    dialog = file_dialog(parent, "Export into a folder" if choices.writes_folder else "Export as")
    dialog.setObjectName("export-target")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if folder:
        dialog.setDirectory(folder)
    if choices.writes_folder:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
    else:
        ending = choices.file_format.value
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.setNameFilter(f"{ending.upper()} (*.{ending})")
        dialog.selectFile(f"{name}.{ending}")
    dialog.fileSelected.connect(chosen)
    dialog.show()


def show_problem(parent: QWidget, title: str, sentence: str) -> QMessageBox:
    """A box with one sentence that does not block; it is deleted when closed."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, "", QMessageBox.StandardButton.Ok, parent)
    box.setObjectName("problem")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
    return box
