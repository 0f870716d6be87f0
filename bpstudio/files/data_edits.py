"""Changes of a data set by hand: cells, rows, what is held out, and tables pasted from or copied to a spreadsheet.

Rows are counted over those to train on and then those held out; columns over inputs and then targets. Nothing is changed in
place: each function returns another data set.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bpstudio.errors import RunFileError
from bpstudio.files.csv_data import strict_number
from bpstudio.files.limits import MOST_SAMPLES
from bpstudio.files.shown import shown
from bpstudio.model.dataset import split_held_out, standardise
from bpstudio.model.spec import Array, Dataset

MOST_NAME = 80
HELD_OUT = "held_out"
"""The title of the last column of an exported table: 1 for rows held out."""


def row_count(dataset: Dataset) -> int:
    """All rows, those held out included."""
    return dataset.count + int(dataset.held_out_inputs.shape[0])


def column_names(dataset: Dataset) -> tuple[str, ...]:
    """A title for each column; those without a name are x1, x2, … and y1, y2, …."""
    inputs, targets = dataset.inputs.shape[1], dataset.targets.shape[1]
    return (
        *(dataset.input_names or tuple(f"x{k + 1}" for k in range(inputs))),
        *(dataset.target_names or (("y",) if targets == 1 else tuple(f"y{k + 1}" for k in range(targets)))),
    )


def joined(dataset: Dataset) -> tuple[Array, Array]:
    """Inputs and targets of all rows, (N, n_0) and (N, n_L)."""
    return (
        np.concatenate([dataset.inputs, dataset.held_out_inputs]),
        np.concatenate([dataset.targets, dataset.held_out_targets]),
    )


def table_of(dataset: Dataset) -> Array:
    """All rows and columns, (N, n_0 + n_L)."""
    return np.hstack(joined(dataset))


def _put_together(dataset: Dataset, inputs: Array, targets: Array, is_held: NDArray[np.bool_]) -> Dataset:
    parts = [inputs[~is_held], targets[~is_held], inputs[is_held], targets[is_held]]
    for k, part in enumerate(parts):
        parts[k] = np.ascontiguousarray(part, dtype=np.float64)
        parts[k].flags.writeable = False
    return replace(dataset, inputs=parts[0], targets=parts[1], held_out_inputs=parts[2], held_out_targets=parts[3])


def held_mask(dataset: Dataset) -> NDArray[np.bool_]:
    """Which rows are held out, (N,)."""
    return np.arange(row_count(dataset)) >= dataset.count


def with_cells(dataset: Dataset, cells: Iterable[tuple[int, int, float]]) -> Dataset:
    """Some cells changed, each given by row, column and number."""
    table, inputs = table_of(dataset), dataset.inputs.shape[1]
    for row, column, value in cells:
        table[row, column] = value
    return _put_together(dataset, table[:, :inputs], table[:, inputs:], held_mask(dataset))


def with_rows(dataset: Dataset, at: int, rows: Array) -> Dataset:
    """Rows to train on more, before row ``at``; (k, n_0 + n_L). Raises RunFileError when there would be too many."""
    if row_count(dataset) + len(rows) > MOST_SAMPLES:
        raise RunFileError("", f"a data set has at most {MOST_SAMPLES:,} rows")
    at, inputs = min(at, dataset.count), dataset.inputs.shape[1]
    table = np.insert(table_of(dataset), at, rows, axis=0)
    is_held = np.insert(held_mask(dataset), at, np.zeros(len(rows), dtype=np.bool_))
    return _put_together(dataset, table[:, :inputs], table[:, inputs:], is_held)


def without_rows(dataset: Dataset, rows: Sequence[int]) -> Dataset:
    """Some rows less; nothing may be left."""
    kept = np.ones(row_count(dataset), dtype=np.bool_)
    kept[list(rows)] = False
    inputs, targets = joined(dataset)
    return _put_together(dataset, inputs[kept], targets[kept], held_mask(dataset)[kept])


def with_held(dataset: Dataset, rows: Sequence[int], is_held: bool) -> Dataset:
    """Some rows held out, or taken to train on."""
    mask = held_mask(dataset)
    mask[list(rows)] = is_held
    return _put_together(dataset, *joined(dataset), mask)


def split_again(dataset: Dataset, share: float, seed: int) -> Dataset:
    """The same rows with another share of them held out, drawn from ``seed``; at least one is left to train on."""
    _, aside = split_held_out(row_count(dataset), share, seed)
    mask = np.zeros(row_count(dataset), dtype=np.bool_)
    mask[aside] = True
    return _put_together(dataset, *joined(dataset), mask)


def standardised(dataset: Dataset) -> Dataset:
    """Each input with mean 0 and deviation 1 over the rows to train on; RunFileError for numbers too large for that."""
    with np.errstate(all="ignore"):
        train, aside = standardise(dataset.inputs, dataset.held_out_inputs)
        is_usable = np.isfinite(dataset.inputs.std(axis=0)) & np.isfinite(aside).all(axis=0)
    if not is_usable.all():
        name = column_names(dataset)[int(np.argmin(is_usable))]
        raise RunFileError("", f"the numbers of {name} are too large to be standardised")
    return _put_together(dataset, np.concatenate([train, aside]), joined(dataset)[1], held_mask(dataset))


def renamed(dataset: Dataset, column: int, name: str) -> Dataset:
    """A column called something else; raises RunFileError for a name that is empty, long, or cannot be shown."""
    plain = name.strip()
    if not plain or len(plain) > MOST_NAME or not plain.isprintable():
        raise RunFileError("", f"a name has 1 to {MOST_NAME} characters that can be shown")
    names, inputs = list(column_names(dataset)), dataset.inputs.shape[1]
    names[column] = plain
    return replace(dataset, input_names=tuple(names[:inputs]), target_names=tuple(names[inputs:]))


def with_class(dataset: Dataset) -> Dataset:
    """One class more, of which there is no row yet: a column for each class, what was 0 and 1 becomes two of them.

    ``dataset`` holds classes: one column of 0 and 1, or one column for each of which one is 1.
    """
    inputs, targets = joined(dataset)
    if targets.shape[1] == 1:
        targets = np.hstack([1.0 - targets, targets])
    wider = np.hstack([targets, np.zeros((len(targets), 1))])
    known = dataset.target_names if len(dataset.target_names) == targets.shape[1] else ()
    names = (*(known or (str(k) for k in range(targets.shape[1]))), str(targets.shape[1]))
    return replace(_put_together(dataset, inputs, wider, held_mask(dataset)), target_names=names)


# Spreadsheets.


def typed_number(text: str) -> float | None:
    """A number as a person types it or a spreadsheet gives it: with a point or a decimal comma, any minus."""
    plain = text.strip().replace("\u2212", "-")
    if "," in plain and "." not in plain and plain.count(",") == 1:
        plain = plain.replace(",", ".")
    return strict_number(plain)


def pasted(dataset: Dataset, row: int, column: int, text: str) -> Dataset:
    """Cells from ``row`` and ``column`` on replaced by a pasted table; rows beyond the last are added to train on.

    The table has tabs between cells, as spreadsheets copy them. Added rows repeat 0 where the table has no column. Raises
    RunFileError naming row and column of what is no number, and a table wider than the data.
    """
    cells = _cells_of(text)
    names = column_names(dataset)
    width, count = len(names), row_count(dataset)
    if cells and column + max(len(line) for line in cells) > width:
        wide = max(len(line) for line in cells)
        raise RunFileError("", f"the table has {wide} columns; from {names[column]} on there are {width - column}")
    numbers = [
        [_number(cell, row + r, names[column + c]) for c, cell in enumerate(line)] for r, line in enumerate(cells)
    ]
    added = max(0, row + len(numbers) - count)
    if count + added > MOST_SAMPLES:
        raise RunFileError("", f"a data set has at most {MOST_SAMPLES:,} rows")
    table = np.vstack([table_of(dataset), np.zeros((added, width))])
    for r, line in enumerate(numbers):
        table[row + r, column : column + len(line)] = line
    is_held = np.concatenate([held_mask(dataset), np.zeros(added, dtype=np.bool_)])
    inputs = dataset.inputs.shape[1]
    return _put_together(dataset, table[:, :inputs], table[:, inputs:], is_held)


def _cells_of(text: str) -> list[list[str]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > MOST_SAMPLES:
        raise RunFileError("", f"a data set has at most {MOST_SAMPLES:,} rows")
    return [line.split("\t") for line in lines]


def _number(text: str, row: int, name: str) -> float:
    value = typed_number(text)
    if value is None:
        got = shown(text.strip()) if text.strip() else "nothing"
        raise RunFileError(f"row {row}, {name}", f"expected a number, got {got}")
    return value


def copied(dataset: Dataset, rows: Sequence[int], columns: Sequence[int]) -> str:
    """Cells as a table with tabs, every digit kept."""
    table = table_of(dataset)[np.ix_(list(rows), list(columns))]
    return "".join("\t".join(repr(value) for value in line) + "\n" for line in table.tolist())


def csv_text(dataset: Dataset, delimiter: str = ",") -> str:
    """The data set as CSV with a header, every digit kept; held-out rows are marked in a last column, if there are any."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    has_held = dataset.held_out_inputs.shape[0] > 0
    writer.writerow([*column_names(dataset), *([HELD_OUT] if has_held else [])])
    for line, is_held in zip(table_of(dataset).tolist(), held_mask(dataset).tolist(), strict=True):
        writer.writerow([*(repr(value) for value in line), *([int(is_held)] if has_held else [])])
    return out.getvalue()
