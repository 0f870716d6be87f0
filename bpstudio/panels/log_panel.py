"""The log: what logpoints have written, each row a way back to its moment; rows that lie ahead are dimmed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QLabel, QVBoxLayout, QWidget

from bpstudio.look.icons import IconName
from bpstudio.look.palette import disabled_text
from bpstudio.panels.rows_table import Column, RowsTable
from bpstudio.panels.tool_row import ToolRow
from bpstudio.viewstate.log_state import LogRow, LogState
from bpstudio.viewstate.theme import Theme

HINT = "No rows yet. A breakpoint with a log message writes one here each time it is passed."


class LogPanel(QWidget):
    """Shows a LogState; Enter or a double click goes to a row's moment. Follows the newest row while that is in sight."""

    position_requested = Signal(object)
    clear_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("log")
        self.setAccessibleName("Log")
        self._state: LogState | None = None
        self._theme: Theme | None = None
        self._is_following = True
        self.table: RowsTable[LogRow] = RowsTable("log-table", self._columns(), lambda row: row.number, HINT)
        self.table.setAccessibleName("Log rows")
        self.table.setToolTip("Enter or a double click goes to the moment of a row")
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.summary = QLabel("")
        self.summary.setObjectName("log-summary")
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.tools = ToolRow("log-tools")
        self.tools.row.addWidget(self.summary, 1)
        self._go = self.tools.add(
            "log-go", "Go there", "Go to the moment of the row (Enter)", self._ask_chosen, IconName.RUN_TO_HERE
        )
        self._clear = self.tools.add("log-clear", "Clear", "Remove all rows", self.clear_requested.emit, None)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tools)
        layout.addWidget(self.table, 1)
        self.table.verticalScrollBar().rangeChanged.connect(self._follow)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.row_activated.connect(self._ask)
        self.setFocusProxy(self.table)
        self.table.row_chosen.connect(self._offer)
        self._offer()

    def _columns(self) -> tuple[Column[LogRow], ...]:
        def words(row: LogRow) -> str:
            return f"{row.text}, {'ahead of here' if self._is_ahead(row) else 'passed'}"

        return (
            Column(
                "Iteration", "In which iteration it was written", lambda row: f"{row.iteration:,}", ink=self._ink,
                is_number=True, width=84,
            ),
            Column(
                "Position", "At which operation it was written", lambda row: f"{row.position:,}", ink=self._ink,
                is_number=True, width=110, is_spare=True,
            ),
            Column("Text", "What was written", lambda row: row.text, spoken=words, ink=self._ink),
        )  # fmt: skip

    def _is_ahead(self, row: LogRow) -> bool:
        return self._state is not None and row.position > self._state.cursor

    def _ink(self, row: LogRow, theme: Theme) -> str:
        return disabled_text(theme) if self._is_ahead(row) else theme.text

    def apply(self, state: LogState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        before = self._state
        if state == before and theme == self._theme:
            return
        self._state, self._theme = state, theme
        self.tools.dress(theme)
        self.table.apply(state.rows, theme)
        if before is None or before.cursor != state.cursor:
            self.table.viewport().update()  # no row has changed, but which of them lie ahead
        self.summary.setText(_summary(state))
        self._offer()

    def _follow(self, _least: int, most: int) -> None:
        """The newest row stays in sight until someone scrolls away from it."""
        if self._is_following:
            self.table.verticalScrollBar().setValue(most)

    def _scrolled(self, value: int) -> None:
        self._is_following = value >= self.table.verticalScrollBar().maximum()

    def _offer(self, _key: object = None) -> None:
        self._go.setEnabled(self.table.chosen_row is not None)
        self._clear.setEnabled(bool(self.table.rows_model.rows))

    def _ask(self, _key: object) -> None:
        row = self.table.chosen_row
        if row is not None:
            self.position_requested.emit(row.position)

    def _ask_chosen(self) -> None:
        self._ask(None)


def _summary(state: LogState) -> str:
    count = len(state.rows)
    words = f"{count:,} row{'' if count == 1 else 's'}"
    return f"{words}, the {state.dropped:,} before them dropped" if state.dropped else words
