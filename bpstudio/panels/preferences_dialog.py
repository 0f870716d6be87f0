"""The preferences: look, size of text, numbers, narration and memory, each shown at once on a sample."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberFormat, NumberStyle
from bpstudio.look.fields import whole_number_field
from bpstudio.look.text_size import text_scale
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.viewstate.preferences import (
    LARGEST_BUDGET,
    LARGEST_TEXT_PERCENT,
    MOST_DIGITS,
    SMALLEST_TEXT_PERCENT,
    TEXT_STEP_PERCENT,
    Preferences,
)
from bpstudio.viewstate.selection import ThemeName

THEME_WORDS = {
    ThemeName.SYSTEM: "As the system",
    ThemeName.LIGHT: "Light",
    ThemeName.DARK: "Dark",
    ThemeName.HIGH_CONTRAST: "High contrast",
}
STYLE_WORDS = {
    NumberStyle.AUTO: "Automatic",
    NumberStyle.FIXED: "Fixed decimals",
    NumberStyle.SCIENTIFIC: "Scientific",
    NumberStyle.FULL: "In full",
}
DEPTH_WORDS = {
    Depth.PLAIN: "Plain words",
    Depth.FORMAL: "Formulas",
    Depth.CODE: "Code",
}
SAMPLES = (0.0275, -1234.5678, 0.5, 3.51e-7)
MEMORY_WORDS = (
    "The history keeps states of the run as checkpoints; everything between them is computed again when needed. "
    "With less memory they lie further apart, and a far jump takes longer. No number changes."
)


class PreferencesDialog(QDialog):
    """Shows preferences; what was chosen comes out when the dialog is accepted."""

    chosen = Signal(object)

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before = preferences
        self.theme = self._combo("theme-choice", "Theme", "Light, dark or high contrast", list(THEME_WORDS.values()))
        self.theme.setCurrentIndex(list(THEME_WORDS).index(preferences.theme))
        self.text = self._spin("text-size", "Size of text", "How large text is, everywhere in the window")
        self.text.setRange(SMALLEST_TEXT_PERCENT, LARGEST_TEXT_PERCENT)
        self.text.setSingleStep(TEXT_STEP_PERCENT)
        self.text.setSuffix(" %")
        self.text.setValue(preferences.text_percent)
        self.style_choice = self._combo(
            "number-style", "How numbers are written", "No number changes", list(STYLE_WORDS.values())
        )
        self.style_choice.setCurrentIndex(list(STYLE_WORDS).index(preferences.number_style))
        self.digits = self._spin("digits", "Digits", "Significant digits; after the point where decimals are fixed")
        self.digits.setRange(1, MOST_DIGITS)
        self.digits.setValue(preferences.digits)
        self.comma = QCheckBox("Decimal &comma")
        self.comma.setObjectName("decimal-comma")
        self.comma.setToolTip("Write 0,5 instead of 0.5; copies for programs keep the point")
        self.comma.setChecked(preferences.decimal_comma)
        self.narration = self._combo(
            "narration-depth", "Narration", "How the inspector and exports say what happens", list(DEPTH_WORDS.values())
        )
        self.narration.setCurrentIndex(list(DEPTH_WORDS).index(preferences.depth))
        self.budget = self._spin(
            "history_budget",
            "Memory for the history",
            "What the checkpoints of each branch may take; with less, far jumps take longer",
        )
        self.budget.setRange(1, LARGEST_BUDGET)
        self.budget.setSuffix(" MB")
        self.budget.setValue(preferences.budget_megabytes)
        self.sample = plain_label("number-sample")
        self.sample.setAccessibleName("Sample numbers")
        self._lay_out()
        self.style_choice.activated.connect(lambda _index: self._show_sample())
        self.digits.valueChanged.connect(lambda _value: self._show_sample())
        self.comma.toggled.connect(lambda _is_on: self._show_sample())
        self._show_sample()

    @staticmethod
    def _combo(name: str, spoken: str, tip: str, items: list[str]) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(spoken)
        combo.setToolTip(tip)
        combo.addItems(items)
        return combo

    @staticmethod
    def _spin(name: str, spoken: str, tip: str) -> QSpinBox:
        spin = whole_number_field()
        spin.setObjectName(name)
        spin.setAccessibleName(spoken)
        spin.setToolTip(tip)
        return spin

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("&Theme", self.theme)
        form.addRow("Size of te&xt", self.text)
        form.addRow("N&umbers", self.style_choice)
        form.addRow("&Digits", self.digits)
        form.addRow("", self.comma)
        form.addRow("Sample", self.sample)
        form.addRow("&Narration", self.narration)
        form.addRow("Memory for the &history", self.budget)
        words = plain_label("preferences-words", is_quiet=True)
        words.setText(MEMORY_WORDS)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.addLayout(form)
        column.addWidget(words)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("preferences-scroll")
        scroll.setAccessibleName("Preferences")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll)
        layout.addWidget(buttons)
        least = inner.minimumSizeHint()
        bar, margins = scroll.verticalScrollBar().sizeHint().width(), layout.contentsMargins()
        scroll.setMinimumWidth(least.width() + bar)
        # Its own least height is that of words broken as often as they can be, which the area would scroll over.
        inner.setMinimumSize(least.width(), 1)
        width = max(round(412 * text_scale()), inner.sizeHint().width())
        around = margins.top() + margins.bottom() + layout.spacing() + 2 * scroll.frameWidth()
        height = inner.heightForWidth(width) + buttons.sizeHint().height() + around + round(8 * text_scale())
        self.resize(width + bar + margins.left() + margins.right() + 2 * scroll.frameWidth(), min(690, height))

    @property
    def preferences(self) -> Preferences:
        """What is chosen now."""
        return Preferences(
            list(THEME_WORDS)[self.theme.currentIndex()],
            self.text.value(),
            self.digits.value(),
            list(STYLE_WORDS)[self.style_choice.currentIndex()],
            self.comma.isChecked(),
            list(DEPTH_WORDS)[self.narration.currentIndex()],
            self.budget.value(),
        )

    def _show_sample(self) -> None:
        chosen = self.preferences
        numbers = NumberFormat(chosen.digits, chosen.number_style, chosen.decimal_comma)
        self.sample.setText("   ".join(numbers.format(value) for value in SAMPLES))
        self.digits.setEnabled(chosen.number_style is not NumberStyle.FULL)

    def _accept(self) -> None:
        self.chosen.emit(self.preferences)
        self.accept()
