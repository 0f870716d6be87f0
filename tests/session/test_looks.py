"""Looks from outside of the run, against ones made here: the loss along a line, confusions, responses."""

from dataclasses import replace

import numpy as np
import pytest

from bpstudio.files.run_file import open_run
from bpstudio.model.quality import training_quality
from bpstudio.model.spec import (
    ActivationName,
    BiasSpec,
    LossName,
    OptimizerName,
    OptimizerSpec,
    PenaltySpec,
    RunSpec,
)
from bpstudio.session.looks import Direction, confusion, confusions, loss_line, responses
from bpstudio.session.measures import Probe
from bpstudio.session.session import Session
from tests.support.specs import run_spec

TANH, IDENTITY = ActivationName.TANH, ActivationName.IDENTITY


def small(optimizer: OptimizerSpec | None = None, penalty: PenaltySpec | None = None) -> RunSpec:
    spec = run_spec((3, 4, 2), (TANH, IDENTITY), samples=5, loss=LossName.SQUARED_ERROR, penalty=penalty)
    return replace(spec, optimizer=optimizer or OptimizerSpec(learning_rate=0.3))


def own_loss(spec: RunSpec, parameters: np.ndarray) -> float:
    """½·Σ(a − t)² over outputs, mean over samples, plus l2·Σw²: for the network of ``small``."""
    first, second = parameters[: 4 * 4].reshape(4, 4), parameters[16:].reshape(2, 5)
    a = np.tanh(spec.dataset.inputs @ first[:, :-1].T + first[:, -1])
    error = a @ second[:, :-1].T + second[:, -1] - spec.dataset.targets
    weights = (first[:, :-1] ** 2).sum() + (second[:, :-1] ** 2).sum()
    return float(0.5 * (error**2).sum() / len(error) + spec.penalty.l2 * weights)


@pytest.mark.parametrize("penalty", [PenaltySpec(), PenaltySpec(l2=0.05)], ids=["plain", "penalty"])
def test_the_loss_along_the_gradient_is_the_loss_there(penalty: PenaltySpec) -> None:
    spec = small(penalty=penalty)
    session = Session(spec)
    session.seek(iteration=3)
    state = session.engine.state()
    gradient = session.tape.vectors.gradient.copy()
    line = loss_line(Probe(spec), 3, state, Direction.GRADIENT)
    expected = [own_loss(spec, state - place * gradient) for place in line.places.tolist()]
    np.testing.assert_allclose(line.losses, expected, rtol=1e-12)
    assert line.landing == pytest.approx(0.3, rel=1e-12)
    assert line.is_on_line
    session.seek(iteration=4)
    assert line.after == pytest.approx(own_loss(spec, session.engine.state()), rel=1e-12)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize(
    "optimizer",
    [OptimizerSpec(learning_rate=0.3), OptimizerSpec(OptimizerName.ADAM, learning_rate=0.05)],
    ids=lambda o: o.name.value,
)
def test_the_tangent_is_the_slope_of_the_loss_at_the_start(direction: Direction, optimizer: OptimizerSpec) -> None:
    spec = small(optimizer)
    session = Session(spec)
    session.seek(iteration=2)
    state, tape = session.engine.state()[: session.engine.layout.size], session.tape
    way = tape.vectors.step.copy() if direction is Direction.UPDATE else -tape.vectors.gradient.copy()
    line = loss_line(Probe(spec), 2, session.engine.state(), direction)
    nudge = 1e-6
    slope = (own_loss(spec, state + nudge * way) - own_loss(spec, state - nudge * way)) / (2 * nudge)
    assert line.slope == pytest.approx(slope, rel=1e-6)
    predicted = (own_loss(spec, state + nudge * tape.vectors.step) - own_loss(spec, state)) / nudge
    assert line.predicted == pytest.approx(predicted, rel=1e-3)
    assert line.before == pytest.approx(own_loss(spec, state), rel=1e-12)
    assert line.after == pytest.approx(own_loss(spec, state + tape.vectors.step), rel=1e-12)
    assert line.is_on_line is (direction is Direction.UPDATE or optimizer.name is OptimizerName.SGD)


def test_biases_that_are_not_trained_do_not_move_along_the_line() -> None:
    spec = small()
    layer = replace(spec.network.layers[0], bias=BiasSpec(trainable=False))
    spec = replace(spec, network=replace(spec.network, layers=(layer, spec.network.layers[1])))
    line = loss_line(Probe(spec), 0, Session(spec).engine.state(), Direction.GRADIENT)
    assert line.is_on_line
    assert line.landing == pytest.approx(0.3, rel=1e-12)


def test_an_explosion_is_a_line_of_what_is_not_finite_and_no_error() -> None:
    spec = small(OptimizerSpec(learning_rate=1e300))
    line = loss_line(Probe(spec), 0, Session(spec).engine.state(), Direction.GRADIENT)
    assert np.isinf(line.after)
    assert not np.isfinite(line.losses).all()


def test_looking_leaves_the_run_as_it_is() -> None:
    session = Session(open_run("xor"))
    session.run_iterations(20)
    session.step("unit")
    before = session.position, session.engine.state().tobytes(), session.tape.vectors.after.tobytes()
    probe = Probe(session.spec)
    loss_line(probe, 20, session.engine.state(), Direction.UPDATE)
    confusions(probe, session.engine.state())
    responses(probe, session.engine.state(), -1.0, 2.0, -1.0, 2.0)
    assert (session.position, session.engine.state().tobytes(), session.tape.vectors.after.tobytes()) == before


def test_confusions_count_each_class_and_what_is_not_a_number_apart() -> None:
    targets = np.eye(3)[[0, 0, 1, 2, 2]]
    outputs = np.array([[0.9, 0, 0.1], [0.2, 0.7, 0.1], [0, 1, 0], [0.1, 0.1, 0.8], [np.nan, 0, 1]])
    expected = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]
    assert confusion(outputs, targets).tolist() == expected
    single = confusion(np.array([[0.2], [0.5], [0.9], [0.4]]), np.array([[0.0], [0.0], [1.0], [1.0]]))
    assert single.tolist() == [[1, 1, 0], [1, 1, 0]]


def test_the_diagonal_of_the_confusions_is_the_accuracy() -> None:
    session = Session(open_run("iris"))
    session.seek(iteration=60)
    training, held_out = confusions(Probe(session.spec), session.engine.state())
    quality = training_quality(session.engine)
    assert training.sum() == session.spec.dataset.count
    assert held_out is not None
    assert held_out.sum() == len(session.spec.dataset.held_out_inputs)
    assert quality is not None
    assert np.trace(training[:, :3]) / training.sum() == quality.accuracy


def test_responses_are_those_of_the_run_at_its_own_samples() -> None:
    session = Session(open_run("xor"))
    session.seek(iteration=200)
    found = responses(Probe(session.spec), session.engine.state(), 0.0, 1.0, 0.0, 1.0)
    assert found.layers[0].shape == (len(found.y), len(found.x), 2)
    for sample in range(4):
        x, y = session.spec.dataset.inputs[sample]
        row, column = (-1 if y else 0), (-1 if x else 0)
        assert found.layers[1][row, column, 0] == session.tape.value("a[2][0]", sample)
        assert found.layers[0][row, column, 1] == session.tape.value("a[1][1]", sample)
