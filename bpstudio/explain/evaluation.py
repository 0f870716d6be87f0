"""What an operation computes: its result with the bits of the tape, the numbers it combines, and where they come from."""

from typing import assert_never

import numpy as np

from bpstudio.explain.reading import Evaluation, Parent, Reading
from bpstudio.explain.update_evaluation import (
    evaluate_clip_norm,
    evaluate_entry,
    evaluate_penalized,
    evaluate_reduced,
)
from bpstudio.model.activations import softmax_parts
from bpstudio.model.address import Quantity
from bpstudio.model.spec import ActivationName
from bpstudio.model.tape import Tape
from bpstudio.program.operation import Operation, OperationKind
from bpstudio.program.program import Program

K = OperationKind
Q = Quantity


def evaluate(operation: Operation, tape: Tape, program: Program) -> Evaluation:
    """Return what ``operation`` computes; ``tape`` is the one of its iteration.

    In exact summation the last running sum is the completed quantity bit for bit.
    """
    with np.errstate(all="ignore"):
        return _evaluate(Reading(operation, tape, program))


def _evaluate(reading: Reading) -> Evaluation:
    match reading.kind:
        case K.MULTIPLY_ADD | K.ADD_BIAS | K.PRE_ACTIVATION | K.ACTIVATE:
            return _forward(reading)
        case K.SOFTMAX_SHIFT | K.SOFTMAX_EXPONENTIAL | K.SOFTMAX_SUM:
            return _softmax(reading)
        case K.LOSS_TERM | K.SAMPLE_LOSS | K.DATA_LOSS | K.PENALTY | K.TOTAL_LOSS:
            return _loss(reading)
        case K.ERROR_MULTIPLY_ADD | K.ERROR | K.SLOPE:
            return _error(reading)
        case K.JACOBIAN_MULTIPLY_ADD | K.DELTA_PRODUCT | K.DELTA:
            return _delta(reading)
        case K.GRADIENT | K.BIAS_GRADIENT:
            return _gradient(reading)
        case K.REDUCE:
            return evaluate_reduced(reading)
        case K.PENALIZE:
            return evaluate_penalized(reading)
        case K.CLIP_NORM:
            return evaluate_clip_norm(reading)
        case (
            K.CLIP
            | K.DECAY
            | K.VELOCITY
            | K.MEAN
            | K.SQUARE
            | K.MEAN_CORRECTED
            | K.SQUARE_CORRECTED
            | K.STEP
            | K.UPDATE
        ):
            return evaluate_entry(reading)
        case unreachable:
            assert_never(unreachable)


def _forward(reading: Reading) -> Evaluation:
    layer, unit = reading.layer, reading.unit
    products = reading.tape.z_products(layer, unit, reading.sample)
    if reading.kind is K.MULTIPLY_ADD:
        entry = reading.entry
        reading.parts["weight"] = reading.read(Q.WEIGHT, layer, unit, entry)
        reading.parts["source"] = reading.read(Q.ACTIVATION, layer - 1, entry)
        return reading.finish(reading.running(products, entry))
    if reading.kind is K.ADD_BIAS:
        reading.parts["bias"] = reading.read(Q.BIAS, layer, unit)
        return reading.finish(reading.running(products, len(products) - 1))
    if reading.kind is K.PRE_ACTIVATION:
        reading.remember_incoming(layer, unit)
        if reading.spec.network.layer(layer).bias.present:
            reading.read(Q.BIAS, layer, unit)
        reading.parts["sum"] = float(reading.tape.running(products)[-1])
        return reading.finish(_written(reading, Q.PRE_ACTIVATION))
    if reading.spec.network.layer(layer).activation is ActivationName.SOFTMAX:
        return _softmax_quotient(reading)
    reading.parts["z"] = reading.read(Q.PRE_ACTIVATION, layer, unit)
    return reading.finish(_written(reading, Q.ACTIVATION))


def _written(reading: Reading, quantity: Quantity) -> float:
    """The number the operation completes, not a parent of it."""
    value = reading.read(quantity, reading.layer, reading.unit)
    reading.parents.pop()
    return value


def _softmax_quotient(reading: Reading) -> Evaluation:
    z = reading.remember_all(Q.PRE_ACTIVATION, reading.layer)
    parts = softmax_parts(np.ascontiguousarray(z), reading.spec.is_exact)
    reading.parts |= {
        "shift": parts.shift,
        "exponential": float(parts.exponentials[reading.unit]),
        "total": float(parts.running[-1]),
    }
    return reading.finish(_written(reading, Q.ACTIVATION))


def _softmax(reading: Reading) -> Evaluation:
    z = reading.remember_all(Q.PRE_ACTIVATION, reading.layer)
    parts = softmax_parts(np.ascontiguousarray(z), reading.spec.is_exact)
    reading.parts["shift"] = parts.shift
    if reading.kind is K.SOFTMAX_SHIFT:
        return reading.finish(parts.shift)
    entry = reading.entry
    reading.parts["z"] = float(z[entry])
    reading.parts["exponential"] = float(parts.exponentials[entry])
    reading.parents = [reading.parents[entry]]
    if reading.kind is K.SOFTMAX_EXPONENTIAL:
        return reading.finish(float(parts.exponentials[entry]))
    if entry > 0:
        reading.parts["previous"] = float(parts.running[entry - 1])
    return reading.finish(float(parts.running[entry]))


