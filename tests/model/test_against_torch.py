"""Every activation, loss, optimizer, penalty and reduction against PyTorch in float64."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    ActivationName,
    Array,
    LossName,
    MomentumForm,
    OptimizerName,
    OptimizerSpec,
    PenaltySpec,
    Reduction,
    RunSpec,
    TrainingSpec,
    UpdateRule,
)
from tests.support.specs import run_spec, run_specs

torch = pytest.importorskip("torch")

from tests.support.torch_reference import Recorded, Reference  # noqa: E402 (needs torch)


def assert_close(found: object, expected: object, tolerance: float, name: str, operands: float = 0.0) -> None:
    """Relative to the largest entry of the array, or of what was added up to it where terms may cancel."""
    expected_array = np.asarray(expected, dtype=float)
    scale = max(operands, float(np.max(np.abs(expected_array), initial=0.0)))
    distance = float(np.max(np.abs(np.asarray(found, dtype=float) - expected_array), initial=0.0))
    assert distance <= tolerance * scale, f"{name}: {distance} of {scale}"


def is_well_conditioned(recorded: Recorded) -> bool:
    """Whether the loss is defined, and no 1/a of a tiny a makes rounding itself larger than the tolerance."""
    numbers = [*recorded.deltas, *(e for e in recorded.errors if e is not None)]
    is_finite = np.isfinite(recorded.loss) and all(np.isfinite(d).all() for d in numbers)
    return is_finite and max(float(np.max(np.abs(d))) for d in numbers) < 1e4


def assert_iteration_agrees(spec: RunSpec, recorded: Recorded, tolerance: float = 1e-12) -> None:
    tape = Engine(spec).compute()
    assert_close(tape.losses.total, recorded.loss, tolerance, "loss")
    assert_close(tape.array("sample_loss"), recorded.sample_losses, tolerance, "sample_loss")
    numbers = [*recorded.deltas, *(e for e in recorded.errors if e is not None)]
    largest = max(float(np.max(np.abs(d))) for d in numbers)
    for l in range(1, spec.network.depth + 1):
        assert_close(tape.array(f"z[{l}]"), recorded.zs[l - 1], tolerance, "z", operands=0.1)
        assert_close(tape.array(f"a[{l}]"), recorded.activations[l], tolerance, "a", operands=0.1)
        # autograd has no ∂loss/∂a where PyTorch's stable form of the loss starts from z
        e = recorded.errors[l - 1]
        size = largest if e is None else max(largest, float(np.max(np.abs(e))))
        if e is not None:
            assert_close(tape.array(f"e[{l}]"), e, tolerance, "e", largest)
        assert_close(tape.array(f"delta[{l}]"), recorded.deltas[l - 1], tolerance, "delta", size)
        assert_close(tape.array(f"dw[{l}]"), recorded.weight_gradients[l - 1], tolerance, "dw", size)
        if recorded.bias_gradients[l - 1] is not None:
            assert_close(tape.array(f"db[{l}]"), recorded.bias_gradients[l - 1], tolerance, "db", size)


LOGARITHMIC = (LossName.BINARY_CROSS_ENTROPY, LossName.CROSS_ENTROPY)
PROBABILITIES = (ActivationName.SIGMOID, ActivationName.SOFTMAX)


# A logarithm needs outputs in the unit interval; what others give is for the tests of non-finite numbers.
@pytest.mark.parametrize(
    ("output", "loss"),
    [(a, loss) for a in ActivationName for loss in LossName if loss not in LOGARITHMIC or a in PROBABILITIES],
)
@pytest.mark.parametrize("reduction", list(Reduction))
def test_each_output_activation_with_each_loss(output: ActivationName, loss: LossName, reduction: Reduction) -> None:
    for hidden in ActivationName:
        spec = run_spec(
            (3, 4, 2),
            (hidden, output),
            loss=loss,
            reduction=reduction,
            penalty=PenaltySpec(l2=0.02, l1=0.01),
            samples=4,
        )
        assert_iteration_agrees(spec, Reference(spec).record())


@given(run_specs(most_units=6, most_samples=7))
@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_run_agrees_in_its_first_iteration(spec: RunSpec) -> None:
    assume(spec.training.update is UpdateRule.SIMULTANEOUS)
    recorded = Reference(spec).record()
    assume(is_well_conditioned(recorded))
    assert_iteration_agrees(spec, recorded)


FORMS = [OptimizerSpec(OptimizerName.MOMENTUM, 0.02, form=form) for form in MomentumForm]
RULES = [
    *FORMS,
    OptimizerSpec(OptimizerName.SGD, 0.1),
    OptimizerSpec(OptimizerName.SGD, 0.1, clip_norm=0.05),
    OptimizerSpec(OptimizerName.ADAGRAD, 0.05, epsilon=1e-10),
    OptimizerSpec(OptimizerName.RMSPROP, 0.01),
    OptimizerSpec(OptimizerName.RMSPROP, 0.01, epsilon_place="inside"),  # type: ignore[arg-type]
    OptimizerSpec(OptimizerName.ADAM, 0.01),
    OptimizerSpec(OptimizerName.ADAM, 0.01, weight_decay=0.1, clip_norm=0.1),
    OptimizerSpec(OptimizerName.ADAMW, 0.01, weight_decay=0.1),
]


@pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule.name}-{rule.form}-{rule.weight_decay}-{rule.clip_norm}"
)
def test_a_hundred_updates_agree(rule: OptimizerSpec) -> None:
    names = (ActivationName.TANH, ActivationName.SOFTMAX)
    spec = run_spec(
        (3, 5, 3),
        names,
        samples=7,
        loss=LossName.CROSS_ENTROPY,
        penalty=PenaltySpec(l2=0.001),
        optimizer=rule,
        training=TrainingSpec(batch_size=3, shuffle=True),
    )
    engine, reference = Engine(spec), Reference(spec)
    engine.iterate(100)
    for _ in range(100):
        reference.record()
        reference.update()
    vector = engine.state()
    for l, weights, biases in zip((1, 2), reference.weights, reference.biases, strict=True):
        assert biases is not None
        assert_close(engine.layout.weights(vector, l), weights.detach().numpy(), 1e-10, "w")
        assert_close(engine.layout.biases(vector, l), biases.detach().numpy(), 1e-10, "b")


def is_steady(spec: RunSpec, recorded: Recorded) -> bool:
    """Whether no gradient is so near 0 that a division by its own root turns rounding into a whole step.

    A unit that is off has a gradient of exactly 0 for everybody; a row of softmax's Jacobian may cancel to 0 for one and
    to 10⁻¹⁷ for another.
    """
    gradients = [*recorded.weight_gradients, *(g for g in recorded.bias_gradients if g is not None)]
    sizes = np.concatenate([np.abs(np.asarray(g)).ravel() for g in gradients])
    has_jacobian = any(layer.activation is ActivationName.SOFTMAX for layer in spec.network.layers)
    may_cancel = has_jacobian and not spec.is_matched_pair
    return bool(np.all((sizes > 1e-7) | ((sizes == 0.0) & (not may_cancel))))


def parameters_after(spec: RunSpec, updates: int, nudge: float = 0.0) -> Array:
    """All weights and biases of the reference after so many updates, its start nudged by a relative amount."""
    reference = Reference(spec)
    with torch.no_grad():
        for weights in reference.weights:
            weights *= 1.0 + nudge
    for _ in range(updates):
        recorded = reference.record()
        assume(is_well_conditioned(recorded) and is_steady(spec, recorded))
        reference.update()
    leaves = [leaf for leaf in (*reference.weights, *reference.biases) if leaf is not None]
    return np.concatenate([leaf.detach().numpy().ravel() for leaf in leaves])


@given(run_specs(most_units=4, most_samples=5))
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_run_agrees_after_a_hundred_updates(spec: RunSpec) -> None:
    assume(spec.training.update is UpdateRule.SIMULTANEOUS)
    engine, expected = Engine(spec), parameters_after(spec, 100)
    # A rule that divides by the root of its own gradients can circle a minimum chaotically: then no two roundings agree.
    nudged = parameters_after(spec, 100, nudge=1e-12)
    assume(np.max(np.abs(nudged - expected)) <= 1e-10)
    engine.iterate(100)
    vector, layers = engine.state(), range(1, spec.network.depth + 1)
    biases = (engine.layout.biases(vector, l) for l in layers)
    found = [engine.layout.weights(vector, l).ravel() for l in layers]
    found += [b for b in biases if b is not None]
    assert_close(np.concatenate(found), expected, 1e-10, "parameters", operands=0.1)
