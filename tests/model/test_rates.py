"""Whole powers and cosines from + − × only, against fractions and the C library."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.model.rates import cosine_of_half_turns, whole_power


@pytest.mark.parametrize("number", [0.5, 0.9, 0.97, 0.999, 1.1])
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 10, 100, 999])
def test_powers_are_right_to_a_rounding_per_factor(number: float, exponent: int) -> None:
    expected = Fraction(number) ** exponent
    distance = abs(Fraction(whole_power(number, exponent)) - expected) / expected
    assert distance <= exponent * 2.0**-53


def test_small_powers_are_plain_products() -> None:
    assert [whole_power(0.9, n) for n in range(4)] == [1.0, 0.9, 0.9 * 0.9, 0.9 * (0.9 * 0.9)]


def test_the_ends_of_powers() -> None:
    assert whole_power(2.0, 5000) == math.inf
    assert whole_power(0.5, 5000) == 0.0
    assert whole_power(0.9, 10**400) == 0.0
    assert whole_power(0.0, 0) == 1.0
    assert whole_power(0.0, 3) == 0.0
    assert whole_power(1.0, 10**400) == 1.0


@given(st.floats(0.0, 1.0))
def test_cosines_agree_with_the_c_library(share: float) -> None:
    assert cosine_of_half_turns(share) == pytest.approx(math.cos(math.pi * share), abs=5e-16)


def test_cosines_of_quarter_turns_are_exact() -> None:
    assert [cosine_of_half_turns(share) for share in (0.0, 0.5, 1.0)] == [1.0, 0.0, -1.0]


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_schedule_by_cosine_never_rises(first: float, second: float) -> None:
    low, high = min(first, second), max(first, second)
    assert cosine_of_half_turns(low) >= cosine_of_half_turns(high) - 2.0**-52