def _loss(reading: Reading) -> Evaluation:
    losses, depth = reading.tape.losses, reading.spec.network.depth
    match reading.kind:
        case K.LOSS_TERM:
            reading.parts["a"] = reading.read(Q.ACTIVATION, depth, reading.unit)
            reading.parts["z"] = reading.tape.value(f"z[{depth}][{reading.unit}]", reading.sample)
            reading.parts["target"] = float(reading.tape.targets[reading.unit, reading.sample])
            return reading.finish(reading.running(losses.terms[:, reading.sample], reading.unit))
        case K.SAMPLE_LOSS:
            reading.remember_all(Q.ACTIVATION, depth)
            return reading.finish(float(losses.samples[reading.sample]))
        case K.PENALTY:
            return reading.finish(losses.penalty)
        case K.DATA_LOSS:
            _read_sample_losses(reading)
            return reading.finish(losses.data)
        case _:
            if reading.spec.penalty.is_active:
                reading.parts["data_loss"] = reading.read(Q.DATA_LOSS)
                reading.parts["penalty"] = reading.read(Q.PENALTY)
            else:
                _read_sample_losses(reading)
            return reading.finish(losses.total)


def _read_sample_losses(reading: Reading) -> None:
    for sample in range(reading.tape.batch):
        reading.read(Q.SAMPLE_LOSS, sample=sample)
    reading.parts["sum"] = float(reading.tape.running(reading.tape.losses.samples)[-1])


def _error(reading: Reading) -> Evaluation:
    layer, unit = reading.layer, reading.unit
    if reading.kind is K.SLOPE:
        reading.parts["z"] = reading.read(Q.PRE_ACTIVATION, layer, unit)
        reading.parts["a"] = reading.read(Q.ACTIVATION, layer, unit)
        return reading.finish(_written(reading, Q.SLOPE))
    if reading.kind is K.ERROR_MULTIPLY_ADD:
        entry = reading.entry
        reading.parts["weight"] = reading.read_new_weight(layer + 1, entry, unit)
        reading.parts["delta"] = reading.read(Q.DELTA, layer + 1, entry)
        products = reading.tape.error_products(layer, unit, reading.sample)
        return reading.finish(reading.running(products, entry))
    if layer == reading.spec.network.depth:
        reading.parts["a"] = reading.read(Q.ACTIVATION, layer, unit)
        reading.parts["target"] = float(reading.tape.targets[unit, reading.sample])
    else:
        reading.remember_outgoing(layer, unit)
    return reading.finish(_written(reading, Q.ERROR))


def _delta(reading: Reading) -> Evaluation:
    layer, unit = reading.layer, reading.unit
    is_softmax = reading.spec.network.layer(layer).activation is ActivationName.SOFTMAX
    if reading.kind is K.JACOBIAN_MULTIPLY_ADD:
        entry = reading.entry
        reading.parts["slope"] = reading.read(Q.SLOPE, layer, unit, entry)
        reading.parts["error"] = reading.read(Q.ERROR, layer, entry)
        products = reading.tape.jacobian_products(layer, unit, reading.sample)
        return reading.finish(reading.running(products, entry))
    if reading.is_matched_output() and reading.kind is K.DELTA:
        reading.parts["a"] = reading.read(Q.ACTIVATION, layer, unit)
        reading.parts["target"] = float(reading.tape.targets[unit, reading.sample])
        reading.parts["target_sum"] = float(reading.tape.running(reading.tape.targets[:, reading.sample])[-1])
    elif is_softmax:
        reading.remember_jacobian(layer, unit)
    else:
        reading.parts["error"] = reading.read(Q.ERROR, layer, unit)
        reading.parts["slope"] = reading.read(Q.SLOPE, layer, unit)
    if reading.kind is K.DELTA_PRODUCT:
        return reading.finish(float(np.float64(reading.parts["error"]) * reading.parts["slope"]))
    return reading.finish(_written(reading, Q.DELTA))


def _gradient(reading: Reading) -> Evaluation:
    """The sample's own gradient; `accumulated` and `before` are the batch's sum with and without it."""
    layer, unit = reading.layer, reading.unit
    is_bias = reading.kind is K.BIAS_GRADIENT
    entry = reading.spec.network.sizes[layer - 1] if is_bias else reading.entry
    reading.parts["delta"] = reading.read(Q.DELTA, layer, unit)
    products = reading.tape.gradient_products(layer, unit, entry)
    if not is_bias:
        reading.parts["source"] = reading.read(Q.ACTIVATION, layer - 1, entry)
    sums = reading.tape.running(products)
    reading.parts["accumulated"] = float(sums[reading.sample])
    if reading.sample > 0:
        reading.parts["before"] = float(sums[reading.sample - 1])
    return reading.finish(float(products[reading.sample]))


__all__ = ["Evaluation", "Parent", "evaluate"]
