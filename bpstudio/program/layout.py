"""The operations of one iteration as nested blocks with prefix sums: chapter ▸ section ▸ stage ▸ part.

Nothing is listed: a 784-128-10 network has 300,000 operations per sample and a layout of a few dozen numbers.
"""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from bpstudio.model.spec import ActivationName, OptimizerName, OptimizerSpec, Order, RunSpec, UpdateRule
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.records import dataclass

K = OperationKind


def prefix_sums(sizes: Iterable[int]) -> tuple[int, ...]:
    """(0, s0, s0+s1, …): one longer than ``sizes``."""
    return (0, *accumulate(sizes))


class Part:
    """``count`` times the same few kinds in a row, for entries ``first`` … ``first + count − 1``."""

    def __init__(self, kinds: tuple[OperationKind, ...], count: int = 1, first: int = 0, is_bias: bool = False):
        self.kinds = kinds
        self.count = count
        self.first = first
        self.is_bias = is_bias
        self.size = count * len(kinds)


class Stage:
    """``units`` equal blocks; ``is_shared`` marks the one block that belongs to a whole layer."""

    def __init__(self, units: int, parts: Iterable[Part], is_shared: bool = False) -> None:
        self.units = units
        self.parts = tuple(part for part in parts if part.size)
        self.is_shared = is_shared
        self.starts = prefix_sums(part.size for part in self.parts)
        self.unit_size = self.starts[-1]
        self.size = units * self.unit_size


class Section:
    """One layer in one pass, for ``samples`` samples of the batch, one after the other."""

    def __init__(self, pass_: Pass, layer: int, stages: Iterable[Stage], samples: int = 1) -> None:
        self.pass_ = pass_
        self.layer = layer
        self.samples = samples
        self.stages = tuple(stages)
        self.starts = prefix_sums(stage.size for stage in self.stages)
        self.sample_size = self.starts[-1]
        self.size = samples * self.sample_size


class Chapter:
    """``repeat`` times the same sections: once per sample, or once for what concerns the whole batch."""

    def __init__(self, repeat: int, sections: Iterable[Section], is_per_sample: bool) -> None:
        self.repeat = repeat
        self.sections = tuple(sections)
        self.is_per_sample = is_per_sample
        self.starts = prefix_sums(section.size for section in self.sections)
        self.once_size = self.starts[-1]
        self.size = repeat * self.once_size


@dataclass(frozen=True, slots=True)
class Place:
    """Where an offset in the iteration lies, down to one operation; ``*_start`` are offsets in the iteration."""

    chapter: Chapter
    repetition: int
    repetition_start: int
    section: Section
    section_index: int
    section_start: int
    section_sample: int
    stage: Stage
    unit: int
    unit_start: int
    part: Part
    entry: int
    kind: OperationKind


class IterationLayout:
    """All operations of an iteration over ``batch`` samples."""

    def __init__(self, spec: RunSpec, batch: int, is_unfolded: bool) -> None:
        self.batch = batch
        self.chapters = _chapters(spec, batch, is_unfolded)
        self.starts = prefix_sums(chapter.size for chapter in self.chapters)
        self.size = self.starts[-1]
        self._sections = {
            (section.pass_, section.layer): (chapter, start + inner, section)
            for chapter, start in zip(self.chapters, self.starts, strict=False)
            for section, inner in zip(chapter.sections, chapter.starts, strict=False)
        }

    def locate(self, offset: int) -> Place:
        """The operation at ``offset`` (0 ≤ offset < size)."""
        index = bisect_right(self.starts, offset) - 1
        chapter = self.chapters[index]
        repetition, inner = divmod(offset - self.starts[index], chapter.once_size)
        repetition_start = self.starts[index] + repetition * chapter.once_size
        section_index = bisect_right(chapter.starts, inner) - 1
        section = chapter.sections[section_index]
        section_sample, inner = divmod(inner - chapter.starts[section_index], section.sample_size)
        stage_index = bisect_right(section.starts, inner) - 1
        stage = section.stages[stage_index]
        unit, inner = divmod(inner - section.starts[stage_index], stage.unit_size)
        part_index = bisect_right(stage.starts, inner) - 1
        part = stage.parts[part_index]
        entry, kind_index = divmod(inner - stage.starts[part_index], len(part.kinds))
        return Place(
            chapter,
            repetition,
            repetition_start,
            section,
            section_index,
            repetition_start + chapter.starts[section_index],
            section_sample,
            stage,
            unit,
            offset - inner,
            part,
            part.first + entry,
            part.kinds[kind_index],
        )

    def section(self, pass_: Pass, layer: int) -> tuple[Chapter, int, Section] | None:
        """The chapter, the offset in the first repetition, and the section; None if there is none."""
        return self._sections.get((pass_, layer))

    def sample_start(self, pass_: Pass, layer: int, sample: int) -> int | None:
        """Offset of one sample's share of a section; ``sample`` is ignored by what concerns the whole batch."""
        found = self._sections.get((pass_, layer))
        if found is None:
            return None
        chapter, start, section = found
        if chapter.is_per_sample:
            return start + sample * chapter.once_size
        return start + (sample * section.sample_size if section.samples > 1 else 0)

    def offset_of(
        self, pass_: Pass, layer: int, kind: OperationKind, sample: int, unit: int, entry: int | None
    ) -> int | None:
        """Offset of one operation, the inverse of :meth:`locate`; None if this run has no such operation."""
        start = self.sample_start(pass_, layer, sample)
        if start is None:
            return None
        for stage, stage_start in self._stages(pass_, layer):
            for part, part_start in zip(stage.parts, stage.starts, strict=False):
                if kind not in part.kinds:
                    continue
                row = 0 if entry is None else entry - part.first
                if 0 <= row < part.count and 0 <= unit < stage.units:
                    inner = row * len(part.kinds) + part.kinds.index(kind)
                    return start + stage_start + unit * stage.unit_size + part_start + inner
        return None

    def _stages(self, pass_: Pass, layer: int) -> Iterable[tuple[Stage, int]]:
        _, _, section = self._sections[(pass_, layer)]
        return zip(section.stages, section.starts, strict=False)

    def count_done(self, pass_: Pass, layer: int, kind: OperationKind, sample: int, offset: int) -> int:
        """How many operations of ``kind`` in this sample's share of the section lie before ``offset``."""
        start = self.sample_start(pass_, layer, sample)
        if start is None or offset <= start:
            return 0
        return sum(
            _count_in_stage(stage, kind, offset - start - stage_start)
            for stage, stage_start in self._stages(pass_, layer)
        )


