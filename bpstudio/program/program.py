"""Program: position ↔ operation by prefix sums; nothing is listed, everything is located."""

from bpstudio.errors import PositionError
from bpstudio.model.batches import Batches
from bpstudio.model.spec import RunSpec
from bpstudio.program.layout import IterationLayout, Place
from bpstudio.program.levels import Level
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.records import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A block of operations: positions ``start`` ≤ p < ``end``."""

    start: int
    end: int


class Program:
    """The operations of a run of any length.

    ``is_unfolded`` steps a matched pair's output δ through its factors instead of in one operation; it changes
    positions, never a value. Positions are exact Python integers from 0, without an upper end.
    """

    def __init__(self, spec: RunSpec, is_unfolded: bool = False) -> None:
        self.spec = spec
        self.is_unfolded = is_unfolded
        self.batches = Batches(spec.dataset.count, spec.batch_size)
        self._layouts = {size: IterationLayout(spec, size, is_unfolded) for size in self.batches.sizes}
        self._full = self._layouts[self.batches.size]
        self._epoch_size = (
            sum(self._layouts[self.batches.size_of(n)].size for n in _ends(self.batches.per_epoch))
            + max(0, self.batches.per_epoch - 2) * self._full.size
        )

    @property
    def epoch_size(self) -> int:
        """Operations in one epoch."""
        return self._epoch_size

    def spec_at(self, iteration: int) -> RunSpec:
        """The run's spec as it stands in an iteration: edits in the past change it from there on."""
        return self.spec

    def layout_of(self, iteration: int) -> IterationLayout:
        """The layout of one iteration: the full batch's, or the remainder's."""
        return self._layouts[self.batches.size_of(iteration)]

    def iteration_start(self, iteration: int) -> int:
        """Position before the first operation of an iteration."""
        epoch, within = divmod(iteration, self.batches.per_epoch)
        return epoch * self._epoch_size + within * self._full.size

    def iteration_at(self, position: int) -> int:
        """The iteration the operation at ``position`` belongs to."""
        self._require(position)
        epoch, offset = divmod(position, self._epoch_size)
        within = min(offset // self._full.size, self.batches.per_epoch - 1)
        return epoch * self.batches.per_epoch + within

    def place_at(self, position: int) -> tuple[int, Place]:
        """The iteration and the place within it of the operation at ``position``."""
        iteration = self.iteration_at(position)
        offset = position - self.iteration_start(iteration)
        return iteration, self.layout_of(iteration).locate(offset)

    def sample_at(self, position: int) -> int | None:
        """The sample of the operation at ``position``; None where it belongs to the whole batch."""
        return _sample_of(self.place_at(position)[1])

    def operation(self, position: int) -> Operation:
        """The operation that runs when going forward from ``position``."""
        iteration, place = self.place_at(position)
        return Operation(
            position=position,
            iteration=iteration,
            epoch=self.batches.epoch_of(iteration),
            sample=_sample_of(place),
            pass_=place.section.pass_,
            layer=place.section.layer,
            kind=place.kind,
            unit=None if place.stage.is_shared else place.unit,
            entry=_entry_of(place),
            is_bias=place.part.is_bias,
        )

    def position_of(
        self,
        iteration: int,
        pass_: Pass,
        layer: int,
        kind: OperationKind,
        *,
        sample: int = 0,
        unit: int = 0,
        entry: int | None = None,
    ) -> int | None:
        """Position of one operation; None if this run has no such operation."""
        layout = self.layout_of(iteration)
        if not 0 <= sample < layout.batch:
            return None
        offset = layout.offset_of(pass_, layer, kind, sample, unit, entry)
        return None if offset is None else self.iteration_start(iteration) + offset

    def span(self, position: int, level: Level) -> Span:
        """The block of ``level`` that holds the operation at ``position``."""
        iteration, place = self.place_at(position)
        if level is Level.EPOCH:
            first = self.batches.epoch_of(iteration) * self.batches.per_epoch
            return Span(self.iteration_start(first), self.iteration_start(first + self.batches.per_epoch))
        origin = self.iteration_start(iteration)
        if level is Level.ITERATION:
            return Span(origin, origin + self.layout_of(iteration).size)
        start, end = _span_within(place, position - origin, level)
        return Span(origin + start, origin + end)

    def next_boundary(self, position: int, level: Level) -> int:
        """The smallest boundary of ``level`` after ``position``."""
        return self.span(position, level).end

    def previous_boundary(self, position: int, level: Level) -> int:
        """The largest boundary of ``level`` before ``position``; 0 at the start."""
        self._require(position)
        return 0 if position == 0 else self.span(position - 1, level).start

    def _require(self, position: int) -> None:
        if position < 0:
            raise PositionError(f"position {position} lies before the start of the run")


class ForkedProgram(Program):
    """A program that follows another one up to the start of iteration ``fork`` and goes on with a spec of its own.

    Batches must be the same; what an optimizer or a loss does may take more or fewer operations.
    """

    def __init__(self, past: Program, fork: int, spec: RunSpec) -> None:
        super().__init__(spec, past.is_unfolded)
        self.past = past
        self.fork = fork
        self._shift = past.iteration_start(fork) - super().iteration_start(fork)

    def spec_at(self, iteration: int) -> RunSpec:
        """The spec before the fork or after it."""
        return self.past.spec_at(iteration) if iteration < self.fork else self.spec

    def layout_of(self, iteration: int) -> IterationLayout:
        """The layout of one iteration."""
        return self.past.layout_of(iteration) if iteration < self.fork else super().layout_of(iteration)

    def iteration_start(self, iteration: int) -> int:
        """Position before the first operation of an iteration."""
        if iteration < self.fork:
            return self.past.iteration_start(iteration)
        return super().iteration_start(iteration) + self._shift

    def iteration_at(self, position: int) -> int:
        """The iteration the operation at ``position`` belongs to."""
        self._require(position)
        if position < self.past.iteration_start(self.fork):
            return self.past.iteration_at(position)
        return super().iteration_at(position - self._shift)


def _ends(per_epoch: int) -> tuple[int, ...]:
    return (0,) if per_epoch == 1 else (0, per_epoch - 1)


def _sample_of(place: Place) -> int | None:
    if place.section.pass_ in (Pass.REDUCE, Pass.UPDATE):
        return None
    return place.repetition if place.chapter.is_per_sample else place.section_sample


REPEATED = (
    OperationKind.MULTIPLY_ADD,
    OperationKind.ERROR_MULTIPLY_ADD,
    OperationKind.JACOBIAN_MULTIPLY_ADD,
    OperationKind.SOFTMAX_EXPONENTIAL,
    OperationKind.SOFTMAX_SUM,
    OperationKind.GRADIENT,
)


def _entry_of(place: Place) -> int | None:
    """The entry where there can be several; None where a kind occurs once per unit."""
    is_parameter = place.section.pass_ in (Pass.REDUCE, Pass.UPDATE) and not place.stage.is_shared
    return place.entry if is_parameter or place.kind in REPEATED else None


def _span_within(place: Place, offset: int, level: Level) -> tuple[int, int]:
    """Start and end, in the iteration, of the block at sample level or finer."""
    match level:
        case Level.SAMPLE:
            return place.repetition_start, place.repetition_start + place.chapter.once_size
        case Level.PASS:
            return _pass_span(place)
        case Level.LAYER:
            return place.section_start, place.section_start + place.section.size
        case Level.UNIT:
            return place.unit_start, place.unit_start + place.stage.unit_size
        case _:
            return offset, offset + 1


def _pass_span(place: Place) -> tuple[int, int]:
    """The neighbouring sections of the same pass, together."""
    sections = place.chapter.sections
    first = last = place.section_index
    while first > 0 and sections[first - 1].pass_ is place.section.pass_:
        first -= 1
    while last + 1 < len(sections) and sections[last + 1].pass_ is place.section.pass_:
        last += 1
    starts = place.chapter.starts
    return place.repetition_start + starts[first], place.repetition_start + starts[last + 1]
