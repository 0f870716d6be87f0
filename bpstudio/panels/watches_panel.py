"""The list of watches: expressions with their value now and before, and their course over the iterations."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QLineF,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from bpstudio.look.drawing import draw_text
from bpstudio.look.icons import IconName
from bpstudio.panels.condition_field import ConditionField, Language
from bpstudio.panels.curve_painter import curve_ink, paint_curve
from bpstudio.panels.rows_table import Column, RowsTable
from bpstudio.panels.tool_row import ToolRow
from bpstudio.viewstate.theme import Theme, mixed
from bpstudio.viewstate.watch_state import WatchRow, WatchState

Index = QModelIndex | QPersistentModelIndex
HINT = "No watches yet. Type an expression above and press Enter: its whole past is filled in."
EXPRESSION, COURSE = 0, 3


def _value(row: WatchRow) -> str:
    return f"● {row.value}" if row.is_changed else row.value


def _spoken_value(row: WatchRow) -> str:
    return f"{row.value}, {'changed' if row.is_changed else 'not changed'}"


def _value_note(row: WatchRow) -> str:
    exact = row.exact or "not computed yet"
    return f"{row.expression} = {exact}" + (f"\nbefore: {row.before}" if row.is_changed else "")


def _value_ink(row: WatchRow, theme: Theme) -> str:
    return theme.text if row.is_finite else theme.not_finite


def _course(row: WatchRow) -> str:
    if row.problem:
        return row.problem
    if row.progress is not None:
        return f"{row.progress:.0%} filled"
    if row.curve is None:
        return "nothing known yet"
    broken = int(row.curve.is_broken.sum())
    return f"{row.curve.extent[1]:,} iterations" + (", not finite in places" if broken else "")


def _course_note(row: WatchRow) -> str:
    return f"{_course(row)}: a click goes to that iteration" if row.curve is not None else _course(row)


COLUMNS: tuple[Column[WatchRow], ...] = (
    Column(
        "Expression",
        "What is watched (F2 edits)",
        text=lambda row: f"⚠ {row.expression}" if row.problem else row.expression,
        edited_text=lambda row: row.expression,
        note=lambda row: f"{row.expression}\n{row.problem}" if row.problem else row.expression,
        spoken=lambda row: f"{row.expression}, {row.problem}" if row.problem else row.expression,
        ink=lambda row, theme: theme.breakpoint if row.problem else theme.text,
    ),
    Column(
        "Now",
        "Its value here; ● marks one that the last move changed",
        text=_value,
        spoken=_spoken_value,
        note=_value_note,
        ink=_value_ink,
        is_bold=lambda row: row.is_changed,
        is_number=True,
        width=112,
    ),
    Column(
        "Before",
        "Its value before the last move",
        text=lambda row: row.before,
        ink=lambda _row, theme: theme.quiet,
        is_number=True,
        width=92,
        is_spare=True,
    ),
    Column("Over the run", "Its course over the iterations; a click goes there", spoken=_course, note=_course_note),
)


class SparkDelegate(QStyledItemDelegate):
    """Paints the course of a watch, the current iteration, and how far it is filled."""

    share_clicked = Signal(int, float)

    def __init__(self, table: RowsTable[WatchRow]) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One course."""
        theme, rows = self._table.rows_model.theme, self._table.rows_model.rows
        if theme is None or index.row() >= len(rows):
            return
        row = rows[index.row()]
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = mixed(theme.surface, theme.forward, 0.22) if is_chosen else theme.surface
        painter.save()
        painter.fillRect(option.rect, QColor(ground))
        rect = course_rect(QRectF(option.rect))
        if row.curve is not None:
            paint_curve(painter, rect, row.curve, curve_ink(theme, ground, has_area=False))
        if row.mark is not None:
            x = rect.left() + row.mark * rect.width()
            painter.setPen(QPen(QColor(theme.text), 1.0))
            painter.drawLine(QLineF(x, rect.top() - 2.0, x, rect.bottom() + 2.0))
        if row.progress is not None:
            _paint_progress(painter, rect, row.progress, ground, theme)
        if row.problem:
            words = option.fontMetrics.elidedText(row.problem, Qt.TextElideMode.ElideRight, int(rect.width()))
            draw_text(painter, rect.left(), rect.center().y() + 4.0, words, 12.0, theme.breakpoint)
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """A click says which share of the width it hit."""
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            rect = course_rect(QRectF(option.rect))
            share = (event.position().x() + 0.5 - rect.left()) / rect.width()
            self.share_clicked.emit(index.row(), min(1.0, max(0.0, share)))
        return super().editorEvent(event, model, option, index)


