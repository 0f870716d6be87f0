"""The rows of the data as a table: numbers to edit in place, to copy to and to paste from a spreadsheet."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.files.data_edits import column_names, row_count
from bpstudio.look.text_size import grow_rows
from bpstudio.model.spec import Array, Dataset
from bpstudio.panels.plain_text import plain_tip
from bpstudio.viewstate.theme import LIGHT, Theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
ROW_HEIGHT, COLUMN_WIDTH = 24, 80
MOST_COPIED = 2_000_000
WIDEST_TITLE = 150
MOST_WIDENED = 100


class SampleModel(QAbstractTableModel):
    """Rows of a Dataset: those to train on, then those held out; a last column says which they are."""

    cell_typed = Signal(int, int, str)

    def __init__(self) -> None:
        super().__init__()
        self.dataset: Dataset | None = None
        self._names: tuple[str, ...] = ()
        self._inputs = 0
        self._theme: Theme = LIGHT
        self.current: int | None = None
        self._numbers = NumberFormat()

    def apply(self, dataset: Dataset, theme: Theme, numbers: NumberFormat) -> None:
        """Show these rows, with numbers written so."""
        if dataset is self.dataset and theme is self._theme and numbers == self._numbers:
            return
        names, count = column_names(dataset), row_count(dataset)
        self._theme, self._numbers = theme, numbers
        if self.dataset is None or names != self._names or count != self.rowCount():
            self.beginResetModel()
            self.dataset, self._names, self._inputs = dataset, names, dataset.inputs.shape[1]
            self.endResetModel()
        else:
            self.dataset = dataset
            if count:
                self.dataChanged.emit(self.index(0, 0), self.index(count - 1, len(names)))

    def show_current(self, row: int | None) -> None:
        """Mark a row with an arrow beside its number."""
        before, self.current = self.current, row
        for changed in {before, row} - {None} if before != row else ():
            if changed is not None and changed < self.rowCount():
                self.headerDataChanged.emit(Qt.Orientation.Vertical, changed, changed)

    def rowCount(self, parent: Index = ROOT) -> int:
        """All rows."""
        return 0 if self.dataset is None or parent.isValid() else row_count(self.dataset)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Inputs, targets, and what a row is used for."""
        return 0 if self.dataset is None or parent.isValid() else len(self._names) + 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Numbers may be edited."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() < len(self._names) else flags

    def title(self, column: int) -> str:
        """The name of a column of numbers; empty for others."""
        return self._names[column] if 0 <= column < len(self._names) else ""

    def number(self, row: int, column: int) -> float:
        """The number in a cell."""
        data = self.dataset
        if data is None:
            return 0.0
        is_held = row >= data.count
        part: Array
        if column < self._inputs:
            part = data.held_out_inputs if is_held else data.inputs
        else:
            part = data.held_out_targets if is_held else data.targets
            column -= self._inputs
        return float(part[row - data.count if is_held else row, column])

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """A number as it is shown, in full when it is edited or pointed at."""
        data = self.dataset
        if data is None or not index.isValid():
            return None
        is_use, is_held = index.column() == len(self._names), index.row() >= data.count
        match role:
            case Role.DisplayRole:
                words = "held out" if is_held else "train"
                return (
                    words if is_use else self._numbers.significant(5).format(self.number(index.row(), index.column()))
                )
            case Role.EditRole:
                return None if is_use else full(self.number(index.row(), index.column()))
            case Role.ToolTipRole:
                return None if is_use else self._numbers.in_full.format(self.number(index.row(), index.column()))
            case Role.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if is_use else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
            case Role.ForegroundRole:
                return QColor(self._theme.quiet) if is_held or is_use else None
            case _:
                return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Tell what was typed; the number changes when the data do."""
        if role == Role.EditRole and index.isValid():
            self.cell_typed.emit(index.row(), index.column(), str(value))
        return False

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Names of columns, numbers of rows from 0."""
        if role == Role.DisplayRole:
            if orientation is Qt.Orientation.Vertical:
                return f"➤ {section}" if section == self.current else str(section)
            return self._names[section] if section < len(self._names) else "use"
        if role == Role.ToolTipRole and orientation is Qt.Orientation.Horizontal and section < len(self._names):
            return plain_tip(f"{self._names[section]}, {'input' if section < self._inputs else 'target'}")
        return None


