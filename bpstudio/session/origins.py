"""Excursions into the past of a run that end where they began: one look, and all updates of a weight."""

import heapq
import math
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from bpstudio.errors import AddressError
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.program.progress import Progress
from bpstudio.records import dataclass
from bpstudio.session.session import IsCancelled, Session

T = TypeVar("T")
Q = Quantity

MOST_KEPT = 100
"""Updates that a history keeps, the largest ones."""


def visit(
    session: Session, iteration: int, read: Callable[[Tape], T], is_cancelled: IsCancelled | None = None
) -> T | None:
    """What ``read`` finds on the tape of another iteration; None when cancelled. The session stands where it stood."""
    if iteration == session.iteration:
        return read(session.tape)
    origin = session.position
    session.seek(iteration=iteration, is_cancelled=is_cancelled)
    try:
        return read(session.tape) if session.iteration == iteration else None
    finally:
        session.seek(position=origin)


class Excursion:
    """Work in the past, in slices. Between two of them the session stands elsewhere; it returns at the end or when cancelled."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.origin = session.position
        self.is_done = False
        self._steps = self._work()

    def _work(self) -> Iterator[None]:
        """The work; yields wherever it may be interrupted."""
        raise NotImplementedError

    @property
    def progress(self) -> tuple[int, int]:
        """How much is done, of how much; (0, 0) where nobody can know."""
        return 0, 0

    def advance(self, seconds: float) -> bool:
        """Work for about this long; True when it is done and the session is back."""
        until = time.perf_counter() + seconds
        while not self.is_done:
            if next(self._steps, self) is self:
                self._return()
            if time.perf_counter() >= until:
                break
        return self.is_done

    def cancel(self) -> None:
        """Go back to where it began."""
        self._return()

    def _return(self) -> None:
        if not self.is_done:
            self.is_done = True
            self.session.seek(position=self.origin)


@dataclass(frozen=True, slots=True)
class Change:
    """One update of a weight or bias, or an edit by hand (``is_edit``, at the start of its iteration).

    ``position`` is that of the UPDATE operation. ``sample`` of the batch contributed most to the gradient, with
    ``sample_gradient`` of its own; ``row`` is its row in the data. ``sample_share`` is signed, of the magnitudes of all.
    """

    iteration: int
    position: int
    change: float
    before: float
    after: float
    sample: int | None = None
    row: int | None = None
    sample_gradient: float = 0.0
    sample_share: float = 0.0
    is_edit: bool = False


@dataclass(frozen=True, slots=True)
class Updates:
    """A weight as its initial value and all its changes; ``largest`` of them first, at most as many as were kept.

    ``total`` is the exact sum of all changes, rounded once, ``rest`` that of those that were not kept; ``replayed`` is what
    adding them one after the other gives: the ``present`` value bit for bit. ``magnitude`` is the sum of their sizes, and
    ``count`` the number of updates.
    """

    address: Address
    initial: float
    present: float
    replayed: float
    count: int
    total: float
    rest: float
    magnitude: float
    largest: tuple[Change, ...]

    @property
    def rounding(self) -> float:
        """present − (initial + Σ changes): what rounding after each addition has made."""
        return math.fsum((self.present, -self.initial, -self.total)) if math.isfinite(self.present) else math.nan


class UpdateHistory(Excursion):
    """Replays a run from its start and collects every change of a weight or bias; ``found`` is complete when done.

    Memory does not grow with the run: ``most`` changes are kept, of all others the exact sum.
    """

    def __init__(self, session: Session, address: Address, most: int = MOST_KEPT) -> None:
        if address.quantity not in (Q.WEIGHT, Q.BIAS) or len(address.indices) != (
            2 if address.quantity is Q.WEIGHT else 1
        ):
            raise AddressError(f"{address}: expected one weight or bias")
        session.tape.value(address)
        self.address = address
        self._layer, self._unit = address.layer or 1, address.indices[0]
        self._entry = (
            address.indices[1] if address.quantity is Q.WEIGHT else session.spec.network.sizes[self._layer - 1]
        )
        self._most = most
        self._end = session.iteration + int(session.progress.is_done(address))
        present = session.value(address)
        self._present = math.nan if present is None else present
        self._initial = self._standing = math.nan
        self._count = 0
        self._sum, self._magnitude = ExactSum(), 0.0
        self._heap: list[tuple[float, int, int, Change]] = []
        super().__init__(session)

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations replayed, of all."""
        return self._count, self._end

    @property
    def found(self) -> Updates:
        """What is known so far; all of it when done."""
        kept = sorted((entry[-1] for entry in self._heap), key=lambda c: (-_size(c.change), c.position))
        total = self._sum.value
        kept_sum = ExactSum()
        for change in kept:
            kept_sum.add(change.change)
        rest = self._sum.minus(kept_sum)
        return Updates(
            self.address, self._initial, self._present, self._standing, self._count, total, rest, self._magnitude,
            tuple(kept),
        )  # fmt: skip

    def _work(self) -> Iterator[None]:
        for iteration in range(self._end):
            self.session.seek(iteration=iteration)
            self._take(self.session.tape)
            yield
        if self._end == 0:
            self._initial = self._standing = self._present

    def _take(self, tape: Tape) -> None:
        vectors = tape.vectors
        before, step, after = (self._read(tape, vector) for vector in (vectors.before, vectors.step, vectors.after))
        if tape.iteration == 0:
            self._initial = self._standing = before
        elif not _same(before, self._standing):
            start = self.session.program.iteration_start(tape.iteration)
            change = before - self._standing
            self._add(Change(tape.iteration, start, change, self._standing, before, is_edit=True))
            self._standing = before
        self._standing += step
        self._count += 1
        self._total(step)
        if self._is_large(step):
            self._keep(self._change(tape, step, before, after))

    def _read(self, tape: Tape, vector: Array) -> float:
        """The entry of a flat vector; an address would be looked up a million times."""
        return float(tape.layout.augmented(vector, self._layer)[self._unit, self._entry])

    def _total(self, change: float) -> None:
        self._sum.add(change)
        self._magnitude += abs(change)

    def _add(self, change: Change) -> None:
        self._total(change.change)
        self._keep(change)

    def _is_large(self, step: float) -> bool:
        return len(self._heap) < self._most or _size(step) > self._heap[0][0]

    def _keep(self, change: Change) -> None:
        entry = (math.inf if change.is_edit else _size(change.change), -change.iteration, int(change.is_edit), change)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def _change(self, tape: Tape, step: float, before: float, after: float) -> Change:
        """An update with the sample that contributed most to its gradient."""
        own = tape.gradient_products(self._layer, self._unit, self._entry)
        start = self.session.program.iteration_start(tape.iteration)
        position = Progress(self.session.program, start).position_writing(self.address)
        with np.errstate(all="ignore"):
            sizes = np.abs(own)
            most = int(np.argmax(np.where(np.isnan(sizes), np.inf, sizes)))
            share = float(own[most] / sizes.sum()) if sizes.any() else 0.0
        return Change(
            tape.iteration, start if position is None else position, step, before, after, most, int(tape.rows[most]),
            float(own[most]), share if math.isfinite(share) else math.copysign(1.0, own[most]),
        )  # fmt: skip


