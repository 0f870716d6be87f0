"""Fields of a form that tell what a person typed or chose, and under each the sentence of what is wrong with it."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from bpstudio.panels.inspector_panel import plain_label
from bpstudio.viewstate.theme import Theme

TYPING_MS = 180
"""How long typing has to rest before it counts: a run of a large network takes a moment to make."""


class Typing(QObject):
    """Holds back what is typed until typing rests or the field is left; the last wish of a field is the one that counts."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wish: Callable[[], object] | None = None
        self.field: QLineEdit | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self.settle)

    def hold(self, field: QLineEdit, wish: Callable[[], object]) -> None:
        """Remember a wish for when typing rests; one of another field comes first."""
        if self.field is not field:
            self.settle()
        self.field, self._wish = field, wish
        self._timer.start()

    def settle(self) -> None:
        """Do now what is held."""
        self._timer.stop()
        wish, self._wish, self.field = self._wish, None, None
        if wish is not None:
            wish()


class LineField(QWidget):
    """A line to type in, with room for a sentence below; tells what a person typed when typing rests."""

    def __init__(
        self, name: str, spoken: str, typing: Typing, typed: Callable[[str], object], width: int | None = None
    ) -> None:
        super().__init__()
        self._typing = typing
        self._typed = typed
        self.line = QLineEdit()
        self.line.setObjectName(name)
        self.line.setAccessibleName(spoken)
        if width is not None:
            self.line.setFixedWidth(width)
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.problem = problem_label(f"{name}-problem")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.line)
        if width is None:
            layout.addWidget(self.problem)
        else:
            self.problem.setParent(self)  # a narrow field's sentence stands elsewhere
        self.line.textEdited.connect(lambda text: typing.hold(self.line, lambda: typed(text)))
        self.line.editingFinished.connect(typing.settle)

    def apply(self, text: str, problem: str) -> None:
        """Show a text, unless another one is just being typed."""
        if self._typing.field is not self.line and self.line.text() != text:
            self.line.setText(text)
            self.line.setCursorPosition(0)
        tell(self.problem, problem)


class ChoiceField(QComboBox):
    """A list to choose from; tells what a person chose."""

    def __init__(self, name: str, spoken: str, choices: tuple[str, ...], chosen: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        for choice in choices:
            self.addItem(choice.replace("_", " "), choice)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda index: chosen(str(self.itemData(index))))

    def apply(self, choice: str) -> None:
        """Show a choice."""
        index = self.findData(choice)
        if index != self.currentIndex():
            self.setCurrentIndex(index)


class TruthField(QCheckBox):
    """A box to check; tells whether a person checked it."""

    def __init__(self, name: str, text: str, checked: Callable[[bool], object]) -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.clicked.connect(checked)

    def apply(self, is_true: bool) -> None:
        """Show whether it is so."""
        if self.isChecked() != is_true:
            self.setChecked(is_true)


def problem_label(name: str) -> QLabel:
    """A hidden sentence in the colour of what stops."""
    label = plain_label(name)
    label.setVisible(False)
    return label


def tell(label: QLabel, sentence: str) -> None:
    """Show a sentence, or nothing."""
    shown = sentence[:1].upper() + sentence[1:]
    if label.text() != shown:
        label.setText(shown)
        label.setAccessibleName(shown)
    if label.isHidden() == bool(sentence):
        label.setVisible(bool(sentence))


def dress_problems(root: QWidget, theme: Theme) -> None:
    """The colour of all sentences about mistakes below ``root``."""
    for label in root.findChildren(QLabel):
        if label.objectName().endswith("-problem"):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.breakpoint))
            label.setPalette(palette)
