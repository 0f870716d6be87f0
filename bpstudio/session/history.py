"""History: checkpoints of the flat state under a byte budget, and a trail behind the cursor.

State is a pure function of the iteration, so everything between two checkpoints is computed again when needed. The stride
doubles whenever the budget is reached: seeks stay uniform over the whole run, however long it gets.
"""

from bisect import bisect_right, insort

from bpstudio.model.spec import Array

DEFAULT_BUDGET = 256 * 1024 * 1024
MOST_CHECKPOINTS = 512
TRAIL_LENGTH = 24


class History:
    """Checkpoints by iteration. Iteration 0 is always kept; ``budget`` is in bytes and covers checkpoints and trail."""

    def __init__(self, start: Array, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self.stride = 1
        self._states: dict[int, Array] = {0: start}
        self._iterations = [0]
        self._trail: dict[int, Array] = {}
        self._limit = max(2, min(MOST_CHECKPOINTS, budget // (2 * max(1, start.nbytes))))
        self._trail_limit = max(1, min(TRAIL_LENGTH, self._limit // 2))

    @property
    def nbytes(self) -> int:
        """Bytes held by checkpoints and trail."""
        return sum(s.nbytes for s in self._states.values()) + sum(s.nbytes for s in self._trail.values())

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
        """The first iteration after this one at which a checkpoint may be wanted."""
        return (iteration // self.stride + 1) * self.stride

    def keep(self, iteration: int, state: Array) -> None:
        """Add a checkpoint; thins all to twice the stride when the budget is full."""
        self._states[iteration] = state
        insort(self._iterations, iteration)
        while len(self._iterations) > self._limit:
            self.stride *= 2
            self._iterations = [n for n in self._iterations if n % self.stride == 0]
            self._states = {n: self._states[n] for n in self._iterations}

    def keep_on_trail(self, iteration: int, state: Array) -> None:
        """Remember a state near the cursor; the oldest entries go first."""
        self._trail.pop(iteration, None)
        self._trail[iteration] = state
        while len(self._trail) > self._trail_limit:
            del self._trail[next(iter(self._trail))]

    def nearest(self, iteration: int) -> tuple[int, Array]:
        """The latest kept state at or before ``iteration``."""
        at = self._iterations[bisect_right(self._iterations, iteration) - 1]
        near = max((n for n in self._trail if n <= iteration), default=-1)
        return (near, self._trail[near]) if near > at else (at, self._states[at])

    def trail_points(self, start: int, target: int) -> set[int]:
        """Iterations between ``start`` and ``target`` to remember on the way: at distances 1, 2, 4, 8… before it."""
        points: set[int] = set()
        distance = 1
        while target - distance > start and len(points) < self._trail_limit:
            points.add(target - distance)
            distance *= 2
        return points
