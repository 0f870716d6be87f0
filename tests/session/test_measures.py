"""What is measured of iterations: against gradients and sums written out here, and against another way to get there."""

from dataclasses import replace

import numpy as np
import pytest

from bpstudio.files.run_file import open_run
from bpstudio.model.quality import held_out_quality, training_quality
from bpstudio.model.spec import ActivationName, Array, LossName, OptimizerSpec, RunSpec, TrainingSpec
from bpstudio.session.branches import OptimizerEdit
from bpstudio.session.measures import (
    QUANTILES,
    Group,
    Probe,
    Spread,
    measure_tape,
    most_rows,
    spread_columns,
    values_of,
    width,
)
from bpstudio.session.recorder import MOST_ROWS, MOST_SPARE, Detail, Measurer, wanted_states
from bpstudio.session.session import KeptStates, Session
from tests.support.specs import run_spec

TANH, RELU, IDENTITY = ActivationName.TANH, ActivationName.RELU, ActivationName.IDENTITY


def own_gradients(spec: RunSpec, state: Array) -> list[tuple[Array, Array, Array]]:
    """For a tanh–identity network with squared error: (w, ∂loss/∂w, ∂loss/∂b) of both layers, by the chain rule on matrices."""
    sizes, x, t = spec.network.sizes, spec.dataset.inputs, spec.dataset.targets
    first = state[: sizes[1] * (sizes[0] + 1)].reshape(sizes[1], -1)
    second = state[first.size : first.size + sizes[2] * (sizes[1] + 1)].reshape(sizes[2], -1)
    a = np.tanh(x @ first[:, :-1].T + first[:, -1])
    error = (a @ second[:, :-1].T + second[:, -1] - t) / len(x)
    below = (error @ second[:, :-1]) * (1.0 - a**2)
    return [
        (first[:, :-1], below.T @ x, below.sum(axis=0)),
        (second[:, :-1], error.T @ a, error.sum(axis=0)),
    ]


def test_norms_are_those_of_gradients_written_out_here() -> None:
    spec = run_spec((3, 5, 2), (TANH, IDENTITY), samples=7)
    session = Session(spec)
    session.seek(iteration=4)
    found = measure_tape(Group.NORMS, session.tape)
    rate = spec.optimizer.learning_rate
    for layer, (w, dw, db) in enumerate(own_gradients(spec, session.engine.state())):
        norm = np.sqrt((dw**2).sum() + (db**2).sum())
        ratio = rate * np.sqrt((dw**2).sum()) / np.sqrt((w**2).sum())
        np.testing.assert_allclose(found[[layer, 2 + layer]], [norm, ratio], rtol=1e-10)


def test_norms_of_huge_gradients_do_not_overflow_on_the_way() -> None:
    spec = run_spec((2, 2), (IDENTITY,), samples=1)
    tape = Session(spec).tape
    tape.vectors.gradient[:] = 1e200
    assert measure_tape(Group.NORMS, tape)[0] == pytest.approx(1e200 * np.sqrt(tape.vectors.gradient.size))
    tape.vectors.gradient[0] = np.inf
    assert measure_tape(Group.NORMS, tape)[0] == np.inf
    tape.vectors.gradient[0] = np.nan
    assert np.isnan(measure_tape(Group.NORMS, tape)[0])


def test_dead_and_saturated_units_are_counted_over_the_whole_batch() -> None:
    spec = run_spec((2, 4, 3, 1), (RELU, TANH, IDENTITY), samples=3)
    tape = Session(spec).tape
    relu, tanh = tape.layers[0].activation, tape.slopes(2)
    relu[:] = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0], [2, 2, 2]])
    tanh[:] = np.array([[1e-4, 1e-5, 0], [1e-4, 0.5, 0], [1, 1, 1]])
    assert measure_tape(Group.UNITS, tape).tolist() == [2.0, 1.0, 0.0]


