"""Rows as points: when they are some, what a class is, frames and ticks; and the form that makes data by name."""

from dataclasses import replace

import numpy as np
import pytest

from bpstudio.errors import RunFileError
from bpstudio.files.named_data import named_tables
from bpstudio.model.dataset import make_dataset
from bpstudio.viewstate.data_state import PointMode, PointSet, build_data_state, frame_of, handy, points_of, ticks_of
from bpstudio.viewstate.generator_state import TITLES, GeneratorDraft, generated


def point_set(inputs: list[list[float]], targets: list[list[float]]) -> PointSet:
    points, _ = points_of(make_dataset(np.array(inputs), np.array(targets)))
    assert points is not None
    return points


def test_a_column_of_0_and_1_is_two_classes() -> None:
    points = point_set([[1, 2], [3, 4]], [[1], [0]])
    assert points.mode is PointMode.CLASSES
    assert (points.kinds, points.kind.tolist()) == (("0", "1"), [1, 0])
    assert points.row(5.0, 6.0, 1).tolist() == [5.0, 6.0, 1.0]


def test_columns_of_which_one_is_1_are_as_many_classes() -> None:
    points = point_set([[1, 2], [3, 4], [5, 6]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert points.kind.tolist() == [2, 0, 1]
    assert points.row(0.0, 0.0, 1).tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]


def test_one_input_and_one_target_are_a_curve() -> None:
    points = point_set([[1], [2]], [[0.5], [0.7]])
    assert (points.mode, points.x.tolist(), points.y.tolist()) == (PointMode.CURVE, [1, 2], [0.5, 0.7])
    assert points.row(3.0, 4.0, 0).tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("inputs", "targets"), [([[1, 2, 3]], [[1]]), ([[1, 2]], [[0.5]]), ([[1, 2]], [[1, 1]]), ([[1, 2]], [[0, 0]])]
)
def test_other_rows_are_no_points_and_it_is_said_why(inputs: list[list[float]], targets: list[list[float]]) -> None:
    points, why_not = points_of(make_dataset(np.array(inputs), np.array(targets)))
    assert points is None
    assert why_not.startswith("Points can be painted")


def test_no_rows_are_no_points_yet() -> None:
    points, _ = points_of(make_dataset(np.empty((0, 2)), np.empty((0, 1))))
    assert points is not None
    assert (points.count, points.kinds) == (0, ("0", "1"))


def test_counts_are_told_in_words() -> None:
    state = build_data_state(make_dataset(np.zeros((10, 2)), np.zeros((10, 1)), held_out=0.3), "")
    assert state.counts == "7 rows to train on, 3 held out; 2 inputs, 1 target"


def test_a_frame_has_all_points_inside() -> None:
    points = point_set([[-40, 2], [100, 7]], [[1], [0]])
    frame = frame_of(points)
    assert frame.left < -40
    assert frame.right > 100
    assert frame.bottom < 2
    assert frame.top > 7
    assert frame_of(point_set([[0, 0]], [[1]])) == frame_of(point_set([[0.9, -1]], [[1]]))


@pytest.mark.parametrize(("low", "high"), [(-1.2, 1.2), (0.0, 1000.0), (172.0, 231.0), (-3e-7, 5e-7), (1e12, 3e12)])
def test_ticks_are_few_and_round(low: float, high: float) -> None:
    ticks = ticks_of(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-9 * abs(low) <= tick <= high * (1 + 1e-9) for tick in ticks)
    step = ticks[1] - ticks[0]
    assert f"{step:.0e}"[0] in "125"


def test_ticks_of_nothing_are_none() -> None:
    assert ticks_of(1.0, 1.0) == ()
    assert ticks_of(0.0, float("inf")) == ()


def test_a_painted_coordinate_is_short() -> None:
    assert handy(0.123456, 2.4) == 0.12
    assert handy(123.456, 60.0) == 123.5


# Data by name.


def test_the_form_has_every_data_set() -> None:
    assert set(TITLES) == set(named_tables())


@pytest.mark.parametrize("name", TITLES)
def test_each_is_made_from_what_stands_in_the_form(name: str) -> None:
    dataset = generated(GeneratorDraft(held_out="0.25", seed="4").named(name))
    assert dataset.count > 0
    assert abs(len(dataset.held_out_inputs) / (dataset.count + len(dataset.held_out_inputs)) - 0.25) < 0.1


def test_options_count() -> None:
    draft = GeneratorDraft("circles", samples="40", noise="0", is_standardised=True)
    dataset = generated(draft)
    assert dataset.count == 40
    assert np.allclose(dataset.inputs.std(axis=0), 1.0)
    assert generated(replace(draft, seed="1")) != dataset


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"samples": "1"}, "samples", "expected a whole number ≥ 2, got 1"),
        ({"samples": "many"}, "samples", 'expected a whole number ≥ 2, got "many"'),
        ({"noise": "-1"}, "noise", "expected a finite number ≥ 0 and < 1000, got -1.0"),
        ({"seed": ""}, "seed", 'expected a whole number ≥ 0, got ""'),
        ({"held_out": "0.95"}, "held_out", "expected a share from 0 to 0.9"),
    ],
)
def test_what_is_wrong_in_the_form_is_named(change: dict[str, str], place: str, sentence: str) -> None:
    with pytest.raises(RunFileError) as caught:
        generated(replace(GeneratorDraft(), **change))  # type: ignore[arg-type]
    assert (caught.value.place, caught.value.problem) == (place, sentence)
