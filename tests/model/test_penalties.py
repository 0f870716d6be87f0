"""The penalty and its gradient: values by hand, bits of one entry, biases left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.model.penalties import penalty_entry, penalty_gradient_calls, penalty_value
from bpstudio.model.plan import execute
from bpstudio.model.spec import PenaltySpec

RANDOM = np.random.default_rng(13)


def test_the_value_is_l2_times_squares_plus_l1_times_sizes() -> None:
    weights = [np.array([[1.0, -2.0]]), np.array([[3.0], [0.0]])]
    assert penalty_value(PenaltySpec(l2=0.5), weights) == 7.0
    assert penalty_value(PenaltySpec(l1=0.5), weights) == 3.0
    assert penalty_value(PenaltySpec(l2=0.5, l1=0.25), weights) == 8.5


def test_the_value_is_added_in_order() -> None:
    weights = [RANDOM.normal(size=(7, 30)) * 10.0 ** RANDOM.integers(-8, 8, (7, 30)), RANDOM.normal(size=(4, 7))]
    squares = sizes = 0.0
    for w in weights:
        for value in w.reshape(-1).tolist():
            squares += value * value
            sizes += abs(value)
    assert penalty_value(PenaltySpec(0.3, 0.7), weights) == 0.3 * squares + 0.7 * sizes


@given(
    st.floats(0, 10),
    st.floats(0, 10),
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20),
)
def test_one_entry_has_the_bits_of_the_whole(l2: float, l1: float, pairs: list[tuple[float, float]]) -> None:
    penalty = PenaltySpec(l2, l1)
    parameters, gradient = np.array([w for w, _ in pairs]), np.array([g for _, g in pairs])
    execute(penalty_gradient_calls(penalty, parameters, gradient, np.ones(len(pairs))))
    expected = np.array([g + penalty_entry(penalty, w) for w, g in pairs])
    assert gradient.tobytes() == expected.tobytes()


def test_biases_and_the_parameters_themselves_are_left_alone() -> None:
    parameters, gradient = np.array([1.0, -2.0, 3.0]), np.array([0.1, 0.2, 0.3])
    before = parameters.tobytes()
    execute(penalty_gradient_calls(PenaltySpec(0.5, 0.25), parameters, gradient, np.array([1.0, 0.0, 1.0])))
    assert gradient.tolist() == [0.1 + 1.25, 0.2, 0.3 + 3.25]
    assert parameters.tobytes() == before


def test_a_penalty_whose_double_overflows_stays_away_from_biases() -> None:
    parameters, gradient = np.array([0.5, -2.0, 3.0]), np.array([0.1, 0.2, 0.3])
    execute(penalty_gradient_calls(PenaltySpec(1e308), parameters, gradient, np.array([1.0, 0.0, 1.0])))
    assert gradient.tolist() == [np.inf, 0.2, np.inf]


def test_the_size_of_a_weight_of_zero_has_slope_zero() -> None:
    assert penalty_entry(PenaltySpec(l1=0.5), 0.0) == 0.0
    assert penalty_entry(PenaltySpec(l1=0.5), -0.0) == 0.0


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("l1", [0.0, 0.1])
def test_the_gradient_is_the_slope_of_the_value(l2: float, l1: float) -> None:
    penalty, width = PenaltySpec(l2, l1), 1e-6
    parameters, gradient = RANDOM.normal(size=6), np.zeros(6)
    execute(penalty_gradient_calls(penalty, parameters, gradient, np.ones(6)))
    for k in range(6):
        nudge = np.zeros(6)
        nudge[k] = width
        above = penalty_value(penalty, [(parameters + nudge)[None]])
        below = penalty_value(penalty, [(parameters - nudge)[None]])
        assert gradient[k] == pytest.approx((above - below) / (2 * width), abs=1e-8)


def test_a_share_that_is_off_adds_nothing_however_large_its_sum() -> None:
    with np.errstate(over="ignore"):
        assert penalty_value(PenaltySpec(l1=0.5), [np.array([[1e200]])]) == 5e199
