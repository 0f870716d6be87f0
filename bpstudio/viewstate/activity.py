"""Which units and edges the operation just executed has read and written, and those before it in the same unit."""

import math
from enum import IntEnum

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.reading import Evaluation
from bpstudio.model.spec import NotationName
from bpstudio.program.levels import Level
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.records import dataclass
from bpstudio.session.session import Session

K = OperationKind
NUMBERS = NumberFormat()
MOST_SINGLE = 64
"""So many products of a unit are marked one by one; of more, one fan."""
LONGEST_LOOK_BACK = MOST_SINGLE + 4
"""Behind the last product follow the bias, the sum, and what is made of it; the products stay marked."""

Unit = tuple[int, int]
Edge = tuple[int, int, int]


class Mark(IntEnum):
    """How a unit or edge takes part: not, read earlier for the same unit, read now, written now."""

    NONE = 0
    EARLIER = 1
    READ = 2
    WRITTEN = 3


_RUNNING = (K.MULTIPLY_ADD, K.ADD_BIAS, K.ERROR_MULTIPLY_ADD, K.JACOBIAN_MULTIPLY_ADD)
_LOSSES = (K.LOSS_TERM, K.SAMPLE_LOSS, K.DATA_LOSS, K.PENALTY, K.TOTAL_LOSS)


@dataclass(frozen=True, slots=True)
class Fan:
    """The first ``count`` edges of one unit: into it from the layer below, or going back out of it to the layer above.

    ``layer`` is the layer the edges lead into.
    """

    layer: int
    unit: int
    is_outgoing: bool
    count: int

    def holds(self, layer: int, unit: int, source: int) -> bool:
        """Whether an edge is one of them."""
        own, other = (source, unit) if self.is_outgoing else (unit, source)
        return layer == self.layer and own == self.unit and 0 <= other < self.count


@dataclass(slots=True)
class Activity:
    """The marks at a position. ``pass_`` is None where nothing of this iteration has been executed yet.

    ``fan`` holds what was read earlier for the same unit where that is too much to be marked edge by edge.
    """

    pass_: Pass | None
    units: dict[Unit, Mark]
    edges: dict[Edge, Mark]
    is_loss_written: bool
    executed: Operation | None
    evaluation: Evaluation | None
    description: str
    fan: Fan | None = None

    def unit_mark(self, layer: int, unit: int) -> Mark:
        """How a unit takes part."""
        return self.units.get((layer, unit), Mark.NONE)

    def edge_mark(self, layer: int, unit: int, source: int) -> Mark:
        """How an edge takes part; source −1 is the bias."""
        return self.edges.get((layer, unit, source), Mark.NONE)

    def units_at_work(self, layer: int) -> set[int]:
        """The units of a layer the last operation touches."""
        return {unit for (at, unit), mark in self.units.items() if at == layer and mark >= Mark.READ and unit >= 0}

    @property
    def is_result_finite(self) -> bool:
        """Whether what the operation has computed, a running sum for one, is finite."""
        return self.evaluation is None or math.isfinite(self.evaluation.result)

    def running_text(self, layer: int, unit: int, numbers: NumberFormat) -> str:
        """The running sum at the unit that is being summed, else nothing."""
        operation, evaluation = self.executed, self.evaluation
        if operation is None or evaluation is None or operation.kind not in _RUNNING:
            return ""
        return f"Σ {numbers.format(evaluation.result)}" if (operation.layer, operation.unit) == (layer, unit) else ""


def executed_operation(session: Session) -> Operation | None:
    """The operation before the position, unless it belongs to the iteration before."""
    if session.position <= session.program.iteration_start(session.iteration):
        return None
    return session.program.operation(session.position - 1)


