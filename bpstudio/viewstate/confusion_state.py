"""Confusions, as shown: for each class how many rows were taken for which class, on training and held-out rows."""

import numpy as np

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.quality import is_classifier
from bpstudio.model.spec import Array, RunSpec
from bpstudio.records import dataclass
from bpstudio.viewstate.plots_state import Entry, Readout

Place = tuple[int, int, int]
"""Which matrix, which row, which column."""
NOT_CLASSES = "This run does not classify: its loss is no cross-entropy, and its targets are not all 0 or 1."
NO_NUMBER = "NaN"


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Counts of one set of rows: ``counts[true][said]``; the last column is there only if some outputs are NaN."""

    name: str
    counts: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(sum(row) for row in self.counts)

    @property
    def right(self) -> int:
        """How many were taken for what they are."""
        return sum(row[index] for index, row in enumerate(self.counts))

    def share(self, row: int, column: int) -> float:
        """Of the rows of a class, the share taken for another (or itself); 0 for a class without rows."""
        total = sum(self.counts[row])
        return self.counts[row][column] / total if total else 0.0


@dataclass(frozen=True, slots=True)
class ConfusionState:
    """All matrices of a moment, with the classes' names for rows and for columns."""

    title: str
    iteration: int
    matrices: tuple[ConfusionMatrix, ...] = ()
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    note: str = ""
    numbers: NumberFormat = NumberFormat()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.matrices

    def snapped(self, place: Place) -> Place | None:
        """The cell, if there is one."""
        matrix, row, column = place
        is_there = 0 <= matrix < len(self.matrices) and 0 <= row < len(self.classes) and 0 <= column < len(self.columns)
        return place if is_there else None

    def neighbour(self, place: Place | None, by: int) -> Place | None:
        """The cell so many further on, row by row, matrix by matrix."""
        if not self.matrices:
            return None
        rows, columns = len(self.classes), len(self.columns)
        if place is None:
            return (0, 0, 0) if by > 0 else (len(self.matrices) - 1, rows - 1, columns - 1)
        matrix, row, column = place
        flat = (matrix * rows + row) * columns + column + by
        flat = min(max(flat, 0), len(self.matrices) * rows * columns - 1)
        return flat // (rows * columns), flat // columns % rows, flat % columns

    def goal(self, place: Place) -> int | None:
        """A cell is no place in the run."""
        return None

    def read(self, place: Place | None) -> Readout:
        """A cell in words; without one how many are right."""
        if not self.matrices:
            return Readout("", (), self.note)
        count = self.numbers.count
        if place is None:
            entries = tuple(
                Entry(None, matrix.name, f"{count(matrix.right)} of {count(matrix.total)} right")
                for matrix in self.matrices
            )
            return Readout(f"iteration {count(self.iteration)}", entries, self.note)
        index, row, column = place
        matrix = self.matrices[index]
        share = self.numbers.significant(3).format(100.0 * matrix.share(row, column))
        part, whole = count(matrix.counts[row][column]), count(sum(matrix.counts[row]))
        words = f"{part} of {whole} taken for {self.columns[column]} ({share} %)"
        return Readout(matrix.name, (Entry(None, self.classes[row], words),), self.note)

    @property
    def tsv(self) -> str:
        """All matrices, one below the other."""
        rows = []
        for matrix in self.matrices:
            rows.append("\t".join([f"{matrix.name}: is \\ taken for", *self.columns]))
            for name, counts in zip(self.classes, matrix.counts, strict=True):
                rows.append("\t".join([name, *map(str, counts)]))
        return "\n".join(rows) + "\n"


def class_names(spec: RunSpec) -> tuple[str, ...]:
    """What the classes are called: the targets' names, or their numbers; with one output, 0 and 1."""
    names, outputs = spec.dataset.target_names, spec.network.sizes[-1]
    if outputs == 1:
        return ("0", "1")
    return names if len(names) == outputs else tuple(str(number) for number in range(outputs))


def confusion_state(
    spec: RunSpec, iteration: int, training: Array, held_out: Array | None, note: str = ""
) -> ConfusionState:
    """The state of a moment's confusions, (K, K + 1) each."""
    found = [("training", training)] + ([] if held_out is None else [("held out", held_out)])
    classes = class_names(spec)
    has_nan = any(counts[:, -1].any() for _, counts in found)
    columns = (*classes, NO_NUMBER) if has_nan else classes
    matrices = tuple(
        ConfusionMatrix(name, tuple(tuple(int(n) for n in row[: len(columns)]) for row in counts.astype(np.int64)))
        for name, counts in found
    )
    return ConfusionState(f"Confusions: {spec.title}", iteration, matrices, classes, columns, note)


def no_confusion(spec: RunSpec, iteration: int) -> ConfusionState | None:
    """Why there is none, or None if there is."""
    if is_classifier(spec):
        return None
    return ConfusionState(f"Confusions: {spec.title}", iteration, note=NOT_CLASSES)
