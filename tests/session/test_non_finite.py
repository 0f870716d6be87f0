"""Training pauses where the first NaN or infinity is made, and names the operation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from bpstudio.model.spec import (
    ActivationName,
    Dataset,
    GivenParameters,
    InitializerSpec,
    LossName,
    OptimizerName,
    OptimizerSpec,
    RunSpec,
    Summation,
    TrainingSpec,
)
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

A = ActivationName


def with_data(spec: RunSpec, inputs: list[list[float]], targets: list[list[float]]) -> RunSpec:
    none = np.empty((0, len(inputs[0]))), np.empty((0, len(targets[0])))
    return replace(spec, dataset=Dataset(np.array(inputs), np.array(targets), *none))


def test_an_exploding_net_stops_at_the_first_sum_that_overflows() -> None:
    spec = run_spec((2, 2, 1), (A.IDENTITY, A.IDENTITY), optimizer=OptimizerSpec(OptimizerName.SGD, 1e6))
    session = Session(spec)
    found = session.run_iterations(10_000)
    assert found is not None
    assert not np.isfinite(found.value)
    assert session.position == found.operation.position + 1
    assert np.isfinite(session.tape.vectors.before).all()
    session.step_back()
    assert session.operation == found.operation


def test_huge_inputs_stop_at_the_multiply_add_that_overflows() -> None:
    spec = with_data(run_spec((2, 1), (A.SIGMOID,), samples=1), [[1e308, 1e308]], [[0.5]])
    weights = GivenParameters((np.array([[1.0, 1.0]]),), (np.array([0.0]),))
    found = Session(replace(spec, start=weights)).run_iterations(1)
    assert found is not None
    assert (found.operation.kind, found.operation.unit, found.operation.entry) == (OperationKind.MULTIPLY_ADD, 0, 1)
    assert found.value == np.inf


def test_a_logarithm_of_zero_stops_at_its_loss_term() -> None:
    spec = with_data(run_spec((1, 1), (A.RELU,), samples=1, loss=LossName.BINARY_CROSS_ENTROPY), [[1.0]], [[0.5]])
    weights = GivenParameters((np.array([[-1.0]]),), (np.array([0.0]),))
    found = Session(replace(spec, start=weights)).run_iterations(1)
    assert found is not None
    assert found.operation.kind is OperationKind.LOSS_TERM


def test_what_spreads_does_not_stop_again() -> None:
    spec = run_spec((2, 2, 1), (A.IDENTITY, A.IDENTITY), optimizer=OptimizerSpec(OptimizerName.SGD, 1e6))
    session = Session(spec)
    stops = 0
    while session.iteration < 400:
        stops += session.run_iterations(400 - session.iteration) is not None
    assert 1 <= stops <= 3
    assert session.losses.count >= 400


@pytest.mark.parametrize("summation", [Summation.EXACT, Summation.FAST])
@pytest.mark.parametrize(
    ("inputs", "targets"),
    [([[1.0, 2.0]] * 4, [[0.0, 1.0]] * 4), ([[5.0, 5.0], [5.0, 5.0]], [[1.0, 0.0], [0.0, 1.0]])],
    ids=["one class", "constant columns"],
)
def test_dull_data_trains_without_a_pause(
    inputs: list[list[float]], targets: list[list[float]], summation: Summation
) -> None:
    spec = run_spec(
        (2, 3, 2), (A.RELU, A.SOFTMAX), loss=LossName.CROSS_ENTROPY, training=TrainingSpec(summation=summation)
    )
    session = Session(with_data(spec, inputs, targets))
    assert session.run_iterations(3000) is None
    assert np.isfinite(session.losses.values).all()


def test_a_dead_relu_net_trains_without_a_pause() -> None:
    spec = run_spec((2, 2, 1), (A.RELU, A.IDENTITY))
    dead = GivenParameters((np.full((2, 2), -1.0), np.ones((1, 2))), (np.full(2, -100.0), np.zeros(1)))
    session = Session(replace(spec, start=dead))
    assert session.run_iterations(500) is None
    assert (session.array("w[1]") == -1.0).all()


@given(run_specs(most_units=3, most_samples=4))
@settings(max_examples=150)
def test_running_stops_exactly_where_a_scan_of_all_numbers_says(spec: RunSpec) -> None:
    wild = replace(spec, optimizer=replace(spec.optimizer, learning_rate=1e150))
    if isinstance(wild.start, InitializerSpec):
        wild = replace(wild, start=replace(wild.start, scale=100.0))
    session, plain = Session(wild), Session(wild)
    found = session.run_iterations(6)
    for iteration in range(6):
        plain.seek(iteration=iteration)
        tape = plain.tape
        numbers = [tape.array(f"{q}[{l}]") for l in range(1, wild.network.depth + 1) for q in ("z", "a", "delta", "dw")]
        is_finite = all(np.isfinite(n).all() for n in [*numbers, tape.array("sample_loss")])
        if not is_finite and np.isfinite(tape.vectors.before).all():
            assert found is not None
            assert found.operation.iteration <= iteration
            return
        if not np.isfinite(tape.vectors.before).all():
            break
    if found is not None:
        assert not np.isfinite(found.value)
