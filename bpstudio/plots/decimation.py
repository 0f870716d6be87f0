"""Long series as few points: the least and the greatest of each run of iterations, kept up as the series grows."""

import numpy as np

from bpstudio.model.spec import Array

MOST_POINTS = 4096


class Decimation:
    """Min and max per bucket of a growing series; a bucket holds a power of two of iterations."""

    def __init__(self) -> None:
        self.size = 1
        self._lows = np.empty(0)
        self._highs = np.empty(0)
        self._broken = np.empty(0)
        self._known = 0

    def points(self, values: Array) -> tuple[Array, Array]:
        """x (iterations) and y of a line through the extremes of ``values`` (n,), about MOST_POINTS of them.

        What is not finite is NaN, and hides no neighbour. Only what was added since the last call is read, unless the
        buckets have become too many.
        """
        if len(values) < self._known:
            self.__init__()  # type: ignore[misc]
        while len(values) > self.size * MOST_POINTS // 2:
            self.size *= 2
            self._known = 0
        whole = len(values) // self.size
        if self._known == 0:
            self._lows, self._highs, self._broken = np.empty(0), np.empty(0), np.empty(0)
        first = len(self._lows)
        if whole > first:
            fresh = values[first * self.size : whole * self.size].reshape(-1, self.size)
            shown = np.where(np.isfinite(fresh), fresh, np.nan)
            self._lows = np.concatenate([self._lows, np.fmin.reduce(shown, axis=1)])
            self._highs = np.concatenate([self._highs, np.fmax.reduce(shown, axis=1)])
            self._broken = np.concatenate([self._broken, first_broken(fresh)])
        self._known = len(values)
        return self._line(values, whole)

    def broken(self, values: Array) -> tuple[Array, Array]:
        """x and value of what is not finite: the first such number of each bucket. For the values of the last call."""
        whole = len(self._broken)
        tail = values[whole * self.size :]
        kinds = np.concatenate([self._broken, np.where(np.isfinite(tail), 0.0, tail)])
        x = np.concatenate(
            [
                np.arange(whole) * float(self.size) + (self.size // 2),
                np.arange(whole * self.size, len(values), dtype=float),
            ]
        )
        is_broken = kinds != 0.0
        return x[is_broken], kinds[is_broken]

    def _line(self, values: Array, whole: int) -> tuple[Array, Array]:
        rest = values[whole * self.size :]
        rest = np.where(np.isfinite(rest), rest, np.nan)
        tail = np.arange(whole * self.size, len(values), dtype=float)
        if self.size == 1:
            return np.concatenate([np.arange(whole, dtype=float), tail]), np.concatenate([self._lows, rest])
        x = np.repeat(np.arange(whole, dtype=float) * self.size + self.size / 2, 2)
        y = np.empty(2 * whole)
        y[0::2], y[1::2] = self._highs, self._lows
        return np.concatenate([x, tail]), np.concatenate([y, rest])


def first_broken(rows: Array) -> Array:
    """The first number of each row that is not finite, (rows,); 0 where all are."""
    is_broken = ~np.isfinite(rows)
    if not is_broken.any():
        return np.zeros(len(rows))
    first = rows[np.arange(len(rows)), np.argmax(is_broken, axis=1)]
    return np.where(is_broken.any(axis=1), first, 0.0)
