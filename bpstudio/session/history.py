"""History: checkpoints of the flat state under a byte budget, pinned ones, and a trail behind the cursor.

State is a pure function of the iteration, so everything between two checkpoints is computed again when needed. The stride
doubles whenever the budget is reached: seeks stay uniform over the whole run, however long it gets. Pinned checkpoints (the
start, the furthest point computed, bookmarks) stay whatever the stride. Each checkpoint carries a checksum: it is compared when
the state is loaded, and when a replay comes by and has derived the same state again.
"""

import zlib
from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bpstudio.model.spec import Array
from bpstudio.records import dataclass

DEFAULT_BUDGET = 256 * 1024 * 1024
MOST_CHECKPOINTS = 2048
TRAIL_LENGTH = 24
MOST_PINNED = 32


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

    @staticmethod
    def of(state: Array) -> "Checkpoint":
        """A checkpoint of this state, which nobody may change any more."""
        return Checkpoint(state, checksum_of(state))


def checksum_of(state: Array) -> int:
    """A checksum of the bits; every NaN counts as the same, for its sign and payload mean nothing."""
    if np.isnan(state).any():
        state = np.where(np.isnan(state), np.nan, state)
    return zlib.crc32(state.data)


class History:
    """Checkpoints by iteration. That of the first iteration is always kept; ``budget`` in bytes covers all that is kept.

    ``start`` gives the state before iteration ``origin`` again should its checkpoint be damaged.
    """

    def __init__(self, start: Callable[[], Array], budget: int = DEFAULT_BUDGET, origin: int = 0) -> None:
        self.origin = origin
        self.stride = 1
        self.verified = 0
        """How often a state was derived again and matched its checkpoint."""
        self.damages: list[DamagedCheckpoint] = []
        self._start = start
        self._states: dict[int, Checkpoint] = {origin: Checkpoint.of(start())}
        self._iterations = [origin]
        self._trail: dict[int, Checkpoint] = {}
        self._pinned: dict[int, Checkpoint] = {}
        self._awaited: dict[int, None] = {}
        self._live: dict[int, Checkpoint] = {}
        self._limit = self._trail_limit = self._pin_limit = 0
        self.set_budget(budget)

    def set_budget(self, budget: int) -> None:
        """Change how many bytes may be held; what is too much goes at once."""
        self.budget = budget
        most = budget // max(1, self._states[self.origin].state.nbytes)
        self._trail_limit = max(1, min(TRAIL_LENGTH, most // 8))
        self._pin_limit = max(1, min(MOST_PINNED, most // 8))
        self._limit = max(2, min(MOST_CHECKPOINTS, most - self._trail_limit - self._pin_limit - 1))
        self._thin()
        self._shorten(self._trail, self._trail_limit)
        self._shorten(self._pinned, self._pin_limit)
        self._shorten(self._awaited, self._pin_limit)

    # What is kept.

    @property
    def nbytes(self) -> int:
        """Bytes held by checkpoints and trail."""
        return sum(len(kept) for kept in self._holders) * self._states[self.origin].state.nbytes

    @property
    def count(self) -> int:
        """Number of checkpoints at the stride, pins and trail not included."""
        return len(self._iterations)

    @property
    def iterations(self) -> tuple[int, ...]:
        """Where the checkpoints at the stride are, in ascending order."""
        return tuple(self._iterations)

    @property
    def pinned(self) -> tuple[int, ...]:
        """The iterations that are pinned, the furthest point computed among them, in ascending order."""
        return tuple(sorted({*self._pinned, *self._awaited, *self._live}))

    def wants(self, iteration: int) -> bool:
        """Whether a checkpoint at this iteration is missing: one at the stride, or a pinned one."""
        return (iteration % self.stride == 0 and iteration not in self._states) or iteration in self._awaited

    def next_wanted(self, iteration: int) -> int:
        """The first iteration after this one at which a checkpoint is, or may be wanted."""
        stop = (iteration // self.stride + 1) * self.stride
        return min((n for n in (*self._pinned, *self._awaited, *self._live) if iteration < n < stop), default=stop)

    def pass_by(self, iteration: int, state: Callable[[], Array]) -> None:
        """The run is before this iteration: keep its state if a checkpoint is wanted, or compare it with the one kept."""
        there = [holder for holder in self._holders if iteration in holder]
        if not there and not self.wants(iteration):
            return
        found = state()
        for holder in there:
            self._compare(holder, iteration, found)
        if iteration in self._awaited:
            self.pin(iteration, found)
        if iteration % self.stride == 0 and iteration not in self._states:
            self.keep(iteration, found)

    @property
    def checkpoints(self) -> dict[int, Array]:
        """The states at the stride, by iteration."""
        return {iteration: kept.state for iteration, kept in self._states.items()}

    def adopt(self, states: Sequence[tuple[int, Array]], stride: int) -> None:
        """Take checkpoints that were stored; those beside the stride go on the trail."""
        self.stride = max(1, stride)
        for iteration, state in states:
            if iteration % self.stride == 0:
                self.keep(iteration, state)
            else:
                self.keep_on_trail(iteration, state.copy)

    def _compare(self, holder: dict[int, Checkpoint], iteration: int, state: Array) -> None:
        kept = holder[iteration]
        if checksum_of(state) == kept.checksum:
            self.verified += 1
            if kept.is_whole:
                return
            words = "the stored state was damaged; it was computed again and matches its checksum"
        else:
            words = "the state computed again differs from the stored one; the computed one is kept"
        self.damages.append(DamagedCheckpoint(iteration, words))
        holder[iteration] = Checkpoint.of(state)

    def keep(self, iteration: int, state: Array) -> None:
        """Add a checkpoint; thins all to twice the stride when the budget is full."""
        self._states[iteration] = Checkpoint.of(state)
        insort(self._iterations, iteration)
        self._thin()

    def _thin(self) -> None:
        while len(self._iterations) > self._limit:
            self.stride *= 2
            self._iterations = [n for n in self._iterations if n % self.stride == 0 or n == self.origin]
            self._states = {n: self._states[n] for n in self._iterations}

    # Pins and trail.

    def pin(self, iteration: int, state: Array | None = None) -> None:
        """Keep a checkpoint here whatever the stride; without a state, from the next time on that the run comes by."""
        self._awaited.pop(iteration, None)
        if state is None:
            self._awaited[iteration] = None
        else:
            self._pinned[iteration] = Checkpoint.of(state)
        self._shorten(self._pinned, self._pin_limit)
        self._shorten(self._awaited, self._pin_limit)

    def unpin(self, iteration: int) -> None:
        """Keep it no longer."""
        self._pinned.pop(iteration, None)
        self._awaited.pop(iteration, None)

    def keep_live(self, iteration: int, state: Callable[[], Array]) -> None:
        """The run leaves the furthest point it was computed to: the way back there is to be short."""
        if iteration > max(self._live, default=self._iterations[-1]):
            self._live = {iteration: Checkpoint.of(state())}

    def keep_on_trail(self, iteration: int, state: Callable[[], Array]) -> None:
        """Remember a state near the cursor, unless it is kept already; the oldest entries go first."""
        if iteration in self._trail:
            self._trail[iteration] = self._trail.pop(iteration)
        elif not any(iteration in holder for holder in self._holders):
            self._trail[iteration] = Checkpoint.of(state())
            self._shorten(self._trail, self._trail_limit)

    @staticmethod
    def _shorten(kept: dict[int, Any], limit: int) -> None:
        while len(kept) > limit:
            del kept[next(iter(kept))]

    def trail_points(self, start: int, target: int) -> set[int]:
        """Iterations between ``start`` and ``target`` to remember on the way: at distances 1, 2, 4, 8… before it."""
        points: set[int] = set()
        distance = 1
        while target - distance > start and len(points) < self._trail_limit:
            points.add(target - distance)
            distance *= 2
        return points

    # The way back.

    def nearest(self, iteration: int) -> tuple[int, Array]:
        """The latest whole state at or before ``iteration``; damaged ones are named, dropped, and made anew by the replay."""
        while True:
            at = self._iterations[max(0, bisect_right(self._iterations, iteration) - 1)]
            holder, kept = self._states, self._states[at]
            for other in self._holders[1:]:
                near = max((n for n in other if at < n <= iteration), default=None)
                if near is not None:
                    at, holder, kept = near, other, other[near]
            if kept.is_whole:
                return at, kept.state
            self._drop(holder, at)

    @property
    def _holders(self) -> tuple[dict[int, Checkpoint], ...]:
        return self._states, self._trail, self._pinned, self._live

    def _drop(self, holder: dict[int, Checkpoint], iteration: int) -> None:
        words = "the stored state was damaged; the run is computed again from the last good one"
        self.damages.append(DamagedCheckpoint(iteration, words))
        if iteration == self.origin and holder is self._states:
            self._states[iteration] = Checkpoint.of(self._start())
            return
        del holder[iteration]
        if holder is self._pinned:
            self._awaited[iteration] = None
        if holder is self._states:
            self._iterations.remove(iteration)
