"""A line for an expression: completion as one types, and what is wrong with it in one sentence below."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from bpstudio.records import dataclass
from bpstudio.viewstate.theme import Theme

Key = Qt.Key
MOST_LINES = 8
MOST_CANDIDATES = 60
ROW = 22


def accept_all(_text: str) -> str | None:
    """Nothing is wrong."""
    return None


def complete_nothing(_text: str, _cursor: int) -> Sequence[str]:
    """Nothing to offer."""
    return ()


@dataclass(frozen=True)
class Language:
    """What a line may say. ``check`` returns what is wrong in one sentence or None; ``complete`` what could stand at a cursor."""

    check: Callable[[str], str | None] = accept_all
    complete: Callable[[str, int], Sequence[str]] = complete_nothing


def typed_part(before: str, candidate: str) -> int:
    """How many characters at the end of ``before`` begin ``candidate``, large or small: those it replaces.

    They begin where a word does: after ``de`` comes ``delta``, not ``exp``.
    """
    low, goal = before.casefold(), candidate.casefold()
    for count in range(min(len(low), len(goal)), 0, -1):
        is_within_word = _is_of_word(goal[0]) and count < len(low) and _is_of_word(low[-count - 1])
        if low.endswith(goal[:count]) and not is_within_word:
            return count
    return 0


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


class ConditionField(QWidget):
    """Tab takes the first completion, ↓ and Enter another, Ctrl+Space shows all; Escape closes the list."""

    text_edited = Signal(str)
    submitted = Signal(str)

    def __init__(
        self,
        name: str,
        label: str,
        language: Language,
        hint: str = "",
        is_optional: bool = True,
        is_compact: bool = False,
    ) -> None:
        """A compact one gives its second line room only while something is wrong."""
        super().__init__()
        self._is_compact = is_compact
        self.setObjectName(name)
        self.language = language
        self.is_optional = is_optional
        self.line = QLineEdit()
        self.line.setObjectName(f"{name}-line")
        self.line.setAccessibleName(label)
        self.line.setPlaceholderText(hint)
        example = f": {hint}" if hint else ""
        self.line.setToolTip(f"{label}{example}. Ctrl+Space shows what can stand here")
        self.line.setMaxLength(500)
        self.line.installEventFilter(self)
        self.line.textEdited.connect(self._edited)
        self.line.returnPressed.connect(self._submit)
        self.setFocusProxy(self.line)
        self.problem_label = QLabel("")
        self.problem_label.setObjectName(f"{name}-problem")
        self.problem_label.setTextFormat(Qt.TextFormat.PlainText)
        self.problem_label.setWordWrap(True)
        self.problem_label.setMinimumHeight(16)
        self.problem_label.setVisible(not is_compact)
        self.candidates = self._made_list(name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.line)
        layout.addWidget(self.problem_label)

    def _made_list(self, name: str) -> QListWidget:
        made = QListWidget(self)
        made.setObjectName(f"{name}-candidates")
        made.setAccessibleName("Completions")
        # A tooltip window takes neither keyboard nor pointer away from the line.
        made.setWindowFlags(Qt.WindowType.ToolTip)
        made.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.itemClicked.connect(self._take)
        made.hide()
        return made

    @property
    def text(self) -> str:
        """What the line says, without space around it."""
        return self.line.text().strip()

    @property
    def problem(self) -> str | None:
        """What is wrong with the text; None if nothing is, or if it is empty and may be."""
        if not self.text:
            return None if self.is_optional else "something has to stand here"
        return self.language.check(self.text)

    def set_text(self, text: str) -> None:
        """Say something else; emits nothing."""
        self.line.setText(text)
        self._hide_list()
        self.show_problem()

    def dress(self, theme: Theme) -> None:
        """What is wrong in the colour of breakpoints."""
        palette = self.problem_label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.breakpoint))
        self.problem_label.setPalette(palette)

    def show_problem(self) -> None:
        """What is wrong, in sight and for screen readers; an empty line is not blamed before it is left."""
        problem = self.problem if self.text else None
        self.problem_label.setText(f"⚠ {problem}" if problem else "")
        self.problem_label.setVisible(bool(problem) or not self._is_compact)
        self.line.setAccessibleDescription(problem or "")

    def _edited(self, text: str) -> None:
        self.show_problem()
        self._offer(is_asked=False)
        self.text_edited.emit(text)

    def _submit(self) -> None:
        if self.problem is None and self.text:
            self._hide_list()
            self.submitted.emit(self.text)

    # Completion.

    def _offer(self, is_asked: bool) -> None:
        """Show what could stand at the cursor: what continues the word begun, or everything when asked."""
        cursor = self.line.cursorPosition()
        before = self.line.text()[:cursor]
        found = [c for c in self.language.complete(self.line.text(), cursor) if typed_part(before, c) < len(c)]
        if not is_asked:
            found = [c for c in found if typed_part(before, c)]
        self.candidates.clear()
        self.candidates.addItems(found[:MOST_CANDIDATES])
        self.candidates.setCurrentRow(-1)
        if not found:
            self._hide_list()
            return
        lines = min(MOST_LINES, self.candidates.count())
        height = max(self.candidates.sizeHintForRow(0), ROW) * lines + 2 * self.candidates.frameWidth()
        self.candidates.resize(max(220, self.line.width() // 2), height)
        self.candidates.move(self.line.mapToGlobal(QPoint(0, self.line.height() + 1)))
        self.candidates.show()

    def _take(self, item: QListWidgetItem) -> None:
        """Put a candidate where the word was begun."""
        cursor = self.line.cursorPosition()
        text, candidate = self.line.text(), item.text()
        start = cursor - typed_part(text[:cursor], candidate)
        self.line.setText(text[:start] + candidate + text[cursor:])
        self.line.setCursorPosition(start + len(candidate))
        self._hide_list()
        self.show_problem()
        self.text_edited.emit(self.line.text())

    def _hide_list(self) -> None:
        self.candidates.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys that belong to the list while it is open."""
        if watched is self.line:
            if event.type() == QEvent.Type.FocusOut:
                self._hide_list()
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._list_key(event)
        return super().eventFilter(watched, event)

    def _list_key(self, event: QKeyEvent) -> bool:
        if event.key() == Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._offer(is_asked=True)
            return True
        if not self.candidates.isVisible():
            return False
        current = self.candidates.currentItem()
        match event.key():
            case Key.Key_Down | Key.Key_Up:
                step = 1 if event.key() == Key.Key_Down else -1
                self.candidates.setCurrentRow((self.candidates.currentRow() + step) % self.candidates.count())
            case Key.Key_Tab:
                self._take(current or self.candidates.item(0))
            case Key.Key_Return | Key.Key_Enter if current is not None:
                self._take(current)
            case Key.Key_Escape:
                self._hide_list()
            case _:
                return False
        return True
