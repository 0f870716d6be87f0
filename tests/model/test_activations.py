"""Activations and slopes against plain formulas and differences, softmax against loops over single numbers."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from bpstudio.model import elementary
from bpstudio.model.activations import (
    activation_calls,
    jacobian_row,
    kinks,
    slope_calls,
    softmax_delta_calls,
    softmax_jacobian,
    softmax_parts,
)
from bpstudio.model.plan import execute
from bpstudio.model.spec import ActivationName, Array, LayerSpec

A = ActivationName
ELEMENTWISE = [name for name in A if name is not A.SOFTMAX]
MODES = pytest.mark.parametrize("exact", [True, False], ids=["exact", "fast"])
RANDOM = np.random.default_rng(11)
ALPHA = 0.3

PLAIN: dict[ActivationName, Callable[[float], float]] = {
    A.IDENTITY: lambda z: z,
    A.SIGMOID: lambda z: 1.0 / (1.0 + math.exp(-z)),
    A.TANH: math.tanh,
    A.RELU: lambda z: max(z, 0.0),
    A.LEAKY_RELU: lambda z: z if z > 0 else ALPHA * z,
    A.ELU: lambda z: z if z > 0 else ALPHA * math.expm1(z),
    A.SOFTPLUS: lambda z: math.log1p(math.exp(z)),
    A.GELU: lambda z: z * 0.5 * math.erfc(-z / math.sqrt(2.0)),
    A.SILU: lambda z: z / (1.0 + math.exp(-z)),
}


def layer(name: ActivationName, units: int) -> LayerSpec:
    return LayerSpec(units, name, alpha=ALPHA)


def activated(name: ActivationName, z: Array, exact: bool) -> Array:
    a = np.full_like(z, np.nan)
    with np.errstate(all="ignore"):
        execute(activation_calls(layer(name, z.shape[0]), z, a, exact))
    return a


def slopes(name: ActivationName, z: Array, exact: bool) -> Array:
    slope = np.full_like(z, np.nan)
    with np.errstate(all="ignore"):
        execute(slope_calls(layer(name, z.shape[0]), z, activated(name, z, exact), slope, exact))
    return slope


def bits(array: Array) -> bytes:
    return np.ascontiguousarray(array).tobytes()


@MODES
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_are_those_of_the_formula(name: ActivationName, exact: bool) -> None:
    z = RANDOM.uniform(-30, 30, (40, 25))
    expected = np.array([[PLAIN[name](value) for value in row] for row in z.tolist()])
    # far below zero erfc multiplies a relative rounding of its argument by z²; each side rounds z/√2 twice
    tolerance = 4e-15 + (z * z * 4.5e-16 if name is A.GELU else 0.0)
    assert (np.abs(activated(name, z, exact) - expected) <= tolerance * np.abs(expected)).all()


@MODES
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_slope_is_the_slope_of_the_formula(name: ActivationName, exact: bool) -> None:
    z = RANDOM.uniform(-6, 6, (20, 10))
    z[np.abs(z) < 1e-3] = 0.5
    width = 1e-5
    plain = np.vectorize(PLAIN[name])
    difference = (plain(z + width) - plain(z - width)) / (2 * width)
    np.testing.assert_allclose(slopes(name, z, exact), difference, rtol=0, atol=2e-9)


@MODES
@pytest.mark.parametrize("name", list(A))
def test_z_is_kept_and_every_entry_of_a_is_written(name: ActivationName, exact: bool) -> None:
    z = RANDOM.normal(size=(3, 4))
    before = bits(z)
    assert np.isfinite(activated(name, z, exact)).all()
    assert bits(z) == before


@MODES
@pytest.mark.parametrize("name", list(A))
def test_not_a_number_stays_not_a_number(name: ActivationName, exact: bool) -> None:
    z = np.array([[0.5, np.nan], [1.0, 2.0]])
    a = activated(name, z, exact)
    assert np.isnan(a[0, 1])
    assert np.isfinite(a[:, 0]).all()


@pytest.mark.parametrize("name", list(A))
@pytest.mark.parametrize("units", [1, 2, 5, 12])
def test_exact_bits_of_a_sample_do_not_depend_on_its_batch(name: ActivationName, units: int) -> None:
    z = RANDOM.normal(size=(units, 6)) * 4
    together = activated(name, z, exact=True)
    for sample in range(6):
        alone = activated(name, np.ascontiguousarray(z[:, [sample]]), exact=True)
        assert bits(alone[:, 0]) == bits(together[:, sample])


@MODES
def test_slopes_at_zero_are_those_of_pytorch(exact: bool) -> None:
    zeros = np.array([[0.0], [-0.0]])
    assert slopes(A.RELU, zeros, exact).tolist() == [[0.0], [0.0]]
    assert slopes(A.LEAKY_RELU, zeros, exact).tolist() == [[ALPHA], [ALPHA]]
    assert slopes(A.ELU, zeros, exact).tolist() == [[ALPHA], [ALPHA]]
    assert slopes(A.SIGMOID, zeros, exact).tolist() == [[0.25], [0.25]]
    assert slopes(A.GELU, zeros, exact).tolist() == [[0.5], [0.5]]
    assert slopes(A.SILU, zeros, exact).tolist() == [[0.5], [0.5]]


@MODES
@pytest.mark.parametrize("units", [1, 2, 7, 16, 33])
def test_relu_never_gives_minus_zero(units: int, exact: bool) -> None:
    a = activated(A.RELU, np.full((units, 1), -0.0), exact)
    assert not np.signbit(a).any()


@MODES
@pytest.mark.parametrize("name", [A.SILU, A.GELU])
def test_far_below_zero_silu_and_gelu_are_minus_zero(name: ActivationName, exact: bool) -> None:
    a = activated(name, np.array([[-1e308], [-1e3]]), exact)
    assert (a == 0.0).all()
    assert np.signbit(a).all()


def test_kinks_are_where_left_and_right_slopes_differ() -> None:
    for name in ELEMENTWISE:
        for alpha in (ALPHA, 1.0):
            z = np.array([[-1e-12], [1e-12]])
            slope = np.empty_like(z)
            a = np.empty_like(z)
            spec = LayerSpec(2, name, alpha=alpha)
            execute([*activation_calls(spec, z, a, True), *slope_calls(spec, z, a, slope, True)])
            has_jump = abs(float(slope[1, 0] - slope[0, 0])) > 1e-6
            if name is A.LEAKY_RELU and alpha == 1.0:
                assert not has_jump  # a kink may be claimed there: entries are then counted apart, never wrong
            else:
                assert kinks(spec) == ((0.0,) if has_jump else ())


# Softmax


@MODES
@pytest.mark.parametrize("units", [1, 2, 4, 5, 40])
@pytest.mark.parametrize("samples", [1, 2, 9])
def test_softmax_is_the_quotient_of_exponentials(units: int, samples: int, exact: bool) -> None:
    z = RANDOM.normal(size=(units, samples)) * 3
    expected = np.array([[math.exp(value) for value in row] for row in z.tolist()])
    expected /= expected.sum(axis=0)
    a = activated(A.SOFTMAX, z, exact)
    np.testing.assert_allclose(a, expected, rtol=1e-14)
    np.testing.assert_allclose(a.sum(axis=0), 1.0, rtol=1e-14)


@MODES
@pytest.mark.parametrize("units", [2, 3, 4, 5, 9])
def test_softmax_shifts_by_each_column_s_own_largest(units: int, exact: bool) -> None:
    z = RANDOM.normal(size=(units, 3)) + np.array([[0.0, 1e3, -1e3]])
    a = activated(A.SOFTMAX, z, exact)
    np.testing.assert_allclose(a, activated(A.SOFTMAX, z - z[:1], exact), rtol=1e-12)


def test_exact_softmax_adds_in_order_one_number_after_the_other() -> None:
    for samples in (1, 3):
        z = RANDOM.normal(size=(50, samples))
        a = activated(A.SOFTMAX, z, exact=True)
        for sample in range(samples):
            column = np.ascontiguousarray(z[:, sample])
            exponentials = elementary.exp(column - column.max(), np.empty(50)).tolist()
            total = exponentials[0]
            for value in exponentials[1:]:
                total += value
            assert [value / total for value in exponentials] == a[:, sample].tolist()


@pytest.mark.parametrize("samples", [1, 4])
def test_softmax_parts_have_the_bits_of_the_pass(samples: int) -> None:
    z = RANDOM.normal(size=(9, samples)) * 5
    a = activated(A.SOFTMAX, z, exact=True)
    for sample in range(samples):
        parts = softmax_parts(np.ascontiguousarray(z[:, sample]), exact=True)
        assert parts.shift == z[:, sample].max()
        assert bits(parts.exponentials / parts.running[-1]) == bits(a[:, sample])
        assert parts.running[0] == parts.exponentials[0]


def test_softmax_has_no_slope_per_unit() -> None:
    z = np.zeros((2, 1))
    with pytest.raises(ValueError, match="Jacobian"):
        slope_calls(layer(A.SOFTMAX, 2), z, z, z, True)


def test_the_jacobian_is_its_definition_entry_by_entry() -> None:
    a = activated(A.SOFTMAX, RANDOM.normal(size=(6, 1)), exact=True)[:, 0].tolist()
    found = softmax_jacobian(np.array(a))
    for j in range(6):
        for k in range(6):
            assert found[j, k] == a[j] * ((1.0 if j == k else 0.0) - a[k])
        assert bits(jacobian_row(np.array(a), j)) == bits(found[j])


def test_the_jacobian_is_the_slope_of_softmax() -> None:
    z, width = RANDOM.normal(size=(5, 1)), 1e-6
    jacobian = softmax_jacobian(activated(A.SOFTMAX, z, True)[:, 0])
    for k in range(5):
        nudge = np.zeros((5, 1))
        nudge[k] = width
        difference = (activated(A.SOFTMAX, z + nudge, True) - activated(A.SOFTMAX, z - nudge, True)) / (2 * width)
        np.testing.assert_allclose(jacobian[:, k], difference[:, 0], atol=1e-9)


@pytest.mark.parametrize("samples", [1, 2, 5])
@pytest.mark.parametrize("units", [1, 2, 7])
def test_exact_softmax_delta_adds_jacobian_times_error_in_order(units: int, samples: int) -> None:
    a = activated(A.SOFTMAX, RANDOM.normal(size=(units, samples)), exact=True)
    e, delta = RANDOM.normal(size=(units, samples)), np.empty((units, samples))
    execute(softmax_delta_calls(a, e, delta, exact=True))
    for sample in range(samples):
        jacobian = softmax_jacobian(np.ascontiguousarray(a[:, sample]))
        for j in range(units):
            total = float(jacobian[j, 0]) * float(e[0, sample])
            for k in range(1, units):
                total += float(jacobian[j, k]) * float(e[k, sample])
            assert float(delta[j, sample]) == total


def test_fast_softmax_delta_agrees_with_the_exact_one() -> None:
    a = activated(A.SOFTMAX, RANDOM.normal(size=(8, 5)), exact=True)
    e, exact, fast = RANDOM.normal(size=(8, 5)), np.empty((8, 5)), np.empty((8, 5))
    before = bits(e), bits(a)
    execute(softmax_delta_calls(a, e, exact, exact=True))
    execute(softmax_delta_calls(a, e, fast, exact=False))
    np.testing.assert_allclose(fast, exact, atol=1e-15)
    assert (bits(e), bits(a)) == before
