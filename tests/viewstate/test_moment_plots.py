"""What the plots of one moment say: contours, boundaries, confusions, histograms, the slope of the loss."""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bpstudio.explain.number_format import FULL_PRECISION, NumberFormat, NumberStyle
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import NotationName, OptimizerSpec
from bpstudio.session.looks import Direction, confusions, loss_line, responses
from bpstudio.session.measures import Group, Probe, Spread, values_of
from bpstudio.session.recorder import Measurer
from bpstudio.session.session import Session
from bpstudio.viewstate.boundary_state import BoundaryState, Pane, boundary_state, extent_of, no_boundary
from bpstudio.viewstate.confusion_state import ConfusionState, class_names, confusion_state, no_confusion
from bpstudio.viewstate.contour import contour
from bpstudio.viewstate.histogram_state import BINS, HistogramState, heat_of, histogram_state, shares
from bpstudio.viewstate.slope_state import SlopeState, slope_state


def at(name: str, iteration: int) -> Session:
    session = Session(open_run(name))
    session.run_iterations(iteration)
    return session


# Contours.


def test_the_contour_of_a_circle_is_a_circle() -> None:
    x, y = np.linspace(-2, 2, 81), np.linspace(-1.5, 1.5, 61)
    xs, ys = contour(x, y, np.hypot(*np.meshgrid(x, y)), 1.0)
    assert len(xs) > 100
    np.testing.assert_allclose(np.hypot(xs, ys), 1.0, atol=2e-3)
    length = np.hypot(np.diff(xs)[::2], np.diff(ys)[::2]).sum()
    assert length == pytest.approx(2 * math.pi, rel=1e-2)


def test_the_contour_of_a_plane_is_exact_and_nothing_is_drawn_through_nan() -> None:
    x, y = np.linspace(0, 1, 5), np.linspace(0, 1, 4)
    across, up = np.meshgrid(x, y)
    values = across + 2 * up
    xs, ys = contour(x, y, values, 1.3)
    np.testing.assert_allclose(xs + 2 * ys, 1.3, rtol=1e-12)
    values[:] = np.nan
    assert len(contour(x, y, values, 0.5)[0]) == 0
    assert len(contour(x, y, across, 7.0)[0]) == 0


# Boundaries.


def boundary(name: str, iteration: int, selected: tuple[int, int] | None = None) -> BoundaryState:
    session = at(name, iteration)
    spec = session.spec
    found = responses(Probe(spec), session.engine.state(), *extent_of(spec))
    return boundary_state(spec, iteration, found, selected, NotationName.THETA, 0)


def test_the_boundary_of_trained_xor_parts_its_classes() -> None:
    state = boundary("xor", 2000, (1, 0))
    assert [pane.name for pane in state.panes] == ["output", "layer 2, unit 1"]
    assert len(state.panes[0].line[0]) > 0
    for (x, y), target in (((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)):
        row, column = int(np.argmin(abs(state.y - y))), int(np.argmin(abs(state.x - x)))
        assert (state.panes[0].values[row, column] >= 0.5) == (target == 1.0)
    assert state.read((0.0, 1.0)).text.endswith("row 1: target 1")
    assert state.snapped((9.0, 0.0)) is None
    assert state.goal((0.0, 0.0)) is None


def test_arrows_go_from_point_to_point() -> None:
    state = boundary("xor", 1)
    places = [state.neighbour(None, 1)]
    for _ in range(4):
        places.append(state.neighbour(places[-1], 1))
    assert places == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (1.0, 1.0)]


def test_only_two_inputs_have_a_plane() -> None:
    found = no_boundary(open_run("iris"), 0)
    assert found is not None
    assert found.is_empty
    assert "this one has 4" in found.read(None).text
    assert no_boundary(open_run("xor"), 0) is None


# Confusions.


def confused(name: str, iteration: int) -> ConfusionState:
    session = at(name, iteration)
    return confusion_state(session.spec, iteration, *confusions(Probe(session.spec), session.engine.state()))


