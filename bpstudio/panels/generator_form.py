"""The form that makes data by name: which set, how many points and how scattered, with a picture of what comes out."""

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from bpstudio.errors import RunFileError
from bpstudio.model.spec import Dataset
from bpstudio.panels.form_fields import ChoiceField, LineField, TruthField, Typing, dress_problems, problem_label, tell
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.panels.point_painter import PointPainter
from bpstudio.panels.upright_scroll import UprightScroll
from bpstudio.viewstate.data_state import points_of, shape_words
from bpstudio.viewstate.generator_state import TITLES, GeneratorDraft, generated
from bpstudio.viewstate.theme import LIGHT, Theme

LINES = {
    "samples": ("&Points", "How many rows are drawn"),
    "noise": ("&Noise", "The deviation of what is added to each coordinate"),
    "bits": ("&Bits", "How many bits a row has, at most 12"),
    "seed": ("&Seed", "Decides what is drawn and which rows are held out"),
    "held_out": ("&Held out", "The share of rows kept aside to measure on, 0 to 0.9"),
}
PLACES = {"samples": (1, 0), "noise": (1, 2), "bits": (1, 0), "seed": (2, 0), "held_out": (2, 2)}
"""Row and column of each option in the grid."""
PICTURE = QSize(200, 150)


class GeneratorForm(QWidget):
    """Holds a GeneratorDraft; ``dataset_wished`` carries the rows and their name."""

    dataset_wished = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("generator")
        self.setAccessibleName("Data by name")
        self.draft = GeneratorDraft()
        self.dataset: Dataset | None = None
        self._theme: Theme = LIGHT
        self.typing = Typing(self)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(6)
        self.set = ChoiceField("generator-set", "Data set", tuple(TITLES), self._choose)
        self.set.setToolTip("A shipped table, or points made by a rule")
        self._place("&Data set", self.set, self.set, 0, 0, 3)
        self.lines: dict[str, LineField] = {}
        self._labels: dict[str, QLabel] = {}
        for name, (label, tip) in LINES.items():
            spoken = label.replace("&", "")
            line = LineField(f"generator-{name}", spoken, self.typing, lambda text, name=name: self._type(name, text))  # type: ignore[misc]
            line.line.setToolTip(tip)
            self._labels[name] = self._place(label, line, line.line, *PLACES[name])
            self.lines[name] = line
        self.is_standardised = TruthField("generator-standardise", "standardise inputs", self._standardise)
        self.is_standardised.setToolTip("Each input gets mean 0 and deviation 1 over the rows to train on")
        self._grid.addWidget(self.is_standardised, 3, 1, 1, 3)
        self.picture = PointPainter("generator-picture", is_editable=False)
        self.picture.setMinimumSize(PICTURE)
        self.picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.words = plain_label("generator-words", is_quiet=True)
        self.problem = problem_label("generator-form-problem")
        self.use = QPushButton("&Use these data")
        self.use.setObjectName("generator-use")
        self.use.setToolTip("Train on these rows; the network takes their number of inputs and outputs")
        self.use.clicked.connect(self._use)
        self._lay_out()

    def _place(self, text: str, field: QWidget, buddy: QWidget, row: int, column: int, width: int = 1) -> QLabel:
        """A field with its label in the grid."""
        label = QLabel(text)
        label.setBuddy(buddy)
        label.setContentsMargins(0, 5, 0, 0)  # the line of text of the field, which may have a sentence below
        self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, column + 1, 1, width)
        return label

    def _lay_out(self) -> None:
        """The choices scroll where there is little room; the button is always in sight."""
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 8, 8, 0)
        column.addLayout(self._grid)
        column.addWidget(self.problem)
        column.addWidget(self.words)
        column.addWidget(self.picture, 1)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.addStretch(1)
        row.addWidget(self.use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        fields = UprightScroll(content)
        fields.setObjectName("generator-fields")
        fields.setAccessibleName("What the data are made from")
        fields.setWhatsThis(
            "What the data are made from: a data set, how many rows, how noisy. Page up and down scroll."
        )
        layout.addWidget(fields, 1)
        layout.addLayout(row)

    def dress(self, theme: Theme) -> None:
        """Show the draft in the colours of a theme."""
        if theme is self._theme and self.dataset is not None:
            return
        self._theme = theme
        dress_problems(self, theme)
        self._show()

    def _choose(self, name: str) -> None:
        self.draft = self.draft.named(name)
        self._show()

    def _type(self, name: str, text: str) -> None:
        self.draft = replace(self.draft, **{name: text})  # type: ignore[arg-type]
        self._show()

    def _standardise(self, is_true: bool) -> None:
        self.draft = replace(self.draft, is_standardised=is_true)
        self._show()

    def _show(self) -> None:
        draft = self.draft
        self.set.apply(draft.name)
        place, sentence = "", ""
        try:
            self.dataset = generated(draft)
        except RunFileError as error:
            place, sentence, self.dataset = error.place, error.problem, None
        for name, line in self.lines.items():
            line.apply(getattr(draft, name), sentence if name == place else "")
            for widget in (line, self._labels[name]):
                widget.setVisible(name in draft.takes or name in ("seed", "held_out"))
        self.is_standardised.apply(draft.is_standardised)
        tell(self.problem, "" if place in self.lines else sentence)
        self.use.setEnabled(self.dataset is not None)
        points = None
        if self.dataset is not None:
            points, _ = points_of(self.dataset)
            self.words.setText(_words(self.dataset))
            if points is not None:
                self.picture.apply(points, self._theme)
        self.picture.setVisible(points is not None)

    def _use(self) -> None:
        self.typing.settle()
        if self.dataset is not None:
            self.dataset_wished.emit(self.dataset, TITLES[self.draft.name])


def _words(dataset: Dataset) -> str:
    held = dataset.held_out_inputs.shape[0]
    rows = f"{dataset.count:,} rows" + (f" and {held:,} held out" if held else "")
    return f"{dataset.note[:1].upper()}{dataset.note[1:]}. {rows}; {shape_words(dataset)}."
