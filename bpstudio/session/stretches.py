"""Stretches: a set of iterations kept as few stretches without gaps."""

from bisect import bisect_left, bisect_right


class Stretches:
    """Stretches ``first`` ≤ n < ``end``, disjoint and in order; neighbours grow together."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, first: int, end: int) -> None:
        """Take in a stretch."""
        if first >= end:
            return
        low, high = bisect_left(self._ends, first), bisect_right(self._starts, end)
        if low < high:
            first, end = min(first, self._starts[low]), max(end, self._ends[high - 1])
        self._starts[low:high] = [first]
        self._ends[low:high] = [end]

    def covers(self, first: int, end: int) -> bool:
        """Whether every iteration of a stretch is in it."""
        place = bisect_right(self._starts, first) - 1
        return first >= end or (place >= 0 and end <= self._ends[place])

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The stretches in order."""
        return tuple(zip(self._starts, self._ends, strict=True))