@pytest.mark.parametrize("spread", Spread)
def test_spreads_are_order_statistics(spread: Spread) -> None:
    spec = run_spec((3, 20, 4), (TANH, IDENTITY), samples=11)
    tape = Session(spec).tape
    found = measure_tape(Group.SPREAD, tape)
    assert found.size == width(Group.SPREAD, spec)
    for layer in (1, 2):
        values = np.sort(values_of(tape, layer, spread))
        part = found[spread_columns(layer, spread)]
        assert (part[0], part[QUANTILES - 1], part[-1]) == (values[0], values[-1], 0.0)
        assert set(part[:-1]) <= set(values)
        ranks = np.searchsorted(values, part[:-1]) / (values.size - 1)
        np.testing.assert_allclose(ranks, np.linspace(0, 1, QUANTILES), atol=0.51 / (values.size - 1))


def test_spreads_of_very_many_values_keep_the_extremes_of_all() -> None:
    tape = Session(run_spec((300, 200, 1), (TANH, IDENTITY), samples=2)).tape
    values = values_of(tape, 1, Spread.WEIGHT)
    found = measure_tape(Group.SPREAD, tape)[spread_columns(1, Spread.WEIGHT)]
    assert values.size == 60_000
    assert (found[0], found[QUANTILES - 1]) == (values.min(), values.max())
    assert (np.diff(found[:-1]) >= 0.0).all()
    exact = np.quantile(values, np.linspace(0, 1, QUANTILES))
    np.testing.assert_allclose(found[:-1], exact, atol=0.02 * (values.max() - values.min()))


def test_values_that_are_not_finite_are_counted_apart() -> None:
    tape = Session(run_spec((2, 2, 1), (TANH, IDENTITY), samples=2)).tape
    tape.layers[0].activation[:] = [[1.0, np.nan], [np.inf, -2.0]]
    part = measure_tape(Group.SPREAD, tape)[spread_columns(1, Spread.ACTIVATION)]
    assert (part[0], part[QUANTILES - 1], part[-1]) == (-2.0, 1.0, 0.5)
    tape.layers[0].activation[:] = np.nan
    part = measure_tape(Group.SPREAD, tape)[spread_columns(1, Spread.ACTIVATION)]
    assert np.isnan(part[:-1]).all() and part[-1] == 1.0


def test_quality_is_that_of_the_run_itself_and_of_its_batch() -> None:
    session = Session(open_run("iris"))
    session.seek(iteration=37)
    training, held_out = training_quality(session.engine), held_out_quality(session.engine)
    assert training is not None and held_out is not None
    tape = session.tape
    batch = np.mean(np.argmax(tape.layers[-1].activation, axis=0) == np.argmax(tape.targets, axis=0))
    found = Probe(session.spec).measure(Group.QUALITY, 37, session.engine.state())
    assert found.tolist() == [training.loss, training.accuracy, batch, held_out.loss, held_out.accuracy]


def test_quality_does_not_exist_without_classes_or_held_out_rows() -> None:
    spec = run_spec((2, 3, 1), (TANH, IDENTITY), samples=3, loss=LossName.SQUARED_ERROR)
    session = Session(spec)
    found = Probe(spec).measure(Group.QUALITY, 0, session.engine.state())
    assert np.isnan(found[1:]).all()
    assert found[0] == pytest.approx(session.tape.losses.data)


def test_of_very_many_rows_an_evenly_spaced_part_is_measured() -> None:
    spec = open_run("iris")
    assert most_rows(spec) > spec.dataset.count
    wide = run_spec((784, 400, 10), (TANH, IDENTITY), samples=2)
    assert 100 <= most_rows(wide) <= 50_000_000 // (784 * 400)


# The table.


def filled(session: Session, *groups: Group) -> Measurer:
    measurer = Measurer(session)
    for state in measurer.missing(groups):
        assert measurer.measure(*state)
    return measurer


def test_the_past_is_measured_without_moving_the_session() -> None:
    session = Session(open_run("iris"))
    session.run_iterations(50)
    session.step("unit")
    before = (session.position, session.engine.iteration, session.engine.state().tobytes(), session.losses.count)
    measurer = filled(session, Group.NORMS)
    assert (
        session.position,
        session.engine.iteration,
        session.engine.state().tobytes(),
        session.losses.count,
    ) == before
    table = measurer.table(Group.NORMS)
    assert table.iterations.tolist() == list(range(51))
    other = Session(session.spec)
    for iteration in (0, 13, 50):
        other.seek(iteration=iteration)
        assert table.values[iteration].tolist() == measure_tape(Group.NORMS, other.tape).tolist()


