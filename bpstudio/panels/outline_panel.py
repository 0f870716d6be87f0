"""The program outline: one row for each block around the position, the next operation marked; a click goes there."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from bpstudio.look.fonts import font
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import grow_rows, text_scale
from bpstudio.viewstate.outline_state import OutlineRow, OutlineState, When
from bpstudio.viewstate.theme import Theme, mixed

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 23
TEXT = 12.5
INDENT = 10
GUTTER = 16
BESIDE = 17
"""From the mark to the words."""
RIGHT_ROOM = 3


class OutlineModel(QAbstractTableModel):
    """The rows of an outline state."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[OutlineRow, ...] = ()

    def apply(self, rows: tuple[OutlineRow, ...]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """One column."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The label; for screen readers also where it stands."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = {When.DONE: "done", When.NOW: "at work", When.AHEAD: "ahead"}[row.when]
            mark = ", breakpoint" if row.has_breakpoint else ""
            return f"{row.label}, {'next' if row.is_next else words}, position {row.start}{mark}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.label}\npositions {row.start} to {row.end}: click to go there"
        return None


class OutlineDelegate(QStyledItemDelegate):
    """Paints a row: indent by level, an arrow at the next operation, done rows quiet."""

    def __init__(self, model: OutlineModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.theme: Theme | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        theme = self.theme
        if theme is None or index.row() >= len(self._model.rows):
            return
        row = self._model.rows[index.row()]
        rect: QRect = option.rect
        painter.save()
        if row.is_next:
            painter.fillRect(rect, QColor(mixed(theme.surface, theme.forward, 0.22)))
        elif option.state & option.state.State_MouseOver:
            painter.fillRect(rect, QColor(theme.hover))
        if row.has_breakpoint:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.breakpoint))
            painter.drawEllipse(rect.left() + 4, rect.center().y() - 4, 9, 9)
        scale = text_scale()
        left = rect.left() + beginning(row)
        painter.setFont(row_font(row))
        colour = {When.DONE: theme.quiet, When.NOW: theme.text, When.AHEAD: theme.text}[row.when]
        painter.setPen(QColor(theme.forward if row.is_next else colour))
        mark = "➤" if row.is_next else {When.DONE: "✓", When.NOW: "▾", When.AHEAD: "·"}[row.when]
        baseline = QRect(left, rect.top(), round(16 * scale), rect.height())
        painter.drawText(baseline, Qt.AlignmentFlag.AlignVCenter, mark)
        painter.setPen(QColor(colour))
        beside = left + round(BESIDE * scale)
        area = QRect(beside, rect.top(), rect.right() - beside, rect.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, row.label)
        painter.restore()


def row_font(row: OutlineRow) -> QFont:
    """What is at work is bold."""
    return font(TEXT * text_scale(), row.when is When.NOW)


def row_width(row: OutlineRow) -> int:
    """How wide a row is, whole."""
    text = QFontMetrics(row_font(row)).horizontalAdvance(row.label)
    return beginning(row) + round(BESIDE * text_scale()) + text + RIGHT_ROOM


def beginning(row: OutlineRow) -> int:
    """Where a row's mark stands."""
    return GUTTER + INDENT * int(row.level)


class OutlinePanel(QTableView):
    """Shows an OutlineState; emits the position of a row that is clicked or entered."""

    position_requested = Signal(object)
    breakpoint_toggled = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")
        self.setAccessibleName("Program outline")
        self.setWhatsThis("The operations of the run. Enter goes to the marked row, F9 sets a breakpoint there.")
        self._state: OutlineState | None = None
        self._model = OutlineModel(self)
        self._delegate = OutlineDelegate(self._model, self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        grow_rows(self, ROW_HEIGHT)
        self.clicked.connect(self._go_to)
        self.activated.connect(self._go_to)
        self.setMinimumWidth(190)

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            grow_rows(self, ROW_HEIGHT)
            self._widen()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows are as wide as the panel, at least."""
        super().resizeEvent(event)
        self._widen()
        if self._state is not None:
            self._show_whole(self._state.marked)

    @property
    def outline(self) -> OutlineState | None:
        """What is shown now."""
        return self._state

    def apply(self, state: OutlineState, theme: Theme) -> None:
        """Show ``state`` with the marked row in sight; the same again does nothing."""
        if theme != self._delegate.theme:
            self._delegate.theme = theme
            self.viewport().update()
        if state == self._state:
            return
        if self._state is None or state.rows != self._state.rows:
            self._model.apply(state.rows)
            self._widen()
        self._state = state
        marked = self._model.index(state.marked, 0)
        self.setCurrentIndex(marked)
        self.scrollTo(marked, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._show_whole(state.marked)

    def _widen(self) -> None:
        """The column is as wide as its widest row: where the panel is narrower, it scrolls."""
        widest = max((row_width(row) for row in self._model.rows), default=0)
        self.setColumnWidth(0, max(widest, self.viewport().width()))
        self.updateGeometries()  # the scroll bar's range, before it is moved

    def _show_whole(self, marked: int) -> None:
        """Move to the right as far as the words of the marked row and its equals need, but not past their marks."""
        rows = self._model.rows
        if not 0 <= marked < len(rows):
            return
        widest = max(row_width(row) for row in rows if row.level is rows[marked].level)
        hidden = widest - self.viewport().width()
        self.horizontalScrollBar().setValue(max(0, min(hidden, beginning(rows[marked]) - 2)))

    @property
    def current_row(self) -> OutlineRow | None:
        """The row that is marked."""
        index = self.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def row_at(self, place: QPoint) -> OutlineRow | None:
        """The row at a place of the viewport."""
        index = self.indexAt(place)
        return self._model.rows[index.row()] if index.isValid() else None

    def _go_to(self, index: QModelIndex) -> None:
        self.position_requested.emit(self._model.rows[index.row()].start)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click in the gutter sets or removes a breakpoint; elsewhere it goes there."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() < GUTTER and event.button() == Qt.MouseButton.LeftButton:
            self.breakpoint_toggled.emit(self._model.rows[index.row()])
            return
        if event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
