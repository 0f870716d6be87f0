"""The first rows of a table to be imported: what each column is for stands in its title, what is wrong is marked."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from bpstudio.files.csv_import import CsvPreview
from bpstudio.files.csv_options import Use
from bpstudio.look.text_size import grow_rows
from bpstudio.viewstate.theme import LIGHT, Theme, mixed

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW_HEIGHT = 22
Role = Qt.ItemDataRole
NOTHING_YET = CsvPreview((), (), (), frozenset())


class PreviewModel(QAbstractTableModel):
    """A CsvPreview with the uses of its columns."""

    def __init__(self) -> None:
        super().__init__()
        self.found = NOTHING_YET
        self.uses: tuple[Use, ...] = ()
        self.theme: Theme = LIGHT

    def apply(self, found: CsvPreview, uses: tuple[Use, ...], theme: Theme) -> None:
        """Show another beginning, or the same in another light."""
        is_same_table = (found.titles, found.rows) == (self.found.titles, self.found.rows)
        if not is_same_table:
            self.beginResetModel()
        self.found, self.uses, self.theme = found, uses, theme
        if not is_same_table:
            self.endResetModel()
        elif found.titles:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(found.titles) - 1)
            if found.rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(found.rows) - 1, len(found.titles) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Rows that are shown."""
        return 0 if parent.isValid() else len(self.found.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Columns of the first row."""
        return 0 if parent.isValid() else len(self.found.titles)

    def _use(self, column: int) -> Use:
        return self.uses[column] if column < len(self.uses) else Use.NOTHING

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """A cell as it stands in the file."""
        row, column = index.row(), index.column()
        if not index.isValid():
            return None
        cells = self.found.rows[row]
        is_wrong = (row, column) in self.found.wrong_cells
        match role:
            case Role.DisplayRole:
                text = cells[column] if column < len(cells) else ""
                return f"⚠ {text}" if is_wrong else text
            case Role.ForegroundRole:
                if is_wrong:
                    return QColor(self.theme.breakpoint)
                is_unused = self._use(column) is Use.NOTHING or row in self.found.left_out
                return QColor(self.theme.quiet) if is_unused else None
            case Role.FontRole:
                if row not in self.found.left_out:
                    return None
                struck = QFont(QGuiApplication.font())
                struck.setStrikeOut(True)
                return struck
            case Role.BackgroundRole:
                return QColor(mixed(self.theme.surface, self.theme.breakpoint, 0.15)) if is_wrong else None
            case Role.TextAlignmentRole:
                is_number = self._use(column) in (Use.INPUT, Use.TARGET)
                side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Title and use of a column; numbers of rows from 1, as a spreadsheet counts them."""
        if role == Role.DisplayRole:
            if orientation is Qt.Orientation.Vertical:
                return str(section + 1)
            return f"{self.found.titles[section][:24]}\n{self._use(section).value}"
        return None


class ImportPreview(QTableView):
    """Shows a CsvPreview; a click on a title selects the column."""

    columns_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("import-preview")
        self.setAccessibleName("The first rows of the file")
        self.setToolTip("Click a title, or go to a cell, and choose below what the column is for")
        self.table = PreviewModel()
        self.table.setParent(self)
        self.setModel(self.table)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setDefaultSectionSize(112)
        self.selectionModel().selectionChanged.connect(lambda _new, _old: self.columns_chosen.emit())

    @property
    def chosen_columns(self) -> list[int]:
        """Columns with a selected cell."""
        selection = self.selectionModel().selection()
        ranges = [selection.at(k) for k in range(selection.size())]
        return sorted({column for part in ranges for column in range(part.left(), part.right() + 1)})

    def apply(self, found: CsvPreview, uses: tuple[Use, ...], theme: Theme) -> None:
        """Show the first rows."""
        grow_rows(self, ROW_HEIGHT)
        self.table.apply(found, uses, theme)