def course_rect(cell: QRectF) -> QRectF:
    """Where in its cell the course is drawn."""
    return cell.adjusted(6.0, 4.0, -6.0, -4.0)


def _paint_progress(painter: QPainter, rect: QRectF, progress: float, ground: str, theme: Theme) -> None:
    painter.fillRect(QRectF(rect.left(), rect.bottom() + 1.0, rect.width(), 2.0), QColor(theme.line))
    painter.fillRect(QRectF(rect.left(), rect.bottom() + 1.0, rect.width() * progress, 2.0), QColor(theme.forward))
    plate = QRectF(rect.right() - 34.0, rect.top() - 1.0, 34.0, 14.0)
    painter.fillRect(plate, QColor(ground))
    draw_text(painter, plate.left() + 4.0, plate.bottom() - 3.0, f"{progress:.0%}", 11.0, theme.quiet)


class WatchesPanel(QWidget):
    """Shows a WatchState; ``language`` checks and completes what is typed."""

    watch_added = Signal(str)
    watch_edited = Signal(object, str)
    watch_removed = Signal(object)
    iteration_requested = Signal(object)

    def __init__(self, language: Language | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watches")
        self.setAccessibleName("Watches")
        self._state: WatchState | None = None
        self._theme: Theme | None = None
        self.field = ConditionField(
            "watch", "Expression to watch", language or Language(), "delta[1][0], abs(w[2][0,1]), loss", is_compact=True
        )
        self.table: RowsTable[WatchRow] = RowsTable("watches-table", COLUMNS, lambda row: row.key, HINT)
        self.table.setAccessibleName("List of watches")
        self.table.setToolTip("F2 edits, Delete removes, Insert adds")
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._spark = SparkDelegate(self.table)
        self.table.setItemDelegateForColumn(COURSE, self._spark)
        self.tools = ToolRow("watch-tools")
        self.tools.row.addWidget(self.field, 1)
        self.tools.add("watch-add", "Add", "Add the watch (Enter)", self._add, IconName.ADD)
        self._edit = self.tools.add("watch-edit", "Edit", "Edit the watch (F2)", self._open_edit, IconName.EDIT)
        self._remove = self.tools.add(
            "watch-remove", "Remove", "Remove the watch (Delete)", self._ask_removal, IconName.REMOVE
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tools)
        layout.addWidget(self.table, 1)
        self._connect()
        self._offer()

    def _connect(self) -> None:
        self.field.submitted.connect(lambda _text: self._add())
        self.table.add_requested.connect(self.field.setFocus)
        self.table.edit_requested.connect(lambda _key: self._open_edit())
        self.table.row_activated.connect(lambda _key: self._open_edit())
        self.table.remove_requested.connect(self.watch_removed)
        self.table.row_edited.connect(self.watch_edited)
        self.table.row_chosen.connect(self._offer)
        self.setFocusProxy(self.table)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self._spark.share_clicked.connect(self._go_to_share)

    def apply(self, state: WatchState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        if state == self._state and theme == self._theme:
            return
        if theme != self._theme:
            self.tools.dress(theme)
            self.field.dress(theme)
        self._state, self._theme = state, theme
        self.table.apply(state.rows, theme)
        self._offer()

    def _offer(self, _key: object = None) -> None:
        for button in (self._edit, self._remove):
            button.setEnabled(self.table.chosen_row is not None)

    def _add(self) -> None:
        if self.field.text and self.field.problem is None:
            text = self.field.text
            self.field.set_text("")
            self.watch_added.emit(text)
        else:
            self.field.setFocus()

    def _open_edit(self) -> None:
        self.table.edit_chosen(EXPRESSION)

    def _ask_removal(self) -> None:
        self.watch_removed.emit(self.table.chosen)

    def _go_to_share(self, row: int, share: float) -> None:
        curve = self.table.rows_model.rows[row].curve
        if curve is not None:
            start, end = curve.extent
            self.iteration_requested.emit(min(start + int(share * (end - start)), end - 1))

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("watches-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Add…\tIns").triggered.connect(self.field.setFocus)
        if self.table.chosen_row is not None:
            menu.addAction("&Edit\tF2").triggered.connect(self._open_edit)
            menu.addAction("&Remove\tDel").triggered.connect(self._ask_removal)
        menu.popup(self.table.viewport().mapToGlobal(place))
