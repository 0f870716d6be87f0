"""A long series of numbers as a small picture: least and greatest per column, with what is not finite kept apart.

Arrays are read-only and left out of comparison: two curves are equal when revision, extent, bounds and length are.
"""

from collections.abc import Callable
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.spec import Array
from bpstudio.records import dataclass

Flags = NDArray[np.bool_]
MOST_COLUMNS = 1024


@dataclass(frozen=True, slots=True)
class Buckets:
    """Runs of ``size`` iterations from iteration ``first`` on: least and greatest finite value, NaN where there is none.

    ``is_broken`` says which hold a NaN or an infinity. The last may be shorter: iterations end before ``end``.
    """

    first: int
    size: int
    end: int
    low: Array = field(compare=False, repr=False)
    high: Array = field(compare=False, repr=False)
    is_broken: Flags = field(compare=False, repr=False)
    revision: int = 0

    @property
    def edges(self) -> list[int]:
        """The first iteration of each bucket, then ``end``."""
        return [*range(self.first, self.end, self.size), self.end] if self.end > self.first else []


@dataclass(frozen=True, slots=True)
class Curve:
    """Columns side by side: ``left`` to ``right`` as shares of the width, ``low`` to ``high`` as shares of the height (0 below).

    ``extent`` are the positions (or iterations) that shares 0 and 1 of the width stand for, ``bounds`` the values of the height.
    """

    revision: int
    extent: tuple[int, int]
    bounds: tuple[float, float]
    count: int
    left: Array = field(compare=False, repr=False)
    right: Array = field(compare=False, repr=False)
    low: Array = field(compare=False, repr=False)
    high: Array = field(compare=False, repr=False)
    is_broken: Flags = field(compare=False, repr=False)


def bucketed(values: Array, first: int, end: int, most: int = MOST_COLUMNS, revision: int = 0) -> Buckets:
    """The iterations ``first`` ≤ n < ``end`` of ``values`` (n,) in at most ``most`` + 1 buckets.

    Buckets start at multiples of their size, so that panning does not make the picture flicker.
    """
    first, end = max(0, first), min(end, len(values))
    if end <= first:
        nothing = _frozen(np.empty(0))
        return Buckets(0, 1, 0, nothing, nothing, np.zeros(0, dtype=bool), revision)
    size = -(-(end - first) // max(1, most))
    first -= first % size
    part = values[first:end]
    starts = np.arange(0, end - first, size)
    is_finite = np.isfinite(part)
    shown = part if is_finite.all() else np.where(is_finite, part, np.nan)
    low, high = np.fmin.reduceat(shown, starts), np.fmax.reduceat(shown, starts)
    broken = ~np.logical_and.reduceat(is_finite, starts)
    return Buckets(first, size, end, _frozen(low), _frozen(high), broken, revision)


def finite_bounds(values: Array, with_zero: bool = True) -> tuple[float, float]:
    """Least and greatest finite value, zero included on request; (0, 1) where there is none."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (min(low, 0.0), max(high, 0.0)) if with_zero else (low, high)


def drawn(
    buckets: Buckets,
    bounds: tuple[float, float],
    extent: tuple[int, int],
    place_of: Callable[[int], int] = int,
) -> Curve:
    """The curve of ``buckets`` in a picture that spans ``extent``; ``place_of`` turns an iteration into a place in it."""
    start, end = extent
    span = max(1, end - start)
    # Python integers divide exactly however large; only the share becomes a float.
    shares = np.array([(place_of(edge) - start) / span for edge in buckets.edges], dtype=float)
    low, high = heights(buckets.low, bounds), heights(buckets.high, bounds)
    return Curve(
        buckets.revision,
        extent,
        bounds,
        len(low),
        _frozen(shares[:-1]),
        _frozen(shares[1:]),
        _frozen(low),
        _frozen(high),
        buckets.is_broken,
    )


def heights(values: Array, bounds: tuple[float, float]) -> Array:
    """Shares of the height between ``bounds``, clipped to 0 … 1; the middle where the bounds are equal; NaN stays NaN."""
    low, high = bounds
    half = high / 2 - low / 2  # halves: the difference of two huge numbers of different sign would overflow
    if half == 0.0:
        return np.where(np.isnan(values), np.nan, 0.5)
    return np.clip((values / 2 - low / 2) / half, 0.0, 1.0)


def _frozen(values: Array) -> Array:
    values.flags.writeable = False
    return values
