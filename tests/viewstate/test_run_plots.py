"""What the plots over the run say: lines, names, numbers read off, smoothing."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.explain.number_format import NumberFormat, NumberStyle
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import ActivationName, NotationName, PenaltySpec
from bpstudio.session.branches import OptimizerEdit
from bpstudio.session.measures import Group
from bpstudio.session.recorder import Measurer
from bpstudio.session.session import Session
from bpstudio.viewstate.plots_state import LinesState, Stroke
from bpstudio.viewstate.run_plots import Choices, Norm, accuracy_state, loss_state, norms_state, units_state
from bpstudio.viewstate.smoothing import MovingMean, moving_mean
from tests.support.specs import run_spec


def measured(name: str, iterations: int) -> tuple[Session, Measurer]:
    session = Session(open_run(name))
    session.run_iterations(iterations)
    measurer = Measurer(session)
    for state in measurer.missing(list(Group)):
        measurer.measure(*state)
    return session, measurer


def names_of(state: LinesState) -> list[str]:
    return [line.name for line in state.lines]


def test_loss_has_its_batches_its_mean_and_held_out_rows() -> None:
    session, measurer = measured("iris", 40)
    table = measurer.table(Group.QUALITY)
    state = loss_state(session, table, Choices(smoothing=10), MovingMean(), None)
    assert names_of(state) == ["mean of 10", "loss", "held out"]
    assert state.lines[1].style.stroke is Stroke.FAINT
    losses = session.losses.values
    assert state.lines[0].y[25] == pytest.approx(np.mean(losses[16:26]), rel=1e-12)
    plain = loss_state(session, table, Choices(), MovingMean(), None)
    assert names_of(plain) == ["loss", "held out"]
    assert plain.read(7).text == f"iteration 7, loss {float(losses[7])!r}, held out {float(table.values[7, 3])!r}"


def test_a_penalty_is_not_part_of_what_is_measured_on_held_out_rows_and_that_is_said() -> None:
    session = Session(replace(open_run("iris"), penalty=PenaltySpec(l2=0.1)))
    session.run_iterations(3)
    table = Measurer(session).table(Group.QUALITY)
    assert "held out, without penalty" in names_of(loss_state(session, table, Choices(), MovingMean(), None))


def test_other_branches_are_behind_by_name_the_compared_one_first() -> None:
    session, _ = measured("xor", 30)
    for rate in (0.5, 0.25):
        session.switch_branch(0)
        session.seek(iteration=10)
        session.edit(OptimizerEdit(replace(session.spec.optimizer, learning_rate=rate)))
        session.run_iterations(12)
    session.rename_branch(1, "half")
    state = loss_state(session, None, Choices(), MovingMean(), 1)
    assert names_of(state) == ["loss", "half", "the run as it began"]
    assert state.end == 30
    assert "half 0." in state.read(15).text
    assert "half 0." not in state.read(None).text


def test_accuracy_is_a_share_in_percent_and_only_of_classes() -> None:
    session, measurer = measured("iris", 40)
    state = accuracy_state(session, measurer.table(Group.QUALITY), Choices())
    assert names_of(state) == ["training set", "held out", "batch"]
    assert state.bounds == (0.0, 1.0)
    share = measurer.table(Group.QUALITY).values[40, 1]
    assert f"training set {100 * share:.3g} %" in state.read(None).text
    session, measurer = measured("mazur", 2)
    empty = accuracy_state(session, measurer.table(Group.QUALITY), Choices())
    assert empty.is_empty
    assert "does not classify" in empty.read(None).text


def test_numbers_are_written_as_was_chosen_and_copied_with_a_point() -> None:
    session, measurer = measured("iris", 40)
    table = measurer.table(Group.QUALITY)
    comma = Choices(numbers=NumberFormat(3, NumberStyle.FIXED, decimal_comma=True))
    state = loss_state(session, table, comma, MovingMean(), None)
    loss = float(session.losses.values[39])
    assert f"loss {loss:.3f}".replace(".", ",") in state.read(None).text
    assert f"loss {loss!r}".replace(".", ",") in state.read(39).text
    assert state.tsv == loss_state(session, table, Choices(), MovingMean(), None).tsv
    accuracy = accuracy_state(session, table, comma).read(7)
    assert "." not in accuracy.text
    assert [entry for entry in accuracy.entries if "," in entry.text]


def test_layers_are_called_as_in_the_notation() -> None:
    session, measurer = measured("xor", 5)
    table = measurer.table(Group.NORMS)
    theta = norms_state(session, table, Choices(notation=NotationName.THETA))
    code = norms_state(session, table, Choices(notation=NotationName.CODE))
    assert names_of(theta) == ["layer 2", "layer 3"]
    assert names_of(code) != names_of(theta)
    ratio = norms_state(session, table, Choices(norm=Norm.STEP))
    assert ratio.lines[1].y.tolist() == table.values[:, 3].tolist()
    assert len({line.style for line in theta.lines}) == 2


def test_idle_units_are_counted_of_how_many() -> None:
    spec = run_spec((2, 4, 1), (ActivationName.RELU, ActivationName.IDENTITY), samples=3)
    session = Session(spec)
    measurer = Measurer(session)
    session.tape.layers[0].activation[:2] = 0.0
    session.tape.layers[0].activation[2:] = 1.0
    measurer.look(Group.UNITS)
    state = units_state(session, measurer.table(Group.UNITS), Choices())
    assert state.read(None).text == "iteration 0, layer 2 dead 2 of 4"
    none = run_spec((2, 1), (ActivationName.IDENTITY,), samples=3)
    measurer = Measurer(Session(none))
    assert "No layer" in units_state(Session(none), measurer.table(Group.UNITS), Choices()).note


def test_nothing_is_read_before_anything_is_known() -> None:
    session = Session(open_run("xor"))
    state = loss_state(session, None, Choices(), MovingMean(), None)
    assert state.is_empty
    assert state.read(None).text == state.read(3).text == "no iteration computed yet"
    assert state.snapped(0.0) is state.neighbour(0.0, 1) is None


def test_the_same_run_at_the_same_place_is_the_same_state() -> None:
    session, measurer = measured("iris", 10)
    table = measurer.table(Group.QUALITY)
    first = loss_state(session, table, Choices(), MovingMean(), None)
    assert first == loss_state(session, table, Choices(), MovingMean(), None)
    session.run_iterations(1)
    assert first != loss_state(session, table, Choices(), MovingMean(), None)


# Smoothing.

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 1e300])


@given(st.lists(NUMBERS, max_size=60), st.integers(1, 25))
def test_the_moving_mean_is_the_mean_of_the_last_finite_values(values: list[float], window: int) -> None:
    found = moving_mean(np.array(values, dtype=float), window)
    for place in range(len(values)):
        part = [value for value in values[max(0, place - window + 1) : place + 1] if math.isfinite(value)]
        expected = math.fsum(value / len(part) for value in part) if part else math.nan
        np.testing.assert_allclose(found[place], expected, rtol=1e-9, atol=1e-9)


def test_an_explosion_is_forgotten_after_the_window() -> None:
    values = np.ones(100)
    values[20] = 1e300
    found = moving_mean(values, 10)
    assert found[19] == 1.0
    assert (found[30:] == 1.0).all()


@pytest.mark.parametrize("window", [1, 7, 64])
def test_growing_gives_what_starting_afresh_gives(window: int) -> None:
    values = np.random.default_rng(1).normal(size=1000)
    growing = MovingMean()
    for count in (3, 64, 65, 500, 1000):
        found = growing.of(values[:count], window, "run")
        np.testing.assert_allclose(found, moving_mean(values[:count], window), rtol=1e-12, atol=1e-15)
    assert len(growing.of(values[:5], window, "another")) == 5
