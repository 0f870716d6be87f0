"""Writes: when in an iteration a number of the run is written, and to what; a value stands until it is written again."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import field

import numpy as np

from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress
from bpstudio.records import dataclass
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
        self._places: dict[int, list[tuple[int, int, int]]] = {}

    def starting(self, tape: Tape) -> list[float]:
        """What stands before an iteration whose past is unknown: parameters and state; NaN for all others."""
        return [
            tape.value(slot) if isinstance(slot, Address) and slot.quantity.is_parameter else math.nan
            for slot in self.slots
        ]

    def of(self, tape: Tape) -> list[Write]:
        """All writes of the tape's iteration in order of position."""
        start = self.program.iteration_start(tape.iteration)
        numbers = [self._numbers(slot, tape) for slot in self.slots]
        return [
            Write(start + offset, slot, numbers[slot][sample]) for offset, slot, sample in self._offsets(tape.iteration)
        ]

    def positions(self, iteration: int) -> list[int]:
        """The positions behind all writes of an iteration, in ascending order."""
        start = self.program.iteration_start(iteration)
        return [start + offset for offset, _, _ in self._offsets(iteration)]

    def after(self, position: int) -> int | None:
        """The first write behind this position; None if the next iteration has none either."""
        iteration = self.program.iteration_at(position)
        for number in (iteration, iteration + 1):
            for found in self.positions(number):
                if found > position:
                    return found
        return None

    def before(self, position: int) -> int | None:
        """The last write before this position; None before the first of the run."""
        iteration = self.program.iteration_at(position)
        for number in (iteration, iteration - 1):
            for found in reversed(self.positions(number) if number >= 0 else []):
                if found < position:
                    return found
        return None

    def _numbers(self, slot: Slot, tape: Tape) -> list[float]:
        match slot:
            case "iteration":
                return [float(tape.iteration)]
            case "epoch":
                return [float(self.program.batches.epoch_of(tape.iteration))]
            case "sample":
                return [float(sample) for sample in range(tape.batch)]
            case Address():
                return numbers_of(tape, slot)
        raise ValueError(f"there is no counter {slot!r}")

    def _offsets(self, iteration: int) -> list[tuple[int, int, int]]:
        """(offset, slot, index among the slot's numbers) of each write in an iteration of this length, in order."""
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

    def _written(self, meaning: Slot, progress: Progress, iteration: int, batch: int) -> Iterator[tuple[int, int]]:
        start = self.program.iteration_start(iteration)
        if meaning in ("iteration", "epoch"):
            yield start, 0
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
                yield position + 1, number


def numbers_of(tape: Tape, address: Address) -> list[float]:
    """The values an iteration writes to a number: one for each sample of the batch, or the one of the batch.

    Those of parameters and state are the new ones. Read row by row: a search reads millions of them.
    """
    quantity, layer = address.quantity, address.layer or 0
    if quantity.is_parameter:
        return [float(tape.after(address))]
    if quantity is Quantity.LOSS:
        return [tape.losses.total]
    if quantity is Quantity.SAMPLE_LOSS:
        return list(tape.losses.samples.tolist())
    if not quantity.is_per_sample:
        return [tape.value(address)]
    row = _row(tape, quantity, layer, address.indices)
    return [tape.value(address, sample) for sample in range(tape.batch)] if row is None else list(row.tolist())


def _row(tape: Tape, quantity: Quantity, layer: int, indices: tuple[int, ...]) -> Array | None:
    """One number of all samples, shape (m,); None for what has to be read one sample at a time."""
    below = tape.inputs if layer <= 1 else tape.layers[layer - 2].activation
    match quantity:
        case Quantity.ACTIVATION:
            return np.asarray(below[indices[0]] if layer == 0 else tape.layers[layer - 1].activation[indices[0]])
        case Quantity.PRE_ACTIVATION:
            return np.asarray(tape.layers[layer - 1].pre_activation[indices[0]])
        case Quantity.DELTA | Quantity.SAMPLE_BIAS_GRADIENT:
            return np.asarray(tape.layers[layer - 1].delta[indices[0]])
        case Quantity.SAMPLE_WEIGHT_GRADIENT:
            return np.asarray(tape.layers[layer - 1].delta[indices[0]] * below[indices[1]])
        case Quantity.ERROR:
            return np.asarray(tape.errors(layer)[indices[0]])
        case Quantity.SLOPE if len(indices) == 1:
            return np.asarray(tape.slopes(layer)[indices[0]])
        case _:
            return None


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
