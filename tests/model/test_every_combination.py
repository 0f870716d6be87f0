"""Every output activation × loss × optimizer × penalty × reduction against PyTorch: values, gradients, an update.

Outputs are kept between 0 and 1 by their start, where each activation's logarithm has a meaning; hidden activations take
turns. Momentum, the places of ε and AdamW's decay follow the formulas that the reference writes out.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    ActivationName,
    EpsilonPlace,
    GivenParameters,
    LossName,
    MomentumForm,
    OptimizerName,
    OptimizerSpec,
    PenaltySpec,
    Reduction,
    RunSpec,
    Summation,
    TrainingSpec,
)
from tests.support.specs import run_spec

pytest.importorskip("torch")

from tests.model.test_against_torch import assert_close, assert_iteration_agrees, is_steady
from tests.support.torch_reference import Reference

RATE = 0.005
RULES = [
    OptimizerSpec(OptimizerName.SGD, RATE),
    OptimizerSpec(OptimizerName.SGD, RATE, clip_norm=0.1),
    *(OptimizerSpec(OptimizerName.MOMENTUM, RATE, form=form) for form in MomentumForm),
    OptimizerSpec(OptimizerName.ADAGRAD, RATE),
    *(OptimizerSpec(OptimizerName.RMSPROP, RATE, epsilon_place=place) for place in EpsilonPlace),
    OptimizerSpec(OptimizerName.ADAM, RATE),
    OptimizerSpec(OptimizerName.ADAM, RATE, weight_decay=0.1),
    OptimizerSpec(OptimizerName.ADAMW, RATE, weight_decay=0.1),
]
PENALTIES = [PenaltySpec(), PenaltySpec(l2=0.02), PenaltySpec(l1=0.01, l2=0.02)]
HIDDEN = list(ActivationName)
SIZES = (3, 4, 2)


def combined(
    number: int, output: ActivationName, loss: LossName, rule: OptimizerSpec, penalty: PenaltySpec, reduction: Reduction
) -> RunSpec:
    """One combination; ``number`` chooses hidden activation, summation and start."""
    random = np.random.default_rng(number)
    weights = tuple(random.uniform(-0.1, 0.1, size=shape) for shape in ((4, 3), (2, 4)))
    biases = (random.uniform(-0.5, 0.5, size=4), np.full(2, 0.2))
    spec = run_spec(
        SIZES,
        (HIDDEN[number % len(HIDDEN)], output),
        samples=3,
        loss=loss,
        reduction=reduction,
        penalty=penalty,
        optimizer=rule,
        training=TrainingSpec(summation=(Summation.EXACT, Summation.FAST)[number % 3 % 2]),
        seed=number,
    )
    return replace(spec, start=GivenParameters(weights, biases))


@pytest.mark.parametrize("loss", list(LossName))
@pytest.mark.parametrize("output", list(ActivationName))
def test_all_rules_penalties_and_reductions(output: ActivationName, loss: LossName) -> None:
    compared = 0
    for number, (rule, penalty, reduction) in enumerate(itertools.product(RULES, PENALTIES, Reduction)):
        spec = combined(number, output, loss, rule, penalty, reduction)
        engine, reference = Engine(spec), Reference(spec)
        recorded = reference.record()
        assert np.isfinite(recorded.loss)
        assert_iteration_agrees(spec, recorded)
        if not is_steady(
            spec, recorded
        ):  # a gradient cancelled to 0 for one and to 10⁻¹⁷ for the other: Adam makes a step of that
            continue
        compared += 1
        reference.update()
        engine.iterate(1)
        vector = engine.state()
        for l, (expected, biases) in enumerate(zip(reference.weights, reference.biases, strict=True), start=1):
            assert biases is not None
            assert_close(engine.layout.weights(vector, l), expected.detach().numpy(), 1e-10, f"w[{l}] {rule}", 0.1)
            assert_close(engine.layout.biases(vector, l), biases.detach().numpy(), 1e-10, f"b[{l}] {rule}", 0.1)
    is_constant = output is ActivationName.SOFTMAX and loss is LossName.OUTPUT_SUM  # a sum that is always 1
    assert compared > 50 or is_constant
