"""Paints the arrays of a layer: names, brackets, heat map with numbers, and what is read, written and selected."""

import math
from functools import lru_cache
from math import isfinite

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from bpstudio.explain.number_format import NumberFormat
from bpstudio.look.drawing import draw_text, text_width
from bpstudio.look.fonts import font
from bpstudio.panels.matrix_layout import Heading, Sheet, Sizes, Table, cell_text, number_width, parts_of, role_text
from bpstudio.panels.matrix_picture import HeatPictures
from bpstudio.program.operation import Pass
from bpstudio.records import dataclass
from bpstudio.viewstate.matrices_state import MatricesState
from bpstudio.viewstate.matrix_cells import Cell, Lead, MatrixState
from bpstudio.viewstate.theme import Theme, mixed

HEAT_STEPS = 128
WEAKEST, STRONGEST = 0.06, 0.42
"""How much of its sign's colour a cell takes on: the smallest number other than 0, and the largest."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cell the keyboard is on: the number of its array on the page, row and column."""

    matrix: int = 0
    row: int = 0
    column: int = 0


def accent_of(accent: Pass | None, theme: Theme) -> str:
    """The colour of the pass at work."""
    return theme.forward if accent in (None, Pass.FORWARD, Pass.LOSS) else theme.backward


def heat(value: float, extent: float, theme: Theme) -> QColor:
    """The colour behind a number, in steps too small to be seen."""
    if not isfinite(value):
        return _colour(mixed(theme.surface, theme.not_finite, 0.35))
    if value == 0.0 or extent == 0.0:
        return _colour(theme.surface)
    step = math.ceil(HEAT_STEPS * min(1.0, abs(value) / extent))
    return _heat(step if value > 0.0 else -step, theme)


@lru_cache(maxsize=1024)
def _heat(step: int, theme: Theme) -> QColor:
    share = WEAKEST + (STRONGEST - WEAKEST) * abs(step) / HEAT_STEPS
    return QColor(mixed(theme.surface, theme.positive if step > 0 else theme.negative, share))


@lru_cache(maxsize=256)
def _colour(name: str) -> QColor:
    return QColor(name)


