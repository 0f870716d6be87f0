"""Writes: when in an iteration a number of the run is written, and to what; a value stands until it is written again."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bpstudio.model.address import Address, Quantity
from bpstudio.model.tape import Tape
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress
from bpstudio.session.expression import Slot


@dataclass(frozen=True, slots=True)
class Write:
    """A slot gets a value: right behind the operation at ``position - 1``, or as the iteration or sample begins."""

    position: int
    slot: int
    value: float


class Writes:
    """The writes of some slots, iteration by iteration; where they happen is found once for each length of batch."""

    def __init__(self, program: Program, slots: Sequence[Slot]) -> None:
        self.program = program
        self.slots = tuple(slots)
        self._places: dict[int, list[tuple[int, int, int | None]]] = {}

    def starting(self, tape: Tape) -> list[float]:
        """What stands before an iteration whose past is unknown: parameters and state; NaN for all others."""
        return [
            tape.value(slot) if isinstance(slot, Address) and slot.quantity.is_parameter else math.nan
            for slot in self.slots
        ]

    def of(self, tape: Tape) -> list[Write]:
        """All writes of the tape's iteration in order of position."""
        start = self.program.iteration_start(tape.iteration)
        read: dict[int, Callable[[int], float]] = {}
        found = []
        for offset, slot, sample in self._offsets(tape.iteration):
            if slot not in read:
                read[slot] = self._reader(self.slots[slot], tape)
            found.append(Write(start + offset, slot, read[slot](0 if sample is None else sample)))
        return found

    def _reader(self, slot: Slot, tape: Tape) -> Callable[[int], float]:
        if isinstance(slot, str):
            counts = {"iteration": tape.iteration, "epoch": self.program.batches.epoch_of(tape.iteration)}
            return lambda sample: float(counts.get(slot, sample))
        if slot.quantity.is_parameter:
            after = float(tape.after(slot))
            return lambda sample: after
        if not slot.quantity.is_per_sample:
            value = tape.value(slot)
            return lambda sample: value
        return lambda sample: tape.value(slot, sample)

    def _offsets(self, iteration: int) -> list[tuple[int, int, int | None]]:
        """(offset, slot, sample) of each write in an iteration of this length, in order."""
        batch = self.program.layout_of(iteration).batch
        if batch not in self._places:
            start = self.program.iteration_start(iteration)
            progress = Progress(self.program, start)
            found = [
                (position - start, slot, sample)
                for slot, meaning in enumerate(self.slots)
                for position, sample in self._written(meaning, progress, iteration, batch)
            ]
            self._places[batch] = sorted(found, key=lambda place: (place[0], place[1]))
        return self._places[batch]

    def _written(
        self, meaning: Slot, progress: Progress, iteration: int, batch: int
    ) -> Iterator[tuple[int, int | None]]:
        start = self.program.iteration_start(iteration)
        if meaning in ("iteration", "epoch"):
            yield start, None
            return
        if isinstance(meaning, str) or (meaning.quantity is Quantity.ACTIVATION and meaning.layer == 0):
            for sample in range(batch):
                position = self.program.position_of(
                    iteration, Pass.FORWARD, 1, OperationKind.MULTIPLY_ADD, sample=sample, entry=0
                )
                yield start if position is None else position, sample
            return
        for number in range(batch) if meaning.quantity.is_per_sample else range(1):
            position = progress.position_writing(meaning, number)
            if position is not None:
                yield position + 1, number if meaning.quantity.is_per_sample else None


@dataclass(slots=True)
class Standing:
    """What stands in each slot, and what stood there before: the moment an expression is evaluated at."""

    now: list[float]
    before: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.before:
            self.before = [math.nan] * len(self.now)

    def take(self, write: Write) -> None:
        """Let a write happen."""
        self.before[write.slot] = self.now[write.slot]
        self.now[write.slot] = write.value
