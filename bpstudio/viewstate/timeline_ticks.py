"""Ticks of the timeline: epochs, iterations, then the blocks inside an iteration, whichever fit the width."""

from collections.abc import Callable, Iterator
from enum import IntEnum

from bpstudio.program.levels import Level
from bpstudio.records import dataclass

LABEL_ROOM = 84
"""Pixels from one labelled tick to the next, at least."""

BLOCK_ROOM = 46
"""The same for blocks inside an iteration, on the average: their names are cut where they do not fit."""

MARK_ROOM = 7


class Tier(IntEnum):
    """COARSE stands in the lower row of labels, FINE in the upper, MINOR has no label."""

    COARSE = 0
    FINE = 1
    MINOR = 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark at ``position``; a COARSE one left of the window names what the window begins in."""

    position: int
    label: str
    tier: Tier


@dataclass(frozen=True, slots=True)
class Block:
    """A block of operations with the words for it: ``start`` ≤ p < ``end``."""

    start: int
    end: int
    label: str


BlockReader = Callable[[Level, int], Block]
"""The block of a level that holds a position."""


@dataclass(frozen=True, slots=True)
class RunScale:
    """How long iterations and epochs are, in operations; the last iteration of an epoch may be shorter."""

    epoch_size: int
    iteration_size: int
    iterations_per_epoch: int = 1

    def iteration_start(self, iteration: int) -> int:
        """The position of an iteration's first operation."""
        epoch, within = divmod(iteration, self.iterations_per_epoch)
        return epoch * self.epoch_size + within * self.iteration_size

    def iteration_at(self, position: int) -> int:
        """The iteration the operation at ``position`` belongs to."""
        epoch, offset = divmod(position, self.epoch_size)
        return epoch * self.iterations_per_epoch + min(offset // self.iteration_size, self.iterations_per_epoch - 1)


def make_ticks(start: int, end: int, width: int, scale: RunScale, read: BlockReader | None = None) -> tuple[Tick, ...]:
    """The ticks for positions ``start`` to ``end`` on ``width`` pixels; ``read`` names blocks inside iterations."""
    span = max(1, end - start)
    if read is not None:
        level = _finest_level(start, end, width, read)
        # Where each iteration has the same one sample, its number tells nothing: the iteration's does.
        if level is not None and not (level is Level.SAMPLE and _has_repeats(level, start, end, read)):
            return tuple(_block_ticks(level, start, end, width, read))
    if scale.iterations_per_epoch > 1 and scale.epoch_size * width < LABEL_ROOM * span:
        return tuple(_count_ticks("epoch", start, end, width, _epochs(scale)))
    fine = list(_count_ticks("iteration", start, end, width, _iterations(scale)))
    if scale.iterations_per_epoch == 1:
        return tuple(fine)
    return (*_epoch_ticks(start, end, scale), *fine)


def _epoch_ticks(start: int, end: int, scale: RunScale) -> Iterator[Tick]:
    for epoch in range(start // scale.epoch_size, (end - 1) // scale.epoch_size + 1):
        yield Tick(epoch * scale.epoch_size, f"epoch {epoch}", Tier.COARSE)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Blocks that are counted: where number n starts, which one holds a position, and how long the longest is."""

    start_of: Callable[[int], int]
    number_at: Callable[[int], int]
    size: int


def _epochs(scale: RunScale) -> _Counted:
    return _Counted(lambda n: n * scale.epoch_size, lambda p: p // scale.epoch_size, scale.epoch_size)


def _iterations(scale: RunScale) -> _Counted:
    return _Counted(scale.iteration_start, scale.iteration_at, scale.iteration_size)


def _count_ticks(word: str, start: int, end: int, width: int, counted: _Counted) -> Iterator[Tick]:
    """Every 1st, 2nd, 5th, 10th … with a label, and unlabelled ones between where there is room."""
    span = max(1, end - start)
    step = _round_step(LABEL_ROOM * span, counted.size * width)
    between = next(
        d for d in (10, 5, 2, 1) if step % d == 0 and (d == 1 or _has_room(counted.size * step, d, width, span))
    )
    small = step // between
    number = counted.number_at(start) // small * small
    while (position := counted.start_of(number)) <= end:
        if position >= start:
            is_named = number % step == 0
            yield Tick(position, f"{word} {number:,}" if is_named else "", Tier.FINE if is_named else Tier.MINOR)
        number += small


def _has_room(size: int, parts: int, width: int, span: int) -> bool:
    return size * width >= MARK_ROOM * span * parts


def _round_step(room: int, size: int) -> int:
    """The least of 1, 2, 5, 10, 20 … that is at least ``room / size``, in integers."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power * size >= room:
                return step * power
        power *= 10


def _finest_level(start: int, end: int, width: int, read: BlockReader) -> Level | None:
    """The finest level inside an iteration whose blocks have room for their names; None if none has."""
    found = None
    for level in (Level.SAMPLE, Level.PASS, Level.LAYER, Level.UNIT, Level.OPERATION):
        if _count(level, start, end, width // BLOCK_ROOM, read) is None:
            break
        found = level
    return found


def _count(level: Level, start: int, end: int, most: int, read: BlockReader) -> int | None:
    """How many blocks lie between ``start`` and ``end``; None if more than ``most``, found out by counting no further."""
    count, position = 0, start
    while position < end:
        count += 1
        if count > most:
            return None
        position = read(level, position).end
    return count


def _has_repeats(level: Level, start: int, end: int, read: BlockReader) -> bool:
    """Whether two neighbours among the blocks are called the same, or two with only one between them."""
    labels = [tick.label for tick in _blocks(level, start, end, read, Tier.FINE)]
    return any(label in labels[index + 1 : index + 3] for index, label in enumerate(labels))


_COARSE = {
    Level.SAMPLE: Level.ITERATION,
    Level.PASS: Level.ITERATION,
    Level.LAYER: Level.PASS,
    Level.UNIT: Level.LAYER,
    Level.OPERATION: Level.UNIT,
}


def _block_ticks(level: Level, start: int, end: int, width: int, read: BlockReader) -> Iterator[Tick]:
    yield from _blocks(_COARSE[level], start, end, read, Tier.COARSE)
    yield from _blocks(level, start, end, read, Tier.FINE)
    if level is not Level.OPERATION and _count(level.finer, start, end, width // MARK_ROOM, read) is not None:
        yield from _blocks(level.finer, start, end, read, Tier.MINOR)


def _blocks(level: Level, start: int, end: int, read: BlockReader, tier: Tier) -> Iterator[Tick]:
    position = start
    while position < end:
        block = read(level, position)
        yield Tick(block.start, "" if tier is Tier.MINOR else block.label, tier)
        position = block.end
