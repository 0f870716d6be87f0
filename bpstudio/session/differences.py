"""Where do two branches differ first? The earliest completed number whose bits are not the same."""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.address import Address, Quantity
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress
from bpstudio.records import dataclass
from bpstudio.session.branches import LONGEST_STRIDE, SHORT_SECONDS, Line

Q = Quantity
_PER_UNIT = (Q.PRE_ACTIVATION, Q.ACTIVATION, Q.DELTA)
_OF_BATCH = (Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT, Q.WEIGHT_STEP, Q.BIAS_STEP)


MOST_COMPARED = 1000
"""Iterations after a fork in which two branches are compared before they count as the same."""


MOST_PRODUCTS = 20_000_000
PRODUCTS_BESIDE = 2_000
"""What an iteration costs beside its products; so many products take about a fiftieth of a second."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first number that differs between two branches, and the positions, on each, of the operation that makes it."""

    address: Address
    sample: int | None
    position: int
    other_position: int
    value: float
    other_value: float


class Lookout:
    """Looks at a branch with an engine of its own, while the session stands where it stands."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._owner: Line | None = None
        self._engine = line.engine
        self._stride = 1

    def is_far(self, iteration: int) -> bool:
        """Whether going there would hold a window up."""
        owner = self.line.owner(iteration)
        start = owner.history.nearest(iteration)[0]
        if owner is self._owner and start <= self._engine.iteration <= iteration:
            start = self._engine.iteration
        size = self._engine.layout.size * owner.spec.batch_size + PRODUCTS_BESIDE
        return (iteration - start) * size > MOST_PRODUCTS

    def go_to(self, iteration: int) -> Engine:
        """The engine, brought to an iteration."""
        for _ in self.steps_to(iteration):
            pass
        return self._engine

    def steps_to(self, iteration: int) -> Iterator[None]:
        """Bring the engine to an iteration, in short moves."""
        owner = self.line.owner(iteration)
        at, state = owner.history.nearest(iteration)
        if owner is not self._owner:
            self._owner, self._engine = owner, Engine(owner.spec)
            self._engine.load(at, state)
        engine = self._engine
        if not at <= engine.iteration <= iteration:
            engine.load(at, state)
        while engine.iteration < iteration:
            first, began = engine.iteration, time.perf_counter()
            losses = engine.iterate(min(self._stride, iteration - first))
            seconds = time.perf_counter() - began
            self._stride = (
                max(1, self._stride // 2) if seconds > SHORT_SECONDS else min(LONGEST_STRIDE, 2 * self._stride)
            )
            if first <= owner.losses.count:  # what is computed anyway is known from now on
                owner.losses.extend(first, losses)
            yield


class Comparison:
    """Looks for the first difference of two branches from their fork on; the session stays where it is.

    ``found`` is there when it is over; None if nothing differs in :data:`MOST_COMPARED` iterations, or if both are one.
    """

    def __init__(self, lines: tuple[Line, Line], programs: tuple[Program, Program], fork: int | None) -> None:
        self.found: Difference | None = None
        self._lookouts = [Lookout(line) for line in lines]
        self._programs = programs
        self._fork = fork
        self._done = 0
        self._steps = self._work()

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations compared, of all that may have to be."""
        return self._done, MOST_COMPARED

    def advance(self, seconds: float) -> bool:
        """Compare for about this long; True when it is over."""
        until = time.perf_counter() + seconds
        return all(time.perf_counter() < until for _ in self._steps)

    def cancel(self) -> None:
        """Nothing was moved."""

    def _work(self) -> Iterator[None]:
        if self._fork is None:
            return
        for iteration in range(self._fork, self._fork + MOST_COMPARED):
            for lookout in self._lookouts:
                yield from lookout.steps_to(iteration)
            first, second = (lookout.go_to(iteration).compute() for lookout in self._lookouts)
            self.found = first_difference(*self._programs, first, second)
            if self.found is not None:
                return
            self._done += 1
            yield


def first_difference(one: Program, other: Program, first: Tape, second: Tape) -> Difference | None:
    """The earliest number of an iteration that differs between two tapes of it; None if none does."""
    found: list[Difference] = []
    progress = [Progress(p, p.iteration_start(t.iteration)) for p, t in ((one, first), (other, second))]
    for address, sample, values, others in _pairs(first, second):
        for flat in np.flatnonzero(_different(values, others))[:1]:
            indices = tuple(int(k) for k in np.unravel_index(int(flat), values.shape)) if values.ndim else ()
            entry = address.at(*indices) if indices else address
            places = [p.position_writing(entry, sample) for p in progress]
            if places[0] is not None and places[1] is not None:
                found.append(
                    Difference(entry, sample, places[0], places[1], float(values[indices]), float(others[indices]))
                )
    return min(found, key=lambda difference: difference.position, default=None)


def _different(one: Array, other: Array) -> NDArray[np.bool_]:
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))


def _pairs(first: Tape, second: Tape) -> Iterator[tuple[Address, int | None, Array, Array]]:
    depth = first.spec.network.depth
    for sample in range(min(first.batch, second.batch)):
        for layer in range(1, depth + 1):
            for quantity in _PER_UNIT:
                address = Address(quantity, layer)
                yield address, sample, first.array(address, sample), second.array(address, sample)
        loss = Address(Q.SAMPLE_LOSS)
        yield loss, sample, first.array(loss, sample), second.array(loss, sample)
    total = Address(Q.LOSS)
    yield total, None, first.array(total), second.array(total)
    for layer in range(1, depth + 1):
        for quantity in _OF_BATCH:
            if quantity in (Q.BIAS_GRADIENT, Q.BIAS_STEP) and not first.spec.network.layer(layer).bias.present:
                continue
            address = Address(quantity, layer)
            yield address, None, first.array(address), second.array(address)
