"""Where the arrays of a layer lie on the sheet: headings, captions, tables of cells. Pure numbers, in pixels."""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF

from bpstudio.explain.number_format import NumberFormat
from bpstudio.look.drawing import text_width
from bpstudio.records import dataclass
from bpstudio.viewstate.matrices_state import MatricesState
from bpstudio.viewstate.matrix_cells import MatrixState

MOST_INLINE_ROWS = 16
MOST_INLINE_COLUMNS = 12
"""Larger arrays are a picture on the sheet and have a page of their own."""
MOST_MEASURED = 600
"""Numbers that are written out to find the width of a column: all of a small array, some of a large one."""
TYPICAL = -0.012345678901
"""Stands for the numbers of an array that has none yet, so that its place does not grow with the first."""
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 190.0, 132.0
SMALLEST_DOT, LARGEST_DOT = 1.0, 6.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths that grow with the size of text; ``scale`` 1 is 100 %."""

    scale: float = 1.0

    @property
    def text(self) -> float:
        """Numbers in cells."""
        return 12.0 * self.scale

    @property
    def small(self) -> float:
        """Indices of rows and columns, roles."""
        return 10.5 * self.scale

    @property
    def name(self) -> float:
        """Names of arrays, titles of sections."""
        return 13.0 * self.scale

    @property
    def row(self) -> float:
        """Height of a row of cells."""
        return 22.0 * self.scale

    @property
    def caption(self) -> float:
        """Height of an array's name with its role below."""
        return 35.0 * self.scale

    @property
    def gap(self) -> float:
        """Between arrays."""
        return 18.0 * self.scale

    @property
    def margin(self) -> float:
        """Around the sheet."""
        return 10.0 * self.scale

    @property
    def bracket(self) -> float:
        """Room for a bracket beside a table."""
        return 7.0 * self.scale

    def index_width(self, largest: int) -> float:
        """Room for the indices of rows."""
        return text_width(str(largest), self.small) + 6.0 * self.scale


@lru_cache(maxsize=4096)
def cell_text(numbers: NumberFormat, value: float) -> str:
    """A number as written in a cell."""
    return numbers.format(value)


@lru_cache(maxsize=256)
def _letter_width(letter: str, pixels: float) -> float:
    return text_width(letter, pixels)


def number_width(text: str, pixels: float) -> float:
    """The width of a number: its signs and digits are not kerned, so their widths add up and few are measured."""
    return sum(_letter_width(letter, pixels) for letter in text)


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a cell is: the parts before and from the decimal sign."""

    before: float
    after: float

    @property
    def whole(self) -> float:
        """Both parts."""
        return self.before + self.after

    def grown(self, other: "Width") -> "Width":
        """Room for both."""
        return Width(max(self.before, other.before), max(self.after, other.after))


def parts_of(text: str, decimal_sign: str) -> tuple[str, str]:
    """A number's text up to its decimal sign, and from there: numbers align at the sign."""
    before, sign, after = text.partition(decimal_sign)
    if not sign and "e" in text:
        before, sign, after = text.partition("e")
    return before, sign + after


def width_of(matrix: MatrixState, numbers: NumberFormat, sizes: Sizes) -> Width:
    """The width that the numbers of an array need, those to come included."""
    sign = "," if numbers.decimal_comma else "."
    width = Width(text_width("−0", sizes.text), text_width("00", sizes.text))
    for part in (matrix.numbers, matrix.before):
        if part is None or not part.array.size:
            continue
        flat = part.array.reshape(-1)
        step = max(1, math.ceil(flat.size / MOST_MEASURED))
        for value in (*flat[::step].tolist(), *_ends(flat)):
            width = width.grown(_width_of_number(value, numbers, sizes, sign))
    if matrix.numbers is None and matrix.before is None:
        width = width.grown(_width_of_number(TYPICAL, numbers, sizes, sign))
    if matrix.marks.running is not None:
        width = width.grown(_width_of_number(matrix.marks.running, numbers, sizes, sign))
    return width


def _width_of_number(value: float, numbers: NumberFormat, sizes: Sizes, sign: str) -> Width:
    before, after = parts_of(cell_text(numbers, value), sign)
    return Width(number_width(before, sizes.text), number_width(after, sizes.text))


def _ends(flat: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float]:
    return float(flat.min()), float(flat.max())


@dataclass(frozen=True, slots=True)
class Table:
    """One array on the sheet. ``cells`` is the rectangle of all its cells; ``dot`` the side of one in a picture."""

    matrix: int
    caption: QRectF
    cells: QRectF
    cell_width: float
    cell_height: float
    width: Width
    has_row_indices: bool
    has_column_indices: bool
    is_picture: bool

    def cell_rect(self, row: int, column: int) -> QRectF:
        """One cell."""
        left, top = self.cells.left() + column * self.cell_width, self.cells.top() + row * self.cell_height
        return QRectF(left, top, self.cell_width, self.cell_height)

    def line_rect(self, row: int | None, column: int | None) -> QRectF:
        """A whole row or column."""
        if row is not None:
            return QRectF(self.cells.left(), self.cell_rect(row, 0).top(), self.cells.width(), self.cell_height)
        return QRectF(self.cell_rect(0, column or 0).left(), self.cells.top(), self.cell_width, self.cells.height())

    def cell_at(self, x: float, y: float, rows: int, columns: int) -> tuple[int, int] | None:
        """The cell at a place of the sheet."""
        if not self.cells.contains(x, y):
            return None
        row, column = int((y - self.cells.top()) / self.cell_height), int((x - self.cells.left()) / self.cell_width)
        return min(rows - 1, row), min(columns - 1, column)


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title and formula, the formula broken into lines."""

    top: float
    title: str
    formula: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nested:
    """A piece of the nested functions: its text, where it begins, and whether it belongs to the page's layer."""

    text: str
    left: float
    baseline: float
    is_active: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything's place; ``width`` and ``height`` are those of the whole."""

    headings: tuple[Heading, ...]
    tables: tuple[Table, ...]
    width: float
    height: float
    is_alone: bool = False
    nesting: tuple["Nested", ...] = ()