def test_where_the_run_stands_is_measured_whether_its_state_is_kept_or_not() -> None:
    session = Session(open_run("xor"), budget=4000)
    session.run_iterations(101)
    measurer = filled(session, Group.QUALITY, Group.UNITS)
    assert 101 not in measurer.table(Group.UNITS).iterations
    for group in (Group.QUALITY, Group.UNITS):
        measurer.look(group)
        assert measurer.table(group).iterations[-1] == 101
        assert measurer.missing([group]) == []


def test_a_branch_shares_what_was_measured_before_its_fork() -> None:
    session = Session(open_run("xor"))
    session.run_iterations(20)
    measurer = filled(session, Group.NORMS)
    session.seek(iteration=10)
    session.edit(OptimizerEdit(replace(session.spec.optimizer, learning_rate=0.25)))
    session.run_iterations(5)
    assert {(branch, n) for _, branch, n in measurer.missing([Group.NORMS])} == {(1, n) for n in range(10, 16)}
    for state in measurer.missing([Group.NORMS]):
        measurer.measure(*state)
    table = measurer.table(Group.NORMS)
    assert table.iterations.tolist() == list(range(16))
    session.switch_branch(0)
    old = measurer.table(Group.NORMS)
    assert old.iterations.tolist() == list(range(21))
    assert table.values[:10].tolist() == old.values[:10].tolist()
    np.testing.assert_allclose(table.values[10, 2:], old.values[10, 2:] / 4, rtol=1e-12)


def test_a_table_stays_short_and_even_however_long_the_run() -> None:
    def parts(count: int, stride: int) -> list[KeptStates]:
        return [KeptStates(0, spec, 0, 2**53, stride, tuple(range(0, count, stride)))]

    spec = open_run("xor")
    for count, stride in ((500, 1), (5_000, 4), (1_000_000, 512)):
        (_, wanted), *_ = wanted_states(parts(count, stride), MOST_ROWS)
        assert len(wanted) <= MOST_ROWS + 1
        assert len(set(np.diff(wanted))) == 1
    session = Session(spec)
    measurer = Measurer(session)
    recorder = measurer.recorders[Group.UNITS]
    for iteration in range(MOST_ROWS + MOST_SPARE + 10):
        recorder.add(0, iteration, np.zeros(2))
    recorder.thin(parts(4096, 2))
    kept = recorder.table(parts(4096, 2)).iterations
    assert len(kept) <= MOST_ROWS + 1
    assert kept[-1] == MOST_ROWS + MOST_SPARE + 9


def test_batches_have_numbers_of_their_own() -> None:
    spec = replace(open_run("iris"), training=TrainingSpec(batch_size=16), optimizer=OptimizerSpec())
    session = Session(spec)
    session.run_iterations(9)
    table = filled(session, Group.QUALITY).table(Group.QUALITY)
    assert len({row[2] for row in table.values.tolist()}) > 1
    assert np.all((table.values[:, 2] * 16) % 1 == 0.0) or spec.dataset.count % 16


def test_more_points_are_measured_between_kept_states_and_the_session_stays() -> None:
    session = Session(open_run("xor"), budget=4000)
    session.run_iterations(300)
    session.step("unit")
    measurer = filled(session, Group.NORMS)
    few = len(measurer.table(Group.NORMS).iterations)
    before = session.position, session.engine.state().tobytes()
    detail = Detail(measurer, [Group.NORMS, Group.QUALITY], 100, 140, 500)
    while not detail.advance(0.0):
        assert detail.progress[0] <= detail.progress[1] == 40
    assert (session.position, session.engine.state().tobytes()) == before
    table = measurer.table(Group.NORMS)
    assert set(range(100, 140)) <= set(table.iterations.tolist())
    assert few < len(table.iterations) <= few + 40
    plain = Session(session.spec)
    plain.seek(iteration=117)
    row = table.iterations.tolist().index(117)
    assert table.values[row].tolist() == measure_tape(Group.NORMS, plain.tape).tolist()
    assert len(measurer.table(Group.QUALITY).iterations) == 40
    coarse = Detail(measurer, [Group.UNITS], 0, 300, 50)
    while not coarse.advance(1.0):
        pass
    assert np.diff(measurer.table(Group.UNITS).iterations).tolist() == [6] * 49
