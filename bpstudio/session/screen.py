"""Screen: which stretches of a run can't hold a hit, told from recorded ranges without computing them again."""

from collections.abc import Sequence

from bpstudio.model.address import Address, Quantity
from bpstudio.program.progress import Progress
from bpstudio.session.conditions import Condition
from bpstudio.session.expression import Range, Slot
from bpstudio.session.range_index import RangeIndex, range_of
from bpstudio.session.session import Session

BLOCKS = (4096, 512, 64, 8)
"""Stretches that are asked about, the longest first."""

REACH = 2
"""Iterations before a stretch whose numbers may still stand in it: `previous(loss)` was written two iterations back."""


class Screen:
    """Asks the index, and the losses that every run records, whether conditions can become true."""

    def __init__(self, session: Session, index: RangeIndex, conditions: Sequence[Condition] | None) -> None:
        """``conditions`` is None when something is sought that ranges say nothing about."""
        self._session = session
        self._index = index
        self._conditions = conditions
        slots = {slot for condition in conditions or () for slot in condition.slots}
        self._is_known = {slot: _is_written(slot, session) for slot in slots}

    def is_clear(self, first: int, end: int) -> bool:
        """Whether none of the conditions can become true in the iterations ``first`` ≤ n < ``end``."""
        if self._conditions is None:
            return False
        return all(self._is_ruled_out(condition, first, end) for condition in self._conditions)

    def is_finite(self, first: int, end: int) -> bool:
        """Whether it is known that these iterations made no number that is not finite."""
        return self._index.finite.covers(first, end)

    def clear_end(self, first: int, most: int | None) -> int:
        """The end of the longest stretch from ``first`` on that is clear, not beyond ``most``; ``first`` if none is."""
        for size in BLOCKS:
            end = first + size if most is None else min(most, first + size)
            if self.is_clear(first, end):
                return end
        return first

    def clear_start(self, end: int, least: int) -> int:
        """The start of the longest stretch before ``end`` that is clear, not before ``least``; ``end`` if none is."""
        for size in BLOCKS:
            first = max(least, end - size)
            if self.is_clear(first, end):
                return first
        return end

    def _is_ruled_out(self, condition: Condition, first: int, end: int) -> bool:
        if first < REACH:
            return False
        ranges = [self._range(slot, first - REACH, end) for slot in condition.slots]
        known = [found for found in ranges if found is not None]
        if len(known) < len(ranges):
            return False
        found = condition.range(lambda slot: known[slot])
        return not (found.can_be_true and found.can_be_false)

    def _range(self, slot: Slot, first: int, end: int) -> Range | None:
        """The range of a slot, None where it isn't recorded."""
        if not self._is_known[slot]:
            return None
        if self._index.covers((slot,), first, end):
            return self._index.range(slot, first, end, self._session.program.batches)
        losses = self._session.losses
        if isinstance(slot, Address) and slot.quantity is Quantity.LOSS and end <= losses.count:
            return range_of(losses.values[first:end], losses.values[first:end])
        return None


def _is_written(slot: Slot, session: Session) -> bool:
    """Whether an iteration writes it at all; what is never written has no value, whatever the tape holds."""
    if isinstance(slot, str) or slot.quantity.is_parameter or slot.layer == 0:
        return True
    return Progress(session.program, 0).position_writing(slot, 0) is not None