def activity_at(session: Session, numbers: NumberFormat = NUMBERS) -> Activity:
    """The marks at the session's position; ``numbers`` is how the one in its words is written, in six digits."""
    executed = executed_operation(session)
    if executed is None:
        return Activity(None, {}, {}, False, None, None, "nothing computed yet in this iteration")
    activity = Activity(executed.pass_, {}, {}, False, executed, None, "")
    start = session.program.span(executed.position, Level.UNIT).start
    if executed.unit is not None:
        activity.fan = _fan(session, executed, start)
        if activity.fan is None:
            for position in range(max(start, executed.position - LONGEST_LOOK_BACK), executed.position):
                _mark_reads(activity, session.program.operation(position), Mark.EARLIER)
    _mark_reads(activity, executed, Mark.READ)
    _mark_write(activity, executed)
    activity.is_loss_written = executed.kind in _LOSSES
    activity.evaluation = evaluate(executed, session.tape, session.program)
    activity.description = _describe(activity.evaluation, session, numbers)
    return activity


def _fan(session: Session, executed: Operation, start: int) -> Fan | None:
    """The products already added for the unit at work, when they are more than are marked one by one."""
    first = session.program.operation(start)
    if first.kind not in (K.MULTIPLY_ADD, K.ERROR_MULTIPLY_ADD) or first.unit is None:
        return None
    is_back = first.kind is K.ERROR_MULTIPLY_ADD
    sizes = session.spec.network.sizes
    count = min(executed.position - start, sizes[first.layer + 1] if is_back else sizes[first.layer - 1])
    if count <= MOST_SINGLE:
        return None
    return Fan(first.layer + 1 if is_back else first.layer, first.unit, is_back, count)


def _describe(evaluation: Evaluation, session: Session, numbers: NumberFormat) -> str:
    operation = evaluation.operation
    address = operation.address
    value = evaluation.result
    shown = numbers.significant(6).format(value) if math.isfinite(value) else str(value)
    code = notation(NotationName.CODE, session.spec)
    where = "the norm of the gradient" if address is None else code.symbol(address, operation.sample).stem
    return f"{operation.pass_.value}: {operation.kind.value.replace('_', ' ')} of {where} is {shown}"


def _raise_unit(activity: Activity, unit: Unit, mark: Mark) -> None:
    activity.units[unit] = max(activity.units.get(unit, Mark.NONE), mark)


def _raise_edge(activity: Activity, edge: Edge, mark: Mark) -> None:
    activity.edges[edge] = max(activity.edges.get(edge, Mark.NONE), mark)


def _mark_reads(activity: Activity, operation: Operation, mark: Mark) -> None:
    layer, unit, entry = operation.layer, operation.unit, operation.entry
    match operation.kind:
        case K.MULTIPLY_ADD if unit is not None and entry is not None:
            _raise_edge(activity, (layer, unit, entry), mark)
            _raise_unit(activity, (layer - 1, entry), mark)
        case K.ADD_BIAS if unit is not None:
            _raise_edge(activity, (layer, unit, -1), mark)
        case K.ERROR_MULTIPLY_ADD if unit is not None and entry is not None:
            _raise_edge(activity, (layer + 1, entry, unit), mark)
            _raise_unit(activity, (layer + 1, entry), mark)
        case K.SOFTMAX_EXPONENTIAL | K.SOFTMAX_SUM | K.JACOBIAN_MULTIPLY_ADD if entry is not None:
            _raise_unit(activity, (layer, entry), mark)
        case K.GRADIENT if unit is not None and entry is not None:
            _raise_unit(activity, (layer, unit), mark)
            _raise_unit(activity, (layer - 1, entry), mark)
        case K.BIAS_GRADIENT | K.LOSS_TERM if unit is not None:
            _raise_unit(activity, (layer, unit), mark)
        case _:
            return


_EDGE_WRITES = (K.GRADIENT, K.BIAS_GRADIENT)


def _mark_write(activity: Activity, operation: Operation) -> None:
    layer, unit = operation.layer, operation.unit
    if unit is None or operation.kind is K.LOSS_TERM:
        return
    if operation.pass_ in (Pass.REDUCE, Pass.UPDATE):
        source = -1 if operation.is_bias or operation.entry is None else operation.entry
        _raise_edge(activity, (layer, unit, source), Mark.WRITTEN)
    elif operation.kind in _EDGE_WRITES:
        source = -1 if operation.kind is K.BIAS_GRADIENT or operation.entry is None else operation.entry
        _raise_edge(activity, (layer, unit, source), Mark.WRITTEN)
    else:
        _raise_unit(activity, (layer, unit), Mark.WRITTEN)
