"""Activation functions with their slopes, as calls on preallocated buffers.

``exact`` builds on :mod:`bpstudio.model.elementary` (the same bits everywhere), otherwise on NumPy's own functions. In both,
every form is stable: nothing overflows for |z| up to 10³⁰⁸ where the true value does not.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from bpstudio.model import elementary
from bpstudio.model.plan import Plan, constant
from bpstudio.model.spec import ActivationName, Array, LayerSpec
from bpstudio.records import dataclass

A = ActivationName
Function = Callable[[Array, Array], object]

SQRT_HALF = 7.0710678118654752440e-01
INVERSE_SQRT_2PI = 3.9894228040143267794e-01


def _fast_sigmoid(x: Array, out: Array) -> Array:
    np.negative(x, out)
    np.exp(out, out)
    np.add(out, 1.0, out)
    return np.divide(1.0, out, out)


@dataclass(frozen=True, slots=True)
class Functions:
    """The elementary functions of one summation mode, each ``f(x, out)``."""

    exp: Function
    expm1: Function
    log: Function
    log1p: Function
    tanh: Function
    sigmoid: Function
    erfc: Function


EXACT = Functions(
    elementary.exp,
    elementary.expm1,
    elementary.log,
    elementary.log1p,
    elementary.tanh,
    elementary.sigmoid,
    elementary.erfc,
)
FAST = Functions(np.exp, np.expm1, np.log, np.log1p, np.tanh, _fast_sigmoid, elementary.erfc)


def functions(exact: bool) -> Functions:
    """The elementary functions of a summation mode."""
    return EXACT if exact else FAST


KINKED = {A.RELU: (0.0,), A.LEAKY_RELU: (0.0,), A.ELU: (0.0,)}


def kinks(layer: LayerSpec) -> tuple[float, ...]:
    """The z at which the activation has no slope; elu has none only where alpha is not 1."""
    if layer.activation is A.ELU and layer.alpha == 1.0:
        return ()
    return KINKED.get(layer.activation, ())


def activation_calls(layer: LayerSpec, z: Array, a: Array, exact: bool) -> Plan:
    """Calls that set ``a`` to g(``z``), both (n, m); softmax normalises each column.

    identity z; sigmoid 1/(1+e^−z); tanh; relu max(z, 0); leaky_relu z or α·z; elu z or α·(e^z − 1); softplus ln(1+e^z);
    gelu z·Φ(z) (Hendrycks & Gimpel 2016, eq. 1); silu z·sigmoid(z) (Elfwing et al. 2018); softmax e^z_j / Σ e^z_k.
    """
    f = functions(exact)
    match layer.activation:
        case A.IDENTITY:
            return [partial(np.copyto, a, z)]
        case A.SIGMOID:
            return [partial(f.sigmoid, z, a)] if exact else _fast_sigmoid_calls(z, a)
        case A.TANH:
            return [partial(f.tanh, z, a)]
        case A.RELU:
            return [partial(np.maximum, z, np.zeros_like(z), out=a)]
        case A.LEAKY_RELU:
            scaled = np.empty_like(z)
            return [
                partial(np.multiply, z, np.full_like(z, layer.alpha), scaled),
                partial(_choose, z, z, scaled, a),
            ]
        case A.ELU:
            return [partial(_elu, f, layer.alpha, z, a)]
        case A.SOFTPLUS:
            return [partial(_softplus, f, z, a)]
        case A.GELU:
            return [partial(_gelu, f, z, a)]
        case A.SILU:
            return [partial(f.sigmoid, z, a), partial(np.multiply, z, a, a)]
        case A.SOFTMAX:
            return (
                [partial(_softmax, f, z, a)] if exact else fast_softmax_calls(z, a, np.empty_like(z), np.empty_like(z))
            )


def fast_softmax_calls(z: Array, a: Array, shifted: Array, sums: Array) -> Plan:
    """Calls that also leave z − max in ``shifted`` and each column's sum, repeated, in ``sums``; all (n, m).

    A product with ones sums, or repeats, in one call; of a few rows the largest is found cheaper one by one. A NaN that
    ``fmax`` passes over is still in ``z`` itself.
    """
    rows, columns = z.shape
    largest, repeated, exponentials = np.empty((1, columns)), np.empty_like(z), np.empty_like(z)
    plan: Plan = []
    if rows == 1:
        plan.append(partial(np.copyto, largest, z))
    elif rows <= _FEW_ROWS:
        plan.append(partial(np.fmax, z[0], z[1], largest[0]))
        plan += [partial(np.fmax, largest[0], z[row], largest[0]) for row in range(2, rows)]
    else:
        plan.append(partial(np.maximum.reduce, z, 0, None, largest[0]))
    if z.size <= _MOST_REPEATED:
        plan.append(partial(np.ones((rows, 1)).dot, largest, repeated))
    return [
        *plan,
        partial(np.subtract, z, repeated if z.size <= _MOST_REPEATED else largest, shifted),
        partial(np.exp, shifted, exponentials),
        partial(np.ones((rows, rows)).dot, exponentials, sums),
        partial(np.divide, exponentials, sums, a),
    ]


_FEW_ROWS = 4
_MOST_REPEATED = 4096
FEW_NUMBERS = 64
"""Up to here fewer calls are quicker, even of functions that work number by number."""


def _fast_sigmoid_calls(z: Array, a: Array) -> Plan:
    """Four calls on arrays of one shape, never in place: what NumPy is quickest at, single numbers included."""
    ones, scratch = constant(1.0, z), np.empty_like(z)
    last = partial(np.reciprocal, scratch, a) if z.size <= FEW_NUMBERS else partial(np.divide, ones, scratch, a)
    return [
        partial(np.negative, z, scratch),
        partial(np.exp, scratch, a),
        partial(np.add, a, ones, scratch),
        last,
    ]


def _choose(z: Array, above: Array, below: Array, out: Array) -> None:
    """``above`` where z > 0, else ``below``."""
    np.copyto(out, below)
    np.copyto(out, above, where=z > 0.0)


def _elu(f: Functions, alpha: float, z: Array, a: Array) -> None:
    below = np.empty_like(z)
    f.expm1(np.minimum(z, 0.0), below)
    _choose(z, z, alpha * below, a)


def softplus(f: Functions, x: Array) -> Array:
    """ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|)."""
    result = np.empty_like(x)
    f.exp(-np.abs(x), result)
    f.log1p(result, result)
    return np.asarray(np.maximum(x, 0.0) + result)


def _softplus(f: Functions, z: Array, a: Array) -> None:
    a[...] = softplus(f, z)


def _normal_cdf(f: Functions, z: Array) -> Array:
    """Φ(z) = erfc(−z/√2)/2."""
    result = np.empty_like(z)
    f.erfc(-z * SQRT_HALF, result)
    return 0.5 * result


def _gelu(f: Functions, z: Array, a: Array) -> None:
    np.multiply(z, _normal_cdf(f, z), a)


def _softmax(f: Functions, z: Array, a: Array) -> None:
    """Shift by the largest, exponentials, their sum in order, quotients."""
    np.subtract(z, np.maximum.reduce(z, axis=0), a)
    f.exp(a, a)
    np.divide(a, sum_of_rows(a), a)


def sum_of_rows(terms: Array) -> Array:
    """Σ over the first axis in order, shape (m,); a single column needs accumulate to stay in order."""
    if terms.shape[1] == 1:
        return np.asarray(np.add.accumulate(terms, axis=0)[-1])
    return np.asarray(np.add.reduce(terms, axis=0, initial=-0.0))  # −0 + x is x, where NumPy's own start, +0, loses −0


def slope_calls(layer: LayerSpec, z: Array, a: Array, slope: Array, exact: bool) -> Plan:
    """Calls that set ``slope`` to g′(``z``) of an element-wise activation, (n, m); ReLU has slope 0 at 0.

    sigmoid a(1−a); tanh 1−a²; elu 1 or α·e^z; softplus sigmoid(z); gelu Φ(z)+z·φ(z); silu s·(1+z·(1−s)).
    Raises ValueError for softmax, whose slope is a matrix.
    """
    f = functions(exact)
    ones = np.ones_like(z)
    match layer.activation:
        case A.IDENTITY:
            return [partial(np.copyto, slope, ones)]
        case A.SIGMOID:
            one = constant(1.0, z)
            return [partial(np.subtract, one, a, slope), partial(np.multiply, a, slope, slope)]
        case A.TANH:
            return [partial(np.multiply, a, a, slope), partial(np.subtract, constant(1.0, z), slope, slope)]
        case A.RELU:
            return [partial(np.sign, a, slope)]
        case A.LEAKY_RELU:
            return [partial(_choose, z, ones, np.full_like(z, layer.alpha), slope)]
        case A.ELU:
            return [partial(_elu_slope, f, layer.alpha, z, slope)]
        case A.SOFTPLUS:
            return [partial(f.sigmoid, z, slope)]
        case A.GELU:
            return [partial(_gelu_slope, f, z, slope)]
        case A.SILU:
            return [partial(_silu_slope, f, z, slope)]
        case A.SOFTMAX:
            raise ValueError("softmax has a Jacobian, not a slope per unit")


def _elu_slope(f: Functions, alpha: float, z: Array, slope: Array) -> None:
    below = np.empty_like(z)
    f.exp(np.minimum(z, 0.0), below)
    _choose(z, np.ones_like(z), alpha * below, slope)


def _gelu_slope(f: Functions, z: Array, slope: Array) -> None:
    density = np.empty_like(z)
    f.exp(-0.5 * z * z, density)
    density *= INVERSE_SQRT_2PI
    weighted = np.where(density == 0.0, 0.0, z * density)
    np.add(_normal_cdf(f, z), weighted, slope)


def _silu_slope(f: Functions, z: Array, slope: Array) -> None:
    s = np.empty_like(z)
    f.sigmoid(z, s)
    np.multiply(s, 1.0 + np.where(s == 0.0, 0.0, z) * (1.0 - s), slope)


def jacobian_row(a: Array, unit: int) -> Array:
    """∂a[unit]/∂z[k] = a_unit·([unit = k] − a_k) for each k; ``a`` (n,) or (n, m)."""
    identity = np.zeros_like(a)
    identity[unit] = 1.0
    return np.asarray(a[unit] * (identity - a))


def softmax_jacobian(a: Array) -> Array:
    """The matrix a_j·([j = k] − a_k), (n, n), for one sample's ``a`` (n,); symmetric up to rounding."""
    return np.stack([jacobian_row(a, unit) for unit in range(a.shape[0])])


