"""Scan: the hits of a set of breakpoints, iteration by iteration, by the cheapest means that can find them.

Places need arithmetic only; numbers that are not finite are found at full speed; the rest is looked up on each tape.
"""

import time
from collections.abc import Generator, Sequence

import numpy as np

from bpstudio.model.tape import Tape
from bpstudio.session.breakpoints import Breakpoint, Edge, Hit, Location, Trouble
from bpstudio.session.conditions import ConditionError
from bpstudio.session.hits import WARM_UP, Detector, not_finite_hit
from bpstudio.session.log_text import message_problem
from bpstudio.session.non_finite import first_non_finite
from bpstudio.session.place_hits import PlaceHits
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.screen import Screen
from bpstudio.session.session import Session
from bpstudio.session.walk import Walker

Hits = Generator[None, None, list[Hit]]


class Scan:
    """What to look for, and how. The session moves; raises ConditionError for a wrong expression."""

    def __init__(self, session: Session, breakpoints: Sequence[Breakpoint], index: RangeIndex, walker: Walker) -> None:
        self._session = session
        self._index = index
        self._walker = walker
        self._places = [
            (b, PlaceHits(session.program, b.where))
            for b in breakpoints
            if isinstance(b.where, Location | Edge) and _is_place(b)
        ]
        self._not_finite = [b for b in breakpoints if _is_plain_not_finite(b)]
        slow = [_detector(b, session) for b in breakpoints if not _is_place(b) and not _is_plain_not_finite(b)]
        self._slow = slow
        self._counts = {d.breakpoint.key: 0 for d in slow if d.breakpoint.rule is not None}
        conditions = [d.condition for d in slow if d.condition is not None and d.is_condition]
        index.watch(address for condition in conditions for address in condition.addresses)
        is_told = len(conditions) == len(slow) and not self._counts
        self._screen = Screen(session, index, conditions if is_told else None)
        self._next: int | None = None

    @property
    def has_counts(self) -> bool:
        """Whether hits must be counted from the start of the run."""
        return bool(self._counts)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is sought that depends on numbers."""
        return not self._slow and not self._not_finite

    # Places.

    def next_place(self, position: int) -> Hit | None:
        """The first place after a position."""
        found = [(hits.next_after(position, b.rule), b) for b, hits in self._places]
        return min((_at(p, b) for p, b in found if p is not None), key=lambda hit: hit.position, default=None)

    def last_place(self, position: int) -> Hit | None:
        """The last place before a position."""
        found = [(hits.last_before(position, b.rule), b) for b, hits in self._places]
        return max((_at(p, b) for p, b in found if p is not None), key=lambda hit: hit.position, default=None)

    # Stretches in which at most a number that is not finite can be hit.

    def clear_end(self, first: int, most: int | None) -> int:
        """The end of such a stretch that begins at ``first``, not beyond ``most``; ``first`` if there is none."""
        return self._screen.clear_end(first, most)

    def clear_start(self, end: int, least: int) -> int:
        """The start of such a stretch that ends at ``end``, not before ``least``; ``end`` if there is none."""
        return self._screen.clear_start(end, least)

    def not_finite(self, first: int, end: int) -> Hits:
        """Where the iterations ``first`` ≤ n < ``end`` make numbers that are not finite, at full speed."""
        found: list[Hit] = []
        if not self._not_finite or self._screen.is_finite(first, end):
            return found
        session, walker, number = self._session, self._walker, first
        yield from walker.to_iteration(first)
        while number < end:
            began, stride = time.perf_counter(), min(walker.stride, end - number)
            made = session.run_iterations(stride)
            reached = session.iteration if made is None else made.operation.iteration
            self._index.finite.add(number, reached)
            if made is not None:
                found += [not_finite_hit(made, b) for b in self._not_finite]
                reached += 1
                yield from walker.to_iteration(reached)
            number = reached
            walker.took(time.perf_counter() - began)
            yield
        return found

    # Everything else.

    def hits(self, number: int) -> Hits:
        """The hits of one iteration that their rules let through, in order."""
        if self._next != number:
            yield from self._begin(max(0, number - WARM_UP))
        found: list[Hit] = []
        while self._next is not None and self._next <= number:
            yield from self._walker.to_iteration(self._next)
            found = self._ruled(self._look())
            self._next += 1
        return found

    def _begin(self, number: int) -> Generator[None, None, None]:
        yield from self._walker.to_iteration(number)
        tape = self._session.tape
        for detector in self._slow:
            detector.begin(tape)
        self._counts = dict.fromkeys(self._counts, 0)
        self._next = number

    def _look(self) -> list[Hit]:
        tape = self._session.tape
        self._index.extend(tape)
        found = [hit for detector in self._slow for hit in detector.scan(tape)]
        if self._not_finite:
            made = None if self._is_finite(tape) else first_non_finite(self._session.program, tape)
            if made is None:
                self._index.finite.add(tape.iteration, tape.iteration + 1)
            else:
                found += [not_finite_hit(made, b) for b in self._not_finite]
        return found

    def _is_finite(self, tape: Tape) -> bool:
        """Whether all numbers of an iteration are finite, by two calls."""
        return self._session.engine.workspace.is_finite() and bool(np.isfinite(tape.vectors.after).all())

    def _ruled(self, hits: list[Hit]) -> list[Hit]:
        found = []
        for hit in sorted(hits, key=lambda hit: (hit.position, hit.breakpoint.key)):
            rule = hit.breakpoint.rule
            if rule is not None:
                self._counts[hit.breakpoint.key] += 1
                if not rule.lets(self._counts[hit.breakpoint.key]):
                    continue
            found.append(hit)
        return found


def _is_place(breakpoint: Breakpoint) -> bool:
    """Whether its hits follow from positions alone: no number is asked for, none is written down."""
    return isinstance(breakpoint.where, Location | Edge) and not breakpoint.condition and not breakpoint.message


def _is_plain_not_finite(breakpoint: Breakpoint) -> bool:
    is_plain = breakpoint.rule is None and not breakpoint.condition and not breakpoint.message
    return breakpoint.where is Trouble.NOT_FINITE and is_plain


def _at(position: int, breakpoint: Breakpoint) -> Hit:
    return Hit(position, position, breakpoint, "before this operation")


def _detector(breakpoint: Breakpoint, session: Session) -> Detector:
    """The detector of a breakpoint; raises ConditionError that says which expression is wrong."""
    problem = message_problem(breakpoint.message, session.spec)
    if problem:
        raise ConditionError(problem)
    try:
        return Detector(breakpoint, session.program)
    except ConditionError as error:
        text = breakpoint.condition or str(breakpoint.where)
        raise ConditionError(f"{text[:60]}: {error.problem}", error.column) from None