Widths = dict[str, Width]


def lay_out(state: MatricesState, room: float, sizes: Sizes, widths: Widths) -> Sheet:
    """Sections below each other, arrays side by side as far as ``room`` goes; never squeezed."""
    headings: list[Heading] = []
    tables: list[Table] = []
    nested, y = _nested(state, room, sizes)
    number, widest = 0, 0.0
    for section in state.sections:
        lines = tuple(broken(section.formula, sizes.name, room - 2 * sizes.margin))
        headings.append(Heading(y, section.title, lines))
        y += sizes.name * (1.6 + 1.5 * len(lines)) + 4.0 * sizes.scale
        row: list[Table] = []
        x = sizes.margin
        for matrix in section.matrices:
            table = _table(matrix, number, x, y, sizes, widths[matrix.key], is_alone=False)
            if row and table.caption.right() > room - sizes.margin:
                y = _bottom(row) + sizes.gap
                x, row = sizes.margin, []
                table = _table(matrix, number, x, y, sizes, widths[matrix.key], is_alone=False)
            row.append(table)
            tables.append(table)
            x = table.caption.right() + sizes.gap
            widest = max(widest, table.caption.right())
            number += 1
        y = _bottom(row) + 1.4 * sizes.gap
    return Sheet(tuple(headings), tuple(tables), widest + sizes.margin, y, nesting=nested)


def _nested(state: MatricesState, room: float, sizes: Sizes) -> tuple[tuple[Nested, ...], float]:
    """The nested functions in as many lines as they need; returns them and the y below."""
    if not state.nesting:
        return (), sizes.margin
    x, baseline = sizes.margin, sizes.margin + sizes.name
    found: list[Nested] = []
    for part in state.nesting:
        wide = text_width(part.text, sizes.name)
        if x + wide > room - sizes.margin and x > sizes.margin:
            x, baseline = sizes.margin + sizes.gap, baseline + sizes.name * 1.7
        found.append(Nested(part.text, x, baseline, part.is_active))
        x += wide
    return tuple(found), baseline + 1.3 * sizes.gap


def lay_out_alone(matrix: MatrixState, number: int, sizes: Sizes, width: Width) -> Sheet:
    """One array with all its cells; indices stay at the edge of the view, so room is left for them at the start."""
    table = _table(matrix, number, 0.0, 0.0, sizes, width, is_alone=True)
    right, bottom = table.cells.right() + sizes.margin, table.cells.bottom() + sizes.margin
    return Sheet((), (table,), right, bottom, is_alone=True)


def broken(text: str, pixels: float, room: float) -> Iterator[str]:
    """A formula broken at the spaces between its words."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, pixels) > room:
            yield line
            line = word
        else:
            line = longer
    yield line


def _bottom(row: list[Table]) -> float:
    return max(table.cells.bottom() for table in row)


def is_large(matrix: MatrixState) -> bool:
    """Whether an array is a picture on the sheet."""
    return matrix.rows > MOST_INLINE_ROWS or matrix.columns > MOST_INLINE_COLUMNS


def _table(matrix: MatrixState, number: int, x: float, y: float, sizes: Sizes, width: Width, is_alone: bool) -> Table:
    is_picture = is_large(matrix) and not is_alone
    has_rows = (matrix.rows > 1 or is_alone) and not is_picture
    has_columns = (matrix.columns > 1 or is_alone) and not is_picture
    layout = matrix.layout
    left = x + sizes.bracket + (sizes.index_width(matrix.rows + layout.first_row) if has_rows else 0.0)
    top = y + (0.0 if is_alone else sizes.caption) + (sizes.small * 1.4 if has_columns else 2.0)
    if is_picture:
        cell_width, cell_height = _dots(matrix, sizes)
    else:
        widest_index = text_width(str(matrix.columns + layout.first_column), sizes.small)
        cell_width = max(width.whole, widest_index) + 12.0 * sizes.scale
        cell_height = sizes.row
    cells = QRectF(left, top, cell_width * matrix.columns, cell_height * matrix.rows)
    role = role_text(matrix, NumberFormat())  # a comma is as wide as a point
    words = max(_name_width(matrix, sizes), text_width(role, sizes.small))
    right = max(cells.right() + sizes.bracket, x + words)
    caption = QRectF(x, y, right - x, 0.0 if is_alone else sizes.caption)
    return Table(number, caption, cells, cell_width, cell_height, width, has_rows, has_columns, is_picture)


def _dots(matrix: MatrixState, sizes: Sizes) -> tuple[float, float]:
    """The sides of a cell in a picture: square where that fits, else as it fits."""
    across = THUMBNAIL_WIDTH * sizes.scale / matrix.columns
    down = THUMBNAIL_HEIGHT * sizes.scale / matrix.rows
    largest = LARGEST_DOT * sizes.scale
    side = min(across, down, largest)
    if side >= SMALLEST_DOT:
        return side, side
    return min(across, largest), min(down, largest)


def _name_width(matrix: MatrixState, sizes: Sizes) -> float:
    return text_width(matrix.name, sizes.name, True) + text_width(f"  {matrix.shape}", sizes.name)


def role_text(matrix: MatrixState, numbers: NumberFormat) -> str:
    """What the array is for; of one too large for numbers, also the ends of its colours."""
    if not is_large(matrix) or not matrix.extent:
        return matrix.role
    return f"{matrix.role}, ±{numbers.significant(2).format(matrix.extent)}"
