"""A record of every number a run writes, made by looking at every operation; and where breakpoints must stop, read off it.

Knows nothing of how searches work: positions come from the list of operations alone, conditions are plain Python functions.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bpstudio.model.address import Address
from bpstudio.model.spec import Array, RunSpec
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.session.breakpoints import HitRule
from bpstudio.session.session import Session

Numbers = dict[str, float]
Truth = Callable[[Numbers, Numbers], bool]
"""Whether a condition holds, from what stands and what stood before the last write."""


@dataclass(frozen=True)
class Written:
    """``name`` gets ``value``; ``position`` is right behind the operation, or where the iteration or sample begins."""

    position: int
    name: str
    value: float


class Record:
    """Everything written in the first iterations of a run, in order; of a branch, if a session on it is given."""

    def __init__(
        self, spec: RunSpec, iterations: int, is_unfolded: bool = False, session: Session | None = None
    ) -> None:
        self.session = session or Session(spec, is_unfolded=is_unfolded)
        self.session.seek(iteration=0)
        self.program: Program = self.session.program
        self.iterations = iterations
        self.end = self.program.iteration_start(iterations)
        self.start = dict(self._parameters())
        self.operations = [self.program.operation(position) for position in range(self.end)]
        self.writes = [written for number in range(iterations) for written in self._iteration(number)]

    def _parameters(self) -> Iterator[tuple[str, float]]:
        """The numbers that stand before the run begins."""
        tape, depth = self.session.tape, self.program.spec.network.depth
        slots = [f"state.{slot}." for slot in tape.vectors.slot_names]
        for layer in range(1, depth + 1):
            for name in ["", *slots]:
                for (row, column), value in _entries(tape.array(f"{name}w[{layer}]")):
                    yield f"{name}w[{layer}][{row},{column}]", value
                if self.program.spec.network.layer(layer).bias.present:
                    for row, value in enumerate(tape.array(f"{name}b[{layer}]").tolist()):
                        yield f"{name}b[{layer}][{row}]", value

    def _iteration(self, number: int) -> list[Written]:
        self.session.seek(iteration=number)
        tape, start = self.session.tape, self.program.iteration_start(number)
        operations = self.operations[start : self.program.iteration_start(number + 1)]
        last = {(o.address, o.sample): o.position for o in operations if _completes(o)}
        found = [Written(start, "iteration", float(number))]
        sample: int | None = None
        for operation in operations:
            begins = operation.pass_ is Pass.FORWARD and operation.layer == 1
            if begins and operation.sample is not None and operation.sample != sample:
                sample = operation.sample
                found.append(Written(operation.position, "sample", float(sample)))
            address = operation.address
            if address is not None and last.get((address, operation.sample)) == operation.position:
                after = float(tape.after(address)) if address.quantity.is_parameter else None
                value = tape.value(address, operation.sample or 0) if after is None else after
                found.append(Written(operation.position + 1, str(address), value))
        return found

    def names(self) -> list[str]:
        """Every number that is written."""
        return sorted({written.name for written in self.writes})

    def writes_of(self, name: str) -> list[int]:
        """Positions right behind the writes of one number."""
        return [written.position for written in self.writes if written.name == name]

    def becoming_true(self, truth: Truth) -> list[int]:
        """Positions at which a condition holds that did not hold at the position before."""
        now, before = dict(self.start), dict.fromkeys(self.start, math.nan)
        held, found = truth(_Standing(now), _Standing(before)), list[int]()
        for index, written in enumerate(self.writes):
            before[written.name], now[written.name] = now.get(written.name, math.nan), written.value
            if index + 1 < len(self.writes) and self.writes[index + 1].position == written.position:
                continue
            holds = truth(_Standing(now), _Standing(before))
            if holds and not held:
                found.append(written.position)
            held = holds
        return found


class _Standing(dict[str, float]):
    """What was never written is NaN."""

    def __missing__(self, name: str) -> float:
        return math.nan


def _entries(values: Array) -> Iterator[tuple[tuple[int, int], float]]:
    rows = values.tolist()
    for row, entries in enumerate(rows):
        for column, value in enumerate(entries):
            yield (row, column), value


def _completes(operation: Operation) -> bool:
    """Whether what it writes can be a number of its own: clipping, shifts and sums on the way to others cannot."""
    address: Address | None = operation.address
    is_on_the_way = operation.kind in (OperationKind.CLIP, OperationKind.SOFTMAX_SHIFT, OperationKind.SOFTMAX_SUM)
    return address is not None and bool(address.indices or address.quantity.is_scalar) and not is_on_the_way


def ruled(positions: list[int], rule: HitRule | None) -> list[int]:
    """Those that a hit rule lets through."""
    return [p for number, p in enumerate(positions, 1) if rule is None or rule.lets(number)]
