"""HitList: every hit of a breakpoint in the part of the run that is known, found by replay however late it is set."""

from bpstudio.model.tape import Tape
from bpstudio.program.program import Program
from bpstudio.session import place_hits
from bpstudio.session.breakpoints import Breakpoint, Edge, HitRule, Location
from bpstudio.session.hits import Detector

MOST_KEPT = 50_000
"""Positions that are kept; of all further hits only the number."""

MOST_PLACES = 100
"""Hits of a place are listed only while they are few: one in every iteration says nothing on a timeline."""


class HitList:
    """The hits of one breakpoint in the iterations from 0 on, as far as they are filled; going forward, ``positions`` of them."""

    def __init__(self, breakpoint: Breakpoint) -> None:
        self.breakpoint = breakpoint
        self.iterations = 0
        self.count = 0
        self.positions: list[int] = []
        self._seen = 0
        self._detector: Detector | None = None

    def extend(self, tape: Tape, program: Program) -> None:
        """Add the tape's iteration if it is the next one; any other is passed over."""
        if tape.iteration != self.iterations:
            return
        if self._detector is None:
            self._detector = Detector(self.breakpoint, program)
            self._detector.begin(tape)
        for hit in sorted(self._detector.scan(tape), key=lambda hit: hit.position):
            self._seen += 1
            rule = self.breakpoint.rule
            if rule is None or rule.lets(self._seen):
                self.count += 1
                if len(self.positions) < MOST_KEPT:
                    self.positions.append(hit.position)
        self.iterations += 1


def is_listed(breakpoint: Breakpoint) -> bool:
    """Whether its hits depend on numbers, so that they must be looked for; those of places follow by arithmetic."""
    return not isinstance(breakpoint.where, Location | Edge) or bool(breakpoint.condition)


def is_same(one: Breakpoint, other: Breakpoint) -> bool:
    """Whether two breakpoints have the same hits."""
    return (one.where, one.condition, one.rule) == (other.where, other.condition, other.rule)


def place_positions(breakpoint: Breakpoint, program: Program, end: int) -> tuple[int, list[int]]:
    """How often a place is hit before ``end``, and where, if that is not too often to be listed."""
    if not isinstance(breakpoint.where, Location | Edge):
        return 0, []
    hits, rule = place_hits.PlaceHits(program, breakpoint.where), breakpoint.rule
    number = _ruled(hits.count_before(end), rule)
    found: list[int] = []
    position = hits.next_after(-1, rule) if 0 < number <= MOST_PLACES else None
    while position is not None and position < end:
        found.append(position)
        position = hits.next_after(position, rule)
    return number, found


def _ruled(number: int, rule: HitRule | None) -> int:
    """How many of the first ``number`` hits a rule lets through."""
    if rule is None:
        return number
    match rule.comparison:
        case ">=":
            return max(0, number - rule.count + 1)
        case "==":
            return int(number >= rule.count)
        case _:
            return number // rule.count
