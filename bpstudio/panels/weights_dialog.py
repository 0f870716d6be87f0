"""Asks which array of a file becomes which weights; shows before that how such a file is written."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from bpstudio.panels.inspector_panel import plain_label
from bpstudio.viewstate.weights_state import NOTHING_YET, SNIPPETS, WeightsRow, WeightsState

HEADINGS = ("Place", "Needs", "Array in the file", "Turn", "")
LEAVE = "leave as it is"


class _Row:
    """The widgets of one place."""

    def __init__(self, grid: QGridLayout, line: int, number: int, changed: "WeightsDialog") -> None:
        self.place, self.needs = plain_label(f"place-{number}"), plain_label(f"needs-{number}", is_quiet=True)
        self.array, self.turn = QComboBox(), QCheckBox()
        self.words = plain_label(f"words-{number}", is_quiet=True)
        self.array.setObjectName(f"array-{number}")
        self.array.setMinimumWidth(230)
        self.turn.setObjectName(f"turn-{number}")
        self.turn.setToolTip("The file stores (inputs, units), as Keras and scikit-learn do")
        self.array.activated.connect(lambda _index: changed.emit_row(number))
        self.turn.clicked.connect(lambda _checked: changed.emit_row(number))
        for column, widget in enumerate((self.place, self.needs, self.array, self.turn, self.words)):
            grid.addWidget(widget, line, column)
        self._shown: WeightsRow | None = None

    def apply(self, row: WeightsRow) -> None:
        """Show ``row``."""
        if row == self._shown:
            return
        blockers = [QSignalBlocker(self.array), QSignalBlocker(self.turn)]
        self.place.setText(row.place)
        self.needs.setText(row.needs)
        self.array.setAccessibleName(f"Array for {row.place}")
        self.turn.setAccessibleName(f"Turn the array for {row.place}")
        if self._shown is None or self._shown.choices != row.choices:
            self.array.clear()
            self.array.addItem(LEAVE, None)
            for choice in row.choices:
                self.array.addItem(choice.text, choice.name)
        self.array.setCurrentIndex(max(0, self.array.findData(row.chosen)) if row.chosen is not None else 0)
        self.turn.setVisible(row.can_turn)
        self.turn.setEnabled(row.chosen is not None)
        self.turn.setChecked(row.is_turned)
        self.words.setText(row.words)
        self._shown = row
        del blockers

    @property
    def wish(self) -> tuple[str | None, bool]:
        """The array chosen, None to leave the place, and whether it is turned."""
        name = self.array.currentData()
        return (None if name is None else str(name)), self.turn.isChecked() and name is not None


class WeightsDialog(QDialog):
    """Views only: what follows from a choice is applied from outside."""

    file_requested = Signal()
    row_changed = Signal(int, object, bool)
    import_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import-weights")
        self.setWindowTitle("Import weights")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._rows: list[_Row] = []
        self._state: WeightsState | None = None
        self.file_name = plain_label("weights-file")
        self.choose = QPushButton("&Choose a file…")
        self.choose.setObjectName("choose-weights")
        self.choose.setToolTip("A file of weights: .safetensors, .npz, or a network as .onnx")
        self.choose.clicked.connect(self.file_requested)
        self.summary = plain_label("weights-summary")
        self.summary.setWordWrap(True)
        self._grid_area = QScrollArea()
        self._grid_area.setObjectName("weights-places")
        self._grid_area.setWidgetResizable(True)
        self._grid_area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.snippets = self._snippets()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("&Import")
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)
        self.apply(NOTHING_YET)
        self.choose.setFocus()

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        top = QHBoxLayout()
        top.addWidget(self.file_name, 1)
        top.addWidget(self.choose)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self._grid_area, 1)
        layout.addWidget(self.summary)
        layout.addWidget(self.snippets)
        layout.addWidget(buttons)
        self.setMinimumWidth(640)

    def _snippets(self) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setObjectName("weights-snippets")
        tabs.setAccessibleName("How such a file is written")
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        for title, lines in SNIPPETS.items():
            text = QPlainTextEdit("\n".join(lines))
            text.setReadOnly(True)
            text.setFont(fixed)
            text.setAccessibleName(f"How {title} writes such a file")
            text.setTabChangesFocus(True)
            text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
            tabs.addTab(text, f"From {title}")
        tabs.setFixedHeight(tabs.tabBar().sizeHint().height() + 5 * tabs.fontMetrics().lineSpacing())
        return tabs

    def emit_row(self, number: int) -> None:
        """Tell what a person chose in a row."""
        name, is_turned = self._rows[number].wish
        self.row_changed.emit(number, name, is_turned)

    def apply(self, state: WeightsState) -> None:
        """Show ``state``; the same one twice does nothing."""
        if state == self._state:
            return
        self.file_name.setText(state.file_name or "No file chosen yet")
        self.summary.setText(state.summary)
        self.ok.setEnabled(state.can_import)
        if len(state.rows) != len(self._rows):
            self._make_rows(len(state.rows))
        for shown, row in zip(self._rows, state.rows, strict=True):
            shown.apply(row)
        self._grid_area.setVisible(bool(state.rows))
        self.snippets.setVisible(not state.rows)
        if self._state is None or bool(self._state.rows) != bool(state.rows):
            height = 260 + 34 * min(len(state.rows), 12)
            self.resize(max(self.width(), 680), height)
        is_new = self._state is None or self._state.file_name != state.file_name
        self._state = state
        if is_new and state.can_import:
            self.ok.setFocus()

    def _make_rows(self, count: int) -> None:
        content = QWidget()
        grid = QGridLayout(content)
        grid.setColumnStretch(4, 1)
        grid.setHorizontalSpacing(14)
        for column, heading in enumerate(HEADINGS):
            label = QLabel(heading)
            label.setEnabled(False)
            grid.addWidget(label, 0, column)
        self._rows = [_Row(grid, number + 1, number, self) for number in range(count)]
        grid.setRowStretch(count + 1, 1)
        self._grid_area.setWidget(content)

    def _accept(self) -> None:
        if self._state is not None and self._state.can_import:
            self.import_requested.emit()
            self.accept()