class ExactSum:
    """A sum of floats without rounding (Shewchuk 1997, grow-expansion), rounded once when read."""

    def __init__(self) -> None:
        self._parts: list[float] = []
        self._special = 0.0

    def add(self, value: float) -> None:
        """Add one number; NaN and infinities are added apart."""
        if not math.isfinite(value):
            self._special += value
            return
        kept = []
        for part in self._parts:
            large, small = (value, part) if abs(value) >= abs(part) else (part, value)
            value = large + small
            if rest := small - (value - large):
                kept.append(rest)
        self._parts = [*kept, value]

    @property
    def value(self) -> float:
        """The sum, correctly rounded."""
        return self._rounded(self._parts) + self._special if self._special else self._rounded(self._parts)

    def minus(self, other: "ExactSum") -> float:
        """This sum without another, correctly rounded."""
        rest = self._rounded([*self._parts, *(-part for part in other._parts)])
        return rest + (self._special - other._special) if self._special or other._special else rest

    @staticmethod
    def _rounded(parts: list[float]) -> float:
        # a sum beyond the largest float is an infinity, and two of those have no sum
        return math.fsum(parts) if all(map(math.isfinite, parts)) else float(np.sum(parts))


def _size(value: float) -> float:
    """The magnitude; what is not finite is larger than everything."""
    return abs(value) if not math.isnan(value) else math.inf


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
