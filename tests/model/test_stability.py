"""Stable forms at ±1e3 and ±1e308: what is finite in truth stays finite, without a warning."""

import math

import numpy as np
import pytest

from bpstudio.model.activations import activation_calls, slope_calls
from bpstudio.model.losses import loss_term_calls
from bpstudio.model.plan import execute
from bpstudio.model.spec import ActivationName, LayerSpec, LossName
from tests.support.specs import ALPHAS, run_spec

A = ActivationName
EXTREMES = np.array([[-1e308], [-1e3], [-40.0], [0.0], [40.0], [1e3], [1e308]])


def computed(name: ActivationName, exact: bool) -> tuple[np.ndarray, np.ndarray]:
    layer = LayerSpec(len(EXTREMES), name, alpha=ALPHAS.get(name, 0.0))
    a, slope = np.empty_like(EXTREMES), np.empty_like(EXTREMES)
    with np.errstate(all="ignore"):
        execute(activation_calls(layer, EXTREMES, a, exact))
        if name is not A.SOFTMAX:
            execute(slope_calls(layer, EXTREMES, a, slope, exact))
    return a[:, 0], slope[:, 0]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", list(ActivationName))
def test_activations_and_slopes_stay_finite(name: ActivationName, exact: bool) -> None:
    a, slope = computed(name, exact)
    assert np.isfinite(a).all()
    if name is not A.SOFTMAX:
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("exact", [True, False])
def test_the_limits_are_the_true_ones(exact: bool) -> None:
    assert computed(A.SIGMOID, exact)[0].tolist()[:2] == [0.0, 0.0]
    assert computed(A.SIGMOID, exact)[0].tolist()[4:] == [1.0, 1.0, 1.0]
    assert computed(A.TANH, exact)[0].tolist() == [-1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 1.0]
    assert computed(A.SOFTPLUS, exact)[0].tolist()[5:] == [1e3, 1e308]
    assert computed(A.SOFTPLUS, exact)[0][2] == pytest.approx(math.exp(-40), rel=1e-12)
    assert computed(A.SILU, exact)[0].tolist()[5:] == [1e3, 1e308]
    assert computed(A.GELU, exact)[1].tolist()[5:] == [1.0, 1.0]
    assert computed(A.SOFTMAX, exact)[0].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("z", "target", "expected"),
    [
        (1e3, 1.0, 0.0),
        (1e3, 0.0, 1e3),
        (-1e3, 0.0, 0.0),
        (-1e3, 1.0, 1e3),
        (1e308, 0.0, 1e308),
        (-1e308, 1.0, 1e308),
        (1e308, 1.0, 0.0),
        (40.0, 1.0, math.exp(-40.0)),
        (0.0, 0.3, math.log(2.0)),
    ],
)
def test_binary_cross_entropy_from_z(z: float, target: float, expected: float, exact: bool) -> None:
    spec = run_spec((1, 1), samples=1, loss=LossName.BINARY_CROSS_ENTROPY)
    terms = np.empty((1, 1))
    with np.errstate(all="ignore"):
        execute(loss_term_calls(spec, np.array([[z]]), np.array([[0.5]]), np.array([[target]]), terms, exact))
    assert terms[0, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("exact", [True, False])
def test_cross_entropy_of_a_saturated_softmax(exact: bool) -> None:
    spec = run_spec((1, 3), (A.SOFTMAX,), samples=1, loss=LossName.CROSS_ENTROPY)
    z, terms = np.array([[1e3], [0.0], [-1e3]]), np.empty((3, 1))
    with np.errstate(all="ignore"):
        for k, expected in enumerate([0.0, 1e3, 2e3]):
            execute(loss_term_calls(spec, z, z, np.eye(3)[:, [k]], terms, exact))
            assert terms.sum() == expected
