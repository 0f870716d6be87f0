"""Rows changed by hand: what is asked for changes and nothing else, and a table survives its way through a spreadsheet."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.errors import RunFileError
from bpstudio.files import data_edits as edits
from bpstudio.files.csv_data import read_table
from bpstudio.model.dataset import make_dataset
from bpstudio.model.spec import Dataset

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def rows(count: int = 6, held_out: float = 0.0) -> Dataset:
    table = np.arange(3.0 * count).reshape(count, 3)
    return make_dataset(table[:, :2], table[:, 2:], held_out=held_out, input_names=("a", "b"), target_names=("t",))


def test_a_cell_changes_and_nothing_else() -> None:
    before = edits.table_of(rows())
    after = edits.table_of(edits.with_cells(rows(), [(2, 1, -5.0), (5, 2, 0.5)]))
    assert np.argwhere(before != after).tolist() == [[2, 1], [5, 2]]
    assert (after[2, 1], after[5, 2]) == (-5.0, 0.5)


def test_cells_of_rows_held_out_change_too() -> None:
    dataset = rows(held_out=0.5)
    changed = edits.with_cells(dataset, [(4, 0, 99.0)])
    assert changed.inputs.tolist() == dataset.inputs.tolist()
    assert changed.held_out_inputs[1, 0] == 99.0


def test_rows_come_and_go() -> None:
    more = edits.with_rows(rows(), 2, np.array([[7.0, 8.0, 9.0]]))
    assert edits.table_of(more)[2].tolist() == [7.0, 8.0, 9.0]
    assert edits.table_of(edits.without_rows(more, [2])).tolist() == edits.table_of(rows()).tolist()
    assert edits.row_count(edits.without_rows(rows(), range(6))) == 0


def test_rows_are_held_out_and_taken_back() -> None:
    held = edits.with_held(rows(), [1, 4], True)
    assert held.held_out_inputs[:, 0].tolist() == [3.0, 12.0]
    assert held.count == 4
    assert edits.with_held(held, [4, 5], False).count == 6


def test_splitting_again_keeps_every_row_and_leaves_one_to_train_on() -> None:
    split = edits.split_again(rows(), 0.5, seed=3)
    assert (split.count, len(split.held_out_inputs)) == (3, 3)
    assert sorted(edits.table_of(split)[:, 0]) == sorted(edits.table_of(rows())[:, 0])
    assert edits.split_again(rows(2), 0.9, seed=0).count == 1


def test_what_comes_out_is_read_only_and_contiguous() -> None:
    changed = edits.with_cells(rows(held_out=0.3), [(0, 0, 1.0)])
    for part in (changed.inputs, changed.targets, changed.held_out_inputs, changed.held_out_targets):
        assert not part.flags.writeable
        assert part.flags.c_contiguous


@given(st.lists(st.lists(FINITE, min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_table_copied_and_pasted_is_the_same_to_the_bit(table: list[list[float]]) -> None:
    array = np.array(table)
    dataset = make_dataset(array[:, :2], array[:, 2:])
    text = edits.copied(dataset, range(len(table)), range(3))
    pasted = edits.pasted(rows(len(table)), 0, 0, text)
    assert edits.table_of(pasted).tobytes() == edits.table_of(dataset).tobytes()


def test_pasting_beyond_the_last_row_adds_rows() -> None:
    pasted = edits.pasted(rows(2), 1, 1, "1\t2\r\n3\t4\r\n\r\n")
    assert edits.table_of(pasted).tolist() == [[0.0, 1.0, 2.0], [3.0, 1.0, 2.0], [0.0, 3.0, 4.0]]


@pytest.mark.parametrize(
    ("text", "value"),
    [("−0.5", -0.5), ("0,25", 0.25), (" 1e3 ", 1000.0), ("1,234.5", None), ("1,2,3", None), ("١", None), ("nan", None)],
)
def test_numbers_as_people_type_them(text: str, value: float | None) -> None:
    assert edits.typed_number(text) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1\t2\n3\tred", 'row 1, b: expected a number, got "red"'),
        ("1\t\n", "row 0, b: expected a number, got nothing"),
        ("1\t2\t3\t4", "the table has 4 columns; from a on there are 3"),
    ],
)
def test_what_cannot_be_pasted_is_said_with_row_and_column(text: str, sentence: str) -> None:
    with pytest.raises(RunFileError) as caught:
        edits.pasted(rows(), 0, 0, text)
    assert str(caught.value) == sentence


def test_csv_holds_every_digit_a_header_and_what_is_held_out() -> None:
    dataset = make_dataset(np.array([[0.1, 1 / 3], [2.0, 5e-324]]), np.array([[1.0], [0.0]]), held_out=0.5)
    lines = list(csv.reader(io.StringIO(edits.csv_text(dataset, "\t")), delimiter="\t"))
    assert lines[0] == ["x1", "x2", "y", "held_out"]
    assert [[float(cell) for cell in line[:3]] for line in lines[1:]] == edits.table_of(dataset).tolist()
    assert [line[3] for line in lines[1:]] == ["0", "1"]


def test_what_is_exported_can_be_read_by_a_run_file() -> None:
    table = read_table(edits.csv_text(rows()).encode(), "t.csv", needs_header=True)
    assert table.numbers(table.column("b", "")) == rows().inputs[:, 1].tolist()


def test_a_million_rows_are_the_most() -> None:
    many = make_dataset(np.zeros((1_000_000, 1)), np.zeros((1_000_000, 1)))
    with pytest.raises(RunFileError, match="at most 1,000,000 rows"):
        edits.with_rows(many, 0, np.zeros((1, 2)))


def test_standardised_inputs_are_measured_on_the_rows_to_train_on() -> None:
    dataset = edits.standardised(rows(8, held_out=0.25))
    assert np.allclose(dataset.inputs.mean(axis=0), 0.0)
    assert np.allclose(dataset.inputs.std(axis=0), 1.0)
    assert dataset.held_out_targets.tolist() == rows(8, held_out=0.25).held_out_targets.tolist()
    huge = make_dataset(np.array([[1.0, 1e308], [2.0, -1e308]]), np.zeros((2, 1)))
    with pytest.raises(RunFileError, match="the numbers of x2 are too large to be standardised"):
        edits.standardised(huge)
