"""The program around the position: the blocks it is in, opened down to operations; made on demand, however long the run."""

from enum import IntEnum
from weakref import WeakKeyDictionary

from bpstudio.explain.labels import block_label
from bpstudio.explain.notation import notation
from bpstudio.model.spec import NotationName, Order
from bpstudio.program.levels import Level
from bpstudio.program.program import Program, Span
from bpstudio.records import dataclass
from bpstudio.session.breakpoints import Location
from bpstudio.session.places import block_place
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions

MOST_BEFORE, MOST_AFTER = 120, 120
NEIGHBOURS = 3


class When(IntEnum):
    """Whether a block is executed, holds the next operation, or lies ahead."""

    DONE = 0
    NOW = 1
    AHEAD = 2


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One block: its level, its words, and the positions it spans; ``is_next`` marks the next operation itself."""

    level: Level
    label: str
    start: int
    end: int
    when: When
    is_next: bool
    has_breakpoint: bool = False


@dataclass(frozen=True, slots=True)
class OutlineState:
    """The rows in order, and which of them is marked."""

    rows: tuple[OutlineRow, ...]
    marked: int


def build_outline_state(
    session: Session, options: ViewOptions, places: frozenset[Location] = frozenset()
) -> OutlineState:
    """The outline at the session's position; ``places`` are where location breakpoints stop."""
    builder = _Builder(session, options, places)
    rows = builder.rows(Level.EPOCH)
    marked = max(index for index, row in enumerate(rows) if row.when is When.NOW)
    return OutlineState(tuple(rows), marked)


MOST_LABELS = 20_000
_labels: WeakKeyDictionary[Program, dict[tuple[Level, int, NotationName], str]] = WeakKeyDictionary()


class _Builder:
    def __init__(self, session: Session, options: ViewOptions, places: frozenset[Location]) -> None:
        self.places = places
        self.program: Program = session.program
        self.position = session.position
        self.notation = options.notation
        self.names = notation(options.notation, session.spec)
        self.is_by_layer = session.spec.training.order is Order.LAYER_MAJOR

    def rows(self, level: Level) -> list[OutlineRow]:
        """The blocks of ``level`` side by side in their parent, the one at work opened."""
        here = self.program.span(self.position, level)
        found: list[OutlineRow] = []
        for span in self._siblings(level, here):
            found.append(self._row(level, span))
            if span == here and level is not Level.OPERATION:
                found += self._opened(level, span)
        return found

    def _opened(self, level: Level, span: Span) -> list[OutlineRow]:
        """The children of a block; a level that adds nothing (one child as long as its parent) is passed over."""
        finer = level.finer
        while finer is not Level.OPERATION and self.program.span(self.position, finer) == span:
            finer = finer.finer
        return self.rows(finer) if finer is not level else []

    def _siblings(self, level: Level, here: Span) -> list[Span]:
        parent = self._parent(level, here)
        before: list[Span] = []
        after: list[Span] = []
        most = NEIGHBOURS if level <= Level.ITERATION else MOST_BEFORE
        position = here.start
        while position > parent.start and len(before) < most:
            span = self.program.span(position - 1, level)
            before.append(span)
            position = span.start
        position = here.end
        most = NEIGHBOURS if level <= Level.ITERATION else MOST_AFTER
        while position < parent.end and len(after) < most:
            span = self.program.span(position, level)
            after.append(span)
            position = span.end
        return [*reversed(before), here, *after]

    def _parent(self, level: Level, here: Span) -> Span:
        if level is Level.EPOCH:
            size = self.program.epoch_size
            return Span(max(0, here.start - NEIGHBOURS * size), here.end + NEIGHBOURS * size)
        coarser = level.coarser
        while coarser is not Level.EPOCH and self.program.span(self.position, coarser) == here:
            coarser = coarser.coarser
        return self.program.span(self.position, coarser)

    def _label(self, level: Level, start: int) -> str:
        """The words of a block: the same at every step, and long to make."""
        key = (level, start, self.notation)
        kept = _labels.setdefault(self.program, {})
        if key not in kept:
            if len(kept) >= MOST_LABELS:
                kept.clear()
            operation = self.program.operation(start)
            label = block_label(level, operation, self.names)
            if level is Level.UNIT and self.is_by_layer and operation.sample is not None:
                label = f"{self.names.sample_name(operation.sample)}, {label}"
            kept[key] = label
        return kept[key]

    def _row(self, level: Level, span: Span) -> OutlineRow:
        label = self._label(level, span.start)
        is_begun = span.start <= self.position
        when = When.DONE if span.end <= self.position else When.NOW if is_begun else When.AHEAD
        is_next = when is When.NOW and level is Level.OPERATION
        has_breakpoint = bool(self.places) and block_place(self.program.operation(span.start), level) in self.places
        return OutlineRow(level, label, span.start, span.end, when, is_next, has_breakpoint)
