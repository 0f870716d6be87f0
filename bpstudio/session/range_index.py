"""RangeIndex: least and greatest of watched numbers per iteration, so that whole stretches of a run can be ruled out."""

import math
from collections.abc import Sequence

import numpy as np

from bpstudio.model.address import Address
from bpstudio.model.batches import Batches
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.session.expression import Range, Slot
from bpstudio.session.series import Series


class RangeIndex:
    """For each address the range over the samples of every iteration from 0 on, without gaps.

    Parameters and state range over what they are before and after the update.
    """

    def __init__(self, addresses: Sequence[Address] = ()) -> None:
        self.addresses = tuple(dict.fromkeys(addresses))
        self.count = 0
        self._lows = {address: Series() for address in self.addresses}
        self._highs = {address: Series() for address in self.addresses}

    def covers(self, slots: Sequence[Slot], first: int, end: int) -> bool:
        """Whether it knows these slots in the iterations ``first`` ≤ n < ``end``; counters it always knows."""
        return end <= self.count and all(isinstance(slot, str) or slot in self._lows for slot in slots)

    def extend(self, tape: Tape) -> None:
        """Add the tape's iteration if it is the next one; any other is passed over."""
        if tape.iteration != self.count:
            return
        for address in self.addresses:
            values = _values(tape, address)
            low, high = float(np.min(values)), float(np.max(values))  # NaN if any of them is
            self._lows[address].extend(self.count, np.array([low]))
            self._highs[address].extend(self.count, np.array([high]))
        self.count += 1

    def range(self, slot: Slot, first: int, end: int, batches: Batches) -> Range:
        """The range of a slot over iterations ``first`` ≤ n < ``end``."""
        if isinstance(slot, str):
            return _counter_range(slot, first, end, batches)
        lows, highs = self._lows[slot].values[first:end], self._highs[slot].values[first:end]
        has_nan = bool(np.isnan(lows).any() or np.isnan(highs).any())
        if not has_nan:
            return Range(float(lows.min()), float(highs.max()))
        known = ~(np.isnan(lows) | np.isnan(highs))
        if not known.any():
            return Range(math.inf, -math.inf, True)
        # an iteration with NaN among its samples has lost its range: anything may be there
        return Range(-math.inf, math.inf, True)

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers kept."""
        return 16 * self.count * len(self.addresses)


def _values(tape: Tape, address: Address) -> Array:
    if address.quantity.is_parameter:
        return np.array([tape.value(address), float(tape.after(address))])
    if address.quantity.is_per_sample:
        return np.array([tape.value(address, sample) for sample in range(tape.batch)])
    return np.array([tape.value(address)])


def _counter_range(name: str, first: int, end: int, batches: Batches) -> Range:
    match name:
        case "iteration":
            return Range(float(first), float(end - 1))
        case "epoch":
            return Range(float(batches.epoch_of(first)), float(batches.epoch_of(end - 1)))
        case _:
            return Range(0.0, float(batches.size - 1))
