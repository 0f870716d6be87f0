"""What the numbers of forward pass, loss and backward pass are made of, term by term."""

from collections.abc import Sequence

import numpy as np

from bpstudio.explain.reason import Combination, Reason, Terms
from bpstudio.explain.reason_maker import ReasonMaker, negative
from bpstudio.model.activations import softmax_parts
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, Array, LossName
from bpstudio.program.operation import OperationKind, Pass

K = OperationKind
Q = Quantity
C = Combination

_MATCHED_FROM_Z = (LossName.BINARY_CROSS_ENTROPY, LossName.CROSS_ENTROPY)


def pass_terms(made: ReasonMaker, address: Address, sample: int) -> Terms:
    """Terms of a number of one sample's forward pass, loss or backward pass."""
    layer = address.layer or 0
    unit = address.indices[0] if address.indices else 0
    match address.quantity:
        case Q.PRE_ACTIVATION:
            return _weighted_sum(made, layer, unit, sample)
        case Q.ACTIVATION:
            return _activation(made, layer, unit, sample)
        case Q.SAMPLE_LOSS:
            return _sample_loss(made, sample)
        case Q.SLOPE:
            return _slope(made, address, sample)
        case Q.ERROR:
            return _error(made, layer, unit, sample)
        case Q.DELTA:
            return _delta(made, layer, unit, sample)
        case Q.SAMPLE_WEIGHT_GRADIENT:
            return gradient_factors(made, layer, unit, address.indices[1], sample)
        case _:
            return listed(C.FUNCTION, "δ itself", made.read(Address(Q.DELTA, layer, (unit,)), sample))


def listed(combination: Combination, words: str, *reasons: Reason) -> Terms:
    """Terms that are few and made already."""
    return Terms(np.array([reason.value for reason in reasons]), reasons.__getitem__, combination, words)


def _weighted_sum(made: ReasonMaker, layer: int, unit: int, sample: int) -> Terms:
    products = made.tape.z_products(layer, unit, sample)
    inputs = made.spec.network.sizes[layer - 1]

    def make(index: int) -> Reason:
        if index == inputs:
            return made.read(Address(Q.BIAS, layer, (unit,)))
        weight = made.read(Address(Q.WEIGHT, layer, (unit, index)))
        source = made.read(Address(Q.ACTIVATION, layer - 1, (index,)), sample)
        position = made.operation_position(Pass.FORWARD, layer, K.MULTIPLY_ADD, sample, unit, index)
        factors = (source, weight) if made.names.has_error_first else (weight, source)
        return made.product(f"term {index}", float(products[index]), factors, position)

    return Terms(products, make, C.SUM, "a weighted sum")


def _activation(made: ReasonMaker, layer: int, unit: int, sample: int) -> Terms:
    name = made.spec.network.layer(layer).activation
    if name is not ActivationName.SOFTMAX:
        z = made.read(Address(Q.PRE_ACTIVATION, layer, (unit,)), sample)
        return listed(C.FUNCTION, f"{name.value.replace('_', ' ')} of the weighted sum", z)
    values = np.ascontiguousarray(made.tape.array(Address(Q.PRE_ACTIVATION, layer), sample))
    shares = softmax_parts(values, made.spec.is_exact).exponentials

    def make(index: int) -> Reason:
        at = Address(Q.PRE_ACTIVATION, layer, (index,))
        return made.read(at, sample, words="on top and in the sum below" if index == unit else "in the sum below")

    return Terms(shares, make, C.FUNCTION, "e to this power over the sum of all")


def _slope(made: ReasonMaker, address: Address, sample: int) -> Terms:
    layer, unit = address.layer or 0, address.indices[0]
    if made.spec.network.layer(layer).activation is ActivationName.SOFTMAX:
        others = [unit] if len(set(address.indices)) == 1 else list(address.indices)
        read = (made.read(Address(Q.ACTIVATION, layer, (other,)), sample) for other in others)
        return listed(C.FUNCTION, "from the activations alone", *read)
    z = made.read(Address(Q.PRE_ACTIVATION, layer, (unit,)), sample)
    a = made.read(Address(Q.ACTIVATION, layer, (unit,)), sample)
    return listed(C.FUNCTION, "how steep the activation is here", z, a)


def _sample_loss(made: ReasonMaker, sample: int) -> Terms:
    terms = made.tape.losses.terms[:, sample]
    depth = made.spec.network.depth

    def make(unit: int) -> Reason:
        position = made.operation_position(Pass.LOSS, depth, K.LOSS_TERM, sample, unit)
        symbol = f"{made.symbol(Address(Q.SAMPLE_LOSS), sample)} at output {made.names.print_index(unit)}"
        parts = (*_loss_reads(made, unit, sample), made.target(unit, sample))
        return Reason(
            f"output {unit}", symbol, float(terms[unit]), "this output's share", iteration=made.iteration,
            position=position, combination=C.FUNCTION, parts=parts,
        )  # fmt: skip

    return Terms(terms, make, C.SUM, "one share of each output")