def _count_in_stage(stage: Stage, kind: OperationKind, inner: int) -> int:
    """How many operations of ``kind`` in the stage lie before its inner offset."""
    per_unit = sum(part.count for part in stage.parts if kind in part.kinds)
    if per_unit == 0 or inner <= 0:
        return 0
    if inner >= stage.size:
        return per_unit * stage.units
    unit, rest = divmod(inner, stage.unit_size)
    return unit * per_unit + sum(
        _count_in_part(part, kind, rest - part_start)
        for part, part_start in zip(stage.parts, stage.starts, strict=False)
        if kind in part.kinds
    )


def _count_in_part(part: Part, kind: OperationKind, inner: int) -> int:
    if inner <= 0:
        return 0
    width = len(part.kinds)
    return min(part.count, (inner - part.kinds.index(kind) - 1) // width + 1)


def _chapters(spec: RunSpec, batch: int, is_unfolded: bool) -> tuple[Chapter, ...]:
    depth = spec.network.depth
    up, down = range(1, depth + 1), range(depth, 0, -1)
    output_first = spec.training.update is UpdateRule.OUTPUT_FIRST
    by_layer = spec.training.order is Order.LAYER_MAJOR
    samples = batch if by_layer else 1
    ahead = [Section(Pass.FORWARD, layer, forward_stages(spec, layer), samples) for layer in up]
    ahead.append(Section(Pass.LOSS, depth, loss_stages(spec), samples))
    reduced = Section(Pass.REDUCE, 0, [Stage(1, [Part((kind,)) for kind in loss_kinds(spec)], is_shared=True)])
    if output_first:
        tail = [reduced]
        for layer in down:
            tail.append(Section(Pass.BACKWARD, layer, backward_stages(spec, layer, is_unfolded), batch))
            tail += [_reduce_section(spec, layer), _update_section(spec, layer)]
    else:
        back = [Section(Pass.BACKWARD, layer, backward_stages(spec, layer, is_unfolded), samples) for layer in down]
        ahead += back
        tail = [reduced, *(_reduce_section(spec, layer) for layer in up), *_clip_section(spec)]
        tail += [_update_section(spec, layer) for layer in up]
    first = Chapter(1, ahead, False) if by_layer else Chapter(batch, ahead, True)
    return first, Chapter(1, [section for section in tail if section.size], False)


def forward_stages(spec: RunSpec, layer: int) -> list[Stage]:
    """Weighted sum and activation of each unit; softmax first sums all units, then normalises."""
    size, sources = spec.network.sizes[layer], spec.network.sizes[layer - 1]
    bias = (K.ADD_BIAS,) if spec.network.layer(layer).bias.present else ()
    summed = [Part((K.MULTIPLY_ADD,), sources), *(Part((kind,)) for kind in bias), Part((K.PRE_ACTIVATION,))]
    if spec.network.layer(layer).activation is not ActivationName.SOFTMAX:
        return [Stage(size, [*summed, Part((K.ACTIVATE,))])]
    shared = [Part((K.SOFTMAX_SHIFT,)), Part((K.SOFTMAX_EXPONENTIAL,), size), Part((K.SOFTMAX_SUM,), size)]
    return [Stage(size, summed), Stage(1, shared, is_shared=True), Stage(size, [Part((K.ACTIVATE,))])]


def loss_stages(spec: RunSpec) -> list[Stage]:
    """One term per output, then their sum."""
    outputs = spec.network.sizes[-1]
    return [Stage(outputs, [Part((K.LOSS_TERM,))]), Stage(1, [Part((K.SAMPLE_LOSS,))], is_shared=True)]


def loss_kinds(spec: RunSpec) -> tuple[OperationKind, ...]:
    """How the batch loss comes about; without a penalty data loss and loss are one operation."""
    return (K.DATA_LOSS, K.PENALTY, K.TOTAL_LOSS) if spec.penalty.is_active else (K.TOTAL_LOSS,)


def backward_stages(spec: RunSpec, layer: int, is_unfolded: bool) -> list[Stage]:
    """Error, slope, δ and gradient entries of each unit; softmax needs all errors before the first δ."""
    sizes, layer_spec = spec.network.sizes, spec.network.layer(layer)
    gradients = [Part((K.GRADIENT,), sizes[layer - 1])]
    if layer_spec.bias.present and layer_spec.bias.trainable:
        gradients.append(Part((K.BIAS_GRADIENT,)))
    is_output = layer == spec.network.depth
    is_matched = is_output and spec.is_matched_pair
    if is_matched and not is_unfolded:
        return [Stage(sizes[layer], [Part((K.DELTA,)), *gradients])]
    summed = [] if is_output else [Part((K.ERROR_MULTIPLY_ADD,), sizes[layer + 1])]
    error = [*summed, Part((K.ERROR,))]
    if layer_spec.activation is ActivationName.SOFTMAX:
        jacobian = Part((K.JACOBIAN_MULTIPLY_ADD,), sizes[layer])
        return [Stage(sizes[layer], error), Stage(sizes[layer], [jacobian, Part((K.DELTA,)), *gradients])]
    product = [Part((K.DELTA_PRODUCT,))] if is_matched else []
    return [Stage(sizes[layer], [*error, Part((K.SLOPE,)), *product, Part((K.DELTA,)), *gradients])]


def _reduce_section(spec: RunSpec, layer: int) -> Section:
    kinds = (K.REDUCE, K.PENALIZE) if spec.penalty.is_active else (K.REDUCE,)
    return Section(Pass.REDUCE, layer, [_entries(spec, layer, kinds, (K.REDUCE,))])


def _update_section(spec: RunSpec, layer: int) -> Section:
    kinds = optimizer_kinds(spec.optimizer)
    return Section(Pass.UPDATE, layer, [_entries(spec, layer, kinds, kinds)])


def _entries(
    spec: RunSpec, layer: int, of_weight: tuple[OperationKind, ...], of_bias: tuple[OperationKind, ...]
) -> Stage:
    sources, bias = spec.network.sizes[layer - 1], spec.network.layer(layer).bias
    parts = [Part(of_weight, sources)]
    if bias.present and bias.trainable:
        parts.append(Part(of_bias, 1, first=sources, is_bias=True))
    return Stage(spec.network.sizes[layer], parts)


def _clip_section(spec: RunSpec) -> list[Section]:
    if spec.optimizer.clip_norm is None:
        return []
    return [Section(Pass.UPDATE, 0, [Stage(1, [Part((K.CLIP_NORM,))], is_shared=True)])]


def optimizer_kinds(optimizer: OptimizerSpec) -> tuple[OperationKind, ...]:
    """The operations that turn one gradient entry into a new weight, in order."""
    clip = () if optimizer.clip_norm is None else (K.CLIP,)
    decays = optimizer.name is OptimizerName.ADAMW or (
        optimizer.name is OptimizerName.ADAM and optimizer.weight_decay != 0.0
    )
    decay = (K.DECAY,) if decays else ()
    return (*clip, *decay, *_STATE_KINDS[optimizer.name], K.STEP, K.UPDATE)


_ADAM_KINDS = (K.MEAN, K.SQUARE, K.MEAN_CORRECTED, K.SQUARE_CORRECTED)
_STATE_KINDS: dict[OptimizerName, tuple[OperationKind, ...]] = {
    OptimizerName.SGD: (),
    OptimizerName.MOMENTUM: (K.VELOCITY,),
    OptimizerName.ADAGRAD: (K.SQUARE,),
    OptimizerName.RMSPROP: (K.SQUARE,),
    OptimizerName.ADAM: _ADAM_KINDS,
    OptimizerName.ADAMW: _ADAM_KINDS,
}
