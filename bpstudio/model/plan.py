"""A plan: the straight list of calls that computes one iteration on preallocated buffers."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from bpstudio.model.spec import Array

Call = Callable[[], object]
Plan = list[Call]


def execute(plan: Plan) -> None:
    """Make all calls, in order."""
    for call in plan:
        call()


MOST_REPEATED = 512
"""Up to so many numbers NumPy is quicker with an operand of the same shape than with a single number."""


def constant(value: float, like: Array) -> Array:
    """``value`` as the other operand of an array like ``like``: repeated if that is small, else alone, to save memory reads.

    The results have the same bits either way; ``fill`` sets another value.
    """
    return np.full(like.shape if like.size <= MOST_REPEATED else (), value)


def divide_calls(values: Array, divisor: int) -> Plan:
    """Calls that divide ``values`` in place: by a power of two with a product, which is quicker and rounds the same."""
    mantissa, _ = math.frexp(divisor)
    if mantissa == 0.5:
        return [partial(np.multiply, values, constant(1.0 / divisor, values), values)]
    return [partial(np.divide, values, constant(divisor, values), values)]


CACHE_LINE = 64


def aligned_zeros(count: int) -> Array:
    """``count`` zeros that start at a cache line, where vector instructions are quickest."""
    raw = np.zeros(count * 8 + CACHE_LINE, dtype=np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + count * 8].view(np.float64)
