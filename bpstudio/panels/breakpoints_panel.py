"""The list of breakpoints: what stops the run, switched, edited and removed by mouse and keyboard."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QLabel, QMenu, QVBoxLayout, QWidget

from bpstudio.look.icons import IconName
from bpstudio.panels.flow_layout import FlowLayout
from bpstudio.panels.rows_table import Column, RowsTable
from bpstudio.panels.tool_row import ToolRow
from bpstudio.viewstate.breakpoint_state import (
    KIND_WORDS,
    BreakpointKind,
    BreakpointRow,
    BreakpointState,
    ExceptionChoice,
    hit_rule_words,
)
from bpstudio.viewstate.theme import Theme

HINT = "No breakpoints yet. Press Insert or + to add one, or F9 at an operation."

ICONS = {
    BreakpointKind.LOCATION: IconName.BREAKPOINT,
    BreakpointKind.WRITE: IconName.BREAKPOINT_WRITE,
    BreakpointKind.CONDITION: IconName.BREAKPOINT_CONDITION,
    BreakpointKind.EXCEPTION: IconName.EXCEPTION,
}


def _icon(row: BreakpointRow) -> IconName:
    return IconName.LOGPOINT if row.is_logpoint else ICONS[row.draft.kind]


def _kind(row: BreakpointRow) -> str:
    return f"{'logpoint' if row.is_logpoint else 'breakpoint'}, {KIND_WORDS[row.draft.kind]}"


def _what(row: BreakpointRow) -> str:
    """All that has to be seen in a narrow list: what is wrong first, then where, when, and what is logged."""
    head = f"⚠ {row.problem}: " if row.problem else "" if row.is_trusted else "not yet trusted: "
    extra = row.draft.condition if row.draft.kind is not BreakpointKind.CONDITION else ""
    tail = f"  “{row.draft.message}”" if row.is_logpoint else ""
    counts = _counts(row)
    return f"{head}{row.what}{f' if {extra}' if extra else ''}{f' · {counts}' if counts else ''}{tail}"


def _what_note(row: BreakpointRow) -> str:
    lines = [_what(row), f"{_kind(row)}, {_counts(row) or 'every hit'}"]
    if row.problem:
        lines.append(row.problem)
    if not row.is_trusted:
        lines.append("This came from a file. It cannot do harm, but it does not run before you trust it.")
    return "\n".join(lines)


def _ink(row: BreakpointRow, theme: Theme) -> str:
    return theme.text if row.draft.is_enabled else theme.quiet


def _what_ink(row: BreakpointRow, theme: Theme) -> str:
    if row.problem:
        return theme.breakpoint
    return _ink(row, theme) if row.is_trusted else theme.negative


def _icon_ink(row: BreakpointRow, theme: Theme) -> str:
    return theme.breakpoint if row.draft.is_enabled else theme.quiet


def _counts(row: BreakpointRow) -> str:
    words = hit_rule_words(row.draft.hit_rule)
    if row.draft.is_temporary:
        return f"{words}, once" if words else "once"
    return words


def _hits_note(row: BreakpointRow) -> str:
    last = "not hit yet" if row.last_hit is None else f"last at position {row.last_hit:,}: Enter goes there"
    return f"{row.hits:,} hits in the part of the run that is computed, {last}"


COLUMNS: tuple[Column[BreakpointRow], ...] = (
    Column(
        "",
        "Whether it is switched on (Space)",
        is_checked=lambda row: row.draft.is_enabled,
        spoken=lambda row: "on" if row.draft.is_enabled else "off",
        note=lambda row: "switched on" if row.draft.is_enabled else "switched off",
        width=26,
    ),
    Column("", "What kind it is", icon=_icon, spoken=_kind, note=_kind, ink=_icon_ink, width=26),
    Column(
        "Stops at",
        "Where, at which number or when it stops; a condition from a file has to be trusted first",
        text=_what,
        note=_what_note,
        ink=_what_ink,
    ),
    Column(
        "Hits",
        "How often it is hit in the part of the run that is computed",
        lambda row: f"{row.hits:,}",
        note=_hits_note,
        ink=_ink,
        is_number=True,
        width=74,
        is_spare=True,
    ),
)


class BreakpointsPanel(QWidget):
    """Shows a BreakpointState; every change is a signal with the breakpoint's key."""

    add_requested = Signal()
    edit_requested = Signal(object)
    remove_requested = Signal(object)
    breakpoint_switched = Signal(object, bool)
    exception_switched = Signal(str, bool)
    trust_requested = Signal(object)
    last_hit_requested = Signal(object)
    hit_requested = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breakpoints")
        self.setAccessibleName("Breakpoints")
        self._state = BreakpointState(exceptions=())
        self._theme: Theme | None = None
        self.table: RowsTable[BreakpointRow] = RowsTable("breakpoints-table", COLUMNS, lambda row: row.key, HINT)
        self.table.setAccessibleName("List of breakpoints")
        self.table.setToolTip("Enter or a double click goes to the last hit; F2 edits, Space switches, Delete removes")
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._exceptions = QWidget()
        self._flow = FlowLayout(self._exceptions)
        self._exceptions.setObjectName("breakpoint-exceptions")
        self._boxes: dict[str, QCheckBox] = {}
        self.tools = self._made_tools()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.tools, self._exceptions):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        self._fill_exceptions()
        self.setFocusProxy(self.table)
        self._connect()
        self._offer()

    def _made_tools(self) -> ToolRow:
        tools = ToolRow("breakpoint-tools")
        tools.add("breakpoint-add", "Add", "Add a breakpoint (Insert)", self.add_requested.emit, IconName.ADD)
        self._edit = tools.add("breakpoint-edit", "Edit", "Edit the breakpoint (F2)", self._ask_edit, IconName.EDIT)
        self._remove = tools.add(
            "breakpoint-remove", "Remove", "Remove the breakpoint (Delete)", self._ask_removal, IconName.REMOVE
        )
        self._before = tools.add(
            "breakpoint-previous", "Previous hit", "Go to the breakpoint's hit before here", lambda: self._ask_hit(-1),
            IconName.PREVIOUS_HIT,
        )  # fmt: skip
        self._after = tools.add(
            "breakpoint-next",
            "Next hit",
            "Go to the breakpoint's next hit",
            lambda: self._ask_hit(1),
            IconName.NEXT_HIT,
        )
        tools.row.addStretch(1)
        self._trust = tools.add(
            "breakpoint-trust", "Trust", "Let the condition run: it came from a file", self._ask_trust, None
        )
        return tools

    def _connect(self) -> None:
        table = self.table
        table.add_requested.connect(self.add_requested)
        table.edit_requested.connect(self.edit_requested)
        table.remove_requested.connect(self.remove_requested)
        table.row_checked.connect(self.breakpoint_switched)
        table.row_activated.connect(self.last_hit_requested)
        table.row_chosen.connect(self._offer)
        table.customContextMenuRequested.connect(self._open_menu)

    def _fill_exceptions(self) -> None:
        self._flow.setContentsMargins(10, 0, 10, 5)
        label = QLabel("Stop at")
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._flow.addWidget(label)

    def apply(self, state: BreakpointState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        if state == self._state and theme == self._theme:
            return
        self._state, self._theme = state, theme
        self.tools.dress(theme)
        self._show_exceptions(state.exceptions)
        self.table.apply(state.rows, theme)
        self._offer()

    def _show_exceptions(self, choices: tuple[ExceptionChoice, ...]) -> None:
        names = {choice.name for choice in choices}
        for name in [name for name in self._boxes if name not in names]:
            self._boxes.pop(name).deleteLater()
        for choice in choices:
            if choice.name not in self._boxes:
                box = self._boxes[choice.name] = self._made_box(choice)
                self._flow.addWidget(box)
            self._boxes[choice.name].setChecked(choice.is_on)

    def _made_box(self, choice: ExceptionChoice) -> QCheckBox:
        box = QCheckBox(choice.label)
        box.setObjectName(f"exception-{choice.name}")
        box.setAccessibleName(f"Stop at {choice.label}")
        box.setToolTip(choice.tip)
        box.setStatusTip(choice.tip)
        # clicked, not toggled: only what the user does
        box.clicked.connect(lambda is_on, name=choice.name: self.exception_switched.emit(name, is_on))
        return box

    def _offer(self, _key: object = None) -> None:
        """Buttons that can do something now."""
        row = self.table.chosen_row
        for button in (self._edit, self._remove, self._before, self._after):
            button.setEnabled(row is not None)
        self._trust.setEnabled(row is not None and not row.is_trusted)
        self._trust.setVisible(any(not one.is_trusted for one in self._state.rows))

    def _ask_edit(self) -> None:
        self.edit_requested.emit(self.table.chosen)

    def _ask_removal(self) -> None:
        self.remove_requested.emit(self.table.chosen)

    def _ask_hit(self, direction: int) -> None:
        self.hit_requested.emit(self.table.chosen, direction)

    def _ask_trust(self) -> None:
        self.trust_requested.emit(self.table.chosen)

    def _open_menu(self, place: QPoint) -> None:
        row = self.table.chosen_row
        menu = QMenu(self)
        menu.setObjectName("breakpoints-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Add…\tIns").triggered.connect(self.add_requested.emit)
        if row is not None:
            key = row.key
            switch = "Switch o&ff\tSpace" if row.draft.is_enabled else "Switch o&n\tSpace"
            menu.addAction("&Edit…\tF2").triggered.connect(lambda: self.edit_requested.emit(key))
            menu.addAction(switch).triggered.connect(
                lambda: self.breakpoint_switched.emit(key, not row.draft.is_enabled)
            )
            menu.addAction("&Remove\tDel").triggered.connect(lambda: self.remove_requested.emit(key))
            menu.addSeparator()
            menu.addAction("Go to the &last hit\tEnter").triggered.connect(lambda: self.last_hit_requested.emit(key))
            if not row.is_trusted:
                menu.addAction("&Trust").triggered.connect(lambda: self.trust_requested.emit(key))
        menu.popup(self.table.viewport().mapToGlobal(place))
