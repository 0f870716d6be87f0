"""Starting weights as a pure function of the seed: counter-based random integers turned into numbers by hand.

Only the raw 64-bit output of Philox (Salmon et al. 2011) is used, so a seed gives the same weights with every version of
NumPy and on every machine.
"""

import itertools
import math

import numpy as np

from bpstudio.model import elementary
from bpstudio.model.spec import Array, InitializerName, InitializerSpec

I = InitializerName

WEIGHTS_STREAM = 1 << 32
"""Streams of one seed: weights of layer l use WEIGHTS_STREAM + l."""


def uniform_numbers(seed: int, stream: int, count: int) -> Array:
    """``count`` numbers in [0, 1), 53 bits each, a pure function of seed and stream."""
    raw = np.random.Philox(key=(seed & (2**64 - 1)) | (stream << 64)).random_raw(count)
    return (np.asarray(raw, dtype=np.uint64) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal_numbers(seed: int, stream: int, count: int) -> Array:
    """``count`` standard normal numbers by the polar method of Marsaglia & Bray (1964), portable to the bit."""
    kept: list[Array] = []
    total, part = 0, 0
    while total < count:
        pairs = uniform_numbers(seed, (stream << 24) + part, 2 * max(8, count)).reshape(-1, 2) * 2.0 - 1.0
        square = pairs[:, 0] * pairs[:, 0] + pairs[:, 1] * pairs[:, 1]
        is_inside = (square > 0.0) & (square < 1.0)
        inside, radius = pairs[is_inside], square[is_inside]
        logarithm = elementary.log(radius, np.empty_like(radius))
        kept.append((inside * np.sqrt(-2.0 * logarithm / radius)[:, None]).reshape(-1))
        total, part = total + kept[-1].size, part + 1
    return np.concatenate(kept)[:count]


def draw_weights(initializer: InitializerSpec, sizes: tuple[int, ...], seed: int) -> tuple[Array, ...]:
    """Weights of each layer, (n_l, n_{l-1}), times the initializer's scale.

    uniform ±1; normal σ 1; glorot: limit √(6/(in+out)) or σ √(2/(in+out)) (Glorot & Bengio 2010, eq. 16);
    he: limit √(6/in) or σ √(2/in) (He et al. 2015, eq. 10); lecun_normal: σ √(1/in) (LeCun et al. 1998, eq. 16).
    """
    return tuple(
        _draw_layer(initializer, outputs, inputs, seed, layer)
        for layer, (inputs, outputs) in enumerate(itertools.pairwise(sizes), start=1)
    )


def _draw_layer(initializer: InitializerSpec, outputs: int, inputs: int, seed: int, layer: int) -> Array:
    count, stream = outputs * inputs, WEIGHTS_STREAM + layer
    name = initializer.name
    if name is I.ZEROS:
        return np.zeros((outputs, inputs))
    size = _size(name, inputs, outputs) * initializer.scale
    if name in (I.UNIFORM, I.GLOROT_UNIFORM, I.HE_UNIFORM):
        drawn = uniform_numbers(seed, stream, count) * 2.0 - 1.0
    else:
        drawn = normal_numbers(seed, stream, count)
    return (drawn * size).reshape(outputs, inputs)


def _size(name: InitializerName, inputs: int, outputs: int) -> float:
    """The limit of a uniform or the standard deviation of a normal distribution."""
    match name:
        case I.GLOROT_UNIFORM:
            return math.sqrt(6.0 / (inputs + outputs))
        case I.GLOROT_NORMAL:
            return math.sqrt(2.0 / (inputs + outputs))
        case I.HE_UNIFORM:
            return math.sqrt(6.0 / inputs)
        case I.HE_NORMAL:
            return math.sqrt(2.0 / inputs)
        case I.LECUN_NORMAL:
            return math.sqrt(1.0 / inputs)
        case _:
            return 1.0
