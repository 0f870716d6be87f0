"""exp, log and their kin from + − × ÷, comparisons and powers of two only: the same bits on every machine.

NumPy's own exp and log take different code paths on different processors. These follow the argument reductions and
approximations of Sun's fdlibm (1993; see the notices in resources/licenses), operation by operation and without fused
multiply-adds, so that scalar code doing the same steps gives the same bits. Errors stay within one unit in the last
place, for sigmoid and tanh within two and a half, for erfc (far out) within three.

Every function has the form ``f(x, out)``, may be given ``out is x``, and returns ``out``.
"""

from typing import Any

import numpy as np

from bpstudio.model.spec import Array

LN2_HIGH = 6.93147180369123816490e-01  # 33 bits: k·LN2_HIGH is exact
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700e00
SQRT_HALF = 7.07106781186547524401e-01

EXP_COEFFICIENTS = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
EXPM1_COEFFICIENTS = (
    -3.33333333333331316428e-02,
    1.58730158725481460165e-03,
    -7.93650757867487942473e-05,
    4.00821782732936239552e-06,
    -2.01099218183624371326e-07,
)
LOG_ODD = (6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01)
LOG_EVEN = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)


def _horner(x: Array, coefficients: tuple[float, ...]) -> Any:
    """c0 + x·(c1 + x·(c2 + …))."""
    result: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = coefficient + x * result
    return result


def exp(x: Array, out: Array) -> Array:
    """e^x; 0 below −745.2, ∞ above 709.8."""
    bounded = np.minimum(np.maximum(x, -746.0), 710.0)
    k = np.rint(bounded * INVERSE_LN2)
    high = bounded - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * _horner(t, EXP_COEFFICIENTS)
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    np.ldexp(y, k.astype(np.int32), out)
    return out


def expm1(x: Array, out: Array) -> Array:
    """e^x − 1 without cancellation near 0."""
    bounded = np.minimum(np.maximum(x, -746.0), 710.0)
    k = np.rint(bounded * INVERSE_LN2)
    k = np.where(np.abs(bounded) <= 0.34657359027997264, 0.0, k)
    high = bounded - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    c = (high - r) - low
    half = 0.5 * r
    square = r * half
    r1 = 1.0 + square * _horner(square, EXPM1_COEFFICIENTS)
    t = 3.0 - r1 * half
    e0 = square * ((r1 - t) / (6.0 - r * t))
    at_zero = r - (r * e0 - square)
    e = (r * (e0 - c) - c) - square
    whole = k.astype(np.int32)
    power = np.ldexp(1.0, -whole)
    far = np.ldexp(1.0 - (e - r), whole) - 1.0
    near = np.ldexp((1.0 - power) - (e - r), whole)
    middle = np.ldexp((r - (e + power)) + 1.0, whole)
    one = np.where(r < -0.25, -2.0 * (e - (r + 0.5)), 1.0 + 2.0 * (r - e))
    minus_one = 0.5 * (r - e) - 0.5
    result = np.where(k < 20.0, near, middle)
    result = np.where((k <= -2.0) | (k > 56.0), far, result)
    result = np.where(k == 1.0, one, result)
    result = np.where(k == -1.0, minus_one, result)
    out[...] = np.where(k == 0.0, at_zero, result)
    return out


def _log_kernel(f: Array, k: Array, correction: Array | float) -> Array:
    """log(2^k·(1 + f)) + correction for √½ ≤ 1 + f < √2."""
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * _horner(w, LOG_ODD) + w * _horner(w, LOG_EVEN)
    half = 0.5 * f * f
    result: Array = k * LN2_HIGH - ((half - (s * (half + r) + (k * LN2_LOW + correction))) - f)
    return result


def _reduced(x: Array) -> tuple[Array, Array]:
    """x = 2^k·m with √½ ≤ m < √2, as (m, k)."""
    mantissa, exponent = np.frexp(x)
    k = exponent.astype(np.float64)
    is_small = mantissa < SQRT_HALF
    return np.where(is_small, 2.0 * mantissa, mantissa), np.where(is_small, k - 1.0, k)


def log(x: Array, out: Array) -> Array:
    """ln x; −∞ at 0, NaN below."""
    mantissa, k = _reduced(x)
    result = _log_kernel(mantissa - 1.0, k, 0.0)
    result = np.where(x == 0.0, -np.inf, result)
    result = np.where(x < 0.0, np.nan, result)
    out[...] = np.where(x == np.inf, np.inf, result)
    return out


def log1p(x: Array, out: Array) -> Array:
    """ln(1 + x) without cancellation near 0; −∞ at −1, NaN below."""
    is_near = (x > -0.2928932188134525) & (x < 0.41421356237309503)
    u = 1.0 + x
    lost = np.where(x >= 1.0, 1.0 - (u - x), x - (u - 1.0))
    mantissa, k = _reduced(u)
    f = np.where(is_near, x, mantissa - 1.0)
    result = _log_kernel(f, np.where(is_near, 0.0, k), np.where(is_near, 0.0, lost / u))
    result = np.where(x == -1.0, -np.inf, result)
    result = np.where(x < -1.0, np.nan, result)
    result = np.where(x == np.inf, np.inf, result)
    out[...] = np.where(x == 0.0, x, result)
    return out


