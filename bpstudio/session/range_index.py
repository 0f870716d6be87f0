"""RangeIndex: least and greatest of watched numbers per iteration, so that whole stretches of a run can be ruled out."""

import math
from array import array
from collections.abc import Iterable, Sequence

import numpy as np

from bpstudio.model.address import Address
from bpstudio.model.batches import Batches
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.session import writes
from bpstudio.session.expression import Range, Slot
from bpstudio.session.session import LARGEST_ITERATION
from bpstudio.session.stretches import Stretches

BLOCK = 4096


class Recorded:
    """Least and greatest of one number in each iteration from 0 on, and of each whole block of iterations."""

    def __init__(self) -> None:
        self._lows = array("d")
        self._highs = array("d")
        self._blocks: list[Range] = []

    @property
    def count(self) -> int:
        """Iterations recorded, from 0 on."""
        return len(self._lows)

    def add(self, values: Sequence[float]) -> None:
        """Record the values of the next iteration; NaN among them makes its range unknown."""
        has_nan = any(value != value for value in values)
        low, high = (math.nan, math.nan) if has_nan else (min(values), max(values))
        self._lows.append(low)
        self._highs.append(high)
        if self.count % BLOCK == 0:
            self._blocks.append(self._range(self.count - BLOCK, self.count))

    def range(self, first: int, end: int) -> Range:
        """The range over the iterations ``first`` ≤ n < ``end``, by whole blocks as far as there are any."""
        low, high = -(-first // BLOCK), end // BLOCK
        if low >= high:
            return self._range(first, end)
        edges = [(first, low * BLOCK), (high * BLOCK, end)]
        return united([*(self._range(a, b) for a, b in edges if a < b), *self._blocks[low:high]])

    def _range(self, first: int, end: int) -> Range:
        # the arrays can't grow while NumPy looks at them: only numbers leave this method
        return range_of(np.frombuffer(self._lows)[first:end], np.frombuffer(self._highs)[first:end])


class RangeIndex:
    """For each address the range over the samples of every iteration from 0 on, without gaps.

    Parameters and state range over what they are before and after the update. ``finite`` are the iterations of which
    it is known that they made no number that is not finite.
    """

    def __init__(self, addresses: Iterable[Address] = ()) -> None:
        self._recorded: dict[Address, Recorded] = {}
        self.finite = Stretches()
        self.watch(addresses)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """What is recorded."""
        return tuple(self._recorded)

    @property
    def count(self) -> int:
        """Iterations from 0 on that are recorded of every address; without any there is nothing left to record."""
        return min((recorded.count for recorded in self._recorded.values()), default=LARGEST_ITERATION)

    def watch(self, addresses: Iterable[Address]) -> None:
        """Record these too from now on; what is recorded of others stays."""
        for address in addresses:
            self._recorded.setdefault(address, Recorded())

    def covers(self, slots: Sequence[Slot], first: int, end: int) -> bool:
        """Whether it knows these slots in the iterations ``first`` ≤ n < ``end``; counters it always knows."""
        return all(
            isinstance(slot, str) or (slot in self._recorded and end <= self._recorded[slot].count) for slot in slots
        )

    def extend(self, tape: Tape) -> None:
        """Add the tape's iteration wherever it is the next one; where it isn't, it is passed over."""
        for address, recorded in self._recorded.items():
            if recorded.count == tape.iteration:
                values = writes.numbers_of(tape, address)
                recorded.add([tape.value(address), *values] if address.quantity.is_parameter else values)

    def range(self, slot: Slot, first: int, end: int, batches: Batches) -> Range:
        """The range of a slot over iterations ``first`` ≤ n < ``end``."""
        if isinstance(slot, str):
            return _counter_range(slot, first, end, batches)
        return self._recorded[slot].range(first, end)

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers kept."""
        return sum(16 * recorded.count for recorded in self._recorded.values())


def range_of(lows: Array, highs: Array) -> Range:
    """The range of several ranges, at least one; where one is unknown, anything may be there."""
    low, high = float(np.minimum.reduce(lows)), float(np.maximum.reduce(highs))  # NaN if any of them is
    return Range(-math.inf, math.inf, True) if low != low or high != high else Range(low, high)


def united(ranges: Sequence[Range]) -> Range:
    """The least range that holds all of them, at least one."""
    return Range(min(r.low for r in ranges), max(r.high for r in ranges), any(r.has_nan for r in ranges))


def _counter_range(name: str, first: int, end: int, batches: Batches) -> Range:
    match name:
        case "iteration":
            return Range(float(first), float(end - 1))
        case "epoch":
            return Range(float(batches.epoch_of(first)), float(batches.epoch_of(end - 1)))
        case _:
            return Range(0.0, float(batches.size - 1))
