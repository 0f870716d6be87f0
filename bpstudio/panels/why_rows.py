"""The rows of "why this number?": a table that opens like a tree, with bars of shares."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from bpstudio.look.fonts import font
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.panels.rows_table import Column, RowsTable
from bpstudio.viewstate.theme import Theme, mixed
from bpstudio.viewstate.why_state import WhyMode, WhyRow

Index = QModelIndex | QPersistentModelIndex
Key = Qt.Key
NUMBER, VALUE, SHARE = 0, 1, 2
SMALL = 11.0
BAR = 5.0
THINNEST = 1.5
TRACK = 0.18
GAP = 1.5
GAP_EVERY = 4.5
INDENT = 13
DEEPEST_INDENT = 8
ARROW = 15
MODE_KEYS = {
    Key.Key_P: WhyMode.PARENTS,
    Key.Key_T: WhyMode.PATHS,
    Key.Key_U: WhyMode.UPDATES,
    Key.Key_O: WhyMode.ORIGIN,
}
HINT = "Nothing to show yet."


def _note(row: WhyRow) -> str:
    lines = [f"{row.symbol} = {row.exact}", row.detail and f"= {row.detail}", row.words]
    if row.share is not None:
        lines.append(f"{row.share_text} of the magnitudes of all terms")
    if row.position is not None:
        lines.append(f"written by operation {row.position:,}: Enter goes there")
    return "\n".join(line for line in lines if line)


def _spoken(row: WhyRow) -> str:
    opened = ("open, " if row.is_expanded else "closed, ") if row.is_expandable else ""
    return f"{opened}level {row.depth}, {row.symbol} = {row.value}, {row.words}"


def _words(row: WhyRow) -> str:
    return " · ".join(part for part in (row.words, row.detail) if part)


def _value_ink(row: WhyRow, theme: Theme) -> str:
    return theme.text if row.is_finite else theme.not_finite


COLUMNS: tuple[Column[WhyRow], ...] = (
    Column(
        "Number",
        "→ opens, ← closes, Enter goes to where it was made",
        text=lambda row: row.symbol,
        spoken=_spoken,
        note=_note,
        is_bold=lambda row: row.is_marked,
    ),
    Column(
        "Value",
        "Its value; the tooltip has every digit",
        text=lambda row: row.value,
        note=_note,
        ink=_value_ink,
        is_bold=lambda row: row.is_marked,
        is_number=True,
        width=86,
        least=56,
    ),
    Column(
        "Share",
        "How much of the sum it is: of the magnitudes of all terms",
        text=lambda row: row.share_text,
        note=_note,
        width=88,
        least=52,
    ),
    Column(
        "What it is",
        "What it means, and the numbers in it",
        text=_words,
        note=_note,
        ink=lambda _row, theme: theme.quiet,
        width=250,
        is_spare=True,
    ),
)


class WhyDelegate(QStyledItemDelegate):
    """Paints every cell: symbols behind indent and arrow, shares as bars from the middle, the rest as text."""

    def __init__(self, table: "WhyTable") -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        theme, rows = self._table.rows_model.theme, self._table.rows_model.rows
        if theme is None or index.row() >= len(rows):
            return
        row, cell = rows[index.row()], QRectF(option.rect)
        painter.save()
        painter.setClipRect(option.rect)
        painter.fillRect(option.rect, QColor(_ground(option, theme)))
        if index.column() == SHARE:
            _paint_share(painter, cell.adjusted(5.0, 3.0, -5.0, -3.0), row, theme)
        else:
            painter.setFont(index.data(Qt.ItemDataRole.FontRole))
            painter.setPen(QColor(index.data(Qt.ItemDataRole.ForegroundRole)))
            left = _paint_arrow(painter, cell, row) if index.column() == NUMBER else 4.0
            _paint_text(painter, cell.adjusted(left, 0.0, -4.0, 0.0), index)
        painter.restore()


def _ground(option: QStyleOptionViewItem, theme: Theme) -> str:
    if option.state & QStyle.StateFlag.State_Selected:
        return mixed(theme.surface, theme.forward, 0.22)
    return theme.hover if option.state & QStyle.StateFlag.State_MouseOver else theme.surface


def _paint_text(painter: QPainter, room: QRectF, index: Index) -> None:
    text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole)), text)


def arrow_left(row: WhyRow) -> float:
    """Where in its cell a row's arrow begins; what is nested deeper than a narrow panel holds is not indented further."""
    return 4.0 + INDENT * min(row.depth, DEEPEST_INDENT)


