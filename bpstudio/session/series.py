"""Series: one number per iteration, from 0 without gaps, growing as the run is first computed."""

import numpy as np

from bpstudio.model.spec import Array


class Series:
    """An append-only array of float64; ``values`` is a read-only view of what is known."""

    def __init__(self) -> None:
        self._buffer = np.empty(1024)
        self.count = 0

    @property
    def values(self) -> Array:
        """The known values, shape (count,), read-only."""
        view = self._buffer[: self.count]
        view.flags.writeable = False
        return view

    def extend(self, first: int, values: Array) -> None:
        """Add values for the iterations from ``first`` on; what is known already is not written again."""
        fresh = values[max(0, self.count - first) :]
        needed = self.count + len(fresh)
        if needed > len(self._buffer):
            grown = np.empty(max(needed, 2 * len(self._buffer)))
            grown[: self.count] = self._buffer[: self.count]
            self._buffer = grown
        self._buffer[self.count : needed] = fresh
        self.count = needed
