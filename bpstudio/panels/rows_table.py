"""A table of frozen rows: columns say how a row reads; clicks and keys come out as signals with the row's key."""

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from bpstudio.look.fonts import font
from bpstudio.look.guard import guarded
from bpstudio.look.icons import IconName, icon, icon_pixmap
from bpstudio.look.text_size import grow_rows, text_scale
from bpstudio.panels.plain_text import plain_tip
from bpstudio.records import dataclass
from bpstudio.viewstate.theme import Theme

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROW_HEIGHT = 25
NARROWEST = 84
TEXT = 12.5


def _nothing(_row: Any) -> str:
    return ""


@dataclass(frozen=True)
class Column(Generic[R]):
    """How one column shows a row. ``spoken`` is for screen readers where the text alone does not tell it.

    Columns without a ``width`` share the room that the others leave by their ``share``; spare ones go where there is too little,
    and those with a ``least`` width become so much narrower before the table scrolls sideways.
    """

    title: str
    tip: str
    text: Callable[[R], str] = _nothing
    spoken: Callable[[R], str] | None = None
    note: Callable[[R], str] | None = None
    ink: Callable[[R, Theme], str] | None = None
    icon: Callable[[R], IconName | None] | None = None
    is_checked: Callable[[R], bool] | None = None
    edited_text: Callable[[R], str] | None = None
    is_bold: Callable[[R], bool] | None = None
    is_number: bool = False
    width: int | None = None
    least: int | None = None
    share: float = 1.0
    is_spare: bool = False


