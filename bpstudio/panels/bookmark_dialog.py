"""The dialog of a bookmark: its name and a note."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from bpstudio.viewstate.timeline_state import Bookmark

LONGEST_NAME = 80
LONGEST_NOTE = 2000


class BookmarkDialog(QDialog):
    """Edits a bookmark; one that exists already can be removed. Opens with ``show``, and deletes itself when closed."""

    bookmark_saved = Signal(object)
    bookmark_removed = Signal(object)

    def __init__(self, bookmark: Bookmark, where: str, is_new: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("bookmark")
        self.setWindowTitle("Bookmark")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(380)
        self._position = bookmark.position
        place = QLabel(where)
        place.setObjectName("bookmark-where")
        place.setTextFormat(Qt.TextFormat.PlainText)
        self.name = QLineEdit(bookmark.name)
        self.name.setObjectName("bookmark-name")
        self.name.setAccessibleName("Name")
        self.name.setToolTip("What stands at the flag on the timeline")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.selectAll()
        self.note = QPlainTextEdit(bookmark.note)
        self.note.setObjectName("bookmark-note")
        self.note.setAccessibleName("Note")
        self.note.setToolTip("Shown with the flag; Tab leaves it")
        self.note.setTabChangesFocus(True)
        self.note.setMaximumHeight(110)
        self._lay_out(place, is_new)

    def _lay_out(self, place: QLabel, is_new: bool) -> None:
        form = QFormLayout()
        form.addRow("Where", place)
        form.addRow("&Name", self.name)
        form.addRow("N&ote", self.note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        if not is_new:
            remove = buttons.addButton("&Remove", QDialogButtonBox.ButtonRole.DestructiveRole)
            remove.setObjectName("bookmark-remove")
            remove.setToolTip("Remove the bookmark")
            remove.clicked.connect(self._remove)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(lambda text: self._save.setEnabled(bool(text.strip())))
        self._save.setEnabled(bool(self.name.text().strip()))
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def _accept(self) -> None:
        note = self.note.toPlainText().strip()[:LONGEST_NOTE]
        made = Bookmark(self._position, self.name.text().strip(), note)
        self.accept()
        self.bookmark_saved.emit(made)

    def _remove(self) -> None:
        self.accept()
        self.bookmark_removed.emit(self._position)
