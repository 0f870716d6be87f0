"""History: checkpoints of the flat state under a byte budget, and a trail behind the cursor.

State is a pure function of the iteration, so everything between two checkpoints is computed again when needed. The stride
doubles whenever the budget is reached: seeks stay uniform over the whole run, however long it gets. Each checkpoint carries a
checksum: it is compared when the state is loaded, and when a replay comes by and has derived the same state again.
"""

import zlib
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bpstudio.model.spec import Array

DEFAULT_BUDGET = 256 * 1024 * 1024
MOST_CHECKPOINTS = 2048
TRAIL_LENGTH = 24


@dataclass(frozen=True, slots=True)
class DamagedCheckpoint:
    """A checkpoint that was not what was stored, or not what computing again gives; it was dropped and made anew."""

    iteration: int
    words: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state and its checksum."""

    state: Array
    checksum: int

    @property
    def is_whole(self) -> bool:
        """Whether the state is still the one that was stored."""
        return checksum_of(self.state) == self.checksum


def checksum_of(state: Array) -> int:
    """A checksum of the bits; every NaN counts as the same, for its sign and payload mean nothing."""
    if np.isnan(state).any():
        state = np.where(np.isnan(state), np.nan, state)
    return zlib.crc32(state.data)


class History:
    """Checkpoints by iteration. That of the first iteration is always kept; ``budget`` in bytes covers checkpoints and trail.

    ``start`` gives the state before iteration ``origin`` again should its checkpoint be damaged.
    """

    def __init__(self, start: Callable[[], Array], budget: int = DEFAULT_BUDGET, origin: int = 0) -> None:
        first = start()
        self.origin = origin
        self.stride = 1
        self.verified = 0
        """How often a state was derived again and matched its checkpoint."""
        self.damages: list[DamagedCheckpoint] = []
        self._start = start
        self._states: dict[int, Checkpoint] = {origin: Checkpoint(first, checksum_of(first))}
        self._iterations = [origin]
        self._trail: dict[int, Array] = {}
        self._limit = self._trail_limit = 0
        self.set_budget(budget)

    def set_budget(self, budget: int) -> None:
        """Change how many bytes may be held; what is too much goes at once."""
        self.budget = budget
        first = self._states[self.origin].state
        self._limit = max(2, min(MOST_CHECKPOINTS, budget // (2 * max(1, first.nbytes))))
        self._trail_limit = max(1, min(TRAIL_LENGTH, self._limit // 2))
        self._thin()
        self._shorten_trail()

    @property
    def nbytes(self) -> int:
        """Bytes held by checkpoints and trail."""
        return (len(self._states) + len(self._trail)) * self._states[self.origin].state.nbytes

    @property
    def count(self) -> int:
        """Number of checkpoints, the trail not included."""
        return len(self._iterations)

    @property
    def iterations(self) -> tuple[int, ...]:
        """Where the checkpoints are, in ascending order."""
        return tuple(self._iterations)

    def wants(self, iteration: int) -> bool:
        """Whether a checkpoint at this iteration belongs to the stride and is missing."""
        return iteration % self.stride == 0 and iteration not in self._states

    def next_wanted(self, iteration: int) -> int:
        """The first iteration after this one at which a checkpoint is, or may be wanted."""
        return (iteration // self.stride + 1) * self.stride

    def pass_by(self, iteration: int, state: Callable[[], Array]) -> None:
        """The run is before this iteration: keep its state if a checkpoint is wanted, or compare it with the one kept."""
        if self.wants(iteration):
            self.keep(iteration, state())
        elif iteration in self._states:
            self._compare(iteration, state())

    def _compare(self, iteration: int, state: Array) -> None:
        kept = self._states[iteration]
        if checksum_of(state) == kept.checksum:
            self.verified += 1
            if kept.is_whole:
                return
            words = "the stored state was damaged; it was computed again and matches its checksum"
        else:
            words = "the state computed again differs from the stored one; the computed one is kept"
        self.damages.append(DamagedCheckpoint(iteration, words))
        self._states[iteration] = Checkpoint(state, checksum_of(state))

    def keep(self, iteration: int, state: Array) -> None:
        """Add a checkpoint; thins all to twice the stride when the budget is full."""
        self._states[iteration] = Checkpoint(state, checksum_of(state))
        insort(self._iterations, iteration)
        self._thin()

    def _thin(self) -> None:
        while len(self._iterations) > self._limit:
            self.stride *= 2
            self._iterations = [n for n in self._iterations if n % self.stride == 0 or n == self.origin]
            self._states = {n: self._states[n] for n in self._iterations}

    def keep_on_trail(self, iteration: int, state: Array) -> None:
        """Remember a state near the cursor; the oldest entries go first."""
        self._trail.pop(iteration, None)
        self._trail[iteration] = state
        self._shorten_trail()

    def _shorten_trail(self) -> None:
        while len(self._trail) > self._trail_limit:
            del self._trail[next(iter(self._trail))]

    def nearest(self, iteration: int) -> tuple[int, Array]:
        """The latest whole state at or before ``iteration``; damaged ones are named, dropped, and made anew by the replay."""
        near = max((n for n in self._trail if n <= iteration), default=-1)
        while True:
            at = self._iterations[bisect_right(self._iterations, iteration) - 1]
            if near > at:
                return near, self._trail[near]
            kept = self._states[at]
            if kept.is_whole:
                return at, kept.state
            self._drop(at)

    def _drop(self, iteration: int) -> None:
        words = "the stored state was damaged; the run is computed again from the last good one"
        self.damages.append(DamagedCheckpoint(iteration, words))
        if iteration == self.origin:
            first = self._start()
            self._states[iteration] = Checkpoint(first, checksum_of(first))
            return
        self._iterations.remove(iteration)
        del self._states[iteration]

    def trail_points(self, start: int, target: int) -> set[int]:
        """Iterations between ``start`` and ``target`` to remember on the way: at distances 1, 2, 4, 8… before it."""
        points: set[int] = set()
        distance = 1
        while target - distance > start and len(points) < self._trail_limit:
            points.add(target - distance)
            distance *= 2
        return points
