"""MatrixState: one array as a table of cells: its numbers, which of them exist, and which are read and written."""

from dataclasses import field
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.address import Address
from bpstudio.model.spec import Array
from bpstudio.records import dataclass

Cell = tuple[int, int]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]


class Axis(Enum):
    """What the rows or columns of a table stand for; SOURCE is a unit of the layer below, ONE a single line."""

    SAMPLE = "sample"
    UNIT = "unit"
    SOURCE = "source"
    ONE = "one"


class Lead(Enum):
    """What stands before the array: nothing, a column of biases, or a row with the constant 1 they are multiplied with."""

    NONE = "none"
    BIAS_COLUMN = "bias_column"
    ONE_ROW = "one_row"


class Numbers:
    """A read-only float64 array, compared by its bits; at once where both sides are the same object."""

    def __init__(self, array: Array) -> None:
        array.flags.writeable = False
        self.array = array

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Numbers) or self.array.shape != other.array.shape:
            return False
        return self.array.tobytes() == other.array.tobytes()

    def __hash__(self) -> int:
        return hash(self.array.shape)

    def __repr__(self) -> str:
        return f"Numbers({self.array!r})"

    @cached_property
    def extent(self) -> float:
        """The largest finite magnitude; 0 if there is none."""
        if not self.array.size:
            return 0.0
        largest = max(float(self.array.max()), -float(self.array.min()))
        if np.isfinite(largest):
            return largest
        finite = self.array[np.isfinite(self.array)]
        return float(np.abs(finite).max()) if finite.size else 0.0


@dataclass(frozen=True, slots=True)
class Marks:
    """What the operation just executed reads (cells, whole rows, whole columns) and writes, and what is selected.

    ``running`` is the sum so far in a written cell that has no number yet.
    """

    cells: tuple[Cell, ...] = ()
    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    written: Cell | None = None
    running: float | None = None
    selected: Cell | None = None
    hovered: Cell | None = None

    @property
    def is_read(self) -> bool:
        """Whether anything is read."""
        return bool(self.cells or self.rows or self.columns)


@dataclass(frozen=True, slots=True)
class CellLayout:
    """How rows and columns lie to what they stand for, and in which order entries come to exist.

    Entry (r, c), the lead not counted, is the ``r·row_stride + c·column_stride``-th. ``first_row`` and ``first_column``
    are the numbers printed at the first of them, the lead counted. ``sample`` is the one whose numbers these are.
    """

    address: Address | None
    shape: tuple[int, int]
    row_axis: Axis
    column_axis: Axis
    row_stride: int
    column_stride: int
    lead: Lead = Lead.NONE
    lead_address: Address | None = None
    sample: int | None = None
    first_row: int = 1
    first_column: int = 1

    @property
    def lead_rows(self) -> int:
        """Rows before the array's first."""
        return int(self.lead is Lead.ONE_ROW)

    @property
    def lead_columns(self) -> int:
        """Columns before the array's first."""
        return int(self.lead is Lead.BIAS_COLUMN)

    @property
    def entries(self) -> int:
        """How many numbers the array has, the lead not counted."""
        return (self.shape[0] - self.lead_rows) * (self.shape[1] - self.lead_columns)

    def address_at(self, row: int, column: int) -> tuple[Address, int | None] | None:
        """Which number of the run a cell is, and of which sample; None for constants and targets."""
        if row < self.lead_rows or self.address is None:
            return None
        if column < self.lead_columns:
            return None if self.lead_address is None else (self.lead_address.at(row), self.sample)
        at = {self.row_axis: row - self.lead_rows, self.column_axis: column - self.lead_columns}
        wanted = (Axis.UNIT, Axis.SOURCE) if Axis.SOURCE in at else (Axis.UNIT,)
        return self.address.at(*(at[axis] for axis in wanted)), at.get(Axis.SAMPLE, self.sample)

    def place(self, unit: int | None, source: int | None, sample: int | None) -> tuple[int | None, int | None] | None:
        """The (row, column) of what is told of unit, source and sample; None for an open one. None: another sample's."""
        is_of_one_sample = self.row_axis is not Axis.SAMPLE and self.sample is not None
        if is_of_one_sample and sample is not None and sample != self.sample:
            return None
        told = {Axis.UNIT: unit, Axis.SOURCE: source, Axis.SAMPLE: sample, Axis.ONE: 0}
        row, column = told[self.row_axis], told[self.column_axis]
        return (
            None if row is None else row + self.lead_rows,
            None if column is None else column + self.lead_columns,
        )


@dataclass(frozen=True, slots=True)
class MatrixState:
    """One array. ``numbers`` are those that operations have written, ``done`` of them in their order, ``lead_done`` in the
    lead; the others show what they were ``before`` (weights not yet replaced), or nothing.
    """

    key: str
    name: str
    shape: str
    role: str
    layout: CellLayout
    numbers: Numbers | None
    before: Numbers | None
    done: int
    lead_done: int
    marks: Marks = field(default_factory=Marks)

    @property
    def rows(self) -> int:
        """How many rows are shown."""
        return self.layout.shape[0]

    @property
    def columns(self) -> int:
        """How many columns are shown."""
        return self.layout.shape[1]

    @property
    def extent(self) -> float:
        """The largest finite magnitude in it, of numbers and what they were before."""
        return max((part.extent for part in (self.numbers, self.before) if part is not None), default=0.0)

    def window(self, rows: slice, columns: slice) -> tuple[Array, Mask]:
        """The numbers of a part of the table, and which of them exist; only that part is looked at."""
        is_done = self._done_mask(rows, columns)
        if self.before is None:
            if self.numbers is None:
                return np.full(is_done.shape, np.nan), np.zeros(is_done.shape, dtype=np.bool_)
            return self.numbers.array[rows, columns], is_done
        old = self.before.array[rows, columns]
        everywhere = np.ones(is_done.shape, dtype=np.bool_)
        if self.numbers is None:
            return old, everywhere
        return np.where(is_done, self.numbers.array[rows, columns], old), everywhere

    def _done_mask(self, rows: slice, columns: slice) -> Mask:
        return self.done_at(np.arange(self.rows)[rows], np.arange(self.columns)[columns])

    def done_at(self, row: Places, column: Places) -> Mask:
        """Which of the cells in these rows and columns operations have written in this iteration."""
        layout = self.layout
        rank = np.add.outer(
            (row - layout.lead_rows) * layout.row_stride, (column - layout.lead_columns) * layout.column_stride
        )
        is_done: Mask = rank < self.done
        if layout.lead is Lead.BIAS_COLUMN:
            is_done[:, column == 0] = (row < self.lead_done)[:, None]
        elif layout.lead is Lead.ONE_ROW:
            is_done[row == 0] = True
        return is_done

    def value(self, row: int, column: int) -> float | None:
        """The number in a cell; None while there is none."""
        values, exists = self.window(slice(row, row + 1), slice(column, column + 1))
        return float(values[0, 0]) if exists[0, 0] else None


def line_words(state: MatrixState, row: int | None, column: int | None) -> str:
    """``row 2 of Wₕ``, ``w[1][:, 1]`` in code; the name alone of a vector that is its only row or column."""
    layout = state.layout
    is_code = layout.first_column == 0 and layout.lead is Lead.NONE
    if row is not None and state.rows > 1:
        return f"{state.name}[{row}]" if is_code else f"row {row + layout.first_row} of {state.name}"
    if column is not None and state.columns > 1:
        return f"{state.name}[:, {column}]" if is_code else f"column {column + layout.first_column} of {state.name}"
    return state.name
