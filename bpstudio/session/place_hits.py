"""Where in a run a place is reached: by arithmetic alone, hit by hit, at any distance and in both directions."""

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from bpstudio.program.layout import Chapter, IterationLayout, Part, Section, Stage
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import REPEATED, Program
from bpstudio.session.breakpoints import Edge, HitRule, Location

K = OperationKind
Offsets = NDArray[np.int64]

ALWAYS = HitRule(">=", 1)


class PlaceHits:
    """All positions of a run that fit a place, in order, numbered from 1. They depend on the program, never on a number."""

    def __init__(self, program: Program, where: Location | Edge) -> None:
        self.program = program
        self._places = edge_places(where, program.spec.network.depth) if isinstance(where, Edge) else (where,)
        self._is_by_epoch = isinstance(where, Location) and where.level is Level.EPOCH
        self._offsets: dict[int, Offsets] = {}
        batches = program.batches
        self._full = len(self.offsets(0)) if batches.per_epoch > 1 else 0
        self._last = len(self.offsets(batches.per_epoch - 1))
        self._per_epoch = (batches.per_epoch - 1) * self._full + self._last
        if self._is_by_epoch:
            self._per_epoch = min(1, len(self.offsets(0)))

    def offsets(self, iteration: int) -> Offsets:
        """Offsets in an iteration that fit, ascending."""
        if self._is_by_epoch and iteration % self.program.batches.per_epoch:
            return np.empty(0, np.int64)
        layout = self.program.layout_of(iteration)
        if layout.batch not in self._offsets:
            start = self.program.iteration_start(iteration)
            found = [_matching(self.program, layout, start, place) for place in self._places]
            self._offsets[layout.batch] = np.unique(np.concatenate(found))
        return self._offsets[layout.batch]

    def positions(self, iteration: int) -> list[int]:
        """The positions of an iteration that fit, ascending."""
        start = self.program.iteration_start(iteration)
        return [start + offset for offset in self.offsets(iteration).tolist()]

    def count_before(self, position: int) -> int:
        """How many hits lie before a position: the number of the last of them."""
        iteration = self.program.iteration_at(position)
        epoch, within = divmod(iteration, self.program.batches.per_epoch)
        inside = bisect_left(self.offsets(iteration), position - self.program.iteration_start(iteration))
        earlier = min(within, 1) * self._per_epoch if self._is_by_epoch else within * self._full
        return epoch * self._per_epoch + earlier + inside

    def position_of(self, number: int) -> int:
        """The position of the hit with this number (≥ 1); there must be hits."""
        epoch, rest = divmod(number - 1, self._per_epoch)
        within = 0 if self._is_by_epoch else self.program.batches.per_epoch - 1
        if self._full and not self._is_by_epoch:
            within = min(within, rest // self._full)
            rest -= within * self._full
        iteration = epoch * self.program.batches.per_epoch + within
        return self.program.iteration_start(iteration) + int(self.offsets(iteration)[rest])

    def next_after(self, position: int, rule: HitRule | None = None) -> int | None:
        """The first hit after a position that its rule lets through; None if there is none."""
        number = (rule or ALWAYS).at_or_after(self.count_before(position + 1) + 1)
        return None if number is None or not self._per_epoch else self.position_of(number)

    def last_before(self, position: int, rule: HitRule | None = None) -> int | None:
        """The last hit before a position that its rule lets through; None if there is none."""
        number = (rule or ALWAYS).at_or_before(self.count_before(position))
        return None if number is None or not self._per_epoch else self.position_of(number)


def edge_places(edge: Edge, depth: int) -> tuple[Location, ...]:
    """The operations that read or write a weight: its product, its term of the error, its gradient and its update."""
    layer, unit, entry = edge.layer, edge.unit, edge.entry

    def operations(pass_: Pass, at: int, kind: K | None, row: int, column: int) -> Location:
        return Location(pass_=pass_, layer=at, kind=kind, unit=row, entry=column)

    back = (operations(Pass.BACKWARD, layer - 1, K.ERROR_MULTIPLY_ADD, entry, unit),) if layer > 1 else ()
    return (
        operations(Pass.FORWARD, layer, K.MULTIPLY_ADD, unit, entry),
        *back,
        operations(Pass.BACKWARD, layer, K.GRADIENT, unit, entry),
        operations(Pass.REDUCE, layer, None, unit, entry),
        operations(Pass.UPDATE, layer, None, unit, entry),
    )


def _matching(program: Program, layout: IterationLayout, start: int, place: Location) -> Offsets:
    """Offsets of the blocks of the place's level whose first operation fits its pattern."""
    if place.level in (Level.UNIT, Level.OPERATION):
        return _units_and_operations(layout, place)
    found, position = [], start
    while position < start + layout.size:
        if place.matches(program.operation(position)):
            found.append(position - start)
        position = program.next_boundary(position, place.level)
    return np.array(found, dtype=np.int64)


def _units_and_operations(layout: IterationLayout, place: Location) -> Offsets:
    found = [np.empty(0, np.int64)]
    for chapter, chapter_start in zip(layout.chapters, layout.starts, strict=False):
        for section, section_start in zip(chapter.sections, chapter.starts, strict=False):
            if place.pass_ in (None, section.pass_) and place.layer in (None, section.layer):
                samples = _sample_offsets(chapter, section, place.sample) + chapter_start + section_start
                for stage, stage_start in zip(section.stages, section.starts, strict=False):
                    found += [_sums(samples + stage_start, inner) for inner in _stage_offsets(section, stage, place)]
    return np.concatenate(found)


def _sums(outer: Offsets, inner: Offsets) -> Offsets:
    return (outer[:, None] + inner[None, :]).ravel()


def _sample_offsets(chapter: Chapter, section: Section, sample: int | None) -> Offsets:
    """Where each sample's share of a section begins, from the section's beginning in the first repetition."""
    is_for_all = section.pass_ in (Pass.REDUCE, Pass.UPDATE)
    if chapter.is_per_sample:
        all_samples = np.arange(chapter.repeat, dtype=np.int64) * chapter.once_size
    else:
        all_samples = np.arange(section.samples, dtype=np.int64) * section.sample_size
    if sample is None:
        return all_samples
    return all_samples[:0] if is_for_all else all_samples[sample : sample + 1]


def _stage_offsets(section: Section, stage: Stage, place: Location) -> list[Offsets]:
    if place.unit is not None and (stage.is_shared or not 0 <= place.unit < stage.units):
        return []
    units = np.arange(stage.units, dtype=np.int64) * stage.unit_size
    if place.unit is not None:
        units = units[place.unit : place.unit + 1]
    parts = list(zip(stage.parts, stage.starts, strict=False))
    if place.level is Level.UNIT:
        parts = parts[:1]
    return [_sums(units + start, _part_offsets(section, stage, part, place)) for part, start in parts]


def _part_offsets(section: Section, stage: Stage, part: Part, place: Location) -> Offsets:
    rows = np.arange(part.count, dtype=np.int64)
    kinds = np.arange(len(part.kinds), dtype=np.int64)
    if place.level is Level.UNIT:
        rows, kinds = rows[:1], kinds[:1]
    if place.kind is not None:
        kinds = kinds[[part.kinds[k] is place.kind for k in kinds.tolist()]]
    if place.entry is not None:
        is_parameter = section.pass_ in (Pass.REDUCE, Pass.UPDATE) and not stage.is_shared
        has_entry = np.array([is_parameter or part.kinds[k] in REPEATED for k in kinds.tolist()], dtype=bool)
        kinds = kinds[has_entry]
        rows = rows[rows + part.first == place.entry]
    return _sums(rows * len(part.kinds), kinds)
