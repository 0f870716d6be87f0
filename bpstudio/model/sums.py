"""Sums of products in scalar order: what exact summation computes and what running sums show.

NumPy reduces the first axis of a C-ordered array of two or more columns strictly one row after the other; a single
column it would add pairwise, so there `add.accumulate` is used. BLAS adds in an order of its own.
"""

from functools import partial

import numpy as np

from bpstudio.model.plan import Call
from bpstudio.model.spec import Array

CHUNK = 1 << 19
"""Most numbers in a product buffer (4 MiB); longer sums go on from a carried row."""


def exact_product(left: Array, right: Array, out: Array) -> Call:
    """A call that sets ``out`` (o, m) to ``left`` (o, k) times ``right`` (k, m), adding over k in order.

    The sum starts with the first product; each product is rounded before it is added (no fused multiply-add).
    """
    outputs, terms = left.shape
    batch = right.shape[1]
    rows = max(1, min(terms, CHUNK // max(1, outputs * batch)))
    if rows == terms:
        products = np.empty((terms, outputs, batch))
        return partial(_sum_at_once, left.T[:, :, None], right[:, None, :], products, out)
    carried = np.empty((rows + 1, outputs, batch))
    return partial(_sum_in_chunks, left.T[:, :, None], right[:, None, :], carried, out)


def _sum_at_once(left: Array, right: Array, products: Array, out: Array) -> None:
    np.multiply(left, right, products)
    _add_rows(products, out)


def _sum_in_chunks(left: Array, right: Array, carried: Array, out: Array) -> None:
    rows = carried.shape[0] - 1
    np.multiply(left[:rows], right[:rows], carried[1:])
    _add_rows(carried[1:], out)
    for start in range(rows, left.shape[0], rows):
        count = min(rows, left.shape[0] - start)
        carried[0] = out
        np.multiply(left[start : start + count], right[start : start + count], carried[1 : count + 1])
        _add_rows(carried[: count + 1], out)


def _add_rows(products: Array, out: Array) -> None:
    """Add over the first axis in order into ``out``."""
    if out.size == 1:
        out[...] = np.add.accumulate(products.reshape(-1))[-1]
    else:
        # −0 + x is x for every x, so the sum starts with the first product; NumPy's own start, +0, turns −0 into 0
        np.add.reduce(products.reshape(products.shape[0], -1), axis=0, out=out.reshape(-1), initial=-0.0)


def running_sum(terms: Array) -> Array:
    """The sum after each of ``terms`` (k,), added in order: the last entry is the sum."""
    return np.add.accumulate(terms)
