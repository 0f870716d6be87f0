"""Branches: edits in the past fork the run. The old future stays; both share what came before."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bpstudio.errors import BpstudioError
from bpstudio.model.address import Address, Quantity
from bpstudio.model.optimizers import slot_names
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array, Dataset, LossSpec, OptimizerSpec, RunSpec
from bpstudio.program.program import ForkedProgram, Program
from bpstudio.records import dataclass
from bpstudio.session.history import History
from bpstudio.session.series import Series

Q = Quantity


SHORT_SECONDS = 0.002
LONGEST_STRIDE = 512
"""So long, or so many iterations, are computed between two looks at the time."""


class EditError(BpstudioError):
    """An edit that this run does not allow."""


@dataclass(frozen=True, slots=True)
class NumberEdit:
    """A weight, a bias or a number of the optimizer's state gets another value."""

    address: Address
    value: float

    @property
    def words(self) -> str:
        """What was changed."""
        return f"{self.address} = {self.value:.6g}"


@dataclass(frozen=True, slots=True)
class DataEdit:
    """One number of the data gets another value: an input, or a target. ``row`` counts the training rows from 0."""

    row: int
    column: int
    value: float
    is_target: bool = False

    @property
    def words(self) -> str:
        """What was changed."""
        return f"{'target' if self.is_target else 'input'} {self.column} of row {self.row} = {self.value:.6g}"


@dataclass(frozen=True, slots=True)
class OptimizerEdit:
    """Another update rule, or another learning rate."""

    optimizer: OptimizerSpec

    @property
    def words(self) -> str:
        """What was changed."""
        return f"{self.optimizer.name.value}, learning rate {self.optimizer.learning_rate:.6g}"


@dataclass(frozen=True, slots=True)
class LossEdit:
    """Another loss."""

    loss: LossSpec

    @property
    def words(self) -> str:
        """What was changed."""
        return f"loss {self.loss.name.value}"


Edit = NumberEdit | DataEdit | OptimizerEdit | LossEdit


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch to people: its edits took effect at the start of iteration ``fork``. ``parent`` is None for the first."""

    key: int
    name: str
    parent: int | None
    fork: int
    edits: tuple[Edit, ...]


class Line:
    """One branch at work: its own engine, history and losses from ``fork`` on; before that it is its ``past``."""

    def __init__(self, branch: Branch, spec: RunSpec, start: Array | None, past: "Line | None", budget: int) -> None:
        self.branch = branch
        self.spec = spec
        self.past = past
        self.fork = branch.fork
        self.engine = Engine(spec)
        if start is not None:
            self.engine.load(self.fork, start)
        first = self.engine.state()
        self.history = History(first.copy, budget, self.fork)
        self.losses = Series()
        self.furthest = 0
        if past is not None:
            self.losses.extend(0, past.losses.values[: self.fork].copy())

    def owner(self, iteration: int) -> "Line":
        """The line an iteration belongs to: this one, or the one it was forked from."""
        return self if self.past is None or iteration >= self.fork else self.past.owner(iteration)

    def steps_to(self, iteration: int) -> Iterator[None]:
        """Bring the engine to an iteration of its own, in short moves, and keep what is computed on the way."""
        engine, history, stride = self.engine, self.history, 1
        at, state = history.nearest(iteration)
        if not at <= engine.iteration <= iteration:
            history.keep_live(engine.iteration, engine.state)
            engine.load(at, state)
        while engine.iteration < iteration:
            first, began = engine.iteration, time.perf_counter()
            stop = min(iteration, first + stride, history.next_wanted(first))
            self.losses.extend(first, engine.iterate(stop - first))
            history.pass_by(stop, engine.state)
            is_long = time.perf_counter() - began > SHORT_SECONDS
            stride = max(1, stride // 2) if is_long else min(LONGEST_STRIDE, 2 * stride)
            yield

    def end_of(self, owner: "Line") -> int | None:
        """The iteration at which this branch leaves ``owner``; None if it never does."""
        line: Line = self
        while line is not owner and line.past is not None:
            if line.past is owner:
                return line.fork
            line = line.past
        return None

    def program(self, is_unfolded: bool) -> Program:
        """The operations of this branch from the start of the run on."""
        if self.past is None:
            return Program(self.spec, is_unfolded)
        return ForkedProgram(self.past.program(is_unfolded), self.fork, self.spec)


def edited_spec(spec: RunSpec, edits: Sequence[Edit]) -> RunSpec:
    """The spec after the edits; raises EditError for data that is not there."""
    for edit in edits:
        match edit:
            case OptimizerEdit(optimizer=optimizer):
                spec = replace(spec, optimizer=optimizer)
            case LossEdit(loss=loss):
                spec = replace(spec, loss=loss)
            case DataEdit():
                spec = replace(spec, dataset=_edited_data(spec.dataset, edit))
            case NumberEdit():
                pass
    return spec


def _edited_data(data: Dataset, edit: DataEdit) -> Dataset:
    values = (data.targets if edit.is_target else data.inputs).copy()
    if not (0 <= edit.row < values.shape[0] and 0 <= edit.column < values.shape[1]):
        raise EditError(f"{edit.words}: there is no such number in the data")
    values[edit.row, edit.column] = edit.value
    values.flags.writeable = False
    return replace(data, targets=values) if edit.is_target else replace(data, inputs=values)


def edited_vector(vector: Array, before: RunSpec, after: RunSpec, edits: Sequence[Edit]) -> Array:
    """The flat state after the edits. State that both optimizers have is kept, new state starts at 0.

    Adam's bias corrections go on counting iterations from the start of the run.
    """
    layout = ParameterLayout(before.network)
    size = layout.size
    kept = {name: vector[(1 + k) * size : (2 + k) * size] for k, name in enumerate(slot_names(before.optimizer))}
    names = slot_names(after.optimizer)
    parts = [vector[:size], *(kept.get(name, np.zeros(size)) for name in names)]
    edited = np.concatenate(parts)
    for edit in edits:
        if isinstance(edit, NumberEdit):
            _set_number(edited, layout, names, edit)
    return edited


def _set_number(vector: Array, layout: ParameterLayout, names: Sequence[str], edit: NumberEdit) -> None:
    address, size = edit.address, layout.size
    if address.quantity not in (Q.WEIGHT, Q.BIAS, Q.WEIGHT_STATE, Q.BIAS_STATE) or address.layer is None:
        raise EditError(f"{address} follows from other numbers; change a weight, a bias, an input or a target")
    if address.slot is not None:
        if address.slot not in names:
            raise EditError(f"{address}: this optimizer has no such state")
        start = (1 + names.index(address.slot)) * size
        vector = vector[start : start + size]
    if not 1 <= address.layer <= layout.network.depth:
        raise EditError(f"{address}: there is no such layer")
    values = (
        layout.weights(vector, address.layer)
        if address.quantity.is_weight_shaped
        else layout.biases(vector, address.layer)
    )
    if (
        values is None
        or len(address.indices) != values.ndim
        or any(i >= n for i, n in zip(address.indices, values.shape, strict=False))
    ):
        raise EditError(f"{address}: there is no such number")
    values[address.indices] = edit.value