def _loss_reads(made: ReasonMaker, unit: int, sample: int) -> tuple[Reason, ...]:
    """What the loss reads at one output: z in the stable form of a matched pair, else a."""
    spec, depth = made.spec, made.spec.network.depth
    if not (spec.is_matched_pair and spec.loss.name in _MATCHED_FROM_Z):
        return (made.read(Address(Q.ACTIVATION, depth, (unit,)), sample),)
    is_softmax = spec.loss.name is LossName.CROSS_ENTROPY
    units: Sequence[int] = range(spec.network.sizes[depth]) if is_softmax else (unit,)
    return tuple(made.read(Address(Q.PRE_ACTIVATION, depth, (other,)), sample) for other in units)


def _error(made: ReasonMaker, layer: int, unit: int, sample: int) -> Terms:
    if layer == made.spec.network.depth:
        a = made.read(Address(Q.ACTIVATION, layer, (unit,)), sample)
        return listed(C.FUNCTION, "the slope of the loss at this output", a, made.target(unit, sample))
    products = made.tape.error_products(layer, unit, sample)

    def make(index: int) -> Reason:
        weight = made.seen_by_backward(Address(Q.WEIGHT, layer + 1, (index, unit)))
        delta = made.read(Address(Q.DELTA, layer + 1, (index,)), sample)
        position = made.operation_position(Pass.BACKWARD, layer, K.ERROR_MULTIPLY_ADD, sample, unit, index)
        factors = (delta, weight) if made.names.has_error_first else (weight, delta)
        return made.product(f"term {index}", float(products[index]), factors, position)

    return Terms(products, make, C.SUM, "each unit ahead sends its δ back along its weight")


def _delta(made: ReasonMaker, layer: int, unit: int, sample: int) -> Terms:
    spec = made.spec
    if layer == spec.network.depth and spec.is_matched_pair:
        return _matched_delta(made, unit, sample)
    if spec.network.layer(layer).activation is ActivationName.SOFTMAX:
        return _softmax_delta(made, layer, unit, sample)
    error = made.read(Address(Q.ERROR, layer, (unit,)), sample)
    return listed(C.PRODUCT, "error × slope", error, made.read(Address(Q.SLOPE, layer, (unit,)), sample))


def _matched_delta(made: ReasonMaker, unit: int, sample: int) -> Terms:
    """a − y, times the factor of the loss; where softmax's targets do not sum to 1, a·Σy − y."""
    spec, depth = made.spec, made.spec.network.depth
    a = made.read(Address(Q.ACTIVATION, depth, (unit,)), sample)
    words = "what it is − what it should be"
    target = negative(made.target(unit, sample))
    total = float(np.add.accumulate(made.tape.targets[:, sample])[-1])
    is_weighted = spec.network.layer(depth).activation is ActivationName.SOFTMAX and total != 1.0
    scale = spec.loss.factor * (2.0 if spec.loss.name is LossName.SQUARED_ERROR else 1.0)
    if is_weighted:
        factor = made.constant("targets", "Σy", total, "sum of all targets")
        a = made.product("answer", a.value * total, (a, factor), None)
    if scale != 1.0:
        factor = made.constant("factor", "f", scale, "factor of the loss")
        a = made.product("answer", a.value * scale, (factor, a), None)
        target = made.product("wanted", target.value * scale, (factor, target), None)
    return listed(C.SUM, words, a, target)


def _softmax_delta(made: ReasonMaker, layer: int, unit: int, sample: int) -> Terms:
    products: Array = made.tape.jacobian_products(layer, unit, sample)

    def make(index: int) -> Reason:
        slope = made.read(Address(Q.SLOPE, layer, (unit, index)), sample)
        error = made.read(Address(Q.ERROR, layer, (index,)), sample)
        position = made.operation_position(Pass.BACKWARD, layer, K.JACOBIAN_MULTIPLY_ADD, sample, unit, index)
        return made.product(f"term {index}", float(products[index]), (slope, error), position)

    return Terms(products, make, C.SUM, "softmax leads to every output")


def gradient_factors(made: ReasonMaker, layer: int, unit: int, entry: int, sample: int) -> Terms:
    """δ × input of one sample."""
    delta = made.read(Address(Q.DELTA, layer, (unit,)), sample)
    source = made.read(Address(Q.ACTIVATION, layer - 1, (entry,)), sample)
    factors = (source, delta) if made.names.has_error_first else (delta, source)
    return listed(C.PRODUCT, "δ × input", *factors)
