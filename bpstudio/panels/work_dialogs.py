"""Dialogs about work that is not saved: keep it, bring it back, and what to do after an unexpected error. None of them blocks."""

from collections.abc import Callable, Sequence
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from bpstudio.look.file_dialogs import file_dialog
from bpstudio.panels.inspector_panel import plain_label

SESSIONS = "Sessions (*.bps)"


class Answer(Enum):
    """What to do with changes before something else is opened or the window is closed."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


def ask_about_changes(parent: QWidget, name: str, answered: Callable[[Answer], object]) -> QMessageBox:
    """Save, discard or cancel?"""
    buttons = QMessageBox.StandardButton
    box = QMessageBox(QMessageBox.Icon.Question, "Unsaved changes", "", buttons.NoButton, parent)
    box.setObjectName("unsaved")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Save what was changed in “{name}”?")
    box.setInformativeText("Without saving, edits, breakpoints and the place in the run are lost.")
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    answers = {buttons.Save: Answer.SAVE, buttons.Discard: Answer.DISCARD}
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.finished.connect(lambda code: answered(answers.get(buttons(code), Answer.CANCEL)))
    box.show()
    return box


def ask_session_path(parent: QWidget, folder: str, name: str, chosen: Callable[[str], object]) -> QFileDialog:
    """Ask where to save a session."""
    dialog = file_dialog(parent, "Save the session as", folder)
    dialog.setObjectName("save-dialog")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("bps")
    dialog.setNameFilter(SESSIONS)
    dialog.selectFile(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.show()
    return dialog


class RecoveryDialog(QDialog):
    """Offers what was left behind by a crash: bring one back, decide later, or discard all."""

    def __init__(
        self,
        parent: QWidget,
        found: Sequence[str],
        recover: Callable[[int], object],
        discard: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("recovery")
        self.setWindowTitle("Bring back unsaved work")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = plain_label("recovery-words")
        words.setText("bpstudio ended without closing. This was not saved then, and can be brought back:")
        self.list = QListWidget()
        self.list.setObjectName("recovery-list")
        self.list.setAccessibleName("Unsaved work")
        self.list.addItems(list(found))
        self.list.setCurrentRow(0)
        self.list.setMinimumSize(460, 120)
        more = plain_label("recovery-more", is_quiet=True)
        more.setText(
            "Later: you are asked again at the next start. What is discarded is kept for 30 days, then deleted."
        )
        buttons = QDialogButtonBox()
        self.recover = buttons.addButton("&Recover", QDialogButtonBox.ButtonRole.AcceptRole)
        later = buttons.addButton("&Later", QDialogButtonBox.ButtonRole.RejectRole)
        away = buttons.addButton("&Discard", QDialogButtonBox.ButtonRole.DestructiveRole)
        for button, name in ((self.recover, "recover"), (later, "later"), (away, "discard")):
            button.setObjectName(name)
        self.recover.setDefault(True)
        layout = QVBoxLayout(self)
        for widget in (words, self.list, more, buttons):
            layout.addWidget(widget)

        def accepted() -> None:
            row = self.list.currentRow()
            self.accept()
            recover(max(0, row))

        def discarded() -> None:
            self.reject()
            discard()

        buttons.accepted.connect(accepted)
        buttons.rejected.connect(self.reject)
        away.clicked.connect(discarded)
        self.list.itemActivated.connect(lambda _: accepted())


class ReportDialog(QDialog):
    """An unexpected error: a sentence, and a report to copy."""

    def __init__(self, parent: QWidget | None, title: str, sentence: str, report: str) -> None:
        super().__init__(parent)
        self.setObjectName("report")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = plain_label("report-words")
        words.setText(sentence)
        self.text = QPlainTextEdit(report)
        self.text.setObjectName("report-text")
        self.text.setAccessibleName("Report")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumSize(620, 280)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("&Copy report", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setObjectName("copy-report")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(report))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (words, self.text, buttons):
            layout.addWidget(widget)
