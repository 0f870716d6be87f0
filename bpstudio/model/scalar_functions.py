"""The functions of :mod:`bpstudio.model.elementary` for one number, compiled: the same steps, so the same bits.

Written without branches, so that a loop over many numbers becomes vector code. Where the array version chooses between
forms, all are computed here too and one is taken. Imported only where the optional compiler is installed.
"""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from bpstudio.model import elementary as arrays

LN2_HIGH, LN2_LOW = arrays.LN2_HIGH, arrays.LN2_LOW
INVERSE_LN2, SQRT_HALF = arrays.INVERSE_LN2, arrays.SQRT_HALF
E1, E2, E3, E4, E5 = arrays.EXP_COEFFICIENTS
Q1, Q2, Q3, Q4, Q5 = arrays.EXPM1_COEFFICIENTS
O1, O2, O3, O4 = arrays.LOG_ODD
V1, V2, V3 = arrays.LOG_EVEN

ROUND = 6755399441055744.0  # 1.5·2^52: adding and taking it away rounds to the nearest integer, ties to even
MANTISSA = (1 << 52) - 1
HALF_EXPONENT = 1022 << 52
SMALLEST_NORMAL = 2.2250738585072014e-308
INFINITY = float("inf")
NAN = float("nan")

compiled = njit(inline="always", error_model="numpy")


@intrinsic
def bits_of(_context: Any, _x: Any) -> Any:
    """The 64 bits of a double as an integer."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def from_bits(_context: Any, _x: Any) -> Any:
    """The double of 64 bits."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@compiled
def scaled(y, k):
    """y·2^k for a whole k of at most ±2000, with one rounding: half of k first, which is exact for y near 1."""
    half = k * 0.5 + ROUND
    rest = (k - (half - ROUND)) + ROUND
    return y * from_bits((bits_of(half) + 1023) << 52) * from_bits((bits_of(rest) + 1023) << 52)


@compiled
def exp(x):
    """e^x."""
    bounded = -746.0 if x < -746.0 else x
    bounded = 710.0 if bounded > 710.0 else bounded
    k = (bounded * INVERSE_LN2 + ROUND) - ROUND
    high = bounded - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (E1 + t * (E2 + t * (E3 + t * (E4 + t * E5))))
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    return scaled(y, k)


@compiled
def expm1(x):
    """e^x − 1."""
    bounded = -746.0 if x < -746.0 else x
    bounded = 710.0 if bounded > 710.0 else bounded
    rounded = (bounded * INVERSE_LN2 + ROUND) - ROUND
    k = 0.0 if abs(bounded) <= 0.34657359027997264 else rounded
    high = bounded - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    c = (high - r) - low
    half = 0.5 * r
    square = r * half
    r1 = 1.0 + square * (Q1 + square * (Q2 + square * (Q3 + square * (Q4 + square * Q5))))
    t = 3.0 - r1 * half
    e0 = square * ((r1 - t) / (6.0 - r * t))
    at_zero = r - (r * e0 - square)
    e = (r * (e0 - c) - c) - square
    power = scaled(1.0, -k)
    # One scaling serves the three far forms: only what is scaled differs.
    middle = (1.0 - power) - (e - r) if k < 20.0 else (r - (e + power)) + 1.0
    is_far = k <= -2.0 or k > 56.0
    grown = scaled(1.0 - (e - r) if is_far else middle, k)
    result = grown - 1.0 if is_far else grown
    one = -2.0 * (e - (r + 0.5)) if r < -0.25 else 1.0 + 2.0 * (r - e)
    result = one if k == 1.0 else result
    result = 0.5 * (r - e) - 0.5 if k == -1.0 else result
    return at_zero if k == 0.0 else result


@compiled
def log_kernel(f, k, correction):
    """log(2^k·(1 + f)) + correction for √½ ≤ 1 + f < √2."""
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * (O1 + w * (O2 + w * (O3 + w * O4))) + w * (V1 + w * (V2 + w * V3))
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + r) + (k * LN2_LOW + correction))) - f)


@compiled
def mantissa_of(x):
    """m of x = m·2^k with √½ ≤ m < √2, for x > 0, finite; subnormal x must have been scaled up."""
    m: float = from_bits((bits_of(x) & MANTISSA) | HALF_EXPONENT)
    return 2.0 * m if m < SQRT_HALF else m


@compiled
def exponent_of(x):
    """k of x = m·2^k with √½ ≤ m < √2."""
    k = float((bits_of(x) >> 52) - 1022)
    m = from_bits((bits_of(x) & MANTISSA) | HALF_EXPONENT)
    return k - 1.0 if m < SQRT_HALF else k


@compiled
def log(x):
    """ln x."""
    is_tiny = x < SMALLEST_NORMAL
    normal = x * 18014398509481984.0 if is_tiny else x
    k = exponent_of(normal) - (54.0 if is_tiny else 0.0)
    result = log_kernel(mantissa_of(normal) - 1.0, k, 0.0)
    result = -INFINITY if x == 0.0 else result
    result = NAN if x < 0.0 or x != x else result
    return INFINITY if x == INFINITY else result


@compiled
def log1p(x):
    """ln(1 + x)."""
    is_near = x > -0.2928932188134525 and x < 0.41421356237309503
    u = 1.0 + x
    lost = 1.0 - (u - x) if x >= 1.0 else x - (u - 1.0)
    f = x if is_near else mantissa_of(u) - 1.0
    k = 0.0 if is_near else exponent_of(u)
    result = log_kernel(f, k, 0.0 if is_near else lost / u)
    result = -INFINITY if x == -1.0 else result
    result = NAN if x < -1.0 or x != x else result
    result = INFINITY if x == INFINITY else result
    return x if x == 0.0 else result


@compiled
def tanh(x):
    """The hyperbolic tangent."""
    size = abs(x)
    doubled = 44.0 if 2.0 * size > 44.0 else 2.0 * size
    is_large = size >= 1.0
    t = expm1(doubled if is_large else -doubled)
    quotient = (2.0 if is_large else -t) / (t + 2.0)
    value = 1.0 - quotient if is_large else quotient
    return -value if bits_of(x) < 0 else value


@compiled
def sigmoid(x):
    """1/(1 + e^−x)."""
    e = exp(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)


outermost = njit(error_model="numpy")


@outermost
def each(function, x, out):
    """``out[k] = function(x[k])``: the array form, for tests."""
    for k in range(x.size):
        out[k] = function(x[k])
