"""A moving mean over a long, growing series: only what is new is computed."""

import numpy as np

from bpstudio.model.spec import Array
from bpstudio.session.series import Series


def moving_mean(values: Array, window: int) -> Array:
    """The mean of the last ``window`` finite values at each place, (n,); at the start of those there are; NaN where none is.

    Sums are made of the end of one block of ``window`` values and the start of the next, so that nothing large is ever
    subtracted: an explosion is forgotten exactly ``window`` values later.
    """
    count = len(values)
    blocks = -(-count // window)
    is_finite = np.isfinite(values)
    padded = np.zeros((blocks + 1) * window)
    padded[window : window + count] = np.where(is_finite, values, 0.0)
    known = np.zeros((blocks + 1) * window)
    known[window : window + count] = is_finite
    with np.errstate(all="ignore"):
        means = _window_sums(padded, window) / _window_sums(known, window)
    return np.asarray(means[:count])


def _window_sums(padded: Array, window: int) -> Array:
    """Sums over the ``window`` values that end at each place behind the first block."""
    blocks = padded.reshape(-1, window)
    heads = np.cumsum(blocks, axis=1)[1:]
    tails = np.zeros_like(heads)
    tails[:, :-1] = np.cumsum(blocks[:-1, :0:-1], axis=1)[:, ::-1]
    return (heads + tails).ravel()


class MovingMean:
    """The moving mean of a series that only ever grows; another series, or another window, starts afresh."""

    def __init__(self) -> None:
        self._known: tuple[int, object] = (0, None)
        self._means = Series()

    def of(self, values: Array, window: int, series: object) -> Array:
        """The moving mean of ``values`` (n,); ``series`` tells one series from another."""
        key = (window, series)
        if key != self._known or len(values) < self._means.count:
            self._known, self._means = key, Series()
        first = self._means.count
        if first < len(values):
            start = max(0, first - window)
            self._means.extend(first, moving_mean(values[start:], window)[first - start :])
        return self._means.values
