"""Watches: an expression's value at the end of every iteration, filled in by replay however late it is added."""

import time
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from bpstudio.model.spec import RunSpec
from bpstudio.model.tape import Tape
from bpstudio.program.program import Program
from bpstudio.session.conditions import Condition, compile_condition
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.series import Series
from bpstudio.session.session import Session
from bpstudio.session.writes import Standing, Writes


class Watch:
    """One expression. ``series`` holds its value at the end of the iterations from 0 on, as far as it is filled."""

    def __init__(self, key: int, text: str, spec: RunSpec) -> None:
        self.key = key
        self.condition: Condition = compile_condition(text, spec)
        self.series = Series()
        self._standing: Standing | None = None
        self._writes: Writes | None = None

    @property
    def iterations(self) -> int:
        """Iterations from 0 on that are filled."""
        return self.series.count

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.condition.text

    def extend(self, tape: Tape, program: Program) -> None:
        """Add the tape's iteration if it is the next one; any other is passed over."""
        if tape.iteration != self.series.count:
            return
        if self._writes is None or self._standing is None:
            self._writes = Writes(program, self.condition.slots)
            self._standing = Standing(self._writes.starting(tape))
        for write in self._writes.of(tape):
            self._standing.take(write)
        self.series.extend(tape.iteration, np.array([self.condition.value(self._standing)]))


class Follower(Protocol):
    """What is filled iteration by iteration, without gaps: a watch, a list of hits."""

    @property
    def iterations(self) -> int:
        """Iterations from 0 on that are filled."""

    def extend(self, tape: Tape, program: Program) -> None:
        """Add the tape's iteration if it is the next one; any other is passed over."""


class FillJob:
    """Fills watches, lists of hits and the index they need up to an iteration, beside the session, which stays where it is."""

    def __init__(self, session: Session, followers: tuple[Follower, ...], index: RangeIndex, end: int) -> None:
        self._lookout = session.lookout()
        self._program = session.program
        self._followers = followers
        self._index = index
        self._end = end
        self._next = min([end, index.count, *(follower.iterations for follower in followers)])
        self._first = self._next
        self._steps = self._work()

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations filled, of all that must be."""
        return self._next - self._first, max(1, self._end - self._first)

    def advance(self, seconds: float) -> bool:
        """Replay on for about this long; True when all is filled."""
        until = time.perf_counter() + seconds
        return all(time.perf_counter() < until for _ in self._steps)

    def cancel(self) -> None:
        """What is filled stays."""

    def _work(self) -> Iterator[None]:
        while self._next < self._end:
            yield from self._lookout.steps_to(self._next)
            engine = self._lookout.go_to(self._next)
            tape = engine.compute()
            self._index.extend(tape)
            if engine.workspace.is_finite() and bool(np.isfinite(tape.vectors.after).all()):
                self._index.finite.add(self._next, self._next + 1)
            for follower in self._followers:
                follower.extend(tape, self._program)
            self._next += 1
            yield