def test_confusions_are_read_as_shares_of_their_class() -> None:
    state = confused("iris", 60)
    assert state.classes == class_names(open_run("iris")) == ("setosa", "versicolor", "virginica")
    matrix = state.matrices[0]
    assert matrix.total == 120
    assert sum(matrix.share(1, column) for column in range(3)) == pytest.approx(1.0)
    assert state.read((0, 0, 0)).text.startswith(f"training, setosa {matrix.counts[0][0]} of")
    assert state.tsv.splitlines()[1].split("\t")[1:] == [str(n) for n in matrix.counts[0]]


def test_arrows_go_from_cell_to_cell_and_from_matrix_to_matrix() -> None:
    state = confused("iris", 1)
    assert state.neighbour(None, 1) == (0, 0, 0)
    assert state.neighbour((0, 0, 2), 1) == (0, 1, 0)
    assert state.neighbour((0, 2, 2), 1) == (1, 0, 0)
    assert state.neighbour((0, 0, 0), -1) == (0, 0, 0)
    assert state.snapped((0, 3, 0)) is None


def test_outputs_that_are_not_numbers_have_a_column_of_their_own() -> None:
    spec = open_run("xor")
    counts = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    state = confusion_state(spec, 0, counts, None)
    assert state.columns == ("0", "1", "NaN")
    assert state.matrices[0].right == 2
    nothing = no_confusion(open_run("mazur"), 0)
    assert nothing is not None and "does not classify" in nothing.note


# Histograms.


def histogram(name: str, iteration: int, where: tuple[int, Spread]) -> HistogramState:
    session = at(name, iteration)
    measurer = Measurer(session)
    for state in measurer.missing([Group.SPREAD]):
        measurer.measure(*state)
    now = values_of(session.tape, *where)
    table = measurer.table(Group.SPREAD)
    return histogram_state("t", "weights", where, iteration, iteration, table, now, None, 0)


def test_histograms_read_the_exact_median_and_extremes() -> None:
    state = histogram("iris", 30, (1, Spread.WEIGHT))
    session = Session(open_run("iris"))
    session.seek(iteration=17)
    values = values_of(session.tape, 1, Spread.WEIGHT)
    row = state.quantiles[17]
    assert (row[0], row[4]) == (values.min(), values.max())
    assert np.sum(values < row[2]) <= 16 <= np.sum(values <= row[2])
    assert state.read(17).text.startswith(f"iteration 17, least {FULL_PRECISION.format(float(values.min()))}")
    assert state.snapped(16.8) == state.goal(17.2) == state.neighbour(16, 1) == 17
    assert state.heat.shape == (BINS, 31)
    np.testing.assert_allclose(np.nansum(state.heat, axis=0), 1.0)


def test_the_heat_has_the_shares_of_the_values() -> None:
    values = np.sort(np.random.default_rng(0).normal(size=33))
    heat = heat_of(values[None, :], -3.0, 3.0)[0]
    edges = np.linspace(-3, 3, BINS + 1)
    cumulated = np.interp(edges[1:], values, np.linspace(0, 1, 33))
    np.testing.assert_allclose(np.cumsum(heat), cumulated, atol=0.02)
    few = np.repeat([-2.0, 0.0, 1.0], 11)
    alone = heat_of(few[None, :], -3.0, 3.0, is_all=True)[0]
    np.testing.assert_allclose(alone[alone > 0.0], 1 / 3)


def test_what_is_the_same_everywhere_and_what_is_not_finite_can_be_shown() -> None:
    assert shares(np.array([np.nan, 1.0, 2.0, np.inf]), 1.0, 2.0).sum() == 0.5
    assert np.isfinite(shares(np.array([1e308, -1e308]), -1e308, 1e308)).all()
    assert heat_of(np.full((2, 33), np.nan), 0.0, 1.0).sum() == 0.0
    session = Session(open_run("xor"))
    table = Measurer(session).table(Group.SPREAD)
    state = histogram_state("t", "w", (1, Spread.WEIGHT), 0, 0, table, np.zeros(3), None, 0)
    assert state.is_empty
    assert state.low < 0.0 < state.high


