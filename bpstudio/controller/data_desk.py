"""DataDesk: changes of the data by hand. It makes the new rows; the building side starts the run that trains on them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from bpstudio.controller.building import Building
from bpstudio.errors import BpstudioError
from bpstudio.explain.number_format import NumberFormat
from bpstudio.files import data_edits
from bpstudio.model.spec import Dataset
from bpstudio.viewstate import data_state

BY_HAND = "painted by hand"
CHANGED = ", changed by hand"


def _note_after(before: Dataset, after: Dataset) -> str:
    """What the data are called after a change by hand: not what they were made as."""
    if not data_edits.row_count(after) or before.note in ("", BY_HAND):
        return BY_HAND
    return before.note if before.note.endswith(CHANGED) else before.note + CHANGED


class DataDesk(QObject):
    """Each wish becomes a data set; what a wish is wrong about is ``said`` in one sentence and changes nothing."""

    said = Signal(str)

    def __init__(self, parent: QObject, building: Building) -> None:
        super().__init__(parent)
        self._building = building
        self._state: data_state.DataState | None = None
        self._state_of: tuple[object, ...] = ()

    @property
    def dataset(self) -> Dataset | None:
        """The rows as they are described now; perhaps none yet."""
        draft = self._building.draft
        return None if draft is None else draft.dataset

    @property
    def points(self) -> "data_state.PointSet | None":
        """The rows as points, if they are any."""
        state = self.state()
        return None if state is None else state.points

    def state(self, numbers: NumberFormat | None = None) -> "data_state.DataState | None":
        """What the panel shows, with ``numbers`` as they are to be written; None before anything is open."""
        dataset, problem = self.dataset, self._building.problem
        if dataset is None:
            return None
        known = (dataset, problem)
        if self._state is None or any(a is not b for a, b in zip(known, self._state_of, strict=True)):
            is_ours = problem is not None and problem.place.startswith("data")
            words = f"The run keeps its data: {problem.sentence}." if problem is not None and is_ours else ""
            self._state_of, self._state = known, data_state.build_data_state(dataset, words)
        if numbers is not None and self._state.numbers != numbers:
            self._state = replace(self._state, numbers=numbers)
        return self._state

    def current_row(self) -> int | None:
        """The row that is at work at this position of the run; None where the run trains on other rows by now."""
        session = self._building.session
        if session is None or session.spec.dataset is not self.dataset:
            return None
        rows = session.tape.rows
        sample = session.progress.sample
        return int(rows[sample]) if sample < len(rows) else None

    def use(self, dataset: Dataset, words: str, key: str = "") -> None:
        """Train on other rows."""
        self._building.set_dataset(dataset, words, key)

    def _edit(self, words: str, change: Callable[[Dataset], Dataset], key: str = "") -> None:
        dataset = self.dataset
        if dataset is None:
            return
        try:
            changed = change(dataset)
        except BpstudioError as error:
            self.said.emit(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        self.use(replace(changed, note=_note_after(dataset, changed)), words, key)

    # Points.

    def add_point(self, x: float, y: float, kind: int) -> None:
        """A point of a kind more, to train on."""
        points = self.points
        if points is not None:
            row = points.row(x, y, kind)[None, :]
            self._edit("add a point", lambda data: data_edits.with_rows(data, data.count, row))

    def move_point(self, row: int, x: float, y: float) -> None:
        """A point to another place; one that is gone meanwhile stays gone."""
        if not self._has_row(row):
            return
        self._edit(
            "move a point",
            lambda data: data_edits.with_cells(data, [(row, 0, x), (row, 1, y)]),
            f"move {row}",
        )

    def change_kind(self, row: int, kind: int) -> None:
        """A point of another kind."""
        points, dataset = self.points, self.dataset
        if points is None or dataset is None or not self._has_row(row):
            return
        inputs = dataset.inputs.shape[1]
        cells = [(row, inputs + k, float(value)) for k, value in enumerate(points.targets[kind])]
        self._edit("change the class of a point", lambda data: data_edits.with_cells(data, cells))

    def _has_row(self, row: int) -> bool:
        return self.dataset is not None and 0 <= row < data_edits.row_count(self.dataset)

    def add_class(self) -> None:
        """One class more to paint points of; the network gets an output for each class."""
        points = self.points
        if points is not None and points.mode is data_state.PointMode.CLASSES:
            self._edit("add a class", data_edits.with_class)

    # The table.

    def set_cell(self, row: int, column: int, text: str) -> None:
        """A number was typed into a cell."""
        dataset = self.dataset
        if dataset is None or not self._has_row(row):
            return
        value = data_edits.typed_number(text)
        if value is None:
            name = data_edits.column_names(dataset)[column]
            self.said.emit(f"Row {row}, {name}: not a number; write digits with a point, for example −0.25.")
        elif data_edits.table_of(dataset)[row, column] != value:
            self._edit(f"row {row}: {text.strip()}", lambda data: data_edits.with_cells(data, [(row, column, value)]))

    def add_row(self, at: int) -> None:
        """A row of zeros."""
        dataset = self.dataset
        if dataset is None:
            return
        width = dataset.inputs.shape[1] + dataset.targets.shape[1]
        self._edit("add a row", lambda data: data_edits.with_rows(data, at, np.zeros((1, width))))

    def remove_rows(self, rows: Sequence[int]) -> None:
        """Some rows less."""
        if rows:
            what = "a row" if len(rows) == 1 else f"{len(rows):,} rows"
            self._edit(f"remove {what}", lambda data: data_edits.without_rows(data, rows))

    def clear(self) -> None:
        """No rows at all: the run keeps its data until there are new ones."""
        dataset = self.dataset
        if dataset is not None:
            self.remove_rows(range(data_edits.row_count(dataset)))

    def hold_out(self, rows: Sequence[int], is_held: bool) -> None:
        """Hold some rows out, or train on them."""
        if rows:
            words = "hold rows out" if is_held else "train on held-out rows"
            self._edit(words, lambda data: data_edits.with_held(data, rows, is_held))

    def prepare(self, share: float, seed: int, is_standardised: bool) -> None:
        """Hold another share of the rows out, and standardise the inputs if that is wished."""

        def prepared(data: Dataset) -> Dataset:
            split = data_edits.split_again(data, share, seed)
            return data_edits.standardised(split) if is_standardised else split

        self._edit(f"hold out {share:.0%}" + (", standardise" if is_standardised else ""), prepared)

    def paste(self, row: int, column: int, text: str) -> None:
        """A table from a spreadsheet."""
        self._edit("paste a table", lambda data: data_edits.pasted(data, row, column, text))

    def rename(self, column: int, name: str) -> None:
        """Call a column something else."""
        dataset = self.dataset
        if dataset is None or data_edits.column_names(dataset)[column] == name.strip():
            return
        try:
            changed = data_edits.renamed(dataset, column, name)
        except BpstudioError as error:
            self.said.emit(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        self.use(changed, f"call a column {name.strip()}")

    def copied(self, rows: Sequence[int], columns: Sequence[int]) -> str:
        """Cells as a table for a spreadsheet."""
        dataset = self.dataset
        return "" if dataset is None else data_edits.copied(dataset, rows, columns)
