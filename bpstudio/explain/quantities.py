"""What a quantity is: the evaluation and the formula of the operation that completes it, for clicks on units and edges."""

from dataclasses import replace

from bpstudio.errors import AddressError
from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import Expression, Negative, Number, Relation, multiply, subtract, with_numbers
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.formulas import formula
from bpstudio.explain.forward_formulas import ONE
from bpstudio.explain.notation import Notation
from bpstudio.explain.reading import Evaluation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.tape import Tape
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.program.program import Program

K = OperationKind
Q = Quantity

_COMPLETED_BY: dict[Quantity, tuple[Pass, OperationKind]] = {
    Q.PRE_ACTIVATION: (Pass.FORWARD, K.PRE_ACTIVATION),
    Q.ACTIVATION: (Pass.FORWARD, K.ACTIVATE),
    Q.SLOPE: (Pass.BACKWARD, K.SLOPE),
    Q.ERROR: (Pass.BACKWARD, K.ERROR),
    Q.DELTA: (Pass.BACKWARD, K.DELTA),
    Q.SAMPLE_WEIGHT_GRADIENT: (Pass.BACKWARD, K.GRADIENT),
    Q.SAMPLE_BIAS_GRADIENT: (Pass.BACKWARD, K.BIAS_GRADIENT),
    Q.WEIGHT_GRADIENT: (Pass.REDUCE, K.REDUCE),
    Q.BIAS_GRADIENT: (Pass.REDUCE, K.REDUCE),
    Q.WEIGHT_STEP: (Pass.UPDATE, K.STEP),
    Q.BIAS_STEP: (Pass.UPDATE, K.STEP),
    Q.WEIGHT: (Pass.UPDATE, K.UPDATE),
    Q.BIAS: (Pass.UPDATE, K.UPDATE),
    Q.SAMPLE_LOSS: (Pass.LOSS, K.SAMPLE_LOSS),
    Q.DATA_LOSS: (Pass.REDUCE, K.DATA_LOSS),
    Q.PENALTY: (Pass.REDUCE, K.PENALTY),
    Q.LOSS: (Pass.REDUCE, K.TOTAL_LOSS),
}
_OF_BIAS = (Q.BIAS, Q.BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS_STATE)


def quantity_evaluation(address: Address, sample: int, tape: Tape, program: Program) -> Evaluation | None:
    """The evaluation of the operation that completes the number at ``address`` in the tape's iteration.

    None for what no operation computes: inputs, biases that are not trained, a softmax Jacobian entry, a penalty of 0.
    For weights, biases and optimizer state it is the update at the iteration's end. Raises AddressError for what this run
    does not have, and for whole arrays.
    """
    tape.value(address, sample if address.quantity.is_per_sample else 0)
    if not _is_computed(address, tape):
        return None
    operation = _operation(address, sample, tape, program)
    return evaluate(operation, tape, program)


def _is_computed(address: Address, tape: Tape) -> bool:
    quantity, layer = address.quantity, address.layer or 0
    if quantity is Q.ACTIVATION:
        return layer > 0
    if quantity is Q.SLOPE:
        return len(address.indices) == 1
    if quantity is Q.PENALTY:
        return tape.spec.penalty.is_active
    if quantity in (Q.BIAS, Q.BIAS_STEP, Q.BIAS_STATE):
        return tape.spec.network.layer(layer).bias.trainable
    return True


def _operation(address: Address, sample: int, tape: Tape, program: Program) -> Operation:
    pass_, kind = (Pass.UPDATE, K(address.slot)) if address.slot else _COMPLETED_BY[address.quantity]
    is_bias = address.quantity in _OF_BIAS
    layer = 0 if address.layer is None else address.layer
    if address.quantity is Q.SAMPLE_LOSS:
        layer = tape.spec.network.depth
    if address.quantity is Q.WEIGHT_GRADIENT and tape.spec.penalty.is_active:
        kind = K.PENALIZE
    unit = address.indices[0] if address.indices else None
    entry = address.indices[1] if address.quantity.is_weight_shaped else None
    if is_bias:
        entry = tape.spec.network.sizes[layer - 1]
    at = sample if address.quantity.is_per_sample else None
    position = program.position_of(tape.iteration, pass_, layer, kind, sample=at or 0, unit=unit or 0, entry=entry)
    start = program.iteration_start(tape.iteration)
    epoch = program.batches.epoch_of(tape.iteration)
    return Operation(
        start if position is None else position, tape.iteration, epoch, at, pass_, layer, kind, unit, entry, is_bias
    )


def quantity_formula(address: Address, sample: int, tape: Tape, program: Program, notation: Notation) -> Formula:
    """Return what the number at ``address`` is; ``sample`` is ignored by what the whole batch shares.

    A weight or bias is its value before the update, with the update as ``landing``. Raises AddressError.
    """
    evaluation = quantity_evaluation(address, sample, tape, program)
    if address.quantity is Q.SLOPE and len(address.indices) == 2:
        return _jacobian_formula(address, sample, tape, notation)
    if evaluation is None:
        return _given(address, sample, tape, notation, None)
    found = formula(evaluation, tape, notation)
    if address.quantity in (Q.WEIGHT, Q.BIAS):
        return _given(address, sample, tape, notation, found)
    return found


def _given(address: Address, sample: int, tape: Tape, notation: Notation, landing: Formula | None) -> Formula:
    """address = its value."""
    at = sample if address.quantity.is_per_sample else None
    value = Number(tape.value(address, sample if at is not None else 0), address, at)
    return Formula(Relation(notation.expression(address, at), "=", value), value, value, landing)


def _jacobian_formula(address: Address, sample: int, tape: Tape, notation: Notation) -> Formula:
    """∂a_j/∂z_k = a_j·(1 − a_j) where j = k, else −a_j·a_k."""
    if address.layer is None:
        raise AddressError(f"{address}: a layer is missing")
    unit, other = address.indices
    activation = replace(address, quantity=Q.ACTIVATION, indices=())

    def a(index: int) -> Expression:
        at = activation.at(index)
        return notation.expression(at, sample, tape.value(at, sample))

    own = multiply(a(unit), subtract(ONE, a(unit)))
    right = own if unit == other else Negative(multiply(a(unit), a(other)))
    result = Number(tape.value(address, sample), address, sample)
    return Formula(Relation(notation.expression(address, sample), "=", right), with_numbers(right), result)
