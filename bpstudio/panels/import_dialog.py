"""Asks how a table in a file is to be read, shows at once what comes out, and reads it in slices."""

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from bpstudio.errors import RunFileError
from bpstudio.files.csv_import import CsvImport, preview_of
from bpstudio.files.csv_options import (
    DELIMITERS,
    ENCODINGS,
    HEAD_BYTES,
    CsvOptions,
    Missing,
    Use,
    column_texts,
    guess_options,
    guess_uses,
    head_rows,
    head_text,
)
from bpstudio.files.draft_fields import FieldKind
from bpstudio.files.run_draft import typed_value
from bpstudio.panels.form_fields import ChoiceField, LineField, TruthField, Typing, dress_problems, problem_label, tell
from bpstudio.panels.import_preview import ImportPreview
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.viewstate.theme import Theme

SLICE_SECONDS = 0.02
POINT, COMMA = "point", "comma"
MARKS = {name: mark for mark, name in DELIMITERS.items()}


class ImportDialog(QDialog):
    """Shows a file's beginning as it would be read; ``dataset_read`` carries the rows and the words for undo."""

    dataset_read = Signal(object, str)

    def __init__(self, content: bytes, name: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import-data")
        self.setWindowTitle("Import data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._content, self._name, self._theme = content, name, theme
        self._head = content[:HEAD_BYTES]
        self.options: CsvOptions = guess_options(self._head)
        self._job: CsvImport | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_on)
        self.typing = Typing(self)
        self._held_out, self._seed = "0", "0"
        self._make_fields()
        self.preview = ImportPreview()
        self.preview.columns_chosen.connect(self._offer_use)
        self.problem = problem_label("import-form-problem")
        self.words = plain_label("import-words", is_quiet=True)
        self.progress = QProgressBar()
        self.progress.setObjectName("import-progress")
        self.progress.setAccessibleName("Progress of the import")
        self.progress.hide()
        kind = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kind.Ok | kind.Cancel)
        self.buttons.button(kind.Ok).setText("&Import")
        self.buttons.accepted.connect(self._begin)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        dress_problems(self, theme)
        self._show()

    def _make_fields(self) -> None:
        self.delimiter = ChoiceField("import-delimiter", "Delimiter", tuple(MARKS), self._choose_delimiter)
        self.decimal = ChoiceField("import-decimal", "Decimal mark", (POINT, COMMA), self._choose_decimal)
        self.encoding = ChoiceField("import-encoding", "Encoding", tuple(ENCODINGS), self._choose_encoding)
        self.header = TruthField("import-header", "&titles in the first row", self._choose_header)
        self.missing = ChoiceField(
            "import-missing",
            "When a number is missing",
            tuple(Missing),
            lambda text: self._change(replace(self.options, missing=Missing(text))),
        )
        self.standardise = TruthField(
            "import-standardise",
            "standardise in&puts",
            lambda is_true: self._change(replace(self.options, is_standardised=is_true)),
        )
        self.standardise.setToolTip("Each input gets mean 0 and deviation 1 over the rows to train on")
        self.held_out = LineField("import-held-out", "Share held out", self.typing, self._type_held_out)
        self.held_out.line.setToolTip("The share of rows kept aside to measure on, 0 to 0.9")
        self.seed = LineField("import-seed", "Seed", self.typing, self._type_seed)
        self.seed.line.setToolTip("Decides which rows are held out")
        self.use = ChoiceField("import-use", "Use of the selected columns", tuple(Use), self._choose_use)
        self.use.setToolTip("What the selected columns are for")

    def _lay_out(self) -> None:
        form = QFormLayout()
        rows: tuple[tuple[str, QWidget], ...] = (
            ("&Delimiter", self.delimiter),
            ("Decimal &mark", self.decimal),
            ("&Encoding", self.encoding),
            ("", self.header),
            ("Missing &numbers", self.missing),
            ("", self.standardise),
            ("&Held out", self.held_out),
            ("&Seed", self.seed),
        )
        for text, field in rows:
            label = QLabel(text)
            label.setBuddy(field.line if isinstance(field, LineField) else field)
            form.addRow(label, field)
        side = QWidget()
        side.setFixedWidth(290)
        side_column = QVBoxLayout(side)
        side_column.setContentsMargins(0, 0, 8, 0)
        side_column.addLayout(form)
        side_column.addStretch(1)
        use_row = QHBoxLayout()
        use_label = QLabel("Selected columns &are")
        use_label.setBuddy(self.use)
        use_row.addWidget(use_label)
        use_row.addWidget(self.use)
        use_row.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.preview, 1)
        right.addLayout(use_row)
        upper = QHBoxLayout()
        upper.addWidget(side)
        upper.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(upper, 1)
        for widget in (self.problem, self.words, self.progress, self.buttons):
            layout.addWidget(widget)
        self.resize(880, 520)

    # Choices.

    def _change(self, options: CsvOptions) -> None:
        self.options = options
        self._show()

    def _columns_again(self, options: CsvOptions) -> CsvOptions:
        """Cut into other cells, columns get the uses that suit them."""
        rows = head_rows(head_text(self._head, options.encoding), options.delimiter)
        body = rows[1:] if options.has_header and len(rows) > 1 else rows
        uses = guess_uses(column_texts(body), options.is_decimal_comma)
        width = len(rows[0]) if rows else 0
        return replace(options, uses=(*uses, *(Use.NOTHING for _ in range(width - len(uses)))))

    def _choose_delimiter(self, name: str) -> None:
        self._change(self._columns_again(replace(self.options, delimiter=MARKS[name])))

    def _choose_decimal(self, name: str) -> None:
        self._change(self._columns_again(replace(self.options, is_decimal_comma=name == COMMA)))

    def _choose_encoding(self, name: str) -> None:
        self._change(self._columns_again(replace(self.options, encoding=name)))

    def _choose_header(self, is_true: bool) -> None:
        self._change(self._columns_again(replace(self.options, has_header=is_true)))

    def _choose_use(self, name: str) -> None:
        uses = list(self.options.uses)
        for column in self.preview.chosen_columns:
            if column < len(uses):
                uses[column] = Use(name)
        self._change(replace(self.options, uses=tuple(uses)))

    def _offer_use(self) -> None:
        """Show what the selected columns are for."""
        uses = {self.options.uses[k] for k in self.preview.chosen_columns if k < len(self.options.uses)}
        self.use.setEnabled(bool(uses))
        self.use.apply(uses.pop().value if len(uses) == 1 else "")

    def _type_held_out(self, text: str) -> None:
        self._held_out = text
        value = typed_value(FieldKind.NUMBER, text)
        if isinstance(value, float) and 0.0 <= value <= 0.9:
            self.options = replace(self.options, held_out=value)
        self._show()

    def _type_seed(self, text: str) -> None:
        self._seed = text
        value = typed_value(FieldKind.WHOLE, text)
        if isinstance(value, int) and value < 2**63:
            self.options = replace(self.options, seed=value)
        self._show()

    # Showing.

    def _show(self) -> None:
        options = self.options
        self.delimiter.apply(DELIMITERS[options.delimiter])
        self.decimal.apply(COMMA if options.is_decimal_comma else POINT)
        self.encoding.apply(options.encoding)
        self.header.apply(options.has_header)
        self.missing.apply(options.missing.value)
        self.standardise.apply(options.is_standardised)
        held_out, seed = typed_value(FieldKind.NUMBER, self._held_out), typed_value(FieldKind.WHOLE, self._seed)
        is_share = isinstance(held_out, float) and 0.0 <= held_out <= 0.9
        is_seed = isinstance(seed, int) and seed < 2**63
        self.held_out.apply(self._held_out, "" if is_share else "expected a share from 0 to 0.9")
        self.seed.apply(self._seed, "" if is_seed else "expected a whole number ≥ 0")
        found = preview_of(self._head, options)
        self.preview.apply(found, options.uses, self._theme)
        tell(self.problem, " ".join(found.problems))
        self._offer_use()
        self.words.setText(self._size_words())
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(not found.problems and is_share and is_seed and self._job is None)

    def _size_words(self) -> str:
        lines = self._content.count(b"\n") or self._content.count(b"\r")
        size = len(self._content)
        weight = f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size:,} bytes"
        return f"{self._name}: about {lines:,} lines, {weight}. Select columns to say what they are for."

    # Reading.

    def _begin(self) -> None:
        self.typing.settle()
        if not self.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled():
            return
        try:
            self._job = CsvImport(self._content, self.options, self._name)
        except RunFileError as error:
            self._fail(error)
            return
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(False)
        self.progress.show()
        self._timer.start()

    def _read_on(self) -> None:
        job = self._job
        if job is None:
            self._timer.stop()
            return
        try:
            is_done = job.advance(SLICE_SECONDS)
        except RunFileError as error:
            self._fail(error)
            return
        done, total = job.progress
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        if is_done:
            self._timer.stop()
            self.dataset_read.emit(job.dataset, f"import {self._name}")
            self.accept()

    def _fail(self, error: RunFileError) -> None:
        self._timer.stop()
        self._job = None
        self.progress.hide()
        self._show()
        sentence = f"{error}."
        self.problem.setText(sentence)
        self.problem.show()

    def done(self, result: int) -> None:
        """Whatever closes the dialog ends the reading."""
        self._timer.stop()
        super().done(result)
