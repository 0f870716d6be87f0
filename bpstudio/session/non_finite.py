"""Where was the first NaN or infinity of an iteration made? Found on the tape, named as an operation."""

from collections.abc import Iterator

import numpy as np

from bpstudio.model.spec import ActivationName, Array
from bpstudio.model.tape import Tape
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.records import dataclass

K = OperationKind


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The operation that made a number that is not finite from finite ones, and that number."""

    operation: Operation
    value: float


def first_non_finite(program: Program, tape: Tape) -> NonFinite | None:
    """The earliest operation of the tape's iteration whose result is not finite.

    None when every number is finite, or when parameters or state were not finite before the iteration began:
    then nothing was made here, it only spread.
    """
    if not np.isfinite(tape.vectors.before).all():
        return None
    with np.errstate(all="ignore"):
        found = [(position, value) for position, value in _candidates(program, tape) if position is not None]
    if not found:
        return None
    position, value = min(found, key=lambda pair: pair[0])
    return NonFinite(program.operation(position), float(value))


Candidate = tuple[int | None, float]


def _candidates(program: Program, tape: Tape) -> Iterator[Candidate]:
    finder = _Finder(program, tape)
    for sample in range(tape.batch):
        yield from finder.of_sample(sample)
    yield from finder.of_batch()


class _Finder:
    """Finds, for each array, its first entry that is not finite, and the operation that made it."""

    def __init__(self, program: Program, tape: Tape) -> None:
        self.program = program
        self.tape = tape
        self.spec = program.spec_at(tape.iteration)
        self.depth = self.spec.network.depth

    def _at(
        self, pass_: Pass, layer: int, kind: OperationKind, sample: int = 0, unit: int = 0, entry: int | None = None
    ) -> int | None:
        return self.program.position_of(self.tape.iteration, pass_, layer, kind, sample=sample, unit=unit, entry=entry)

    def of_sample(self, sample: int) -> Iterator[Candidate]:
        for layer in range(1, self.depth + 1):
            yield from self._forward(layer, sample)
            yield from self._backward(layer, sample)
        terms = self.tape.losses.terms[:, sample]
        for unit in _first(terms):
            yield self._at(Pass.LOSS, self.depth, K.LOSS_TERM, sample, unit), terms[unit]
        running = self.tape.running(terms)
        for unit in _first(running):
            yield self._at(Pass.LOSS, self.depth, K.LOSS_TERM, sample, unit), running[unit]

    def _forward(self, layer: int, sample: int) -> Iterator[Candidate]:
        arrays = self.tape.layers[layer - 1]
        z, a = arrays.pre_activation[:, sample], arrays.activation[:, sample]
        for unit in _first(z):
            running = self.tape.running(self.tape.z_products(layer, unit, sample))
            for term in _first(running):
                is_bias = term == self.spec.network.sizes[layer - 1]
                kind, entry = (K.ADD_BIAS, None) if is_bias else (K.MULTIPLY_ADD, term)
                yield self._at(Pass.FORWARD, layer, kind, sample, unit, entry), running[term]
            yield self._at(Pass.FORWARD, layer, K.PRE_ACTIVATION, sample, unit), z[unit]
        for unit in _first(a):
            yield self._at(Pass.FORWARD, layer, K.ACTIVATE, sample, unit), a[unit]

    def _backward(self, layer: int, sample: int) -> Iterator[Candidate]:
        arrays = self.tape.layers[layer - 1]
        if arrays.error is not None:
            yield from self._error(layer, sample, arrays.error[:, sample])
        if arrays.slope is not None:
            slope = arrays.slope[:, sample]
            for unit in _first(slope):
                yield self._at(Pass.BACKWARD, layer, K.SLOPE, sample, unit), slope[unit]
        delta = arrays.delta[:, sample]
        is_softmax = self.spec.network.layer(layer).activation is ActivationName.SOFTMAX
        for unit in _first(delta):
            if is_softmax and arrays.error is not None:
                running = self.tape.running(self.tape.jacobian_products(layer, unit, sample))
                for term in _first(running):
                    yield self._at(Pass.BACKWARD, layer, K.JACOBIAN_MULTIPLY_ADD, sample, unit, term), running[term]
            yield self._at(Pass.BACKWARD, layer, K.DELTA, sample, unit), delta[unit]

    def _error(self, layer: int, sample: int, error: Array) -> Iterator[Candidate]:
        for unit in _first(error):
            if layer < self.depth:
                running = self.tape.running(self.tape.error_products(layer, unit, sample))
                for term in _first(running):
                    yield self._at(Pass.BACKWARD, layer, K.ERROR_MULTIPLY_ADD, sample, unit, term), running[term]
            yield self._at(Pass.BACKWARD, layer, K.ERROR, sample, unit), error[unit]

    def of_batch(self) -> Iterator[Candidate]:
        losses = self.tape.losses
        for kind, value in ((K.DATA_LOSS, losses.data), (K.PENALTY, losses.penalty), (K.TOTAL_LOSS, losses.total)):
            if not np.isfinite(value):
                yield self._at(Pass.REDUCE, 0, kind), value
        for layer in range(1, self.depth + 1):
            yield from self._gradients(layer)
            yield from self._updates(layer)

    def _gradients(self, layer: int) -> Iterator[Candidate]:
        """The first term of a batch's sum that is not finite, or the reduced gradient itself."""
        gradient = self.tape.layout.augmented(self.tape.vectors.gradient, layer)
        for flat in _first(gradient):
            unit, entry = divmod(flat, gradient.shape[1])
            is_bias = entry == self.spec.network.sizes[layer - 1]
            running = self.tape.running(self.tape.gradient_products(layer, unit, entry))
            for sample in _first(running):
                kind = K.BIAS_GRADIENT if is_bias else K.GRADIENT
                place = None if is_bias else entry
                yield self._at(Pass.BACKWARD, layer, kind, sample, unit, place), running[sample]
            kind = K.PENALIZE if self.spec.penalty.is_active and not is_bias else K.REDUCE
            yield self._at(Pass.REDUCE, layer, kind, 0, unit, entry), gradient[unit, entry]

    def _updates(self, layer: int) -> Iterator[Candidate]:
        """States, step and new weight of the first entry that is not finite, in the order they are computed."""
        vectors, layout = self.tape.vectors, self.tape.layout
        size = layout.size
        stages = [(K(name), vectors.after[(1 + k) * size :]) for k, name in enumerate(vectors.slot_names)]
        stages += [(K.STEP, vectors.step), (K.UPDATE, vectors.after)]
        for kind, vector in stages:
            values = layout.augmented(vector[:size], layer)
            for flat in _first(values):
                unit, entry = divmod(flat, values.shape[1])
                yield self._at(Pass.UPDATE, layer, kind, 0, unit, entry), values[unit, entry]


def _first(values: Array) -> list[int]:
    """The flat index of the first entry that is not finite, in a list; empty if there is none."""
    flat = np.flatnonzero(~np.isfinite(values))
    return [int(flat[0])] if flat.size else []
