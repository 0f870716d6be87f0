"""Search: run, forward or back in time, to the next hit of a breakpoint; in slices, and cancelled back to where it began."""

import time
from collections.abc import Generator, Iterable, Iterator
from enum import Enum

from bpstudio.session.breakpoints import Breakpoint, Hit, LogRow, StopKind, StopReason
from bpstudio.session.conditions import ConditionError
from bpstudio.session.log_text import log_text
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.scan import Scan
from bpstudio.session.session import Session
from bpstudio.session.walk import Walker

CHUNK = 16
"""Iterations that a search back in time scans between two looks for hits, at first; doubled while there are none."""

LONGEST_CHUNK = 4096
MOST_ROWS = 10_000


class Direction(Enum):
    """Which way a search goes through time."""

    FORWARD = 1
    BACK = -1


class Search:
    """A search from where the session stands. ``stop`` says how it ended; ``rows`` what logpoints wrote on the way.

    Forward it trains on where the run has not been, up to iteration ``limit``; back it ends at the start of the run. With a
    ``goal``, a position that lies that way, it ends there at the latest.
    """

    def __init__(
        self,
        session: Session,
        breakpoints: Iterable[Breakpoint],
        direction: Direction,
        *,
        limit: int | None = None,
        goal: int | None = None,
        index: RangeIndex | None = None,
    ) -> None:
        self.session = session
        self.stop: StopReason | None = None
        self.rows: list[LogRow] = []
        self.direction = direction
        self._limit = limit
        self._goal = goal
        self._origin = session.position
        self._first = session.iteration
        engine = session.engine
        self._began = (engine, engine.state()) if engine.iteration == self._first else None
        self._walker = Walker(session)
        self._done, self._total = 0, 1
        active = [b for b in breakpoints if b.is_active and not (b.message and direction is Direction.BACK)]
        try:
            self._scan = Scan(session, active, index or RangeIndex(), self._walker)
        except ConditionError as error:
            self.stop = StopReason(kind=StopKind.ERROR, position=self._origin, words=str(error))
            return
        self._steps = self._forward() if direction is Direction.FORWARD else self._back()

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations searched, of all that may have to be."""
        return self._done, max(1, self._total)

    def cancel(self) -> None:
        """Go back to where it began."""
        if (
            self._began is not None
        ):  # the engine it began with: on the way, another part of the run may have come to work
            engine, state = self._began
            engine.load(self._first, state)
        self.session.seek(position=self._origin)
        self.stop = StopReason(kind=StopKind.CANCELLED, position=self._origin, words="cancelled")

    def advance(self, seconds: float) -> bool:
        """Search for about this long; True when ``stop`` says how it ended."""
        until = time.perf_counter() + seconds
        while self.stop is None:
            next(self._steps, None)
            if time.perf_counter() >= until:
                break
        return self.stop is not None

    # Forward.

    def _forward(self) -> Iterator[None]:
        scan, program, last = self._scan, self.session.program, self._last
        place = scan.next_place(self._origin)
        if place is not None and last is not None and place.position >= last:
            place = None
        target = last if place is None else place.position
        end = None if target is None else program.iteration_at(target - 1) + 1
        if place is not None:
            end = program.iteration_at(place.position) + 1
        hit = yield from self._first_hit(end)
        if hit is not None and last is not None and hit.position > last:
            hit = None
        if hit is None or (place is not None and place.position < hit.position):
            hit = place
        if hit is not None:
            yield from self._end_at_hit(hit, hit.position)
        elif last is not None and self._goal is not None:
            yield from self._end_at(StopKind.GOAL, last, "here")
        elif last is not None:
            yield from self._end_at(StopKind.LIMIT, last, "nothing was hit")

    @property
    def _last(self) -> int | None:
        """The position at which it ends at the latest."""
        if self._goal is not None:
            return max(self._origin, self._goal)
        return None if self._limit is None else max(self._origin, self.session.program.iteration_start(self._limit))

    def _first_hit(self, end: int | None) -> Generator[None, None, Hit | None]:
        """The first hit after the origin by something that needs numbers, in the iterations before ``end``."""
        scan, number = self._scan, 0 if self._scan.has_counts else self._first
        while end is None or number < end:
            self._done, self._total = max(0, number - self._first), (end or number + 1) - self._first
            clear = scan.clear_end(number, end)
            if clear == number:
                clear, hits = number + 1, (yield from scan.hits(number))
            elif end is None and scan.is_idle:
                hits = yield from self._train(clear)
            else:
                hits = yield from scan.not_finite(number, clear)
            for hit in hits:
                if hit.position > self._origin and number >= self._first:
                    if not hit.breakpoint.message:
                        return hit
                    self._log(hit)
            number = clear
        return None

    def _train(self, iteration: int) -> Generator[None, None, list[Hit]]:
        """Nothing can be hit on the way and there is no end: the run itself goes on."""
        if iteration > self.session.iteration:
            yield from self._walker.to_iteration(iteration)
        return []

    def _log(self, hit: Hit) -> None:
        if len(self.rows) < MOST_ROWS:
            here = self.session.position
            self.session.seek(position=hit.position)
            text = log_text(hit.breakpoint.message, self.session)
            self.rows.append(LogRow(hit.position, self.session.program.iteration_at(hit.position), text))
            self.session.seek(position=here)

    # Back.

    def _back(self) -> Iterator[None]:
        least = 0 if self._goal is None else min(self._origin, self._goal)
        place = self._scan.last_place(self._origin)
        if place is not None and place.back_position < least:
            place = None
        floor = self.session.program.iteration_at(least if place is None else place.back_position)
        hit = yield from self._last_hit(floor)
        if hit is not None and hit.back_position < least:
            hit = None
        if hit is None or (place is not None and place.back_position > hit.back_position):
            hit = place
        if hit is not None:
            yield from self._end_at_hit(hit, hit.back_position)
        elif self._goal is not None:
            yield from self._end_at(StopKind.GOAL, least, "here")
        else:
            words = "this is the start of the run; nothing was hit before"
            yield from self._end_at(StopKind.START, 0, words)

    def _last_hit(self, floor: int) -> Generator[None, None, Hit | None]:
        """The last hit before the origin by something that needs numbers, in the iterations from ``floor`` on."""
        scan, end, chunk = self._scan, self._first + 1, CHUNK
        while end > floor:
            self._done, self._total = self._first + 1 - end, self._first + 1 - floor
            start = scan.clear_start(end, floor)
            if start < end:
                found = yield from scan.not_finite(start, end)
            else:
                start = 0 if scan.has_counts else max(floor, end - chunk)
                found = yield from self._scanned(start, end)
                chunk = min(LONGEST_CHUNK, 2 * chunk)
            earlier = [hit for hit in found if hit.back_position < self._origin]
            if earlier:
                return max(earlier, key=lambda hit: hit.back_position)
            end = start
        return None

    def _scanned(self, start: int, end: int) -> Generator[None, None, list[Hit]]:
        """The last hit before the origin of the iterations ``start`` ≤ n < ``end``, in a list."""
        last: list[Hit] = []
        for number in range(start, end):
            hits = yield from self._scan.hits(number)
            last += [hit for hit in hits if hit.back_position < self._origin]
            last = sorted(last, key=lambda hit: hit.back_position)[-1:]
        return last

    # The end.

    def _end_at_hit(self, hit: Hit, position: int) -> Iterator[None]:
        yield from self._walker.to_position(position)
        self.stop = StopReason(
            kind=StopKind.BREAKPOINT,
            position=position,
            words=hit.words,
            breakpoint=hit.breakpoint,
            old=hit.old,
            new=hit.new,
        )

    def _end_at(self, kind: StopKind, position: int, words: str) -> Iterator[None]:
        yield from self._walker.to_position(position)
        self.stop = StopReason(kind=kind, position=position, words=words)