class MatrixPainter:
    """Paints one state on a sheet; ``clip`` is the part of the sheet in sight, only which is looked at."""

    def __init__(self, state: MatricesState, theme: Theme, sizes: Sizes, pictures: HeatPictures) -> None:
        self.state = state
        self.theme = theme
        self.sizes = sizes
        self.numbers: NumberFormat = state.numbers
        self.accent = accent_of(state.accent, theme)
        self._pictures = pictures
        self._font = font(sizes.text)

    def paint(self, painter: QPainter, sheet: Sheet, clip: QRectF, cursor: Cursor | None) -> None:
        """Everything in sight."""
        self._nesting(painter, sheet)
        for heading in sheet.headings:
            self._heading(painter, heading)
        matrices = self.state.matrices
        for table in sheet.tables:
            if not table.cells.united(table.caption).adjusted(-9, -30, 9, 9).intersects(clip):
                continue
            matrix = matrices[table.matrix]
            if not sheet.is_alone:
                self._caption(painter, table, matrix)
            self._table(painter, table, matrix, clip)
            if not sheet.is_alone:
                self._indices(painter, table, matrix, clip)
            if cursor is not None and cursor.matrix == table.matrix:
                self._cursor(painter, table, cursor)

    def _nesting(self, painter: QPainter, sheet: Sheet) -> None:
        """The forward pass as nested functions, the part of the page's layer on a plate with a line below."""
        size = self.sizes.name
        for part in sheet.nesting:
            if part.is_active:
                wide = text_width(part.text, size)
                plate = QRectF(part.left - 1.0, part.baseline - size * 1.05, wide + 2.0, size * 1.45)
                painter.fillRect(plate, _colour(mixed(self.theme.background, self.accent, 0.2)))
                painter.setPen(QPen(QColor(self.accent), 1.6 * self.sizes.scale))
                painter.drawLine(QLineF(plate.bottomLeft(), plate.bottomRight()))
            draw_text(painter, part.left, part.baseline, part.text, size, self.theme.text)

    def _heading(self, painter: QPainter, heading: Heading) -> None:
        size, left = self.sizes.name, self.sizes.margin
        y = heading.top + size
        painter.setFont(font(size, True))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(QPointF(left, y), heading.title)
        for line in heading.formula:
            y += size * 1.5
            draw_text(painter, left, y, line, size, self.theme.text)

    def _caption(self, painter: QPainter, table: Table, matrix: MatrixState) -> None:
        sizes, left, top = self.sizes, table.caption.left(), table.caption.top()
        painter.setFont(font(sizes.name, True))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(QPointF(left, top + sizes.name), matrix.name)
        beside = left + text_width(matrix.name, sizes.name, True)
        draw_text(painter, beside, top + sizes.name, f"  {matrix.shape}", sizes.name, self.theme.quiet)
        below = top + sizes.name + sizes.small * 1.35
        draw_text(painter, left, below, role_text(matrix, self.numbers), sizes.small, self.theme.quiet)

    def _table(self, painter: QPainter, table: Table, matrix: MatrixState, clip: QRectF) -> None:
        painter.fillRect(table.cells, QColor(self.theme.surface))
        if table.is_picture:
            self._picture(painter, table, matrix)
        else:
            self._cells(painter, table, matrix, clip)
        self._brackets(painter, table, matrix)
        self._marks(painter, table, matrix)

    def _picture(self, painter: QPainter, table: Table, matrix: MatrixState) -> None:
        ratio = painter.device().devicePixelRatioF()
        width, height = (max(1, round(side * ratio)) for side in (table.cells.width(), table.cells.height()))
        image: QImage = self._pictures.image(matrix, width, height, self.theme)
        painter.drawImage(table.cells, image)

    def _cells(self, painter: QPainter, table: Table, matrix: MatrixState, clip: QRectF) -> None:
        rows, columns = visible(table, matrix, clip)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        values, exists = matrix.window(rows, columns)
        is_part_new = matrix.before is not None and matrix.done > 0
        is_new = matrix.done_at(*(_places(part) for part in (rows, columns))) if is_part_new else exists
        extent = matrix.extent
        for row, (line, there, new) in enumerate(
            zip(values.tolist(), exists.tolist(), is_new.tolist(), strict=True), rows.start
        ):
            for column, (value, is_there, is_fresh) in enumerate(zip(line, there, new, strict=True), columns.start):
                if is_there:
                    rect = table.cell_rect(row, column)
                    painter.fillRect(rect, heat(value, extent, self.theme))
                    self._number(painter, table, rect, value, self.theme.text if is_fresh else self.theme.quiet)

    def _number(self, painter: QPainter, table: Table, rect: QRectF, value: float, colour: str) -> None:
        """Aligned at the decimal sign; with fewer digits where the cell is too narrow, never cut."""
        size = self.sizes.text
        text = cell_text(self.numbers, value)
        sign = "," if self.numbers.decimal_comma else "."
        before, after = parts_of(text, sign)
        widths = number_width(before, size), number_width(after, size)
        left = rect.left() + (rect.width() - table.width.whole) / 2 + table.width.before - widths[0]
        digits = self.numbers.digits
        while sum(widths) > rect.width() - 2.0 and digits > 1:
            digits -= 1
            text = cell_text(self.numbers.significant(digits), value)
            widths = number_width(text, size), 0.0
        if left < rect.left() + 1.0 or left + sum(widths) > rect.right() - 1.0:
            left = rect.center().x() - sum(widths) / 2
        painter.setFont(self._font)
        painter.setPen(_colour(colour))
        painter.drawText(QPointF(left, rect.center().y() + size * 0.36), text)

    def _brackets(self, painter: QPainter, table: Table, matrix: MatrixState) -> None:
        """As in a textbook; the constant 1 and the column of biases stand apart by a thin line."""
        cells, foot = table.cells, self.sizes.bracket * 0.6
        painter.setPen(QPen(QColor(self.theme.quiet), 1.2))
        for edge, way in ((cells.left() - 2.5, 1.0), (cells.right() + 2.5, -1.0)):
            top, bottom = cells.top() - 1.0, cells.bottom() + 1.0
            painter.drawLine(QLineF(edge, top, edge, bottom))
            painter.drawLine(QLineF(edge, top, edge + foot * way, top))
            painter.drawLine(QLineF(edge, bottom, edge + foot * way, bottom))
        painter.setPen(QPen(QColor(self.theme.quiet), 1.0, Qt.PenStyle.DotLine))
        if matrix.layout.lead is Lead.BIAS_COLUMN:
            x = table.cell_rect(0, 1).left()
            painter.drawLine(QLineF(x, cells.top(), x, cells.bottom()))
        elif matrix.layout.lead is Lead.ONE_ROW:
            y = table.cell_rect(1, 0).top()
            painter.drawLine(QLineF(cells.left(), y, cells.right(), y))

    def _marks(self, painter: QPainter, table: Table, matrix: MatrixState) -> None:
        marks = matrix.marks
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.accent), 1.8 * self.sizes.scale))
        for rect in (
            *(table.line_rect(row, None) for row in marks.rows),
            *(table.line_rect(None, column) for column in marks.columns),
        ):
            painter.drawRect(_at_least(rect, 3.0))
        for cell in marks.cells:
            self._read_cell(painter, table, matrix, cell)
        if marks.written is not None:
            self._written_cell(painter, table, matrix, marks.written)
        if marks.hovered is not None:
            painter.setPen(QPen(QColor(self.theme.text), 1.4, Qt.PenStyle.DashLine))
            painter.drawRect(_at_least(table.cell_rect(*marks.hovered), 6.0).adjusted(1, 1, -1, -1))
        if marks.selected is not None:
            self._halo(painter, _at_least(table.cell_rect(*marks.selected), 6.0))

    def _halo(self, painter: QPainter, rect: QRectF) -> None:
        """The selection's ring, edged in the colour of text so that it is seen on any ground."""
        painter.setPen(QPen(QColor(self.theme.text), 4.4))
        painter.drawRect(rect)
        painter.setPen(QPen(QColor(self.theme.selection), 2.4))
        painter.drawRect(rect)

    def _read_cell(self, painter: QPainter, table: Table, matrix: MatrixState, cell: Cell) -> None:
        rect = _at_least(table.cell_rect(*cell), 5.0)
        if not table.is_picture:
            painter.fillRect(rect, QColor(mixed(self.theme.surface, self.accent, 0.28)))
            value = matrix.value(*cell)
            if value is not None:
                self._number(painter, table, rect, value, self.theme.text)
        painter.setPen(QPen(QColor(self.accent), 2.6 * self.sizes.scale))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(QPen(QColor(self.accent), 1.8 * self.sizes.scale))

    def _written_cell(self, painter: QPainter, table: Table, matrix: MatrixState, cell: Cell) -> None:
        rect = _at_least(table.cell_rect(*cell), 6.0)
        painter.fillRect(rect, QColor(self.accent))
        if table.is_picture:
            return
        value = matrix.marks.running if matrix.marks.running is not None else matrix.value(*cell)
        if value is not None:
            self._number(painter, table, rect, value, self.theme.on_accent)

    def _cursor(self, painter: QPainter, table: Table, cursor: Cursor) -> None:
        rect = _at_least(table.cell_rect(cursor.row, cursor.column), 7.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.text), 1.6 * self.sizes.scale, Qt.PenStyle.DotLine))
        painter.drawRect(rect.adjusted(2.0, 2.0, -2.0, -2.0))

    def _indices(self, painter: QPainter, table: Table, matrix: MatrixState, clip: QRectF) -> None:
        """The numbers of rows at the left, of columns above."""
        rows, columns = visible(table, matrix, clip)
        if table.has_row_indices:
            for row in range(rows.start, rows.stop):
                self._row_index(painter, table, matrix, row, table.cells.left() - self.sizes.bracket)
        if table.has_column_indices:
            for column in range(columns.start, columns.stop):
                self._column_index(painter, table, matrix, column, table.cells.top() - 4.0 * self.sizes.scale)

    def _row_index(self, painter: QPainter, table: Table, matrix: MatrixState, row: int, right: float) -> None:
        text = str(row + matrix.layout.first_row)
        size = self.sizes.small
        y = table.cell_rect(row, 0).center().y() + size * 0.36
        draw_text(painter, right - text_width(text, size) - 1.0, y, text, size, self.theme.quiet)

    def _column_index(self, painter: QPainter, table: Table, matrix: MatrixState, column: int, bottom: float) -> None:
        text = str(column + matrix.layout.first_column)
        size = self.sizes.small
        x = table.cell_rect(0, column).center().x() - text_width(text, size) / 2
        draw_text(painter, x, bottom, text, size, self.theme.quiet)

    def paint_frozen_indices(self, painter: QPainter, table: Table, matrix: MatrixState, seen: QRectF) -> None:
        """The indices of an array on its own page, at the edges of what is seen of the sheet."""
        sizes = self.sizes
        across, down = table.cells.left(), table.cells.top()
        painter.fillRect(QRectF(seen.left(), seen.top(), across, seen.height()), QColor(self.theme.background))
        painter.fillRect(QRectF(seen.left(), seen.top(), seen.width(), down), QColor(self.theme.background))
        inner = QRectF(seen.left() + across, seen.top() + down, seen.width() - across, seen.height() - down)
        rows, columns = visible(table, matrix, inner)
        painter.save()
        painter.setClipRect(QRectF(seen.left(), inner.top(), across, inner.height()))
        for row in range(rows.start, rows.stop):
            self._row_index(painter, table, matrix, row, seen.left() + across - sizes.bracket)
        painter.setClipRect(QRectF(inner.left(), seen.top(), inner.width(), down))
        for column in range(columns.start, columns.stop):
            self._column_index(painter, table, matrix, column, seen.top() + down - 4.0 * sizes.scale)
        painter.restore()
        painter.setPen(QPen(QColor(self.theme.quiet), 1.0))
        painter.drawLine(QLineF(inner.topLeft(), inner.topRight()))
        painter.drawLine(QLineF(inner.topLeft(), inner.bottomLeft()))


def _places(part: slice) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.arange(part.start, part.stop, dtype=np.int64)


def _at_least(rect: QRectF, side: float) -> QRectF:
    """A rectangle around the same middle that can be seen."""
    more_x, more_y = max(0.0, side - rect.width()) / 2, max(0.0, side - rect.height()) / 2
    return rect.adjusted(-more_x, -more_y, more_x, more_y)


def visible(table: Table, matrix: MatrixState, clip: QRectF) -> tuple[slice, slice]:
    """The rows and columns of a table in a part of the sheet."""
    first_row = max(0, int((clip.top() - table.cells.top()) / table.cell_height))
    last_row = min(matrix.rows, int((clip.bottom() - table.cells.top()) / table.cell_height) + 1)
    first = max(0, int((clip.left() - table.cells.left()) / table.cell_width))
    last = min(matrix.columns, int((clip.right() - table.cells.left()) / table.cell_width) + 1)
    return slice(first_row, max(first_row, last_row)), slice(first, max(first, last))