def tanh(x: Array, out: Array) -> Array:
    """The hyperbolic tangent; ±1 beyond ±22."""
    size = np.abs(x)
    doubled = np.minimum(2.0 * size, 44.0)
    t = expm1(np.where(size >= 1.0, doubled, -doubled), np.empty_like(doubled))
    value = np.where(size >= 1.0, 1.0 - 2.0 / (t + 2.0), -t / (t + 2.0))
    return np.copysign(value, x, out)


def sigmoid(x: Array, out: Array) -> Array:
    """1/(1 + e^−x), from e^−|x| so that neither end overflows."""
    e = exp(-np.abs(x), np.empty_like(x))
    return np.divide(np.where(x < 0.0, e, 1.0), 1.0 + e, out)


_ERF_PP = (
    1.28379167095512558561e-01,
    -3.25042107247001499370e-01,
    -2.84817495755985104766e-02,
    -5.77027029648944159157e-03,
    -2.37630166566501626084e-05,
)
_ERF_QQ = (
    1.0,
    3.97917223959155352819e-01,
    6.50222499887672944485e-02,
    5.08130628187576562776e-03,
    1.32494738004321644526e-04,
    -3.96022827877536812320e-06,
)
_ERF_PA = (
    -2.36211856075265944077e-03,
    4.14856118683748331666e-01,
    -3.72207876035701323847e-01,
    3.18346619901161753674e-01,
    -1.10894694282396677476e-01,
    3.54783043256182359371e-02,
    -2.16637559486879084300e-03,
)
_ERF_QA = (
    1.0,
    1.06420880400844228286e-01,
    5.40397917702171048937e-01,
    7.18286544141962662868e-02,
    1.26171219808761642112e-01,
    1.36370839120290507362e-02,
    1.19844998467991074170e-02,
)
_ERF_RA = (
    -9.86494403484714822705e-03,
    -6.93858572707181764372e-01,
    -1.05586262253232909814e01,
    -6.23753324503260060396e01,
    -1.62396669462573470355e02,
    -1.84605092906711035994e02,
    -8.12874355063065934246e01,
    -9.81432934416914548592e00,
)
_ERF_SA = (
    1.0,
    1.96512716674392571292e01,
    1.37657754143519042600e02,
    4.34565877475229228821e02,
    6.45387271733267880336e02,
    4.29008140027567833386e02,
    1.08635005541779435134e02,
    6.57024977031928170135e00,
    -6.04244152148580987438e-02,
)
_ERF_RB = (
    -9.86494292470009928597e-03,
    -7.99283237680523006574e-01,
    -1.77579549177547519889e01,
    -1.60636384855821916062e02,
    -6.37566443368389627722e02,
    -1.02509513161107724954e03,
    -4.83519191608651397019e02,
)
_ERF_SB = (
    1.0,
    3.03380607434824582924e01,
    3.25792512996573918826e02,
    1.53672958608443695994e03,
    3.19985821950859553908e03,
    2.55305040643316442583e03,
    4.74528541206955367215e02,
    -2.24409524465858183362e01,
)
_ERF_ONE = 8.45062911510467529297e-01  # erf near 1, to 24 bits


def erfc(x: Array, out: Array) -> Array:
    """1 − erf(x), accurate in the upper tail; 0 above 28, 2 below −6."""
    size = np.abs(x)
    middle = np.minimum(size, 0.84375)
    y = _horner(middle * middle, _ERF_PP) / _horner(middle * middle, _ERF_QQ)
    near = np.where(x < 0.25, 1.0 - (x + x * y), 0.5 - ((x - 0.5) + x * y))
    s = np.minimum(np.maximum(size, 0.84375), 1.25) - 1.0
    q = _horner(s, _ERF_PA) / _horner(s, _ERF_QA)
    around = np.where(x >= 0.0, (1.0 - _ERF_ONE) - q, 1.0 + (_ERF_ONE + q))
    tail = _tail(np.minimum(np.maximum(size, 1.25), 28.0))
    far = np.where(x >= 0.0, tail, 2.0 - tail)
    result = np.where(size < 1.25, around, far)
    result = np.where(size < 0.84375, near, result)
    out[...] = np.where(np.isnan(x), x, result)
    return out


def _tail(size: Array) -> Array:
    """erfc for 1.25 ≤ size ≤ 28."""
    s = 1.0 / (size * size)
    is_inner = size < 2.857142857142857
    ratio = np.where(is_inner, _horner(s, _ERF_RA) / _horner(s, _ERF_SA), _horner(s, _ERF_RB) / _horner(s, _ERF_SB))
    z = (np.ascontiguousarray(size).view(np.uint64) & np.uint64(0xFFFFFFFF00000000)).view(np.float64)
    first = exp(-z * z - 0.5625, np.empty_like(z))
    second = exp((z - size) * (z + size) + ratio, np.empty_like(z))
    return np.where(size >= 28.0, 0.0, first * second / size)
