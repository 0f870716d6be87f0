"""What to export: the figure or the whole window, as what, how large; or a picture for each step."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget


class Subject(StrEnum):
    """What is exported."""

    FIGURE = "the figure: network, position, formula"
    WINDOW = "the whole window"
    STEPS = "every step of this iteration, with a page to leaf through"


@dataclass(frozen=True, slots=True)
class ExportWish:
    """One export: subject, file format and the factor for pixels."""

    subject: Subject
    file_format: str
    scale: int


class ExportDialog(QDialog):
    """Asks what to export; the window asks where."""

    export_requested = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.subject = self._combo("subject", [s.value for s in Subject])
        self.file_format = self._combo("format", ["png", "svg", "pdf"])
        self.scale = self._combo("scale", ["1×", "2×", "4×"])
        self.scale.setCurrentIndex(1)
        self.file_format.currentTextChanged.connect(lambda text: self.scale.setEnabled(text == "png"))
        self.subject.currentIndexChanged.connect(self._offer_formats)
        form = QFormLayout()
        form.addRow("&What", self.subject)
        form.addRow("&Format", self.file_format)
        form.addRow("&Size", self.scale)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def _combo(self, name: str, items: list[str]) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(f"export-{name}")
        combo.setAccessibleName(name)
        combo.addItems(items)
        return combo

    def _offer_formats(self, index: int) -> None:
        kept = self.file_format.currentText()
        formats = ["png", "svg"] if list(Subject)[index] is Subject.WINDOW else ["png", "svg", "pdf"]
        self.file_format.clear()
        self.file_format.addItems(formats)
        self.file_format.setCurrentText(kept)

    def _accept(self) -> None:
        wish = ExportWish(
            list(Subject)[self.subject.currentIndex()],
            self.file_format.currentText(),
            (1, 2, 4)[self.scale.currentIndex()],
        )
        self.accept()
        self.export_requested.emit(wish)
