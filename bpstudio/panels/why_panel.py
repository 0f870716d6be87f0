"""Why this number? The answer in a line, the ways to answer, and the rows; Enter goes to where a number was made."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from bpstudio.look.text_size import as_title
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.panels.why_rows import MODE_KEYS, WhyTable
from bpstudio.viewstate.theme import Theme
from bpstudio.viewstate.why_state import WhyMode, WhyRow, WhyState

MODES = {
    WhyMode.PARENTS: ("Parents", "What the number was made of, term by term, back to inputs and initial weights"),
    WhyMode.PATHS: ("Paths", "The gradient as a sum over all paths from here to the outputs, the largest first"),
    WhyMode.UPDATES: ("Updates", "The weight as its initial value and every change, the largest first"),
    WhyMode.ORIGIN: ("Origin", "Where this number stopped being finite, and what grew too large before"),
}


class ReplayBar(QWidget):
    """How much of a replay is done, and the way out of it; hidden while there is none."""

    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("why-replay")
        self.bar = QProgressBar()
        self.bar.setObjectName("why-progress")
        self.bar.setAccessibleName("Replay")
        self.bar.setToolTip("How much of the run is replayed")
        self.bar.setRange(0, 1000)
        self.bar.setFormat("%p %")
        self.button = QPushButton("Cancel")
        self.button.setObjectName("why-cancel")
        self.button.setAccessibleName("Cancel the replay")
        self.button.setToolTip("Stop replaying; the run stays where it is")
        self.button.clicked.connect(lambda _checked=False: self.cancel_requested.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 6)
        row.addWidget(self.bar, 1)
        row.addWidget(self.button)
        self.hide()

    def show_progress(self, share: float | None) -> None:
        """Show a share from 0 to 1, or nothing."""
        self.setVisible(share is not None)
        if share is not None:
            self.bar.setValue(round(1000 * min(1.0, max(0.0, share))))


class WhyPanel(QWidget):
    """Shows a WhyState."""

    expanded_toggled = Signal(object)
    position_requested = Signal(object)
    address_chosen = Signal(object, object)
    mode_chosen = Signal(object)
    row_chosen = Signal(object)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why")
        self.setAccessibleName("Why this number?")
        self._state: WhyState | None = None
        self._theme: Theme | None = None
        self.headline = plain_label("why-headline")
        self.note = plain_label("why-note", is_quiet=True)
        self.table = WhyTable()
        self.words = plain_label("why-words", is_quiet=True)
        self.modes = {mode: self._mode_button(mode) for mode in WhyMode}
        self.replay = ReplayBar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head())
        layout.addWidget(self.replay)
        layout.addWidget(self.table, 1)
        self.foot = self._foot()
        layout.addWidget(self.foot)
        self.setFocusProxy(self.table)
        self._connect()

    def _mode_button(self, mode: WhyMode) -> QToolButton:
        name, words = MODES[mode]
        tip = f"{words} ({next(key.name[-1] for key, meant in MODE_KEYS.items() if meant is mode)})"
        button = QToolButton()
        button.setObjectName(f"why-{mode.value}")
        button.setText(name)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setStatusTip(tip)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked: self._choose_mode(mode))
        return button

    def _head(self) -> QWidget:
        """The number in a line, and the ways to answer."""
        head, row = QWidget(), QHBoxLayout()
        head.setObjectName("why-head")
        row.setSpacing(2)
        for button in self.modes.values():
            row.addWidget(button)
        row.addStretch(1)
        as_title(self.headline)
        column = QVBoxLayout(head)
        column.setContentsMargins(10, 8, 10, 6)
        column.setSpacing(4)
        column.addWidget(self.headline)
        column.addWidget(self.note)
        column.addLayout(row)
        return head

    def _foot(self) -> QWidget:
        """What the current row is, in words: a narrow panel has no column for it."""
        foot = QWidget()
        foot.setObjectName("why-foot")
        column = QVBoxLayout(foot)
        column.setContentsMargins(10, 5, 10, 6)
        column.addWidget(self.words)
        foot.hide()
        return foot

    def _connect(self) -> None:
        self.table.row_toggled.connect(self.expanded_toggled)
        self.replay.cancel_requested.connect(self.cancel_requested)
        self.table.row_asked.connect(lambda _path: self._ask())
        self.table.row_activated.connect(lambda _path: self._go())
        self.table.row_chosen.connect(self._choose_row)
        self.table.mode_requested.connect(self._ask_mode)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)

    def apply(self, state: WhyState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        if state == self._state and theme == self._theme:
            return
        is_another = self._state is None or _question(state) != _question(self._state)
        self._state, self._theme = state, theme
        self.headline.setText(state.headline)
        self.note.setText(state.note)
        self.note.setVisible(bool(state.note))
        for mode, button in self.modes.items():
            button.setVisible(mode in state.modes)
            button.setChecked(mode is state.mode)
        self.replay.show_progress(state.progress)
        self.table.apply(state.rows, theme)
        if is_another:
            self.table.begin()
        self._describe()

    def _choose_mode(self, mode: WhyMode) -> None:
        """The button shows what the state says, not what was clicked."""
        if self._state is not None:
            self.modes[mode].setChecked(mode is self._state.mode)
            if mode is not self._state.mode:
                self.mode_chosen.emit(mode)

    def _ask_mode(self, mode: WhyMode) -> None:
        """By its letter: only what is offered."""
        if self._state is not None and mode in self._state.modes:
            self._choose_mode(mode)

    def _choose_row(self, _path: object) -> None:
        self._describe()
        row = self.table.chosen_row
        if row is not None:
            self.row_chosen.emit(row.path)

    def _describe(self) -> None:
        row = self.table.chosen_row
        self.words.setText("" if row is None else described(row))
        self.foot.setVisible(row is not None)

    def _go(self) -> None:
        row = self.table.chosen_row
        if row is not None and row.position is not None:
            self.position_requested.emit(row.position)

    def _ask(self) -> None:
        row = self.table.chosen_row
        if row is not None and row.address is not None:
            self.address_chosen.emit(row.address, row.sample)

    def _open_menu(self, place: QPoint) -> None:
        row = self.table.chosen_row
        if row is None:
            return
        menu = QMenu(self)
        menu.setObjectName("why-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        go = menu.addAction("&Go to where it was made\tEnter")
        go.setEnabled(row.position is not None)
        go.triggered.connect(self._go)
        ask = menu.addAction("&Ask about this number\tSpace")
        ask.setEnabled(row.address is not None)
        ask.triggered.connect(self._ask)
        menu.popup(self.table.viewport().mapToGlobal(place))


def _question(state: WhyState) -> tuple[WhyMode, str]:
    """What is answered: another number, or in another way."""
    return state.mode, state.rows[0].symbol if state.rows else ""


def described(row: WhyRow) -> str:
    """A row in a line: ``Θ⁽¹⁾₁₂·a⁽¹⁾₂ = 0.2 × 0.1 = 0.02``."""
    numbers = " = ".join(part for part in (row.symbol, row.detail, row.exact) if part)
    return " · ".join(part for part in (numbers, row.words) if part)
