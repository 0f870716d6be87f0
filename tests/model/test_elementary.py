"""exp, log and their kin against the C library, and against themselves compiled."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from bpstudio.model import elementary

RANDOM = np.random.default_rng(7)
SPREAD = np.concatenate(
    [
        RANDOM.uniform(-30, 30, 20_000),
        RANDOM.uniform(-750, 750, 20_000),
        RANDOM.normal(size=10_000),
        RANDOM.normal(size=10_000) * 10.0 ** RANDOM.integers(-300, 300, 10_000),
        np.array([0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e308, -1e308, np.inf, -np.inf, np.nan, 0.5, 22.0, -22.0]),
        np.array([709.782712893384, 709.7827128933841, -745.1332191019411, -745.2, -708.3964185322641, 1e3, -1e3]),
    ]
)
POSITIVE = np.abs(SPREAD)
ABOVE_MINUS_ONE = np.concatenate([SPREAD[SPREAD > -1.0], -RANDOM.uniform(0, 1, 10_000), [-1.0, np.nan, np.inf]])


def reference(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    def at(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf
        except ValueError:
            return -math.inf if value in (0.0, -1.0) else math.nan

    return np.array([at(value) for value in x.tolist()])


def assert_within(name: str, x: np.ndarray, function: Callable[[float], float], units: float) -> None:
    with np.errstate(all="ignore"):
        found = getattr(elementary, name)(x, np.empty_like(x))
        expected = reference(function, x)
        assert np.array_equal(np.isnan(found), np.isnan(expected))
        is_finite = np.isfinite(expected)
        assert np.array_equal(found[~is_finite], expected[~is_finite], equal_nan=True)
        distance = np.abs(found[is_finite] - expected[is_finite]) / np.spacing(np.abs(expected[is_finite]))
    worst = int(np.argmax(distance))
    assert distance[worst] <= units, f"{name}({x[is_finite][worst]!r}) is {distance[worst]} units off"


@pytest.mark.parametrize(
    ("name", "function", "x", "units"),
    [
        ("exp", math.exp, SPREAD, 1),
        ("expm1", math.expm1, SPREAD, 1),
        ("tanh", math.tanh, SPREAD, 3),
        ("log", math.log, POSITIVE, 1),
        ("log1p", math.log1p, ABOVE_MINUS_ONE, 1),
        ("erfc", math.erfc, SPREAD, 4),
    ],
)
def test_agrees_with_the_c_library(name: str, function: Callable[[float], float], x: np.ndarray, units: float) -> None:
    assert_within(name, x, function, units)


def test_sigmoid_saturates_without_overflow() -> None:
    x = np.array([-1e308, -1e3, -745.0, -1.0, 0.0, 1.0, 40.0, 1e3, 1e308, np.nan])
    with np.errstate(over="raise", invalid="ignore"):
        found = elementary.sigmoid(x, np.empty_like(x))
    assert found[0] == 0.0
    assert found[1] == 0.0
    assert found[4] == 0.5
    assert (found[6:9] == 1.0).all()
    assert np.isnan(found[9])
    assert found[3] + found[5] == pytest.approx(1.0, abs=1e-16)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "sigmoid"])
def test_compiled_scalars_have_the_same_bits(name: str) -> None:
    pytest.importorskip("numba")
    from bpstudio.model import scalar_functions

    with np.errstate(all="ignore"):
        expected = getattr(elementary, name)(SPREAD, np.empty_like(SPREAD))
    found = np.empty_like(SPREAD)
    scalar_functions.each(getattr(scalar_functions, name), SPREAD, found)
    same = (found.view(np.uint64) == expected.view(np.uint64)) | (np.isnan(found) & np.isnan(expected))
    assert same.all(), f"{SPREAD[~same][:3]!r}: {found[~same][:3]!r} and {expected[~same][:3]!r}"


def test_out_may_be_the_input() -> None:
    for name in ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "erfc"):
        x = RANDOM.uniform(0.01, 5, 100)
        expected = getattr(elementary, name)(x, np.empty_like(x))
        assert np.array_equal(getattr(elementary, name)(x, x), expected)
