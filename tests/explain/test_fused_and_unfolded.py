"""A matched pair stepped in one operation, and stepped through its factors: the products come to the same δ."""

import numpy as np
import pytest

from bpstudio.explain.evaluation import evaluate
from bpstudio.model.spec import ActivationName, LossName, Reduction, Summation, TrainingSpec
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from tests.support.specs import run_spec

A, L, K = ActivationName, LossName, OperationKind
PAIRS = [
    (A.IDENTITY, L.SQUARED_ERROR, 2),
    (A.SIGMOID, L.BINARY_CROSS_ENTROPY, 2),
    (A.SOFTMAX, L.CROSS_ENTROPY, 3),
]
LAST_FACTOR = (K.DELTA_PRODUCT, K.JACOBIAN_MULTIPLY_ADD)


def results(session: Session, kinds: tuple[OperationKind, ...]) -> dict[tuple[int | None, int | None], float]:
    """What the last operation of these kinds makes of each sample's output units in iteration 0."""
    depth, found = session.spec.network.depth, {}
    for position in range(session.program.iteration_start(1)):
        operation = session.program.operation(position)
        if operation.layer == depth and operation.kind in kinds:
            found[operation.sample, operation.unit] = evaluate(operation, session.tape, session.program).result
    return found


@pytest.mark.parametrize("summation", [Summation.EXACT, Summation.FAST])
@pytest.mark.parametrize(("activation", "loss", "outputs"), PAIRS)
def test_factors_come_to_the_delta_that_is_stepped_at_once(
    activation: ActivationName, loss: LossName, outputs: int, summation: Summation
) -> None:
    spec = run_spec(
        (2, 3, outputs), (A.TANH, activation), samples=4, loss=loss, reduction=Reduction.SUM,
        training=TrainingSpec(summation=summation),
    )  # fmt: skip
    fused, unfolded = Session(spec), Session(spec, is_unfolded=True)
    whole, products = results(fused, (K.DELTA,)), results(unfolded, LAST_FACTOR)
    assert results(fused, LAST_FACTOR) == {}
    assert len(whole) == 4 * outputs
    assert products.keys() == whole.keys()
    assert np.array(list(products.values())) == pytest.approx(np.array(list(whole.values())), rel=1e-12, abs=1e-15)
    assert results(unfolded, (K.DELTA,)) == whole


def test_both_ways_train_to_the_same_bits() -> None:
    spec = run_spec((2, 3, 3), (A.TANH, A.SOFTMAX), loss=L.CROSS_ENTROPY)
    states = []
    for is_unfolded in (False, True):
        session = Session(spec, is_unfolded=is_unfolded)
        session.seek(iteration=20)
        states.append(session.engine.state().tobytes())
    assert states[0] == states[1]
