"""The elementary functions against decimal arithmetic: how far they are from the true value, in units in the last place."""

import math
from collections.abc import Callable
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest

from bpstudio.model import elementary
from bpstudio.model.spec import Array

RANDOM = np.random.default_rng(18)
DIGITS = 60
FAR_DIGITS = 420  # e^−x² of x = 27 has 317 zeros, which its alternating series must cancel


def decimal_sigmoid(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def decimal_tanh(x: Decimal) -> Decimal:
    grown = (2 * abs(x)).exp()
    return ((grown - 1) / (grown + 1)).copy_sign(x)


def decimal_erfc(x: Decimal) -> Decimal:
    """1 − 2/√π·e^−x²·Σ (2x²)ⁿ·x/(1·3·…·(2n+1)): all terms of one sign, so that digits are lost only in the last step."""
    term = total = x
    n = 0
    while abs(term) > abs(total).scaleb(-(DIGITS + 330)) and term != 0:
        n += 1
        term = term * 2 * x * x / (2 * n + 1)
        total += term
    return 1 - 2 * total * (-x * x).exp() / square_root_of_pi()


def square_root_of_pi() -> Decimal:
    """√π by Machin's formula, to the digits of the context."""
    return (16 * arctangent_of_inverse(5) - 4 * arctangent_of_inverse(239)).sqrt()


def arctangent_of_inverse(n: int) -> Decimal:
    power = total = Decimal(1) / n
    k = 0
    while abs(power) > Decimal(10) ** -(FAR_DIGITS + 5):
        k += 1
        power /= -n * n
        total += power / (2 * k + 1)
    return total


def worst_error(
    name: str, function: Callable[[Decimal], Decimal], x: Array, digits: int = DIGITS
) -> tuple[float, float]:
    """The largest distance from the true value in units of its last place, and where it is."""
    with np.errstate(all="ignore"):
        found = getattr(elementary, name)(x, np.empty_like(x)).tolist()
    worst = (0.0, math.nan)
    with localcontext(Context(prec=digits, Emin=-(10**6), Emax=10**6)):
        for value, result in zip(x.tolist(), found, strict=True):
            expected = function(Decimal(value))
            unit = Decimal(math.ulp(float(expected)))
            worst = max(worst, (float(abs(Decimal(result) - expected) / unit), value))
    return worst


def spread(low: float, high: float, count: int = 700) -> Array:
    """Numbers over the whole range, and close to 0 inside it."""
    near = RANDOM.normal(size=count) * 10.0 ** RANDOM.uniform(-20, 1, count)
    chosen = np.concatenate([RANDOM.uniform(low, high, count), RANDOM.uniform(-3, 3, count), near])
    return chosen[(chosen >= low) & (chosen <= high)]


SUBNORMAL = RANDOM.integers(1, 2**52, 200).astype(np.float64) * 5e-324
POSITIVE = np.concatenate([10.0 ** RANDOM.uniform(-307, 308, 800), 1 + RANDOM.uniform(-0.5, 0.5, 800), SUBNORMAL])
ABOVE_MINUS_ONE = np.concatenate([spread(-0.999999, 1e3), 10.0 ** RANDOM.uniform(-300, 300, 300), SUBNORMAL])


@pytest.mark.parametrize(
    ("name", "function", "x", "units"),
    [
        ("exp", Decimal.exp, spread(-745.0, 709.78), 0.9),
        ("expm1", lambda x: x.exp() - 1, spread(-745.0, 709.78), 0.9),
        ("log", Decimal.ln, POSITIVE, 0.9),
        ("log1p", lambda x: (1 + x).ln(), ABOVE_MINUS_ONE, 0.9),
        ("tanh", decimal_tanh, spread(-30.0, 30.0), 2.5),
        ("sigmoid", decimal_sigmoid, spread(-745.0, 50.0), 2.0),
    ],
)
def test_the_distance_from_the_true_value(
    name: str, function: Callable[[Decimal], Decimal], x: Array, units: float
) -> None:
    digits = FAR_DIGITS if name in ("expm1", "log1p", "tanh") else DIGITS  # 1 + 5e-324 has 324 digits
    error, where = worst_error(name, function, x, digits)
    assert error <= units, f"{name}({where!r}) is {error} units off"


def test_the_distance_of_erfc_from_the_true_value() -> None:
    x = np.concatenate([RANDOM.uniform(-6, 6, 40), RANDOM.uniform(6, 27.2, 20), [0.84375, 1.25, 2.857142857142857]])
    error, where = worst_error("erfc", decimal_erfc, x, FAR_DIGITS + 330)
    assert error <= 3.0, f"erfc({where!r}) is {error} units off"


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", ["expm1", "log1p", "tanh"])
def test_close_to_zero_they_are_the_identity(name: str, sign: float) -> None:
    x = sign * np.concatenate([[0.0, 5e-324, 1e-310, 1e-300, 1e-30], SUBNORMAL])
    found = getattr(elementary, name)(x, np.empty_like(x))
    assert found.tobytes() == x.tobytes()  # the sign of 0 included


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("exp", [0.0, -0.0, 709.79, 1e308, math.inf, -745.14, -1e308, -math.inf], [1, 1, *[math.inf] * 3, 0, 0, 0]),
        ("expm1", [1e3, 1e308, math.inf, -1e3, -1e308, -math.inf], [*[math.inf] * 3, -1, -1, -1]),
        ("log", [0.0, -0.0, 1.0, math.inf], [-math.inf, -math.inf, 0, math.inf]),
        ("log1p", [-1.0, math.inf], [-math.inf, math.inf]),
        ("tanh", [22.0, 1e3, 1e308, math.inf, -22.0, -math.inf], [1, 1, 1, 1, -1, -1]),
        ("sigmoid", [0.0, -0.0, 1e3, math.inf, -1e3, -math.inf], [0.5, 0.5, 1, 1, 0, 0]),
        ("erfc", [0.0, -0.0, 28.0, 1e308, math.inf, -6.0, -1e308, -math.inf], [1, 1, 0, 0, 0, 2, 2, 2]),
    ],
)
def test_the_ends(name: str, x: list[float], expected: list[float]) -> None:
    with np.errstate(all="ignore"):
        found = getattr(elementary, name)(np.array(x), np.empty(len(x)))
    assert found.tolist() == expected


@pytest.mark.parametrize("name", ["log", "log1p"])
def test_logarithms_of_what_has_none_are_not_numbers(name: str) -> None:
    x = np.array([-2.0, -1e308, -math.inf, math.nan])
    with np.errstate(all="ignore"):
        assert np.isnan(getattr(elementary, name)(x, np.empty_like(x))).all()


@pytest.mark.parametrize("name", ["exp", "expm1", "tanh", "sigmoid", "erfc", "log", "log1p"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 3), (0, 3)])
def test_bits_do_not_depend_on_the_shape(name: str, shape: tuple[int, int]) -> None:
    x = RANDOM.uniform(0.01, 20, shape)
    found = getattr(elementary, name)(x, np.empty(shape))
    for place in np.ndindex(shape):
        single = getattr(elementary, name)(x[place].reshape(1), np.empty(1))
        assert single.tobytes() == found[place].tobytes()
