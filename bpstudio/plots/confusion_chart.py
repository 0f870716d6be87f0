"""Confusions, painted: a row for each class, a column for what it was taken for; shares as tints, counts as numbers."""

import math
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bpstudio.look.drawing import draw_centred, draw_text, text_width
from bpstudio.look.text_size import text_scale
from bpstudio.plots.plot_face import PlotFace
from bpstudio.records import dataclass
from bpstudio.viewstate.confusion_state import NO_NUMBER, ConfusionState, Place
from bpstudio.viewstate.theme import Theme, contrast, mixed

MOST_CELL = 74.0
GAP = 34.0
TEXT = 11.0
SMALLEST, STEP = 9.0, 0.5
OVERHANG = 20.0
"""How much wider than its column a name may be, half of it on either side."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where one matrix lies: its cells begin at ``left``, ``top``."""

    left: float
    top: float
    width: float
    height: float
    names: float
    text: float
    is_staggered: bool

    @property
    def longest(self) -> float:
        """How wide the name above a column may be: staggered ones reach into the columns beside it, on another line."""
        return min(2.0 * self.width - 8.0, self.width + OVERHANG) if self.is_staggered else self.width - 4.0

    def cell(self, row: int, column: int) -> QRectF:
        """The rectangle of a cell."""
        return QRectF(self.left + column * self.width, self.top + row * self.height, self.width, self.height)


class ConfusionChart(PlotFace):
    """Draws a ConfusionState. Arrows go from cell to cell."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(name, words, parent)
        self.setMouseTracking(True)
        self.setMinimumSize(120, 50)
        self.is_following = True
        self.pointed: Place | None = None
        self.state: ConfusionState | None = None

    def apply(self, state: ConfusionState, theme: Theme) -> None:
        """Draw ``state``."""
        self.state, self.theme = state, theme
        if self.pointed is not None and state.snapped(self.pointed) is None:
            self.pointed = None
        self.update()

    def point_at(self, place: Any) -> None:
        """Mark a cell, or none."""
        if place != self.pointed:
            self.pointed = place
            self.update()

    # Where things lie.

    def grids(self) -> list[Grid]:
        """Where the matrices lie, side by side: with names as large as the rows allow, and smaller where they would be cut."""
        state = self.state
        if state is None or not state.matrices:
            return []
        largest = min(TEXT * text_scale(), max(SMALLEST, (self.height() - 20.0) / (1.15 * len(state.classes) + 2.0)))
        widest = max(text_width(name, largest) for name in state.columns) / largest
        text = largest
        while text > SMALLEST - STEP:
            for is_staggered in (False, True):
                found = self._grids(state, max(SMALLEST, text), is_staggered)
                if widest * found[0].text <= found[0].longest:
                    return found
            text -= STEP
        return self._grids(state, largest, False)

    def _grids(self, state: ConfusionState, text: float, is_staggered: bool) -> list[Grid]:
        names = min(10.0 * text, max(text_width(name, text) for name in state.classes) + 10.0)
        count, columns, rows = len(state.matrices), len(state.columns), len(state.classes)
        head = 2.0 * text + 12.0
        room = (self.width() - 24.0 - GAP * (count - 1)) / count - names
        width = min(MOST_CELL * text_scale() * 1.4, room / columns)
        height = min(MOST_CELL, (self.height() - head - 6.0) / rows)
        whole = names + width * columns + GAP
        return [
            Grid(12.0 + index * whole + names, head, width, max(3.0, height), names, text, is_staggered)
            for index in range(count)
        ]

    def place_at(self, at: QPointF) -> Place | None:
        """The cell at a point."""
        state = self.state
        for index, grid in enumerate(self.grids()):
            column = int((at.x() - grid.left) // grid.width)
            row = int((at.y() - grid.top) // grid.height)
            if state is not None and 0 <= column < len(state.columns) and 0 <= row < len(state.classes):
                return index, row, column
        return None

    # What the user does.

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the cell under the pointer."""
        self.place_pointed.emit(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self.place_pointed.emit(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from cell to cell, Esc marks none."""
        columns = 1 if self.state is None else max(1, len(self.state.columns))
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self.stepped.emit(step)
        elif event.key() == Qt.Key.Key_Escape and self.pointed is not None:
            self.place_pointed.emit(None)
        else:
            super().keyPressEvent(event)

    # Painting.

    def paint_content(self, painter: QPainter) -> None:
        """Paint all matrices."""
        if self.state is not None:
            for index, grid in enumerate(self.grids()):
                self._paint_matrix(painter, index, grid, self.state)

    def _paint_matrix(self, painter: QPainter, index: int, grid: Grid, state: ConfusionState) -> None:
        theme, matrix, text = self.theme, state.matrices[index], grid.text
        if grid.is_staggered:  # the line above the columns is taken
            heading = _fitting(matrix.name, text, grid.names - 8.0)
            draw_text(painter, grid.left - 6.0 - text_width(heading, text), text + 2.0, heading, text, theme.quiet)
        else:
            draw_text(painter, grid.left, text + 2.0, f"{matrix.name}: taken for", text, theme.quiet)
        for column, name in enumerate(state.columns):
            colour = theme.not_finite if name == NO_NUMBER else theme.text
            shown = _fitting(name, text, grid.longest)
            above = 1.1 * text + 5.0 if grid.is_staggered and column % 2 else 0.0
            middle = QPointF(grid.left + (column + 0.5) * grid.width, grid.top - 0.62 * text - above)
            draw_centred(painter, middle, shown, text, colour)
        for row, name in enumerate(state.classes):
            if row % max(1, math.ceil(text * 0.95 / grid.height)) == 0:
                shown = _fitting(name, text, grid.names - 8.0)
                right = grid.left - 6.0 - text_width(shown, text)
                draw_text(painter, right, grid.top + (row + 0.5) * grid.height + 0.36 * text, shown, text, theme.text)
            for column in range(len(state.columns)):
                self._paint_cell(painter, (index, row, column), grid.cell(row, column), state)
        if self.pointed is not None and self.pointed[0] == index:
            painter.setPen(QPen(QColor(theme.text), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(grid.cell(*self.pointed[1:]).adjusted(1.0, 1.0, -1.0, -1.0))

    def _paint_cell(self, painter: QPainter, place: Place, rect: QRectF, state: ConfusionState) -> None:
        """Right ones in the colour of positive, wrong ones in that of negative; the diagonal has a line around it as well."""
        theme, (index, row, column) = self.theme, place
        matrix = state.matrices[index]
        count, is_right = matrix.counts[row][column], row == column
        ink = theme.positive if is_right else theme.negative
        fill = mixed(theme.surface, ink, 0.85 * matrix.share(row, column) ** 0.6)
        painter.fillRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), QColor(fill))
        if is_right:
            painter.setPen(QPen(QColor(theme.quiet), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(1.0, 1.0, -1.0, -1.0))
        text = min(13.0 * text_scale(), rect.height() - 1.0)
        words = state.numbers.count(count) if count else "·"
        if text >= 7.0 and text_width(words, text) <= rect.width() - 2.0:
            on = max((theme.text, theme.background, theme.on_accent), key=lambda colour: contrast(colour, fill))
            draw_centred(painter, rect.center(), words, text, on if count else theme.quiet)


def _fitting(name: str, pixels: float, width: float) -> str:
    """A name, shortened to fit."""
    if text_width(name, pixels) <= width:
        return name
    while len(name) > 1 and text_width(name + "…", pixels) > width:
        name = name[:-1]
    return name + "…"
