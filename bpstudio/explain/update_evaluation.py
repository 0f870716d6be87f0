"""Evaluation of reduction and update: from the batch's sum of gradients to the new weight, entry by entry."""

import numpy as np

from bpstudio.explain.reading import Evaluation, Parent, Reading
from bpstudio.model.address import Address, Quantity
from bpstudio.model.optimizers import clip_factor, entry_quantities, gradient_norm, learning_rate_at, slot_names
from bpstudio.model.penalties import penalty_entry
from bpstudio.model.spec import Reduction, UpdateRule
from bpstudio.program.operation import OperationKind

K = OperationKind
Q = Quantity


def evaluate_reduced(reading: Reading) -> Evaluation:
    """The batch's sum as it is, or divided by the number of samples."""
    layer, unit, entry, tape = reading.layer, reading.unit, reading.entry, reading.tape
    quantity = Q.SAMPLE_BIAS_GRADIENT if reading.operation.is_bias else Q.SAMPLE_WEIGHT_GRADIENT
    indices = (unit,) if reading.operation.is_bias else (unit, entry)
    products = tape.gradient_products(layer, unit, entry)
    address = Address(quantity, layer, indices)
    reading.parents += [Parent(address, value, sample) for sample, value in enumerate(products.tolist())]
    total = float(tape.running(products)[-1])
    reading.parts["sum"] = total
    if reading.spec.penalty.is_active and not reading.operation.is_bias:
        return reading.finish(_reduced(reading, total))
    return reading.finish(_gradient(reading))


def _reduced(reading: Reading, total: float) -> float:
    is_mean = reading.spec.loss.reduction is Reduction.MEAN and reading.tape.batch > 1
    return total / reading.tape.batch if is_mean else total


def _gradient(reading: Reading) -> float:
    quantity = Q.BIAS_GRADIENT if reading.operation.is_bias else Q.WEIGHT_GRADIENT
    return reading.tape.value(Address(quantity, reading.layer, _indices(reading)))


def _indices(reading: Reading) -> tuple[int, ...]:
    return (reading.unit,) if reading.operation.is_bias else (reading.unit, reading.entry)


def evaluate_penalized(reading: Reading) -> Evaluation:
    """The reduced gradient plus the slope of the penalty."""
    total = float(reading.tape.running(reading.tape.gradient_products(reading.layer, reading.unit, reading.entry))[-1])
    weight = reading.read(Q.WEIGHT, reading.layer, reading.unit, reading.entry)
    reading.parts["weight"] = weight
    reading.parts["sign"] = float(np.sign(weight))
    reading.parts["reduced"] = _reduced(reading, total)
    reading.parts["penalty_slope"] = penalty_entry(reading.spec.penalty, weight)
    return reading.finish(_gradient(reading))


def evaluate_clip_norm(reading: Reading) -> Evaluation:
    """The length of the whole gradient; the `clip_factor` is 1 unless it is too long."""
    norm, factor = _clipping(reading)
    reading.parts |= {"norm": norm, "clip_factor": factor}
    return reading.finish(norm)


def _clipping(reading: Reading) -> tuple[float, float]:
    """Norm and factor; biases that are not trained take no part."""
    limit, tape = reading.spec.optimizer.clip_norm, reading.tape
    if limit is None:
        return 0.0, 1.0
    applied = np.where(tape.layout.trainable(), tape.vectors.gradient, 0.0)
    if reading.spec.training.update is UpdateRule.OUTPUT_FIRST:
        applied = applied[tape.layout.slice_of(reading.layer)]
    norm = gradient_norm(applied, reading.spec.is_exact)
    return norm, clip_factor(norm, limit)


def evaluate_entry(reading: Reading) -> Evaluation:
    """One of the numbers between an entry's gradient and its new value, by the optimizer's rule.

    ``parts`` holds all of them, with `parameter`, `gradient` (as the rule sees it) and the state before as `old_…`.
    """
    spec, indices, is_bias = reading.spec.optimizer, _indices(reading), reading.operation.is_bias
    parameter = reading.read(Q.BIAS if is_bias else Q.WEIGHT, reading.layer, *indices)
    gradient = reading.read(Q.BIAS_GRADIENT if is_bias else Q.WEIGHT_GRADIENT, reading.layer, *indices)
    state = {slot: reading.read_slot(slot, *indices) for slot in slot_names(spec)}
    factor = 1.0 if spec.clip_norm is None else _clipping(reading)[1]
    found = entry_quantities(spec, reading.tape.iteration, parameter, gradient, state, factor)
    reading.parts |= {"parameter": parameter, "raw_gradient": gradient, "clip_factor": factor}
    reading.parts |= {f"old_{slot}": value for slot, value in state.items()}
    reading.parts["learning_rate"] = learning_rate_at(spec, reading.tape.iteration)
    reading.parts["gradient"] = gradient
    reading.parts |= found
    key = {K.CLIP: "gradient", K.UPDATE: "updated"}.get(reading.kind, reading.kind.value)
    return reading.finish(found[key])
