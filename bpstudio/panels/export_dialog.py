"""What to export, as what, in which look, how large and which steps; with a picture of what it will be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from bpstudio.look.fields import number_field, whole_number_field
from bpstudio.look.text_size import text_scale
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.program.levels import Level
from bpstudio.records import dataclass
from bpstudio.viewstate.export_choices import (
    FORMAT_WORDS,
    LARGEST_SCALE,
    LARGEST_SIZE,
    LONGEST_STEP,
    PICTURES,
    SHORTEST_STEP,
    SMALLEST_SCALE,
    SMALLEST_SIZE,
    ExportChoices,
    ExportFormat,
    PresetName,
    RangeName,
    Subject,
)

PREVIEW = (400, 268)
FEWEST_LETTERS = 22
"""Letters for which there is room in a field at any size of text; longer entries are shown in full when the list is open."""
SETTLE_MS = 120
"""A preview is made when nothing has been changed for this long."""

SUBJECT_WORDS = {
    Subject.FIGURE: "The figure of this moment",
    Subject.STEPS: "A range of steps",
    Subject.WORKED: "The worked solution",
    Subject.PANEL: "A panel",
    Subject.WINDOW: "The whole window",
}
PRESET_WORDS = {
    PresetName.SCREEN: "Screen: as the window",
    PresetName.SLIDE: "Slide: 16:9, larger text",
    PresetName.PAPER: "Paper: white, grey-safe, no title",
    PresetName.TRANSPARENT: "Screen, without a background",
}
RANGE_WORDS = {
    RangeName.SAMPLE: "this sample",
    RangeName.ITERATION: "this iteration",
    RangeName.POSITIONS: "positions",
}
WORKED_WORDS = {ExportFormat.TEX: "LaTeX: align", ExportFormat.HTML: "HTML: a page to read or print"}


@dataclass(frozen=True, slots=True)
class ExportOffers:
    """What there is to choose from: formats that can be written here, open panels, and where ranges begin and end."""

    formats: Mapping[Subject, Sequence[ExportFormat]]
    panels: Sequence[str]
    ranges: Mapping[RangeName, tuple[int, int]]
    sizes: Mapping[PresetName, tuple[int, int]]
    scales: Mapping[PresetName, float]


class ExportDialog(QDialog):
    """Asks what to export; whoever made it asks where. ``choices_changed`` asks for a new preview."""

    export_requested = Signal(object)
    choices_changed = Signal(object)

    def __init__(self, parent: QWidget, choices: ExportChoices, offers: ExportOffers) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offers = offers
        self._is_filling = True
        self._formats = {subject: offered[0] for subject, offered in offers.formats.items()}
        self._formats[choices.subject] = choices.file_format
        self._levels = dict.fromkeys(Subject, choices.level) | {Subject.WORKED: Level.OPERATION}
        self._levels[choices.subject] = choices.level
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self.choices_changed.emit(self.choices))
        self._make_fields()
        self._lay_out()
        self._fill(choices)
        self._is_filling = False
        self._connect()
        self._show_rows()
        self._settle.start()

    # Building.

    def _make_fields(self) -> None:
        self.subject = self._combo("subject", "What to export", SUBJECT_WORDS)
        self.panel = self._combo("panel", "Which panel", {title: title for title in self._offers.panels})
        self.file_format = self._combo("format", "File format", {})
        self.preset = self._combo("preset", "Look", PRESET_WORDS)
        self.transparent = QCheckBox("&Transparent background")
        self.transparent.setObjectName("export-transparent")
        self.transparent.setToolTip("Leave the background out, for slides with a background of their own")
        self.width_ = self._pixels("width", 0)
        self.height_ = self._pixels("height", 1)
        self.scale = number_field()
        self._describe(self.scale, "scale", "Pixels times", "How many pixels are made of one; text stays as sharp")
        self.scale.setRange(SMALLEST_SCALE, LARGEST_SCALE)
        self.scale.setSingleStep(0.5)
        self.scale.setSuffix("\u2009×")
        self.range_name = self._combo("range", "Which steps", RANGE_WORDS)
        self.start, self.end = self._position("from"), self._position("to")
        self.level = self._combo("level", "A step is", {level: level.label for level in Level})
        self.seconds = number_field()
        self._describe(self.seconds, "seconds", "Seconds a step", "How long each step is shown before the next")
        self.seconds.setRange(SHORTEST_STEP, LONGEST_STEP)
        self.seconds.setSingleStep(0.1)
        self.seconds.setSuffix("\u2009s")

    def _describe(self, widget: QWidget, name: str, words: str, tip: str) -> None:
        widget.setObjectName(f"export-{name}")
        widget.setAccessibleName(words)
        widget.setToolTip(tip)

    def _combo(self, name: str, words: str, items: Mapping[Any, str]) -> QComboBox:
        combo = QComboBox()
        self._describe(combo, name, words, words)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(FEWEST_LETTERS)
        for value, text in items.items():
            combo.addItem(text, value)
        return combo

    def _pixels(self, name: str, side: int) -> QSpinBox:
        box = whole_number_field()
        self._describe(box, name, f"Picture {name}", f"The {name} of the picture, before pixels are multiplied")
        box.setRange(SMALLEST_SIZE[side], LARGEST_SIZE[side])
        box.setSingleStep(20)
        return box

    def _position(self, name: str) -> QLineEdit:
        """A line, not a spin box: positions have no largest number."""
        field = QLineEdit()
        self._describe(field, name, f"{name.capitalize()} position", "A position of the run, counted from 0")
        field.setMaxLength(30)
        return field

    def _lay_out(self) -> None:
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setVerticalSpacing(9)
        self._size_row = _row(self.width_, QLabel("×"), self.height_)
        self._position_row = _row(self.start, QLabel("to"), self.end)
        for label, field in (
            ("&What", self.subject),
            ("&Panel", self.panel),
            ("&Steps", self.range_name),
            ("", self._position_row),
            ("A step &is a", self.level),
            ("&Format", self.file_format),
            ("&Look", self.preset),
            ("Si&ze", self._size_row),
            ("&Pixels", self.scale),
            ("S&hown for", self.seconds),
            ("", self.transparent),
        ):
            self.form.addRow(label, field)
        size_label = self.form.labelForField(self._size_row)
        if isinstance(size_label, QLabel):
            size_label.setBuddy(self.width_)
        self.preview = QLabel()
        self.preview.setObjectName("export-preview")
        self.preview.setAccessibleName("Preview")
        self.preview.setFixedSize(*PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words = plain_label("export-words", is_quiet=True)
        self.words.setMinimumHeight(44)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        side = QVBoxLayout()
        side.addWidget(self.preview)
        side.addWidget(self.words)
        side.addStretch(1)
        left = QVBoxLayout()
        left.addLayout(self.form)
        left.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(round(22 / text_scale()))
        columns.addLayout(left, 1)
        columns.addLayout(side)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save.setText("&Save…")
        self.save.setToolTip("Choose where to, and write it")
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        side_margin = round(18 / text_scale())
        layout.setContentsMargins(side_margin, 18, side_margin, 14)
        layout.setSpacing(14)
        layout.addLayout(columns)
        layout.addWidget(self.buttons)
        self.subject.setMinimumWidth(290)

    def _connect(self) -> None:
        self.subject.currentIndexChanged.connect(self._offer_formats)
        self.preset.currentIndexChanged.connect(self._take_preset)
        self.range_name.currentIndexChanged.connect(self._take_range)
        for combo in (self.subject, self.panel, self.file_format, self.preset, self.range_name, self.level):
            combo.currentIndexChanged.connect(self._changed)
        for box in (self.width_, self.height_, self.scale, self.seconds):
            box.valueChanged.connect(self._changed)
        for field in (self.start, self.end):
            field.textEdited.connect(self._changed)
        self.transparent.toggled.connect(self._changed)

    # Choices.

    def _fill(self, choices: ExportChoices) -> None:
        self._choose(self.subject, choices.subject)
        self._offer_formats()
        self._choose(self.file_format, choices.file_format)
        self._choose(self.panel, choices.panel)
        self._choose(self.preset, choices.preset)
        self._take_preset()
        if choices.size != (0, 0):
            self.width_.setValue(choices.size[0])
            self.height_.setValue(choices.size[1])
        if choices.scale > 0.0:
            self.scale.setValue(choices.scale)
        self.transparent.setChecked(choices.is_transparent)
        self._choose(self.range_name, choices.range_name)
        self._take_range()
        self.seconds.setValue(choices.seconds)

    def _choose(self, combo: QComboBox, value: object) -> None:
        index = combo.findData(value)
        if index >= 0:
            combo.setCurrentIndex(index)

    @property
    def choices(self) -> ExportChoices:
        """What is chosen now."""
        preset = PresetName(self.preset.currentData())
        size = self.width_.value(), self.height_.value()
        return ExportChoices(
            Subject(self.subject.currentData()),
            ExportFormat(self.file_format.currentData()),
            preset,
            self.transparent.isChecked(),
            (0, 0) if size == self._offers.sizes[preset] else size,
            self.scale.value(),
            str(self.panel.currentData() or ""),
            RangeName(self.range_name.currentData()),
            _number(self.start.text()),
            _number(self.end.text()),
            Level(self.level.currentData()),
            self.seconds.value(),
        )

    def _offer_formats(self) -> None:
        """The formats of the subject, at the one it was last written in; the same for the level."""
        subject = Subject(self.subject.currentData())
        words = FORMAT_WORDS | (WORKED_WORDS if subject is Subject.WORKED else {})
        self.file_format.blockSignals(True)
        self.file_format.clear()
        for each in self._offers.formats[subject]:
            text = words[each]
            if subject is Subject.STEPS and each in (*PICTURES, ExportFormat.TEX):
                text = f"{each.value.upper() if each in PICTURES else 'TikZ'}: numbered pictures"
            self.file_format.addItem(text, each)
        self._choose(self.file_format, self._formats[subject])
        self.file_format.blockSignals(False)
        self._choose(self.level, self._levels[subject])

    def _take_preset(self) -> None:
        """The preset's own size and scale."""
        preset = PresetName(self.preset.currentData())
        self.width_.setValue(self._offers.sizes[preset][0])
        self.height_.setValue(self._offers.sizes[preset][1])
        self.scale.setValue(self._offers.scales[preset])

    def _take_range(self) -> None:
        start, end = self._offers.ranges[RangeName(self.range_name.currentData())]
        self.start.setText(str(start))
        self.end.setText(str(end))

    def _changed(self) -> None:
        if not self._is_filling:
            choices = self.choices
            self._formats[choices.subject], self._levels[choices.subject] = choices.file_format, choices.level
            self._show_rows()
            self._settle.start()

    def _show_rows(self) -> None:
        """Only what makes a difference to what is chosen."""
        choices = self.choices
        is_range = choices.subject in (Subject.STEPS, Subject.WORKED)
        is_painted = choices.subject in (Subject.FIGURE, Subject.STEPS)
        is_tex = choices.file_format is ExportFormat.TEX
        plays = choices.subject is Subject.STEPS and not choices.writes_folder
        for field, is_shown in (
            (self.panel, choices.subject is Subject.PANEL),
            (self.range_name, is_range),
            (self._position_row, is_range and choices.range_name is RangeName.POSITIONS),
            (self.level, is_range),
            (self.preset, is_painted),
            (self._size_row, is_painted and not is_tex),
            (self.scale, choices.subject is not Subject.WORKED and choices.file_format.has_pixels),
            (self.seconds, plays),
            (self.transparent, is_painted and not is_tex and choices.file_format.can_be_transparent),
        ):
            self.form.setRowVisible(field, is_shown)
        self.transparent.setEnabled(choices.preset is not PresetName.TRANSPARENT)

    def show_preview(self, image: QImage, words: str) -> None:
        """Show what it will look like, and what will be written."""
        image.setDevicePixelRatio(max(image.width() / PREVIEW[0], image.height() / PREVIEW[1]))
        self.preview.setPixmap(QPixmap.fromImage(image))
        self.words.setText(words)
        self.save.setEnabled(True)

    def show_refusal(self, sentence: str) -> None:
        """Say why what is chosen can't be written."""
        self.words.setText(sentence)
        self.save.setEnabled(False)

    def _accept(self) -> None:
        choices = self.choices
        if choices.subject in (Subject.STEPS, Subject.WORKED) and choices.end < choices.start:
            choices = replace(choices, start=choices.end, end=choices.start)
        self.accept()
        self.export_requested.emit(choices)


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
    return row


def _number(text: str) -> int:
    """A position as it was typed; digits only, thin spaces between them do not matter."""
    digits = "".join(text.split())
    return int(digits) if digits.isascii() and digits.isdigit() else 0