def softmax_delta_calls(a: Array, e: Array, delta: Array, exact: bool) -> Plan:
    """Calls that set δ_j = Σ_k ∂a_k/∂z_j·e_k, all (n, m).

    Exact: Jacobian entries times errors, added over k in order. Fast: a·(e − Σ_k a_k·e_k).
    """
    if not exact:
        return [partial(_fast_softmax_delta, a, e, delta)]
    return [partial(_exact_softmax_delta, a, e, delta)]


def _fast_softmax_delta(a: Array, e: Array, delta: Array) -> None:
    np.multiply(a, e, delta)
    np.subtract(e, np.add.reduce(delta, axis=0), delta)
    np.multiply(a, delta, delta)


def _exact_softmax_delta(a: Array, e: Array, delta: Array) -> None:
    for unit in range(a.shape[0]):
        delta[unit] = sum_of_rows(jacobian_row(a, unit) * e)


@dataclass(frozen=True, slots=True)
class SoftmaxParts:
    """What softmax computes on the way for one sample: the shift, e^(z−shift) (n,), and its running sums (n,)."""

    shift: float
    exponentials: Array
    running: Array


def softmax_parts(z: Array, exact: bool) -> SoftmaxParts:
    """The inner numbers of softmax for one sample's ``z`` (n,), with the bits of the vectorised pass."""
    shift = float(np.max(z))
    exponentials = np.empty_like(z)
    functions(exact).exp(z - shift, exponentials)
    return SoftmaxParts(shift, exponentials, np.add.accumulate(exponentials))