class RowsModel(QAbstractTableModel, Generic[R]):
    """The rows of a state; what the user checks or edits is emitted, and shown when it comes back in a state."""

    cell_checked = Signal(int, bool)
    cell_edited = Signal(int, int, str)

    def __init__(self, columns: Sequence[Column[R]], key_of: Callable[[R], Hashable], parent: QWidget) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: tuple[R, ...] = ()
        self.theme: Theme | None = None
        self.key_of = key_of
        self._icons: dict[tuple[IconName, str], QIcon] = {}

    def apply(self, rows: tuple[R, ...], theme: Theme) -> None:
        """Show other rows: added ones are inserted and changed ones repainted, so that what is open stays open."""
        if theme != self.theme:
            self.theme = theme
            self._icons.clear()
            self._touch(0, len(self.rows))
        before = self.rows
        if rows == before:
            return
        is_longer = len(rows) > len(before) and rows[: len(before)] == before
        if is_longer:
            self.beginInsertRows(QModelIndex(), len(before), len(rows) - 1)
            self.rows = rows
            self.endInsertRows()
        elif [self.key_of(row) for row in rows] == [self.key_of(row) for row in before]:
            self.rows = rows
            for number, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    self._touch(number, number + 1)
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def _touch(self, first: int, end: int) -> None:
        if end > first:
            self.dataChanged.emit(self.index(first, 0), self.index(end - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Titles, and what they mean."""
        if orientation is Qt.Orientation.Vertical:
            return None
        column = self.columns[section]
        if role == Role.TextAlignmentRole:
            return self._alignment(column)
        return {Role.DisplayRole: column.title, Role.ToolTipRole: column.tip, Role.AccessibleTextRole: column.tip}.get(
            Role(role)
        )

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be selected; some cells can be checked or edited."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        column = self.columns[index.column()]
        if column.is_checked is not None:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsEditable if column.edited_text is not None else flags

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """What one cell shows."""
        if index.row() >= len(self.rows) or self.theme is None:
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Role.DisplayRole:
                return column.text(row)
            case Role.EditRole:
                return column.edited_text(row) if column.edited_text else column.text(row)
            case Role.AccessibleTextRole:
                return column.spoken(row) if column.spoken else column.text(row)
            case Role.ToolTipRole:
                return plain_tip(column.note(row) if column.note else column.text(row))
            case Role.TextAlignmentRole:
                return self._alignment(column)
            case _:
                return self._look(row, column, self.theme, role)

    def _look(self, row: R, column: Column[R], theme: Theme, role: int) -> Any:
        if role == Role.CheckStateRole and column.is_checked is not None:
            return Qt.CheckState.Checked if column.is_checked(row) else Qt.CheckState.Unchecked
        colour = column.ink(row, theme) if column.ink is not None else theme.text
        if role == Role.ForegroundRole:
            return QColor(colour)
        if role == Role.FontRole:
            return font(TEXT * text_scale(), column.is_bold is not None and column.is_bold(row))
        name = column.icon(row) if role == Role.DecorationRole and column.icon is not None else None
        return None if name is None else self._icon(name, colour, theme)

    def _icon(self, name: IconName, colour: str, theme: Theme) -> QIcon:
        if (name, colour) not in self._icons:
            made = icon(name, theme, colour)
            for size in (16, 32, 48):
                made.addPixmap(icon_pixmap(name, size, theme.on_accent), QIcon.Mode.Selected)
            self._icons[name, colour] = made
        return self._icons[name, colour]

    @staticmethod
    def _alignment(column: Column[R]) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Emit what the user has done; nothing changes before it comes back in a state."""
        if role == Role.CheckStateRole:
            self.cell_checked.emit(index.row(), Qt.CheckState(value) is Qt.CheckState.Checked)
        elif role == Role.EditRole and str(value) != self.data(index, Role.EditRole):
            self.cell_edited.emit(index.row(), index.column(), str(value))
        return False


class RowsTable(QTableView, Generic[R]):
    """The view of such rows. Enter and double click activate, Insert adds, F2 edits, Delete removes, Space checks."""

    add_requested = Signal()
    edit_requested = Signal(object)
    remove_requested = Signal(object)
    row_activated = Signal(object)
    row_checked = Signal(object, bool)
    row_edited = Signal(object, str)
    row_chosen = Signal(object)
    own_keys: frozenset[int] = frozenset({Qt.Key.Key_F2, Qt.Key.Key_Delete})
    """Keys of the list that are the window's while another widget has the focus."""

    def __init__(self, name: str, columns: Sequence[Column[R]], key_of: Callable[[R], Hashable], hint: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.hint = hint
        self._scale = text_scale()
        self.rows_model: RowsModel[R] = RowsModel(columns, key_of, self)
        self.setModel(self.rows_model)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._size(columns)
        self.rows_model.cell_checked.connect(lambda row, is_on: self.row_checked.emit(self._key(row), is_on))
        self.rows_model.cell_edited.connect(lambda row, _column, text: self.row_edited.emit(self._key(row), text))
        self.doubleClicked.connect(lambda index: self.row_activated.emit(self._key(index.row())))
        self.selectionModel().currentChanged.connect(lambda *_: self.row_chosen.emit(self.chosen))

    def _size(self, columns: Sequence[Column[R]]) -> None:
        header, rows = self.horizontalHeader(), self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        grow_rows(self, ROW_HEIGHT)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(22)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for number, column in enumerate(columns):
            if column.width is not None:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(number, round(column.width * self._scale))
        header.setStyleSheet("QHeaderView::section { padding: 4px 3px; }")  # in line with the cells

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text: rows and columns grow with it."""
        super().changeEvent(event)
        if event.type() is not QEvent.Type.FontChange or text_scale() == self._scale:
            return
        self._scale = text_scale()
        grow_rows(self, ROW_HEIGHT)
        for number, column in enumerate(self.rows_model.columns):
            if column.width is not None:
                self.horizontalHeader().resizeSection(number, round(column.width * self._scale))
        self._share_room()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Among the wide columns; where there is too little even so the table scrolls sideways."""
        columns = self.rows_model.columns
        scale = text_scale()
        least = round(NARROWEST * scale)
        widths = [round((column.width or 0) * scale) for column in columns]
        wide = [number for number, column in enumerate(columns) if column.width is None]
        room = self.viewport().width() - sum(widths)
        for number, column in reversed(list(enumerate(columns))):
            is_hidden = column.is_spare and room < least * len(wide)
            self.setColumnHidden(number, is_hidden)
            room += widths[number] * is_hidden
        self._narrow(widths, least * len(wide) - room)
        shares = sum(columns[number].share for number in wide)
        for number in wide:
            self.horizontalHeader().resizeSection(number, max(least, int(room * columns[number].share / shares)))

    def _narrow(self, widths: list[int], lacking: int) -> None:
        """Take what is lacking from the columns that can do with less, each in proportion."""
        columns, scale = self.rows_model.columns, text_scale()
        ready = {
            number: widths[number] - round(column.least * scale)
            for number, column in enumerate(columns)
            if column.least is not None and not self.isColumnHidden(number)
        }
        part = min(1.0, max(0, lacking) / sum(ready.values())) if ready else 0.0
        for number, most in ready.items():
            self.horizontalHeader().resizeSection(number, widths[number] - math.ceil(part * most))

    def apply(self, rows: tuple[R, ...], theme: Theme) -> None:
        """Show rows, the chosen one still chosen; emits nothing."""
        chosen = self.chosen
        blocked = self.blockSignals(True)
        try:
            self.rows_model.apply(rows, theme)
            if chosen is not None and self.chosen != chosen:
                self.choose(chosen)
        finally:
            self.blockSignals(blocked)
        if not rows:
            self.viewport().update()

    @property
    def chosen(self) -> Hashable | None:
        """The key of the current row."""
        return self._key(self.currentIndex().row()) if self.currentIndex().isValid() else None

    @property
    def chosen_row(self) -> R | None:
        """The current row."""
        index = self.currentIndex().row()
        return self.rows_model.rows[index] if 0 <= index < len(self.rows_model.rows) else None

    def choose(self, key: Hashable) -> None:
        """Make the row with ``key`` the current one; nothing happens if there is none."""
        for number, row in enumerate(self.rows_model.rows):
            if self.rows_model.key_of(row) == key:
                self.setCurrentIndex(self.rows_model.index(number, max(0, self.currentIndex().column())))

    def begin(self) -> None:
        """Make the first row the current one; emits nothing."""
        blocked = self.blockSignals(True)
        try:
            if self.rows_model.rows:
                self.setCurrentIndex(self.rows_model.index(0, max(0, self.currentIndex().column())))
                self.scrollToTop()
        finally:
            self.blockSignals(blocked)

    def _key(self, row: int) -> Hashable | None:
        rows = self.rows_model.rows
        return self.rows_model.key_of(rows[row]) if 0 <= row < len(rows) else None

    def edit_chosen(self, column: int) -> None:
        """Open the editor of the current row in ``column``."""
        if self.currentIndex().isValid():
            self.edit(self.rows_model.index(self.currentIndex().row(), column))

    def event(self, event: QEvent) -> bool:
        """F2 and Delete are the list's while it has the focus and a row is current, whatever the window does with them."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride:
            is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if is_plain and event.key() in self.own_keys and self.chosen is not None:
                event.accept()
                return True
        return bool(super().event(event))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of a list; any other goes on."""
        key, chosen = event.key(), self.chosen
        # Enter passes through the editor of a cell before it closes; it is not for the list.
        is_editing = self.state() == QAbstractItemView.State.EditingState and not self.hasFocus()
        if is_editing or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Insert:
            self.add_requested.emit()
        elif chosen is not None and key in _WISHES:
            getattr(self, _WISHES[Qt.Key(key)]).emit(chosen)
        elif chosen is not None and key == Qt.Key.Key_Space:
            self._switch(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _switch(self, row: int) -> None:
        for column in self.rows_model.columns:
            if column.is_checked is not None:
                self.row_checked.emit(self._key(row), not column.is_checked(self.rows_model.rows[row]))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or what to do while there are none."""
        super().paintEvent(event)
        if self.rows_model.rows:
            return
        with QPainter(self.viewport()) as painter:
            painter.setFont(font(TEXT * text_scale()))
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            area = self.viewport().rect().adjusted(12, 8, -12, -8)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)


_WISHES = {
    Qt.Key.Key_F2: "edit_requested",
    Qt.Key.Key_Delete: "remove_requested",
    Qt.Key.Key_Return: "row_activated",
    Qt.Key.Key_Enter: "row_activated",
}
