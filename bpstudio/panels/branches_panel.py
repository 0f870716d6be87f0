"""The list of branches: a tree of forks with what was edited, renamed in place, compared and switched to."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from bpstudio.look.icons import IconName
from bpstudio.panels.rows_table import Column, RowsTable
from bpstudio.panels.tool_row import ToolRow
from bpstudio.viewstate.branch_state import BranchRow, BranchState
from bpstudio.viewstate.theme import Theme

HINT = "No branches yet. An edit in the past starts one; the old future stays."
NAME = 1


def _name(row: BranchRow) -> str:
    return ("   " * (row.depth - 1) + "└ " if row.depth else "") + row.name


def _spoken_name(row: BranchRow) -> str:
    return f"{row.name}, level {row.depth + 1}"


def _role(row: BranchRow) -> str:
    if row.is_current:
        return "the branch in sight"
    return "compared with the one in sight" if row.is_compared else "another branch"


def _edits(row: BranchRow) -> str:
    return "; ".join(row.edits) or ("none" if row.depth == 0 else "no edit yet")


def _mark(row: BranchRow) -> IconName | None:
    if row.is_current:
        return IconName.PLAY
    return IconName.COMPARE if row.is_compared else None


def _ink(row: BranchRow, theme: Theme) -> str:
    return theme.forward if row.is_current else theme.text


COLUMNS: tuple[Column[BranchRow], ...] = (
    Column(
        "",
        "▸ marks the branch in sight, the fork the one compared with",
        icon=_mark,
        spoken=_role,
        note=_role,
        ink=_ink,
        width=26,
    ),
    Column(
        "Branch",
        "Its name (F2 renames)",
        text=_name,
        edited_text=lambda row: row.name,
        spoken=_spoken_name,
        note=lambda row: f"{row.name}\nEnter switches to it",
        ink=_ink,
        is_bold=lambda row: row.is_current,
        share=1.2,
    ),
    Column(
        "Leaves at",
        "The iteration where it leaves the branch above",
        text=lambda row: row.fork,
        width=110,
        is_spare=True,
    ),
    Column("Edits", "What was changed in it", text=_edits, note=lambda row: "\n".join(row.edits) or _edits(row)),
    Column(
        "Loss",
        "The loss of each branch at the same iteration",
        text=lambda row: row.loss,
        note=lambda row: row.exact_loss or "not computed there",
        ink=lambda row, theme: theme.text if row.is_finite else theme.not_finite,
        is_number=True,
        width=70,
    ),
)


class BranchesPanel(QWidget):
    """Shows a BranchState; every wish is a signal with the branch's key."""

    switch_requested = Signal(object)
    branch_renamed = Signal(object, str)
    delete_requested = Signal(object)
    compare_requested = Signal(object)
    first_difference_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("branches")
        self.setAccessibleName("Branches")
        self._state: BranchState | None = None
        self._theme: Theme | None = None
        self.table: RowsTable[BranchRow] = RowsTable("branches-table", COLUMNS, lambda row: row.key, HINT)
        self.table.setAccessibleName("List of branches")
        self.table.setToolTip("Enter switches to a branch, F2 renames it, Delete removes it")
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.caption = QLabel("")
        self.caption.setObjectName("branches-caption")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.caption.setContentsMargins(6, 2, 6, 3)
        self.caption.hide()
        self.tools = self._made_tools()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tools)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.caption)
        self.setFocusProxy(self.table)
        self._connect()
        self._offer()

    def _made_tools(self) -> ToolRow:
        tools = ToolRow("branch-tools")
        add = tools.add
        self._switch = add("branch-switch", "Switch", "Switch to the branch (Enter)", self._ask_switch, IconName.BRANCH)
        self._rename = add("branch-rename", "Rename", "Rename the branch (F2)", self._open_rename, IconName.EDIT)
        self._delete = add("branch-delete", "Delete", "Delete the branch (Delete)", self._ask_deletion, IconName.REMOVE)
        self._compare = add(
            "branch-compare", "Compare", "Compare the branch with the current one, number by number", self._ask_comparison,
            IconName.COMPARE,
        )  # fmt: skip
        self._difference = add(
            "branch-difference", "First difference", "Go to the first operation where the branch differs from the current one",
            self._ask_difference, IconName.NEXT_HIT,
        )  # fmt: skip
        tools.row.addStretch(1)
        return tools

    def _connect(self) -> None:
        self.table.row_activated.connect(lambda _key: self._ask_switch())
        self.table.edit_requested.connect(lambda _key: self._open_rename())
        self.table.remove_requested.connect(lambda _key: self._ask_deletion())
        self.table.row_edited.connect(self._renamed)
        self.table.row_chosen.connect(self._offer)
        self.table.customContextMenuRequested.connect(self._open_menu)

    def apply(self, state: BranchState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        if state == self._state and theme == self._theme:
            return
        self._state, self._theme = state, theme
        self.tools.dress(theme)
        self.table.apply(state.rows, theme)
        self.caption.setText(state.caption)
        self.caption.setVisible(bool(state.caption))
        self._offer()

    def _offer(self, _key: object = None) -> None:
        """Buttons that can do something now."""
        row = self.table.chosen_row
        is_other = row is not None and not row.is_current
        self._switch.setEnabled(is_other)
        self._compare.setEnabled(is_other)
        self._rename.setEnabled(row is not None)
        self._delete.setEnabled(row is not None and row.can_delete)
        self._difference.setEnabled(is_other)

    def _ask_switch(self) -> None:
        row = self.table.chosen_row
        if row is not None and not row.is_current:
            self.switch_requested.emit(row.key)

    def _open_rename(self) -> None:
        self.table.edit_chosen(NAME)

    def _renamed(self, key: object, name: str) -> None:
        if name.strip():
            self.branch_renamed.emit(key, name.strip())

    def _ask_deletion(self) -> None:
        row = self.table.chosen_row
        if row is not None and row.can_delete:
            self.delete_requested.emit(row.key)

    def _ask_comparison(self) -> None:
        self.compare_requested.emit(self.table.chosen)

    def _ask_difference(self) -> None:
        self.first_difference_requested.emit(self.table.chosen)

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("branches-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button, text, act in (
            (self._switch, "&Switch to it\tEnter", self._ask_switch),
            (self._rename, "&Rename\tF2", self._open_rename),
            (self._delete, "&Delete\tDel", self._ask_deletion),
            (self._compare, "&Compare with the current one", self._ask_comparison),
            (self._difference, "Go to the &first difference", self._ask_difference),
        ):
            action = menu.addAction(text)
            action.setEnabled(button.isEnabled())
            action.triggered.connect(lambda _checked=False, act=act: act())
        menu.popup(self.table.viewport().mapToGlobal(place))
