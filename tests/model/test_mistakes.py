"""The backward pass that makes mistakes is right when it makes none, and each mistake changes what it should."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bpstudio.model.mistakes import EVERYWHERE, Mistake, MistakeKind, gradients_with, local_mistakes, possible_mistakes
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, LossName, PenaltySpec, Reduction, RunSpec, TrainingSpec, UpdateRule
from bpstudio.model.tape import Tape
from tests.support.specs import run_spec, run_specs

A, K = ActivationName, MistakeKind


def tape_of(spec: RunSpec) -> Tape:
    engine = Engine(spec)
    engine.iterate(2)
    return engine.compute()


@given(run_specs(most_units=4, most_samples=5))
@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
def test_without_a_mistake_it_makes_the_gradients_of_the_tape(spec: RunSpec) -> None:
    tape = Engine(spec).compute()
    deltas = [np.abs(layer.delta) for layer in tape.layers]
    assume(all(np.isfinite(d).all() and d.max() < 1e6 for d in deltas))
    for layer, found in gradients_with(tape, None).items():
        scale = max(1.0, *(float(d.max()) for d in deltas)) * max(1.0, float(np.abs(tape.inputs).max())) * tape.batch
        assert found.weights == pytest.approx(np.array(tape.array(f"dw[{layer}]")), rel=1e-10, abs=1e-13 * scale)
        if spec.network.layer(layer).bias.present:
            assert found.biases == pytest.approx(np.array(tape.array(f"db[{layer}]")), rel=1e-10, abs=1e-13 * scale)


def kinds(spec: RunSpec) -> set[MistakeKind]:
    return {mistake.kind for mistake in possible_mistakes(tape_of(spec))}


def test_only_what_could_have_been_made_is_offered() -> None:
    plain = kinds(run_spec((2, 3, 1), samples=1))
    assert not plain & {K.SUM_FOR_MEAN, K.MEAN_FOR_SUM, K.NO_PENALTY, K.EXTRA_SLOPE, K.STALE_WEIGHTS, K.WEIGHTS_TURNED}
    assert K.MEAN_FOR_SUM in kinds(run_spec(reduction=Reduction.SUM))
    assert {K.NO_PENALTY, K.HALF_PENALTY, K.PENALTY_ON_BIASES} <= kinds(run_spec(penalty=PenaltySpec(l2=0.1)))
    assert K.HALF_PENALTY not in kinds(run_spec(penalty=PenaltySpec(l1=0.1)))
    assert K.STALE_WEIGHTS in kinds(run_spec(training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST)))
    matched = kinds(run_spec((2, 3, 3), (A.TANH, A.SIGMOID), loss=LossName.BINARY_CROSS_ENTROPY))
    assert {K.EXTRA_SLOPE, K.WEIGHTS_TURNED} <= matched


def test_every_mistake_makes_a_difference_where_it_is_offered() -> None:
    spec = run_spec((3, 3, 3, 3), (A.TANH, A.SIGMOID, A.SILU), samples=4, penalty=PenaltySpec(l2=0.05, l1=0.02))
    tape = tape_of(spec)
    right = gradients_with(tape, None)
    for mistake in possible_mistakes(tape):
        made = gradients_with(tape, mistake)
        changed = [l for l in right if not np.allclose(made[l].weights, right[l].weights, rtol=1e-6, atol=0.0)]
        changed += [l for l in right if not np.allclose(made[l].biases, right[l].biases, rtol=1e-6, atol=0.0)]
        assert changed, mistake
        if mistake.layer is not None:
            assert max(changed) == mistake.layer, mistake


def test_one_layer_alone_may_have_it() -> None:
    tape = tape_of(run_spec((3, 3, 3), samples=4))
    right = gradients_with(tape, None)
    for mistake in local_mistakes(tape, 1):
        made = gradients_with(tape, mistake)
        assert np.array_equal(made[2].weights, right[2].weights)
        assert not np.array_equal(made[1].weights, right[1].weights)


def test_each_says_what_it_is() -> None:
    for kind in K:
        words = str(Mistake(kind, 3))
        assert ("3" in words) == (kind not in EVERYWHERE)
        assert "{" not in words
