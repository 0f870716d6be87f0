"""Which cells, rows and columns an operation reads and which cell it writes, told by unit, source and sample."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bpstudio.explain.reading import Evaluation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, RunSpec
from bpstudio.program.operation import Operation, OperationKind
from bpstudio.records import dataclass
from bpstudio.viewstate.matrix_cells import Cell, CellLayout, Lead, Marks

K = OperationKind
Q = Quantity

TARGETS = Address(Q.LOSS)
"""Stands for the targets, which no address names."""

SUMS = (K.MULTIPLY_ADD, K.ADD_BIAS, K.ERROR_MULTIPLY_ADD, K.JACOBIAN_MULTIPLY_ADD)
_WHOLE_NETWORK = (K.CLIP_NORM, K.DATA_LOSS, K.PENALTY, K.TOTAL_LOSS)
_OF_BIAS = (Q.BIAS, Q.BIAS_GRADIENT, Q.SAMPLE_BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS_STATE)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the array ``whole``: one entry, or a line of them where ``unit``, ``source`` or ``sample`` is open."""

    whole: Address
    unit: int | None = None
    source: int | None = None
    sample: int | None = None


def place_of(address: Address, sample: int | None) -> Place:
    """The place of one number."""
    first, second = (*address.indices, None, None)[:2]
    own = sample if address.quantity.is_per_sample else None
    return Place(replace(address, indices=()), first, second, own)


def line_places(operation: Operation, spec: RunSpec) -> tuple[Place, ...]:
    """The row and the column whose product the operation adds to, takes a term of, or completes."""
    layer, unit, entry, sample = operation.layer, operation.unit, operation.entry, operation.sample
    is_softmax = layer > 0 and spec.network.layer(layer).activation is ActivationName.SOFTMAX
    match operation.kind:
        case K.MULTIPLY_ADD | K.ADD_BIAS | K.PRE_ACTIVATION:
            return (Place(Address(Q.ACTIVATION, layer - 1), sample=sample), Place(Address(Q.WEIGHT, layer), unit=unit))
        case K.ERROR_MULTIPLY_ADD | K.ERROR if layer < spec.network.depth:
            above = layer + 1
            return (Place(Address(Q.DELTA, above), sample=sample), Place(Address(Q.WEIGHT, above), source=unit))
        case K.JACOBIAN_MULTIPLY_ADD | K.DELTA if is_softmax and not _is_matched(layer, spec):
            return (Place(Address(Q.ERROR, layer), sample=sample), Place(Address(Q.SLOPE, layer), unit=unit))
        case K.GRADIENT | K.REDUCE if not operation.is_bias:
            return (Place(Address(Q.ACTIVATION, layer - 1), unit=entry), Place(Address(Q.DELTA, layer), unit=unit))
        case K.BIAS_GRADIENT | K.REDUCE if layer > 0:
            return (Place(Address(Q.DELTA, layer), unit=unit),)
        case K.SOFTMAX_SHIFT | K.SOFTMAX_SUM:
            return (Place(Address(Q.PRE_ACTIVATION, layer), sample=sample),)
        case K.SAMPLE_LOSS:
            return (Place(Address(Q.ACTIVATION, layer), sample=sample), Place(TARGETS, sample=sample))
        case _:
            return ()


def _is_matched(layer: int, spec: RunSpec) -> bool:
    return layer == spec.network.depth and spec.is_matched_pair


_COMPLETE_LINES = (K.PRE_ACTIVATION, K.SOFTMAX_SHIFT, K.SAMPLE_LOSS, K.REDUCE)


def read_places(operation: Operation, evaluation: Evaluation, spec: RunSpec) -> tuple[Place, ...]:
    """The single numbers the operation reads, those of whole lines left out."""
    kind, layer = operation.kind, operation.layer
    if kind in _WHOLE_NETWORK:
        return ()
    if kind is K.PRE_ACTIVATION and spec.network.layer(layer).bias.present:
        return (Place(Address(Q.BIAS, layer), operation.unit),)
    completes = kind in (K.ERROR, K.DELTA) and bool(line_places(operation, spec))
    if completes or kind in _COMPLETE_LINES:
        return ()
    found = tuple(place_of(parent.address, parent.sample) for parent in evaluation.first_parents(MOST_READ))
    is_output_error = kind in (K.LOSS_TERM, K.ERROR, K.DELTA, K.DELTA_PRODUCT) and layer == spec.network.depth
    reads_target = is_output_error and any(place.whole.quantity is Q.ACTIVATION for place in found)
    return (*found, Place(TARGETS, operation.unit, None, operation.sample)) if reads_target else found


MOST_READ = 12


@dataclass(frozen=True, slots=True)
class Work:
    """What an operation reads and writes; ``running`` is the sum so far where it is not complete."""

    lines: tuple[Place, ...] = ()
    reads: tuple[Place, ...] = ()
    written: Place | None = None
    running: float | None = None


def work_of(operation: Operation, evaluation: Evaluation, spec: RunSpec) -> Work:
    """What ``operation`` reads and writes."""
    address = operation.address
    is_entry = address is not None and bool(address.indices)
    return Work(
        line_places(operation, spec),
        read_places(operation, evaluation, spec),
        place_of(address, operation.sample) if address is not None and is_entry else None,
        evaluation.result if operation.kind in SUMS else None,
    )


def resolve(place: Place, layout: CellLayout) -> tuple[int | None, int | None] | None:
    """The row and column of a place in a table; None for one that is not in it."""
    if layout.lead_address == place.whole and place.unit is not None:
        return _lead_cell(place.unit, layout)
    if layout.address != place.whole:
        return None
    return layout.place(place.unit, place.source, place.sample)


def _lead_cell(unit: int, layout: CellLayout) -> Cell:
    return (unit, 0) if layout.lead is Lead.BIAS_COLUMN else (0, 0)


def marks_in(layout: CellLayout, work: Work, selected: Place | None, hovered: Place | None) -> Marks:
    """The marks of one table."""
    lines = tuple(_resolved(work.lines, layout))
    cells = [cell for place in work.reads if (cell := cell_of(place, layout)) is not None]
    rows = tuple(row for row, column in lines if row is not None and column is None)
    columns = tuple(column for row, column in lines if column is not None and row is None)
    cells += [(row, column) for row, column in lines if row is not None and column is not None and not cells]
    written = None if work.written is None else cell_of(work.written, layout)
    return Marks(
        tuple(dict.fromkeys(cells)),
        rows,
        columns,
        written,
        None if written is None else work.running,
        None if selected is None else cell_of(selected, layout),
        None if hovered is None else cell_of(hovered, layout),
    )


def _resolved(places: Sequence[Place], layout: CellLayout) -> Iterator[tuple[int | None, int | None]]:
    for place in places:
        found = resolve(place, layout)
        if found is not None and found != (None, None):
            yield found


def cell_of(place: Place, layout: CellLayout) -> Cell | None:
    """The cell of a single number; None if the table has none."""
    found = resolve(place, layout)
    if found is None or found[0] is None or found[1] is None:
        return None
    return found[0], found[1]
