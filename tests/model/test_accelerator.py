"""The compiled loop gives the bits of the NumPy path, for every run it covers."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bpstudio.model import accelerator
from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    OptimizerName,
    OptimizerSpec,
    RunSpec,
    ScheduleName,
    ScheduleSpec,
    Summation,
    TrainingSpec,
)
from tests.support.specs import run_spec, run_specs

pytest.importorskip("numba")


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> Iterator[None]:
    assert accelerator.enable()
    accelerator.disable()
    yield
    accelerator.disable()


def states(spec: RunSpec, counts: tuple[int, ...]) -> tuple[bytes, bytes, bytes]:
    engine = Engine(spec)
    losses = np.concatenate([engine.iterate(count) for count in counts])
    nan = np.isnan(losses)
    losses[nan] = np.nan
    state = engine.state()
    state[np.isnan(state)] = np.nan
    tape = engine.compute()
    gradient = tape.vectors.gradient.copy()
    gradient[np.isnan(gradient)] = np.nan
    return state.tobytes(), losses.tobytes(), gradient.tobytes()


def compiled_states(spec: RunSpec, counts: tuple[int, ...]) -> tuple[bytes, bytes, bytes]:
    accelerator.enable()
    try:
        return states(spec, counts)
    finally:
        accelerator.disable()


@given(run_specs(most_units=5, most_samples=6))
@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_any_covered_run_has_the_same_bits(spec: RunSpec) -> None:
    assume(accelerator.supports(spec))
    assert compiled_states(spec, (1, 4, 8)) == states(spec, (1, 4, 8))


@pytest.mark.parametrize("name", list(OptimizerName))
def test_thousands_of_iterations_have_the_same_bits(name: OptimizerName) -> None:
    schedule = ScheduleSpec(ScheduleName.COSINE, iterations=900, minimum=0.001)
    rule = OptimizerSpec(name, 0.02, weight_decay=0.01, schedule=schedule)
    training = TrainingSpec(batch_size=3, shuffle=True, summation=Summation.EXACT)
    spec = run_spec((3, 5, 2), samples=8, optimizer=rule, training=training)
    assert compiled_states(spec, (500, 1, 999)) == states(spec, (500, 1, 999))


def test_it_stops_before_the_update_of_a_tape_that_is_not_finite() -> None:
    spec = run_spec((2, 2, 1), ("identity", "identity"), optimizer=OptimizerSpec(OptimizerName.SGD, 1e6))  # type: ignore[arg-type]
    plain, fast = Engine(spec), Engine(spec)
    expected = plain.iterate(1000, stops_at_non_finite=True)
    accelerator.enable()
    found = fast.iterate(1000, stops_at_non_finite=True)
    accelerator.disable()
    assert 0 < len(expected) < 1000
    assert found.tobytes() == expected.tobytes()
    assert fast.iteration == plain.iteration
    assert fast.state().tobytes() == plain.state().tobytes()
