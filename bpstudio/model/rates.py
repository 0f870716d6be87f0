"""Powers and cosines of the iteration's number from + − × only: rates with the same bits on every machine.

The C library's pow and cos round differently with and without fused multiply-adds.
"""

import math

_COSINE = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)
_SINE = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)


def whole_power(number: float, exponent: int) -> float:
    """``number`` to a whole power ≥ 0 by squaring and multiplying; ∞ where it is too large for a float."""
    result = 1.0
    while exponent:
        if exponent & 1:
            result *= number
        exponent >>= 1
        if exponent:
            number *= number
    return result


def cosine_of_half_turns(share: float) -> float:
    """cos(π·share) for 0 ≤ share ≤ 1: exactly 1, 0 and −1 at 0, ½ and 1 (polynomials of Sun's fdlibm, 1993)."""
    if share > 0.5:
        return -cosine_of_half_turns(1.0 - share)
    return _cosine(math.pi * share) if share <= 0.25 else _sine(math.pi * (0.5 - share))


def _cosine(x: float) -> float:
    """For |x| ≤ π/4."""
    c1, c2, c3, c4, c5, c6 = _COSINE
    z = x * x
    r = z * (c1 + z * (c2 + z * c3)) + (z * z) * (z * z) * (c4 + z * (c5 + z * c6))
    half = 0.5 * z
    w = 1.0 - half
    return w + (((1.0 - w) - half) + z * r)


def _sine(x: float) -> float:
    """For |x| ≤ π/4."""
    s1, s2, s3, s4, s5, s6 = _SINE
    z = x * x
    r = s2 + z * (s3 + z * s4) + z * (z * z) * (s5 + z * s6)
    return x + (z * x) * (s1 + z * r)
