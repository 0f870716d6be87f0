"""The functions of :mod:`bpstudio.model.elementary` for one number, compiled: the same steps, so the same bits.

Imported only where the optional compiler is installed.
"""

import math

import numpy as np
from numba import njit

from bpstudio.model import elementary as vectorised

LN2_HIGH, LN2_LOW = vectorised.LN2_HIGH, vectorised.LN2_LOW
INVERSE_LN2, SQRT_HALF = vectorised.INVERSE_LN2, vectorised.SQRT_HALF
E1, E2, E3, E4, E5 = vectorised.EXP_COEFFICIENTS
Q1, Q2, Q3, Q4, Q5 = vectorised.EXPM1_COEFFICIENTS
O1, O2, O3, O4 = vectorised.LOG_ODD
V1, V2, V3 = vectorised.LOG_EVEN

# Powers of two as a table: multiplying by one is exact, and quicker than a call of ldexp.
_LOWEST = -1022
POWERS = np.ldexp(np.ones(2046), np.arange(_LOWEST, 1024))

compiled = njit(cache=True, error_model="numpy", inline="never")


@compiled
def scaled(y: float, k: int) -> float:
    """y·2^k with one rounding."""
    if -1022 < k < 1023:
        return y * POWERS[k - _LOWEST]
    return math.ldexp(y, k)


@compiled
def exp(x: float) -> float:
    """e^x."""
    if x != x:
        return x
    bounded = min(max(x, -746.0), 710.0)
    k = np.rint(bounded * INVERSE_LN2)
    high = bounded - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (E1 + t * (E2 + t * (E3 + t * (E4 + t * E5))))
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    return scaled(y, int(k))


@compiled
def expm1(x: float) -> float:
    """e^x − 1."""
    if x != x:
        return x
    bounded = min(max(x, -746.0), 710.0)
    k = 0.0 if abs(bounded) <= 0.34657359027997264 else np.rint(bounded * INVERSE_LN2)
    high = bounded - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    c = (high - r) - low
    half = 0.5 * r
    square = r * half
    r1 = 1.0 + square * (Q1 + square * (Q2 + square * (Q3 + square * (Q4 + square * Q5))))
    t = 3.0 - r1 * half
    e = square * ((r1 - t) / (6.0 - r * t))
    if k == 0.0:
        return r - (r * e - square)
    e = (r * (e - c) - c) - square
    if k == -1.0:
        return 0.5 * (r - e) - 0.5
    if k == 1.0:
        if r < -0.25:
            return -2.0 * (e - (r + 0.5))
        return 1.0 + 2.0 * (r - e)
    whole = int(k)
    if k <= -2.0 or k > 56.0:
        return scaled(1.0 - (e - r), whole) - 1.0
    power = scaled(1.0, -whole)
    if k < 20.0:
        return scaled((1.0 - power) - (e - r), whole)
    return scaled((r - (e + power)) + 1.0, whole)


@compiled
def _log_kernel(f: float, k: float, correction: float) -> float:
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * (O1 + w * (O2 + w * (O3 + w * O4))) + w * (V1 + w * (V2 + w * V3))
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + r) + (k * LN2_LOW + correction))) - f)


@compiled
def log(x: float) -> float:
    """ln x."""
    if x != x or x < 0.0:
        return math.nan
    if x == 0.0:
        return -math.inf
    if x == math.inf:
        return x
    mantissa, exponent = math.frexp(x)
    k = float(exponent)
    if mantissa < SQRT_HALF:
        mantissa, k = 2.0 * mantissa, k - 1.0
    return _log_kernel(mantissa - 1.0, k, 0.0)


@compiled
def log1p(x: float) -> float:
    """ln(1 + x)."""
    if x == 0.0 or x != x or x == math.inf:
        return x
    if -0.2928932188134525 < x < 0.41421356237309503:
        return _log_kernel(x, 0.0, 0.0)
    if x == -1.0:
        return -math.inf
    if x < -1.0:
        return math.nan
    u = 1.0 + x
    lost = 1.0 - (u - x) if x >= 1.0 else x - (u - 1.0)
    mantissa, exponent = math.frexp(u)
    k = float(exponent)
    if mantissa < SQRT_HALF:
        mantissa, k = 2.0 * mantissa, k - 1.0
    return _log_kernel(mantissa - 1.0, k, lost / u)


@compiled
def tanh(x: float) -> float:
    """The hyperbolic tangent."""
    size = abs(x)
    if size != size:
        return x
    doubled = min(2.0 * size, 44.0)
    if size >= 1.0:
        return math.copysign(1.0 - 2.0 / (expm1(doubled) + 2.0), x)
    t = expm1(-doubled)
    return math.copysign(-t / (t + 2.0), x)


@compiled
def sigmoid(x: float) -> float:
    """1/(1 + e^−x)."""
    e = exp(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)
