"""Evaluation, and the reader of a tape that collects what an operation reads on its way to a result."""

from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cached_property, partial
from itertools import islice
from typing import NamedTuple

from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array, UpdateRule
from bpstudio.model.tape import Tape
from bpstudio.program.operation import Operation, OperationKind
from bpstudio.program.program import Program
from bpstudio.records import dataclass

Q = Quantity


class Parent(NamedTuple):
    """A number an operation reads, with its value; ``sample`` is None for what the whole batch shares."""

    address: Address
    value: float
    sample: int | None


@dataclass(frozen=True)
class Evaluation:
    """An operation's result, the named numbers its formula needs, and what it read.

    ``parts`` keys are those of the formula: `previous` (the running sum before), `product`, `slope`, … ``accumulated`` is
    the batch's sum after a sample's gradient has landed in it.
    """

    operation: Operation
    result: float
    parts: dict[str, float]
    collect_parents: Callable[[], Iterator[Parent]] = field(repr=False, compare=False)

    @cached_property
    def parents(self) -> tuple[Parent, ...]:
        """What the operation read, with the values it had, in the order of the formula."""
        return tuple(self.collect_parents())

    def first_parents(self, count: int) -> tuple[Parent, ...]:
        """At most ``count`` of them, without making the rest."""
        return tuple(islice(self.collect_parents(), count))


class Reading:
    """Reads one operation's numbers from the tape and remembers which."""

    def __init__(self, operation: Operation, tape: Tape, program: Program) -> None:
        self.operation = operation
        self.tape = tape
        self.program = program
        self.spec = tape.spec
        self.parents: list[Parent | Callable[[], Iterator[Parent]]] = []
        self.parts: dict[str, float] = {}

    @property
    def layer(self) -> int:
        """The operation's layer."""
        return self.operation.layer

    @property
    def unit(self) -> int:
        """The operation's unit."""
        return self.operation.unit or 0

    @property
    def entry(self) -> int:
        """The operation's entry."""
        return self.operation.entry or 0

    @property
    def sample(self) -> int:
        """The operation's sample."""
        return self.operation.sample or 0

    def read(self, quantity: Quantity, layer: int | None = None, *indices: int, sample: int | None = None) -> float:
        """One number, remembered as a parent; of the operation's sample unless one is given."""
        address = Address(quantity, layer, indices)
        at = (self.sample if sample is None else sample) if quantity.is_per_sample else None
        value = self.tape.value(address, at or 0)
        self.parents.append(Parent(address, value, at))
        return value

    def read_new_weight(self, layer: int, unit: int, source: int) -> float:
        """A weight as the backward pass sees it: with output-first updates already replaced."""
        address = Address(Q.WEIGHT, layer, (unit, source))
        is_replaced = self.spec.training.update is UpdateRule.OUTPUT_FIRST
        value = float(self.tape.after(address)) if is_replaced else self.tape.value(address)
        self.parents.append(Parent(address, value, None))
        return value

    def read_slot(self, slot: str, *indices: int) -> float:
        """Optimizer state before the update."""
        quantity = Q.WEIGHT_STATE if len(indices) == 2 else Q.BIAS_STATE
        address = Address(quantity, self.layer, indices, slot)
        value = self.tape.value(address)
        self.parents.append(Parent(address, value, None))
        return value

    def remember_all(self, quantity: Quantity, layer: int, sample: int | None = None) -> Array:
        """A whole per-sample vector of the operation's sample, each entry a parent."""
        at = self.sample if sample is None else sample
        values = self.tape.array(Address(quantity, layer), at)
        self.parents += [
            Parent(Address(quantity, layer, (unit,)), value, at) for unit, value in enumerate(values.tolist())
        ]
        return values

    def remember_incoming(self, layer: int, unit: int) -> None:
        """All weights into a unit, each with the activation it is multiplied with."""
        row = self.tape.array(Address(Q.WEIGHT, layer))[unit].tolist()
        places = [(unit, source) for source in range(len(row))]
        self._remember_pairs(Address(Q.WEIGHT, layer), places, row, Address(Q.ACTIVATION, layer - 1))

    def remember_outgoing(self, layer: int, unit: int) -> None:
        """All weights out of a unit of ``layer``, as the backward pass sees them, each with the δ it carries back."""
        whole = Address(Q.WEIGHT, layer + 1)
        is_replaced = self.spec.training.update is UpdateRule.OUTPUT_FIRST
        column = (self.tape.after(whole) if is_replaced else self.tape.array(whole))[:, unit].tolist()
        places = [(above, unit) for above in range(len(column))]
        self._remember_pairs(whole, places, column, Address(Q.DELTA, layer + 1))

    def remember_jacobian(self, layer: int, unit: int) -> None:
        """A row of softmax's Jacobian, each entry with the error it is multiplied with."""
        row = self.tape.array(Address(Q.SLOPE, layer), self.sample)[unit].tolist()
        places = [(unit, other) for other in range(len(row))]
        self._remember_pairs(Address(Q.SLOPE, layer), places, row, Address(Q.ERROR, layer))

    def _remember_pairs(
        self, first: Address, places: list[tuple[int, int]], values: list[float], second: Address
    ) -> None:
        """Parents of a sum of products; made only when someone asks, for there may be thousands."""
        at = self.sample
        own = at if first.quantity.is_per_sample else None
        others = self.tape.array(second, at).tolist()

        def collect() -> Iterator[Parent]:
            for unit, (place, value, other) in enumerate(zip(places, values, others, strict=True)):
                yield Parent(first.at(*place), value, own)
                yield Parent(second.at(unit), other, at)

        self.parents.append(collect)

    def running(self, products: Array, entry: int) -> float:
        """The running sum after term ``entry``; remembers the term as `product` and the sum before as `previous`."""
        sums = self.tape.running(products)
        self.parts["product"] = float(products[entry])
        if entry > 0:
            self.parts["previous"] = float(sums[entry - 1])
        return float(sums[entry])

    def finish(self, result: float) -> Evaluation:
        """The evaluation with everything read so far."""
        return Evaluation(self.operation, float(result), self.parts, partial(_collected, tuple(self.parents)))

    def is_matched_output(self) -> bool:
        """Whether the operation belongs to the output of a matched pair."""
        return self.spec.is_matched_pair and self.layer == self.spec.network.depth

    @property
    def kind(self) -> OperationKind:
        """The operation's kind."""
        return self.operation.kind


def _collected(parents: tuple[Parent | Callable[[], Iterator[Parent]], ...]) -> Iterator[Parent]:
    for parent in parents:
        if isinstance(parent, Parent):
            yield parent
        else:
            yield from parent()