def _paint_arrow(painter: QPainter, cell: QRectF, row: WhyRow) -> float:
    """The arrow of what opens; returns where the symbol begins."""
    left = arrow_left(row)
    if row.is_expandable:
        place = QRectF(cell.left() + left, cell.top(), ARROW, cell.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, "▾" if row.is_expanded else "▸")
    return left + ARROW


def _paint_share(painter: QPainter, room: QRectF, row: WhyRow, theme: Theme) -> None:
    """The per cent with its sign above a bar of its length: full what adds, in pieces what takes away."""
    if row.share is None:
        return
    ink = theme.positive if row.share >= 0.0 else theme.negative
    painter.setFont(font(SMALL * text_scale()))
    painter.setPen(QColor(ink))
    words = QRectF(room.left(), room.top() - 2.0, room.width(), room.height() - BAR)
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.share_text)
    track = QRectF(room.left(), room.bottom() - BAR, room.width(), BAR)
    painter.fillRect(track, QColor(mixed(theme.surface, theme.quiet, TRACK)))
    width = max(THINNEST, abs(row.share) * track.width()) if row.share else 0.0
    bar = QRectF(track.left(), track.top(), width, BAR)
    painter.fillRect(bar, QColor(ink))
    if row.share < 0.0:
        _hatch(painter, bar, theme)


def _hatch(painter: QPainter, bar: QRectF, theme: Theme) -> None:
    """Gaps in the bar: the sign is not told by colour alone."""
    place = bar.left() + GAP_EVERY - GAP
    while place < bar.right():
        painter.fillRect(QRectF(place, bar.top(), GAP, bar.height()), QColor(theme.surface))
        place += GAP_EVERY


class WhyTable(RowsTable[WhyRow]):
    """The rows; → opens one or goes to its first part, ← closes it or goes to what it is part of. Letters choose the answer."""

    row_toggled = Signal(object)
    row_asked = Signal(object)
    mode_requested = Signal(object)
    own_keys = frozenset()

    def __init__(self) -> None:
        super().__init__("why-rows", COLUMNS, lambda row: row.path, HINT)
        self.setAccessibleName("What the number was made of")
        self.setToolTip("→ opens a row, ← closes it, Enter goes to where the number was made, Space asks about it")
        self.setItemDelegate(WhyDelegate(self))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows open and close like in any tree, Space asks about the row; any other key goes on."""
        row = self.chosen_row
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if is_plain and event.key() in MODE_KEYS:
            self.mode_requested.emit(MODE_KEYS[Key(event.key())])
        elif row is None or not is_plain or event.key() not in (Key.Key_Left, Key.Key_Right, Key.Key_Space):
            super().keyPressEvent(event)
        elif event.key() == Key.Key_Space:
            self.row_asked.emit(row.path)
        elif event.key() == Key.Key_Right:
            self._open(row)
        else:
            self._close(row)

    def _open(self, row: WhyRow) -> None:
        if row.is_expandable and not row.is_expanded:
            self.row_toggled.emit(row.path)
        elif row.is_expanded:
            self.selectRow(min(self.currentIndex().row() + 1, len(self.rows_model.rows) - 1))

    def _close(self, row: WhyRow) -> None:
        if row.is_expanded:
            self.row_toggled.emit(row.path)
        elif row.path:
            self.choose(row.path[:-1])

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the arrow opens or closes."""
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid() or index.column() != NUMBER:
            return
        row = self.rows_model.rows[index.row()]
        left = self.visualRect(index).left() + arrow_left(row)
        if row.is_expandable and left - 3.0 <= event.position().x() < left + ARROW:
            self.row_toggled.emit(row.path)
