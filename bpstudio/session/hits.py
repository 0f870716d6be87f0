"""Hits: where in an iteration a breakpoint is hit, read off its tape; scanned iteration by iteration, in order."""

from collections.abc import Callable, Iterator

from bpstudio.model.address import Address
from bpstudio.model.tape import Tape
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.session import conditions, place_hits
from bpstudio.session import writes as writes_module
from bpstudio.session.breakpoints import Breakpoint, Edge, Hit, Location, Trouble
from bpstudio.session.non_finite import NonFinite, first_non_finite
from bpstudio.session.unit_health import dead_units, saturated_units

WARM_UP = 2
"""Iterations to scan before the first that counts: after them everything that stands, and stood before, is known."""


K = OperationKind


class Detector:
    """Finds the hits of one breakpoint. ``begin`` at a tape, then ``scan`` it and those that follow without a gap."""

    def __init__(self, breakpoint: Breakpoint, program: Program) -> None:
        self.breakpoint = breakpoint
        self.program = program
        where, text = breakpoint.where, breakpoint.condition
        if isinstance(where, str) and not isinstance(where, Trouble):
            text = where
        self.condition: conditions.Condition | None = conditions.compile_condition(text, program.spec) if text else None
        self._own: list[Address | str] = [where] if isinstance(where, Address) else []
        slots = [*(self.condition.slots if self.condition else ()), *self._own]
        self._writes = writes_module.Writes(program, slots)
        self._standing = writes_module.Standing([])
        self._held = False
        self._was_bad: dict[int, set[int]] = {}
        self.places = place_hits.PlaceHits(program, where) if isinstance(where, Location | Edge) else None

    @property
    def is_condition(self) -> bool:
        """Whether it fires when its condition becomes true, and at nothing else."""
        where = self.breakpoint.where
        return isinstance(where, str) and not isinstance(where, Trouble)

    def begin(self, tape: Tape) -> None:
        """Scan from this iteration on, knowing nothing of what came before."""
        self._standing = writes_module.Standing(self._writes.starting(tape))
        self._held = self.is_condition and self.condition is not None and self.condition.holds(self._standing)
        self._was_bad = {}

    def scan(self, tape: Tape) -> list[Hit]:
        """The hits of the tape's iteration, in order of position."""
        where = self.breakpoint.where
        if isinstance(where, Trouble):
            return self._allowed(self._troubles(where, tape), tape)
        if self.is_condition:
            return list(self._becoming_true(tape))
        if isinstance(where, Address):
            return list(self._written(tape))
        positions = [] if self.places is None else self.places.positions(tape.iteration)
        return self._allowed([Hit(p, p, self.breakpoint, "before this operation") for p in positions], tape)

    def _allowed(self, hits: list[Hit], tape: Tape) -> list[Hit]:
        """Those of the hits, given in order, at whose positions the condition holds."""
        if self.condition is None:
            return hits
        writes, at, found = self._writes.of(tape), 0, []
        for hit in hits:
            while at < len(writes) and writes[at].position <= hit.position:
                self._standing.take(writes[at])
                at += 1
            if self._lets():
                found.append(hit)
        for write in writes[at:]:
            self._standing.take(write)
        return found

    # Conditions and writes.

    def _becoming_true(self, tape: Tape) -> Iterator[Hit]:
        condition, standing = self.condition, self._standing
        if condition is None:
            return
        writes = self._writes.of(tape)
        for index, write in enumerate(writes):
            standing.take(write)
            if index + 1 < len(writes) and writes[index + 1].position == write.position:
                continue
            holds = condition.holds(standing)
            if holds and not self._held:
                yield Hit(write.position, write.position, self.breakpoint, f"{condition.text} became true")
            self._held = holds

    def _written(self, tape: Tape) -> Iterator[Hit]:
        standing, own = self._standing, len(self._writes.slots) - 1
        for write in self._writes.of(tape):
            old = standing.now[write.slot]
            standing.take(write)
            if write.slot == own and self._lets():
                where = self._writes.slots[own]
                yield Hit(write.position, write.position - 1, self.breakpoint, f"{where} is written", old, write.value)

    def _lets(self) -> bool:
        return self.condition is None or self.condition.holds(self._standing)

    # Troubles.

    def _troubles(self, trouble: Trouble, tape: Tape) -> list[Hit]:
        match trouble:
            case Trouble.NOT_FINITE:
                found = first_non_finite(self.program, tape)
                return [] if found is None else [not_finite_hit(found, self.breakpoint)]
            case Trouble.DEAD_UNIT:
                return self._bad_units(tape, dead_units, "has been 0 for every sample of the batch")
            case Trouble.SATURATED_UNIT:
                return self._bad_units(tape, saturated_units, "has a slope of almost 0 for every sample of the batch")

    def _bad_units(self, tape: Tape, find: Callable[[Tape, int], set[int]], words: str) -> list[Hit]:
        hits = []
        for layer in range(1, self.program.spec.network.depth + 1):
            bad = find(tape, layer)
            for unit in sorted(bad - self._was_bad.get(layer, set())):
                position = self.program.position_of(
                    tape.iteration, Pass.FORWARD, layer, K.ACTIVATE, sample=tape.batch - 1, unit=unit
                )
                if position is not None:
                    text = f"unit {unit} of layer {layer} {words}"
                    hits.append(Hit(position + 1, position + 1, self.breakpoint, text))
            self._was_bad[layer] = bad
        return sorted(hits, key=lambda hit: hit.position)


def not_finite_hit(found: NonFinite, breakpoint: Breakpoint) -> Hit:
    """The hit of a breakpoint where a number that is not finite was made."""
    position = found.operation.position + 1
    return Hit(position, position, breakpoint, "a number that is not finite was made", new=found.value)
