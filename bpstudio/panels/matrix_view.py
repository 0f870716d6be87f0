"""MatrixView: the sheet of a layer's arrays, or one array alone; scrolls in both directions, looks only at what is in sight."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from bpstudio.explain.scripts import script_text
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.panels.matrix_layout import Sheet, Sizes, Table, Widths, is_large, lay_out, lay_out_alone, width_of
from bpstudio.panels.matrix_painter import Cursor, MatrixPainter
from bpstudio.panels.matrix_picture import HeatPictures
from bpstudio.panels.plain_text import plain_tip
from bpstudio.viewstate.matrices_state import MatricesState
from bpstudio.viewstate.matrix_cells import MatrixState
from bpstudio.viewstate.matrix_marks import TARGETS
from bpstudio.viewstate.matrix_text import MatrixTextForm
from bpstudio.viewstate.theme import Theme

WHEEL_ROWS = 3
CLICK_SLOP = 4.0
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_FORMS = {Qt.Key.Key_N: MatrixTextForm.NUMPY, Qt.Key.Key_L: MatrixTextForm.LATEX}


class MatrixView(QAbstractScrollArea):
    """Shows a MatricesState; tells which cell is clicked and hovered, and what is to be copied or shown alone."""

    cell_chosen = Signal(object, object)
    """The address, and the sample it is of or None."""
    cell_hovered = Signal(object)
    array_opened = Signal(object)
    """The key of the array to be shown alone; None for all."""
    copy_requested = Signal(object)
    menu_requested = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("matrix-sheet")
        self.setAccessibleName("Arrays of the layer")
        self.setWhatsThis(
            "The arrays of the layer. Arrows go from cell to cell, Enter selects, Shift+Enter shows one array alone, "
            "Ctrl+C, N and L copy it."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 120)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self._state: MatricesState | None = None
        self._theme: Theme | None = None
        self._alone: str | None = None
        self._sheet: Sheet | None = None
        self._widths: Widths = {}
        self._width_key: object = None
        self._pictures = HeatPictures()
        self._cursor = Cursor()
        self._hovered: object = None
        self._pressed: QPointF | None = None

    # What is shown.

    @property
    def state(self) -> MatricesState | None:
        """What is shown now."""
        return self._state

    @property
    def sheet(self) -> Sheet | None:
        """Where it lies."""
        return self._sheet

    @property
    def cursor_cell(self) -> Cursor:
        """The cell the keyboard is on."""
        return self._cursor

    @property
    def current(self) -> MatrixState | None:
        """The array the keyboard is on."""
        if self._state is None or not self._state.matrices:
            return None
        return self._state.matrices[min(self._cursor.matrix, len(self._state.matrices) - 1)]

    @property
    def is_alone(self) -> bool:
        """Whether one array has the view for itself."""
        return self._sheet is not None and self._sheet.is_alone

    def apply(self, state: MatricesState, theme: Theme, alone: str | None) -> None:
        """Show ``state``, of it only the array with the key ``alone`` if there is one; the same again does nothing."""
        if (state, theme, alone) == (self._state, self._theme, self._alone):
            return
        before, was_alone = self._state, self._alone
        self._state, self._theme, self._alone = state, theme, alone
        self._keep_cursor(before, state)
        self._lay_out()
        if alone != was_alone:
            self.horizontalScrollBar().setValue(0)
            self.verticalScrollBar().setValue(0)
        self._follow(before, is_forced=alone != was_alone)
        self.viewport().update()

    def _keep_cursor(self, before: MatricesState | None, state: MatricesState) -> None:
        """On the same array where it is still there; cells that are gone are left for the last one."""
        keys = [matrix.key for matrix in state.matrices]
        number = self._cursor.matrix
        if self._alone is not None and self._alone in keys:
            number = keys.index(self._alone)
        elif before is not None and [matrix.key for matrix in before.matrices] != keys:
            number = 0
        number = min(number, len(keys) - 1)
        matrix = state.matrices[number]
        row, column = min(self._cursor.row, matrix.rows - 1), min(self._cursor.column, matrix.columns - 1)
        self._cursor = Cursor(number, row, column)

    def _lay_out(self) -> None:
        state = self._state
        if state is None:
            return
        sizes = Sizes(text_scale())
        key = (state.pages, state.numbers, sizes)
        if key != self._width_key:
            self._width_key, self._widths = key, {}
        for matrix in state.matrices:
            if not is_large(matrix) or matrix.key == self._alone:
                known = self._widths.get(matrix.key)
                found = width_of(matrix, state.numbers, sizes)
                self._widths[matrix.key] = found if known is None else known.grown(found)
            else:
                self._widths.setdefault(
                    matrix.key, width_of(replace(matrix, numbers=None, before=None), state.numbers, sizes)
                )
        alone = next((number for number, matrix in enumerate(state.matrices) if matrix.key == self._alone), None)
        if alone is None:
            self._sheet = lay_out(state, float(self.viewport().width()), sizes, self._widths)
        else:
            matrix = state.matrices[alone]
            self._sheet = lay_out_alone(matrix, alone, sizes, self._widths[matrix.key])
        self._set_ranges(self._sheet, sizes)

    def _set_ranges(self, sheet: Sheet, sizes: Sizes) -> None:
        view = self.viewport().size()
        for bar, whole, seen in (
            (self.horizontalScrollBar(), sheet.width, view.width()),
            (self.verticalScrollBar(), sheet.height, view.height()),
        ):
            bar.setRange(0, max(0, int(whole - seen) + 1) if whole > seen else 0)
            bar.setPageStep(seen)
            bar.setSingleStep(int(sizes.row))

    def _follow(self, before: MatricesState | None, is_forced: bool) -> None:
        """Bring what the operation has written into sight."""
        if self._state is None or self._sheet is None:
            return
        written = [(n, m.marks.written) for n, m in enumerate(self._state.matrices) if m.marks.written is not None]
        earlier = (
            [] if before is None else [(n, m.marks.written) for n, m in enumerate(before.matrices) if m.marks.written]
        )
        if written == earlier and not is_forced:
            return
        shown = {table.matrix: table for table in self._sheet.tables}
        for number, cell in written:
            if number in shown and cell is not None:
                self._bring_into_sight(shown[number], cell, has_caption=True)
                return

    def _bring_into_sight(self, table: Table, cell: tuple[int, int], has_caption: bool = False) -> None:
        rect = table.cell_rect(*cell)
        if has_caption and not self.is_alone:
            above = QRectF(rect.left(), table.caption.top(), rect.width(), rect.bottom() - table.caption.top())
            rect = above if above.height() < self.viewport().height() else rect
        frozen_x, frozen_y = (table.cells.left(), table.cells.top()) if self.is_alone else (0.0, 0.0)
        for bar, low, high, seen, frozen in (
            (self.horizontalScrollBar(), rect.left(), rect.right(), self.viewport().width(), frozen_x),
            (self.verticalScrollBar(), rect.top(), rect.bottom(), self.viewport().height(), frozen_y),
        ):
            if high + 8.0 > bar.value() + seen:
                bar.setValue(int(high - seen + 8.0))
            if low - 8.0 - frozen < bar.value():
                bar.setValue(int(low - 8.0 - frozen))

    # Painting.

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        state, theme, sheet = self._state, self._theme, self._sheet
        if state is None or theme is None or sheet is None:
            return
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), theme.background)
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            painter.translate(-self._offset)
            seen = QRectF(event.rect()).translated(self._offset)
            paint = MatrixPainter(state, theme, Sizes(text_scale()), self._pictures)
            paint.paint(painter, sheet, seen, self._cursor if self.hasFocus() else None)
            if sheet.is_alone:
                table = sheet.tables[0]
                whole = QRectF(self.viewport().rect()).translated(self._offset)
                paint.paint_frozen_indices(painter, table, state.matrices[table.matrix], whole)

    @property
    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    @guarded
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Indices stay at the edges, so all of it is painted: what is in sight is little."""
        self.viewport().update()

    @guarded
    def resizeEvent(self, event: object) -> None:
        """Arrays flow into the new width, what is at work still in sight."""
        self._lay_out()
        self._follow(None, is_forced=True)

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._lay_out()
            self.viewport().update()

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        """The cursor shows where the keyboard is."""
        super().focusInEvent(event)
        self._tell_cell()
        self.viewport().update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes."""
        super().focusOutEvent(event)
        self.viewport().update()

    # What lies where.

    def cell_centre(self, key: str, row: int, column: int) -> QPointF:
        """The middle of a cell in coordinates of the viewport (for tests)."""
        if self._state is None or self._sheet is None:
            raise LookupError("nothing is shown yet")
        keys = [matrix.key for matrix in self._state.matrices]
        table = next(table for table in self._sheet.tables if keys[table.matrix] == key)
        return table.cell_rect(row, column).center() - self._offset

    def _cell_at(self, place: QPointF) -> Cursor | None:
        if self._state is None or self._sheet is None:
            return None
        at = place + self._offset
        for table in self._sheet.tables:
            matrix = self._state.matrices[table.matrix]
            found = table.cell_at(at.x(), at.y(), matrix.rows, matrix.columns)
            if found is not None:
                return Cursor(table.matrix, *found)
        return None

    def _caption_at(self, place: QPointF) -> int | None:
        at = place + self._offset
        tables = () if self._sheet is None else self._sheet.tables
        return next((table.matrix for table in tables if table.caption.contains(at)), None)

    # Mouse.

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The cell under the pointer becomes the current one."""
        at = self._cell_at(event.position())
        self._pressed = event.position()
        if at is not None:
            self._go(at)
            return
        caption = self._caption_at(event.position())
        if caption is not None:
            self._go(Cursor(caption, 0, 0))

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click selects."""
        pressed, self._pressed = self._pressed, None
        is_click = pressed is not None and (pressed - event.position()).manhattanLength() <= CLICK_SLOP
        if is_click and event.button() is Qt.MouseButton.LeftButton and self._cell_at(event.position()) is not None:
            self.choose_current()

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """An array alone, and back."""
        at, caption = self._cell_at(event.position()), self._caption_at(event.position())
        if self._state is not None and (at is not None or caption is not None):
            self.open_current()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is under the pointer."""
        at = self._cell_at(event.position())
        self._hover(None if at is None else self._address_of(at))

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._hover(None)

    def _hover(self, found: object) -> None:
        address = found[0] if isinstance(found, tuple) else None
        if address != self._hovered:
            self._hovered = address
            self.cell_hovered.emit(address)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the array under the pointer, or by the keyboard of the current one."""
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            at = self._cell_at(QPointF(event.pos()))
            caption = self._caption_at(QPointF(event.pos()))
            if at is not None:
                self._go(at)
            elif caption is not None:
                self._go(Cursor(caption, 0, 0))
        self.menu_requested.emit(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        """A tip with the number in full."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._cell_at(QPointF(event.pos()))
            if at is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tip(self.words_of(at)), self)
            return True
        return bool(super().viewportEvent(event))

    # Keys.

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from cell to cell and over the edge to the next array; Enter selects; the others are in the menu."""
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_plain = modifiers == Qt.KeyboardModifier.NoModifier
        if is_plain and key in _STEPS:
            self._step(*_STEPS[key])
        elif is_plain and key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            matrix = self.current
            last = 0 if matrix is None else matrix.columns - 1
            self._go(replace(self._cursor, column=0 if key is Qt.Key.Key_Home else last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and is_plain:
            self.choose_current()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and modifiers == Qt.KeyboardModifier.ShiftModifier:
            self.open_current()
        elif is_plain and key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace) and self.is_alone:
            self.array_opened.emit(None)
        elif is_plain and key in _FORMS:
            self.copy_requested.emit(_FORMS[key])
        elif key is Qt.Key.Key_C and modifiers == Qt.KeyboardModifier.ControlModifier:
            self.copy_requested.emit(MatrixTextForm.TSV)
        elif is_plain and key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + (1 if key is Qt.Key.Key_PageDown else -1) * bar.pageStep())
        else:
            event.ignore()

    def _step(self, down: int, across: int) -> None:
        matrix, state = self.current, self._state
        if matrix is None or state is None:
            return
        row, column = self._cursor.row + down, self._cursor.column + across
        if 0 <= row < matrix.rows and 0 <= column < matrix.columns:
            self._go(replace(self._cursor, row=row, column=column))
            return
        number = self._cursor.matrix + (1 if down + across > 0 else -1)
        if self.is_alone or not 0 <= number < len(state.matrices):
            return
        other = state.matrices[number]
        is_forward = down + across > 0
        row = self._cursor.row if across else (0 if is_forward else other.rows - 1)
        column = self._cursor.column if down else (0 if is_forward else other.columns - 1)
        self._go(Cursor(number, min(row, other.rows - 1), min(column, other.columns - 1)))

    def _go(self, cursor: Cursor) -> None:
        """Move the keyboard's cell."""
        self._cursor = cursor
        if self._sheet is not None:
            table = next((table for table in self._sheet.tables if table.matrix == cursor.matrix), None)
            if table is not None:
                self._bring_into_sight(table, (cursor.row, cursor.column))
        self._tell_cell()
        self.viewport().update()

    def go_to(self, key: str) -> None:
        """Move to the first cell of an array."""
        keys = [] if self._state is None else [matrix.key for matrix in self._state.matrices]
        if key in keys and self._sheet is not None:
            self._go(Cursor(keys.index(key), 0, 0))
            for table in self._sheet.tables:
                if table.matrix == self._cursor.matrix:
                    self._bring_into_sight(table, (0, 0), has_caption=True)

    def choose_current(self) -> None:
        """Select the number of the current cell."""
        found = self._address_of(self._cursor)
        if found is not None:
            self.cell_chosen.emit(*found)

    def open_current(self) -> None:
        """Show the current array alone, or all of them again."""
        matrix = self.current
        self.array_opened.emit(None if self.is_alone or matrix is None else matrix.key)

    def _address_of(self, at: Cursor) -> tuple[object, object] | None:
        matrix = None if self._state is None else self._state.matrices[at.matrix]
        if matrix is None or matrix.layout.address == TARGETS:
            return None
        return matrix.layout.address_at(at.row, at.column)

    # Words.

    def words_of(self, at: Cursor) -> str:
        """A cell in words: where it is, its name and address, its number in full."""
        state = self._state
        if state is None:
            return ""
        matrix, in_full = state.matrices[at.matrix], state.numbers.in_full
        layout = matrix.layout
        place = f"row {at.row + layout.first_row}, column {at.column + layout.first_column} of {matrix.name}"
        value = matrix.value(at.row, at.column)
        running = matrix.marks.running if matrix.marks.written == (at.row, at.column) else None
        written = "not computed yet" if value is None else in_full.format(value)
        number = written if running is None else f"{in_full.format(running)} so far"
        found = layout.address_at(at.row, at.column) if layout.address != TARGETS else None
        if found is None:
            return f"{place}: {number}"
        address, sample = found
        symbol = script_text(state.names.symbol(address, sample))
        code = str(address)
        name = code if symbol == code.replace(",", ", ") or symbol == code else f"{symbol}, {code}"
        return f"{place}: {number}\n{name}"

    def _tell_cell(self) -> None:
        self.setAccessibleDescription(self.words_of(self._cursor))
