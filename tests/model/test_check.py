"""Central differences against every gradient; kinks are counted apart, and a wrong gradient is found."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bpstudio.files.examples import example_names
from bpstudio.files.run_file import open_run
from bpstudio.model import check, workspace
from bpstudio.model.check import check_gradients
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, GivenParameters, LossName, PenaltySpec, RunSpec, UpdateRule
from tests.support.specs import run_spec, run_specs


@pytest.mark.parametrize("name", example_names())
@pytest.mark.parametrize("iteration", [0, 25])
def test_every_example_passes(name: str, iteration: int) -> None:
    report = check_gradients(open_run(name), iteration)
    assert report.has_passed, report
    assert sum(layer.entries for layer in report.layers) > 0


@given(run_specs(most_units=4, most_samples=4))
@settings(max_examples=120, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_run_agrees_with_central_differences(spec: RunSpec) -> None:
    assume(spec.training.update is UpdateRule.SIMULTANEOUS)
    tape = Engine(spec).compute()
    errors = [tape.errors(l) for l in range(1, spec.network.depth + 1)]
    assume(np.isfinite(tape.losses.total) and all(np.isfinite(e).all() and np.abs(e).max() < 100 for e in errors))
    report = check_gradients(spec)
    assert report.has_passed, report


def test_the_penalty_is_part_of_the_gradient() -> None:
    assert check_gradients(run_spec(penalty=PenaltySpec(l2=0.3, l1=0.2))).has_passed


def test_a_relu_exactly_at_its_kink_is_counted_apart() -> None:
    spec = run_spec((1, 1, 1), (ActivationName.RELU, ActivationName.IDENTITY), samples=1)
    weights = (np.array([[1.0]]), np.array([[1.0]]))
    biases = (-spec.dataset.inputs[0].copy(), np.zeros(1))
    report = check_gradients(replace(spec, start=GivenParameters(weights, biases)))
    kinks = {layer.name: layer.kinks for layer in report.layers}
    assert kinks["w[1]"] == kinks["b[1]"] == kinks["a[0]"] == 1
    assert report.has_passed


def test_a_missing_slope_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "slope_calls", lambda layer, z, a, slope, exact: [lambda: slope.fill(1.0)])
    report = check_gradients(run_spec(loss=LossName.SQUARED_ERROR))
    assert not report.has_passed
    assert report.layers[0].worst is not None


def test_a_gradient_that_is_not_a_number_does_not_pass() -> None:
    spec = run_spec((1, 1), (ActivationName.RELU,), samples=1, loss=LossName.BINARY_CROSS_ENTROPY)
    spec = replace(spec, start=GivenParameters((np.array([[0.0]]),), (np.array([0.0]),)))
    assert not check_gradients(spec).has_passed


def test_epsilon_is_what_it_says() -> None:
    coarse = check_gradients(run_spec(), epsilon=1e-2)
    assert coarse.epsilon == 1e-2
    assert max(layer.error for layer in coarse.layers) > max(
        layer.error for layer in check_gradients(run_spec()).layers
    )
    assert check.DEFAULT_EPSILON < 1e-2
