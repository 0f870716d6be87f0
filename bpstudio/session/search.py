"""Search: run, forward or back in time, to the next hit of a breakpoint; in slices, and cancelled back to where it began."""

import time
from collections.abc import Iterable
from enum import Enum

from bpstudio.session.breakpoints import Breakpoint, Hit, LogRow, StopKind, StopReason
from bpstudio.session.expression import Range
from bpstudio.session.hits import WARM_UP, Detector
from bpstudio.session.log_text import log_text
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.session import Session

CHUNK = 64
"""Iterations that a search back in time scans between two looks for hits, at first; doubled while there are none."""

LONGEST_CHUNK = 4096
BLOCKS = (4096, 512, 64, 8)
"""Stretches that the index is asked about, the longest first."""

MOST_ROWS = 10_000


class Direction(Enum):
    """Which way a search goes through time."""

    FORWARD = 1
    BACK = -1


class Search:
    """A search from where the session stands. ``stop`` says how it ended; ``rows`` what logpoints wrote on the way.

    Forward it trains on where the run has not been, up to iteration ``limit``; back it ends at the start of the run.
    """

    def __init__(
        self,
        session: Session,
        breakpoints: Iterable[Breakpoint],
        direction: Direction,
        *,
        limit: int | None = None,
        index: RangeIndex | None = None,
    ) -> None:
        self.session = session
        self.stop: StopReason | None = None
        self.rows: list[LogRow] = []
        self.direction = direction
        self._limit = limit
        self._index = index or RangeIndex()
        active = [b for b in breakpoints if b.is_active and not (b.message and direction is Direction.BACK)]
        self._detectors = [Detector(b, session.program) for b in active]
        self._counts = {b.key: 0 for b in active if b.rule is not None}
        self._origin = session.position
        self._first = session.iteration
        self._valid = self._first
        self._next = self._scan_start(self._first)
        self._is_begun = False
        self._end = self._first + 1
        self._chunk = CHUNK
        self._found: Hit | None = None

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations scanned, of all that may have to be."""
        if self.direction is Direction.BACK:
            return self._first + 1 - self._end, self._first + 1
        total = self._limit if self._limit is not None else self._next + 1
        return max(0, self._next - self._first), max(1, total - self._first)

    def cancel(self) -> None:
        """Go back to where it began."""
        self.session.seek(position=self._origin)
        self.stop = StopReason(kind=StopKind.CANCELLED, position=self._origin, words="cancelled")

    def advance(self, seconds: float) -> bool:
        """Search for about this long; True when ``stop`` says how it ended."""
        until = time.perf_counter() + seconds
        while self.stop is None:
            if self.direction is Direction.FORWARD:
                self._forward()
            else:
                self._back()
            if time.perf_counter() >= until:
                break
        return self.stop is not None

    def _scan_start(self, iteration: int) -> int:
        """Where scanning begins so that ``iteration`` finds all that stands known, and all earlier hits counted."""
        return 0 if self._counts else max(0, iteration - WARM_UP)

    # Forward.

    def _forward(self) -> None:
        number = self._next
        if self._limit is not None and number >= self._limit:
            self._end_at(StopKind.LIMIT, self.session.program.iteration_start(self._limit), "nothing was hit")
            return
        beyond = self._beyond_reach(number) if number >= self._first else None
        if beyond is not None:
            self._valid = beyond
            self._next, self._is_begun = self._scan_start(beyond), False
            return
        self._next += 1
        for hit in self._scan(number, moves=number >= self._first):
            if number < self._valid or hit.position <= self._origin:
                continue
            if not hit.breakpoint.message:
                self._end_at_hit(hit, hit.position)
                return
            self._log(hit)

    def _beyond_reach(self, number: int) -> int | None:
        """The end of the longest stretch from ``number`` on in which nothing can be hit."""
        for size in BLOCKS:
            end = number + size
            if not self._can_hit(number, end) and (self._limit is None or end <= self._limit):
                return end
        return None

    def _scan(self, number: int, moves: bool = False) -> list[Hit]:
        """The hits of one iteration that their rules let through; the session goes there if numbers are needed."""
        is_positional = all(d.is_positional for d in self._detectors)
        if moves or not is_positional:
            self.session.seek(iteration=number)
        if is_positional:
            places = [(p, d.breakpoint) for d in self._detectors for p in d.positions(number)]
            return self._ruled([Hit(p, p, b, "before this operation") for p, b in places])
        tape = self.session.tape
        self._index.extend(tape)
        if not self._is_begun:
            for detector in self._detectors:
                detector.begin(tape)
            self._is_begun = True
        return self._ruled([hit for detector in self._detectors for hit in detector.scan(tape)])

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

    def _log(self, hit: Hit) -> None:
        if len(self.rows) < MOST_ROWS:
            here = self.session.position
            self.session.seek(position=hit.position)
            text = log_text(hit.breakpoint.message, self.session)
            self.rows.append(LogRow(hit.position, self.session.program.iteration_at(hit.position), text))
            self.session.seek(position=here)

    # Back.

    def _back(self) -> None:
        """Scan one chunk before ``_end``, in the order of time, and keep its last hit."""
        if self._end <= 0:
            self._end_at(StopKind.START, 0, "this is the start of the run; nothing was hit before")
            return
        low = self._ruled_out()
        if low is not None:
            self._end = low
            return
        is_fine = self._is_indexed(self._end - BLOCKS[-1], self._end)
        start = 0 if self._counts else max(0, self._end - (BLOCKS[-1] if is_fine else self._chunk))
        self._is_begun = False
        last: Hit | None = None
        for number in range(self._scan_start(start), self._end):
            for hit in self._scan(number):
                if number >= start and hit.back_position < self._origin:
                    last = hit if last is None or hit.back_position >= last.back_position else last
        self._end = start
        self._chunk = min(LONGEST_CHUNK, 2 * self._chunk)
        if last is not None:
            self._end_at_hit(last, last.back_position)

    def _ruled_out(self) -> int | None:
        """The start of the longest stretch before ``_end`` in which nothing can be hit."""
        for size in BLOCKS:
            low = max(0, self._end - size)
            if not self._can_hit(low, self._end):
                return low
        return None

    # What the index rules out.

    def _is_indexed(self, first: int, end: int) -> bool:
        return not self._counts and all(
            d.condition is not None and d.is_condition and self._index.covers(d.condition.slots, max(0, first - 1), end)
            for d in self._detectors
        )

    def _can_hit(self, first: int, end: int) -> bool:
        """False when in iterations ``first`` ≤ n < ``end`` no condition can go from false to true."""
        if not self._detectors or not self._is_indexed(first, end):
            return True
        return any(self._can_become_true(d, max(0, first - 1), end) for d in self._detectors)

    def _can_become_true(self, detector: Detector, first: int, end: int) -> bool:
        condition, batches = detector.condition, self.session.program.batches
        if condition is None or first == 0:
            return True
        ranges = [self._index.range(slot, first, end, batches) for slot in condition.slots]
        found: Range = condition.range(lambda slot: ranges[slot])
        return found.can_be_true and found.can_be_false

    # The end.

    def _end_at_hit(self, hit: Hit, position: int) -> None:
        self.session.seek(position=position)
        self.stop = StopReason(
            kind=StopKind.BREAKPOINT,
            position=position,
            words=hit.words,
            breakpoint=hit.breakpoint,
            old=hit.old,
            new=hit.new,
        )

    def _end_at(self, kind: StopKind, position: int, words: str) -> None:
        self.session.seek(position=position)
        self.stop = StopReason(kind=kind, position=position, words=words)