class SampleTable(QTableView):
    """Shows a Dataset and tells what a person does to its cells and rows."""

    cell_typed = Signal(int, int, str)
    row_added = Signal(int)
    rows_removed = Signal(object)
    table_pasted = Signal(int, int, str)
    copy_requested = Signal(object, object)
    rename_requested = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("samples")
        self.setAccessibleName("Rows of the data")
        self.setToolTip("F2 or typing edits, Insert adds a row, Delete removes rows, Ctrl+C and Ctrl+V copy and paste")
        self._widened_for: tuple[str, ...] = ()
        self.rows = SampleModel()
        self.rows.setParent(self)
        self.rows.cell_typed.connect(self.cell_typed)
        self.setModel(self.rows)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setDefaultSectionSize(COLUMN_WIDTH)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setWordWrap(False)
        self.horizontalHeader().sectionDoubleClicked.connect(self.ask_name)
        self.horizontalHeader().setToolTip("A double click renames the column")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)

    def show_current(self, row: int | None) -> None:
        """Mark the row that is at work in the run."""
        self.rows.show_current(row)

    def apply(self, dataset: Dataset, theme: Theme, numbers: NumberFormat) -> None:
        """Show these rows; the current cell stays where it is."""
        grow_rows(self, ROW_HEIGHT)
        current = self.currentIndex()
        before = (current.row(), current.column())
        self.rows.apply(dataset, theme, numbers)
        self._widen(column_names(dataset))
        if before[0] >= 0 and not self.currentIndex().isValid() and self.rows.rowCount():
            row = min(before[0], self.rows.rowCount() - 1)
            self.setCurrentIndex(self.rows.index(row, min(before[1], self.rows.columnCount() - 1)))

    def _widen(self, names: tuple[str, ...]) -> None:
        """Columns as wide as their titles, up to a limit; once for a table."""
        if names == self._widened_for:
            return
        self._widened_for = names
        for column in range(min(len(names), MOST_WIDENED)):
            hint = self.horizontalHeader().sectionSizeHint(column)
            self.setColumnWidth(column, max(COLUMN_WIDTH, min(WIDEST_TITLE, hint + 8)))

    @property
    def ranges(self) -> list[QItemSelectionRange]:
        """The blocks of the selection."""
        selection = self.selectionModel().selection()
        return [selection.at(k) for k in range(selection.size())]

    @property
    def chosen_rows(self) -> Sequence[int]:
        """Rows in the selection, in order."""
        return sorted({row for part in self.ranges for row in range(part.top(), part.bottom() + 1)})

    def choose_row(self, row: int) -> None:
        """Go to a row."""
        if 0 <= row < self.rows.rowCount():
            first, last = self.rows.index(row, 0), self.rows.index(row, self.rows.columnCount() - 1)
            self.selectionModel().select(QItemSelection(first, last), QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, paste, Insert and Delete."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() == Qt.Key.Key_Insert:
            self.add_row()
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_rows()
        else:
            super().keyPressEvent(event)

    def ask_name(self, column: int) -> None:
        """Wish another name for a column."""
        title = self.rows.title(column)
        if title:
            self.rename_requested.emit(column, title)

    def _open_menu(self, place: QPoint) -> None:
        self.context_menu().popup(self.viewport().mapToGlobal(place))

    def context_menu(self) -> QMenu:
        """What can be done at the current cell."""
        menu = QMenu(self)
        menu.setObjectName("samples-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Copy\tCtrl+C").triggered.connect(self.copy)
        menu.addAction("&Paste\tCtrl+V").triggered.connect(self.paste)
        menu.addSeparator()
        menu.addAction("&Add a row\tIns").triggered.connect(self.add_row)
        menu.addAction("&Remove rows\tDel").triggered.connect(self.remove_rows)
        column = self.currentIndex().column()
        if self.rows.title(column):
            menu.addSeparator()
            menu.addAction("Re&name the column…").triggered.connect(lambda: self.ask_name(column))
        return menu

    def copy(self) -> None:
        """Ask for the selected cells as a table."""
        rows = self.chosen_rows
        columns = sorted({i for part in self.ranges for i in range(part.left(), part.right() + 1)})
        columns = [column for column in columns if column < self.rows.columnCount() - 1]
        if rows and columns and len(rows) * len(columns) <= MOST_COPIED:
            self.copy_requested.emit(rows, columns)

    def paste(self) -> None:
        """Tell what the clipboard holds and where it goes."""
        text = QGuiApplication.clipboard().text()
        if text:
            current = self.currentIndex()
            column = max(0, current.column())
            self.table_pasted.emit(max(0, current.row()), min(column, max(0, self.rows.columnCount() - 2)), text)

    def add_row(self) -> None:
        """Tell that a row is wished below the current one."""
        self.row_added.emit(self.currentIndex().row() + 1 if self.currentIndex().isValid() else self.rows.rowCount())

    def remove_rows(self) -> None:
        """Tell which rows shall go."""
        if self.chosen_rows:
            self.rows_removed.emit(list(self.chosen_rows))
