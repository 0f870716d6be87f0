"""Breakpoints: places, writes, conditions and troubles at which a run stops, and why it stopped."""

from dataclasses import field
from enum import StrEnum

from bpstudio.model.address import Address
from bpstudio.program.levels import Level
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.records import dataclass


class Trouble(StrEnum):
    """What can go wrong in training: a number that is not finite, a unit that is 0, or flat, for a whole batch."""

    NOT_FINITE = "not_finite"
    DEAD_UNIT = "dead_unit"
    SATURATED_UNIT = "saturated_unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A pattern for operations: a field that is None matches all. Stops before each block of ``level`` that matches."""

    level: Level = Level.OPERATION
    pass_: Pass | None = None
    layer: int | None = None
    kind: OperationKind | None = None
    unit: int | None = None
    entry: int | None = None
    sample: int | None = None

    def matches(self, operation: Operation) -> bool:
        """Whether an operation (the first of a block) fits the pattern."""
        wanted = (self.pass_, self.layer, self.kind, self.unit, self.entry, self.sample)
        found = (operation.pass_, operation.layer, operation.kind, operation.unit, operation.entry, operation.sample)
        return all(want is None or want == have for want, have in zip(wanted, found, strict=True))


@dataclass(frozen=True, slots=True)
class Edge:
    """Every operation that reads or writes the weight w[layer][unit, entry]."""

    layer: int
    unit: int
    entry: int


@dataclass(frozen=True, slots=True)
class HitRule:
    """Which hits stop: from the n-th on (`>=`), the n-th alone (`==`), or every n-th (`%`).

    Hits count from 1 at the start of the run: a hit has the same number in both directions.
    """

    comparison: str
    count: int

    def lets(self, number: int) -> bool:
        """Whether the hit with this number stops."""
        match self.comparison:
            case ">=":
                return number >= self.count
            case "==":
                return number == self.count
            case _:
                return number % self.count == 0

    def at_or_after(self, number: int) -> int | None:
        """The first hit that stops among those with this number or a greater one; None if there is none."""
        match self.comparison:
            case ">=":
                return max(number, self.count)
            case "==":
                return self.count if number <= self.count else None
            case _:
                return -(-number // self.count) * self.count

    def at_or_before(self, number: int) -> int | None:
        """The last hit that stops among those up to this number; None if there is none."""
        match self.comparison:
            case ">=":
                return number if number >= self.count else None
            case "==":
                return self.count if number >= self.count else None
            case _:
                return number // self.count * self.count or None


Where = Location | Edge | Address | str | Trouble
"""A place; an address: each write of it; a text: each time the condition becomes true; a trouble: where it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakpoint:
    """Something to stop at. With a ``message`` it is a logpoint: it writes a row and runs on."""

    key: int
    where: Where
    condition: str = ""
    rule: HitRule | None = None
    message: str = ""
    is_temporary: bool = False
    is_enabled: bool = True
    is_trusted: bool = True

    @property
    def is_active(self) -> bool:
        """Whether it takes part in searches."""
        return self.is_enabled and self.is_trusted


class StopKind(StrEnum):
    """Why a move ended."""

    BREAKPOINT = "breakpoint"
    START = "start"
    LIMIT = "limit"
    GOAL = "goal"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReason:
    """Where and why a run stopped; ``old`` and ``new`` for a number that was written."""

    kind: StopKind
    position: int
    words: str
    breakpoint: Breakpoint | None = None
    old: float | None = None
    new: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A breakpoint is hit: going forward the run stops at ``position``, going back at ``back_position``."""

    position: int
    back_position: int
    breakpoint: Breakpoint = field(compare=False)
    words: str = ""
    old: float | None = None
    new: float | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """What a logpoint wrote, and where."""

    position: int
    iteration: int
    text: str