# The slope of the loss.


def slope(rate: float, direction: Direction = Direction.GRADIENT) -> SlopeState:
    spec = replace(open_run("xor"), optimizer=OptimizerSpec(learning_rate=rate))
    line = loss_line(Probe(spec), 0, Session(spec).engine.state(), direction)
    return slope_state(spec.title, 0, line, 0)


def test_the_slope_says_what_was_predicted_and_what_came() -> None:
    state = slope(1.0)
    line = state.line
    assert line is not None
    first, tangent = state.lines
    middle = int(np.argmin(abs(line.places)))
    assert tangent.y[middle] == pytest.approx(first.y[middle], abs=0.05)
    assert {spot.name: spot.x for spot in state.spots} == {"now": 0.0, "after the update": 1.0, "predicted": 1.0}
    assert state.goal(line.landing) == 1
    assert state.goal(0.0) is None
    low, high = state.bounds
    assert low < min(spot.y for spot in state.spots) and max(spot.y for spot in state.spots) < high
    assert "predicted −" in state.read(None).text


def test_a_slope_that_explodes_has_finite_bounds() -> None:
    state = slope(1e308)
    assert all(math.isfinite(bound) for bound in state.bounds)
    assert state.tsv.count("\n") > 9


# How numbers are written.

COMMA = NumberFormat(3, NumberStyle.FIXED, decimal_comma=True)


def test_a_decimal_comma_is_taken_by_every_number_read_and_by_none_that_is_copied() -> None:
    states: tuple[Any, ...] = (
        slope(1.0),
        boundary("moons", 3, (1, 1)),
        histogram("iris", 3, (1, Spread.WEIGHT)),
        confused("iris", 3),
    )
    places = (0.123, (0.21, 0.32), 2, (0, 1, 1))
    for state, place in zip(states, places, strict=True):
        shown = replace(state, numbers=COMMA)
        for readout in (shown.read(None), shown.read(place)):
            texts = [readout.head, *(text for entry in readout.entries for text in (entry.text, entry.short))]
            assert not [text for text in texts if re.search(r"\d\.\d", text)]
        assert shown != state
        assert shown.tsv == state.tsv


def test_a_slope_shows_its_numbers_as_the_window_does_and_in_full_at_a_place() -> None:
    state = replace(slope(1.0), numbers=COMMA)
    line = state.line
    assert line is not None
    assert state.read(None).entries[1].text == COMMA.format(line.predicted)
    entry = state.read(0.0).entries[0]
    loss = float(line.losses[int(np.argmin(abs(line.places)))])
    assert (entry.short, float(entry.text.replace(",", "."))) == (COMMA.format(loss), loss)


def test_the_ends_of_the_colours_take_the_decimal_comma() -> None:
    state = replace(boundary("moons", 3), numbers=COMMA)
    assert state.bar_words(state.panes[0]) == ("1", "0,5", "0")


@pytest.mark.parametrize(
    ("broken", "words"), [(np.nan, "NaN everywhere"), (np.inf, "not finite everywhere"), (None, "")]
)
def test_a_map_of_nothing_finite_says_so(broken: float | None, words: str) -> None:
    state = boundary("moons", 3)
    pane = state.panes[0]
    if broken is not None:
        pane = replace(pane, values=np.full_like(pane.values, broken))
    shown = replace(state, panes=(pane,))
    entry = shown.read(None).entries[0]
    assert (entry.text, entry.is_finite, pane.is_broken) == (words, broken is None, broken is not None)
    assert shown.bar_words(pane) == (("1", "0.5", "0") if broken is None else (words.rpartition(" ")[0],))


def test_a_map_of_classes_with_a_hole_says_so() -> None:
    shares = np.full((3, 4, 3), 1.0 / 3.0)
    shares[0, 0, 1] = np.nan
    pane = Pane("output", shares, 0.0, 0.5, 1.0, (np.empty(0), np.empty(0)))
    assert (pane.broken_words, pane.is_broken) == ("NaN in part", False)
