"""Losses, their derivatives and matched pairs against plain formulas, differences and each other."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bpstudio.model.activations import activation_calls, slope_calls, softmax_delta_calls
from bpstudio.model.losses import (
    error_calls,
    fast_cross_entropy_calls,
    loss_term_calls,
    matched_delta_calls,
    sample_loss_calls,
)
from bpstudio.model.plan import execute
from bpstudio.model.spec import ActivationName, Array, LossName, LossSpec, RunSpec
from tests.support.specs import run_spec

A = ActivationName
L = LossName
MODES = pytest.mark.parametrize("exact", [True, False], ids=["exact", "fast"])
RANDOM = np.random.default_rng(12)
PAIRS = [(A.IDENTITY, L.SQUARED_ERROR), (A.SIGMOID, L.BINARY_CROSS_ENTROPY), (A.SOFTMAX, L.CROSS_ENTROPY)]


def plain_huber(a: float, t: float) -> float:
    distance = abs(a - t)
    return 0.5 * distance**2 if distance <= 1.0 else distance - 0.5


PLAIN: dict[LossName, Callable[[float, float], float]] = {
    L.SQUARED_ERROR: lambda a, t: (a - t) ** 2,
    L.ABSOLUTE_ERROR: lambda a, t: abs(a - t),
    L.HUBER: plain_huber,
    L.BINARY_CROSS_ENTROPY: lambda a, t: -(t * math.log(a) + (1 - t) * math.log(1 - a)),
    L.CROSS_ENTROPY: lambda a, t: -t * math.log(a),
    L.OUTPUT_SUM: lambda a, t: a,
}


def spec_of(loss: LossName, output: ActivationName = A.RELU, units: int = 3, factor: float = 1.0) -> RunSpec:
    """An output that makes no matched pair unless one is asked for."""
    return replace(run_spec((1, units), (output,), samples=1, loss=loss), loss=LossSpec(loss, factor))


def terms_of(spec: RunSpec, z: Array, a: Array, targets: Array, exact: bool) -> Array:
    terms = np.full_like(a, np.nan)
    with np.errstate(all="ignore"):
        execute(loss_term_calls(spec, z, a, targets, terms, exact))
    return terms


def errors_of(spec: RunSpec, a: Array, targets: Array, exact: bool = True) -> Array:
    e = np.full_like(a, np.nan)
    with np.errstate(all="ignore"):
        execute(error_calls(spec, a, targets, e, exact))
    return e


def activated(spec: RunSpec, z: Array, exact: bool) -> Array:
    a = np.empty_like(z)
    with np.errstate(all="ignore"):
        execute(activation_calls(spec.network.layers[-1], z, a, exact))
    return a


@MODES
@pytest.mark.parametrize("factor", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("loss", list(L))
def test_terms_are_those_of_the_formula(loss: LossName, factor: float, exact: bool) -> None:
    a, t = RANDOM.uniform(0.01, 0.99, (3, 50)), RANDOM.uniform(0.0, 1.0, (3, 50))
    if loss is L.HUBER:
        a = a * 5
    spec = spec_of(loss, factor=factor)
    expected = factor * np.vectorize(PLAIN[loss])(a, t)
    np.testing.assert_allclose(terms_of(spec, a, a, t, exact), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("factor", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("loss", list(L))
def test_the_error_is_the_slope_of_the_term(loss: LossName, factor: float) -> None:
    a, t = RANDOM.uniform(0.05, 0.95, (3, 40)), RANDOM.uniform(0.0, 1.0, (3, 40))
    if loss is L.HUBER:
        a = a * 5
    a[np.abs(a - t) < 1e-3] += 0.01
    width = 1e-6
    plain = np.vectorize(PLAIN[loss])
    difference = factor * (plain(a + width, t) - plain(a - width, t)) / (2 * width)
    np.testing.assert_allclose(errors_of(spec_of(loss, factor=factor), a, t), difference, rtol=1e-7, atol=1e-7)


@MODES
def test_a_target_of_zero_drops_its_term(exact: bool) -> None:
    """0·ln 0 = 0, and likewise (1−t)·ln(1−a) where t is 1."""
    a, t = np.array([[0.0], [1.0], [0.5]]), np.array([[0.0], [1.0], [1.0]])
    binary, cross = spec_of(L.BINARY_CROSS_ENTROPY), spec_of(L.CROSS_ENTROPY)
    np.testing.assert_allclose(terms_of(binary, a, a, t, exact), [[0.0], [0.0], [math.log(2.0)]], rtol=1e-15)
    np.testing.assert_allclose(terms_of(cross, a, a, t, exact), [[0.0], [0.0], [math.log(2.0)]], rtol=1e-15)
    assert errors_of(binary, a, t).tolist() == [[1.0], [-1.0], [-2.0]]
    assert errors_of(cross, a, t).tolist() == [[0.0], [-1.0], [-2.0]]


@MODES
def test_a_certain_wrong_answer_costs_infinity(exact: bool) -> None:
    a, t = np.array([[0.0], [1.0]]), np.array([[1.0], [0.0]])
    binary = spec_of(L.BINARY_CROSS_ENTROPY, units=2)
    assert terms_of(binary, a, a, t, exact).tolist() == [[math.inf], [math.inf]]
    assert errors_of(binary, a, t).tolist() == [[-math.inf], [math.inf]]


def test_absolute_error_has_slope_zero_at_the_target() -> None:
    assert errors_of(spec_of(L.ABSOLUTE_ERROR), np.ones((3, 1)), np.ones((3, 1))).tolist() == [[0.0]] * 3


def test_huber_changes_at_a_distance_of_one() -> None:
    a, t = np.array([[-1.0], [1.0], [5.0]]), np.zeros((3, 1))
    spec = spec_of(L.HUBER)
    assert terms_of(spec, a, a, t, True).tolist() == [[0.5], [0.5], [4.5]]
    assert errors_of(spec, a, t).tolist() == [[-1.0], [1.0], [1.0]]


@MODES
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_the_stable_form_is_the_plain_one_where_that_works(output: A, loss: L, exact: bool) -> None:
    spec = spec_of(loss, output)
    z = RANDOM.normal(size=(3, 20))
    a = activated(spec, z, exact)
    t = RANDOM.uniform(0.0, 1.0, (3, 20))
    expected = np.vectorize(PLAIN[loss])(a, t)
    np.testing.assert_allclose(terms_of(spec, z, a, t, exact), expected, rtol=1e-12, atol=1e-14)


@MODES
def test_the_stable_forms_keep_all_digits_of_a_small_loss(exact: bool) -> None:
    z = np.array([[40.0]])
    spec = spec_of(L.BINARY_CROSS_ENTROPY, A.SIGMOID, units=1)
    found = terms_of(spec, z, activated(spec, z, exact), np.ones((1, 1)), exact)
    assert found[0, 0] == pytest.approx(math.log1p(math.exp(-40.0)), rel=1e-14)


def test_one_wrong_class_far_away_costs_nothing_with_target_zero() -> None:
    z = np.array([[0.0], [-1e308], [1e308]])  # z − max overflows to −∞: its term has target 0 and must stay 0
    spec = spec_of(L.CROSS_ENTROPY, A.SOFTMAX)
    assert terms_of(spec, z, activated(spec, z, True), np.array([[0.0], [0.0], [1.0]]), True).tolist() == [[0.0]] * 3


def test_cross_entropy_from_shared_softmax_is_the_same_loss() -> None:
    z, t = RANDOM.normal(size=(4, 6)), np.eye(4)[:, RANDOM.integers(0, 4, 6)]
    spec = spec_of(L.CROSS_ENTROPY, A.SOFTMAX, units=4, factor=2.0)
    shifted = z - z.max(axis=0)
    sums = np.tile(np.exp(shifted).sum(axis=0), (4, 1))
    terms = np.empty_like(z)
    execute(fast_cross_entropy_calls(shifted, sums, t, terms, 2.0))
    np.testing.assert_allclose(terms, terms_of(spec, z, activated(spec, z, True), t, True), rtol=1e-13, atol=1e-15)


@MODES
@pytest.mark.parametrize("loss", [L.BINARY_CROSS_ENTROPY, L.CROSS_ENTROPY])
def test_a_certain_right_answer_costs_zero_not_minus_zero(loss: LossName, exact: bool) -> None:
    ones = np.ones((3, 1))
    assert not np.signbit(terms_of(spec_of(loss), ones, ones, ones, exact)).any()


# δ of matched pairs


@pytest.mark.parametrize("factor", [1.0, 0.5, 3.0])
@pytest.mark.parametrize(("output", "loss"), PAIRS)
@pytest.mark.parametrize("has_unit_targets", [True, False])
def test_a_matched_delta_is_error_times_slope(output: A, loss: L, factor: float, has_unit_targets: bool) -> None:
    spec = spec_of(loss, output, factor=factor)
    z = RANDOM.normal(size=(3, 20))
    a, t = activated(spec, z, True), RANDOM.uniform(0.0, 1.0, (3, 20))
    if has_unit_targets:
        t = np.eye(3)[:, RANDOM.integers(0, 3, 20)]
    e, found, unfolded = errors_of(spec, a, t), np.empty_like(z), np.empty_like(z)
    execute(matched_delta_calls(spec, a, t, found, has_unit_targets))
    if output is A.SOFTMAX:
        execute(softmax_delta_calls(a, e, unfolded, exact=True))
    else:
        execute(slope_calls(spec.network.layers[-1], z, a, unfolded, True))
        unfolded *= e
    np.testing.assert_allclose(found, unfolded, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("output", "loss", "factor"), [(*PAIRS[0], 0.5), (*PAIRS[1], 1.0), (*PAIRS[2], 1.0)])
def test_with_the_usual_factor_a_matched_delta_is_one_subtraction(output: A, loss: L, factor: float) -> None:
    spec = spec_of(loss, output, factor=factor)
    a, t, delta = RANDOM.uniform(size=(3, 4)), np.eye(3)[:, [0, 1, 2, 0]], np.empty((3, 4))
    plan = matched_delta_calls(spec, a, t, delta, True)
    execute(plan)
    assert delta.tobytes() == (a - t).tobytes()
    assert len(plan) == 1


# Sums over outputs


@pytest.mark.parametrize("samples", [1, 2, 5])
def test_exact_sums_over_outputs_are_added_in_order(samples: int) -> None:
    terms = RANDOM.normal(size=(100, samples)) * 10.0 ** RANDOM.integers(-8, 8, (100, samples))
    found = np.empty(samples)
    execute(sample_loss_calls(terms, found, exact=True))
    for sample in range(samples):
        total = float(terms[0, sample])
        for value in terms[1:, sample].tolist():
            total += value
        assert found[sample] == total


@MODES
def test_the_sum_of_one_output_is_that_output(exact: bool) -> None:
    terms, found = RANDOM.normal(size=(1, 4)), np.empty(4)
    execute(sample_loss_calls(terms, found, exact))
    assert found.tobytes() == terms.tobytes()
    assert sample_loss_calls(terms, terms[0], exact) == []


def test_fast_sums_over_outputs_agree() -> None:
    terms, found = RANDOM.uniform(size=(30, 4)), np.empty(4)
    execute(sample_loss_calls(terms, found, exact=False))
    np.testing.assert_allclose(found, terms.sum(axis=0), rtol=1e-14)
