"""Labels: a few words for an operation or a block of them, as rows of an outline show."""

from typing import assert_never

from bpstudio.explain.notation import Notation
from bpstudio.explain.scripts import script_text
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, Order, UpdateRule
from bpstudio.program.levels import Level
from bpstudio.program.operation import Operation, OperationKind, Pass

K = OperationKind
Q = Quantity

PASS_WORDS = {
    Pass.FORWARD: "forward pass",
    Pass.LOSS: "loss",
    Pass.BACKWARD: "backward pass",
    Pass.REDUCE: "reduction",
    Pass.UPDATE: "update",
}


def counted(count: int, what: str = "step") -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def repeats_symbol(name: str, letter: str) -> bool:
    """Whether the name of an input or a target says no more than its symbol: none at all, or ``x1`` for the letter x."""
    return name.rstrip("0123456789") in ("", letter)


ACTIVATION_WORDS = {
    ActivationName.IDENTITY: "identity",
    ActivationName.SIGMOID: "sigmoid",
    ActivationName.TANH: "tanh",
    ActivationName.RELU: "ReLU",
    ActivationName.LEAKY_RELU: "leaky ReLU",
    ActivationName.ELU: "ELU",
    ActivationName.SOFTPLUS: "softplus",
    ActivationName.GELU: "GELU",
    ActivationName.SILU: "SiLU",
    ActivationName.SOFTMAX: "softmax",
}


def operation_label(operation: Operation, notation: Notation) -> str:
    """What the operation does, in a few words: ``add Θ⁽¹⁾₁₂·a⁽¹⁾₂``, ``δ⁽²⁾₁ = sum × slope``."""
    words, symbols = _words(operation, notation)
    return f"{words} {symbols}".strip()


def _words(operation: Operation, notation: Notation) -> tuple[str, str]:
    kind = operation.kind
    match kind:
        case K.MULTIPLY_ADD | K.ERROR_MULTIPLY_ADD | K.JACOBIAN_MULTIPLY_ADD:
            return "add", _product(operation, notation)
        case K.ADD_BIAS:
            bias = Address(Q.BIAS, operation.layer, (operation.unit or 0,))
            return "add bias", script_text(notation.symbol(bias))
        case K.SOFTMAX_SHIFT:
            return "largest", script_text(notation.array_symbol(Address(Q.PRE_ACTIVATION, operation.layer)))
        case K.SOFTMAX_EXPONENTIAL | K.SOFTMAX_SUM:
            unit = notation.unit_name(operation.layer, operation.entry or 0)
            return ("exponential of" if kind is K.SOFTMAX_EXPONENTIAL else "add exponential of"), unit
        case K.LOSS_TERM:
            return "loss at output", notation.print_index(operation.unit or 0)
        case K.CLIP_NORM:
            return "length of the gradient", ""
        case K.SLOPE:
            return "slope", _slope(operation, notation)
        case K.DELTA:
            return _delta_words(operation, notation), _own(operation, notation)
        case _:
            return _WORDS[kind], _own(operation, notation)


_WORDS = {
    K.PRE_ACTIVATION: "weighted sum",
    K.ACTIVATE: "activation",
    K.SAMPLE_LOSS: "loss of the sample",
    K.ERROR: "error",
    K.DELTA_PRODUCT: "error × slope",
    K.GRADIENT: "gradient",
    K.BIAS_GRADIENT: "bias gradient",
    K.DATA_LOSS: "loss of the batch",
    K.PENALTY: "penalty",
    K.TOTAL_LOSS: "loss",
    K.REDUCE: "batch gradient",
    K.PENALIZE: "add penalty to",
    K.CLIP: "clip",
    K.DECAY: "weight decay of",
    K.VELOCITY: "velocity",
    K.MEAN: "mean",
    K.SQUARE: "square",
    K.MEAN_CORRECTED: "corrected mean",
    K.SQUARE_CORRECTED: "corrected square",
    K.STEP: "change",
    K.UPDATE: "new",
}


def _own(operation: Operation, notation: Notation) -> str:
    """The symbol of what the operation writes."""
    address = operation.address
    if address is None:
        return ""
    if operation.kind in (K.MEAN_CORRECTED, K.SQUARE_CORRECTED, K.DECAY):
        return script_text(notation.symbol(_parameter(operation)))
    written = notation.expression(address, operation.sample)
    return to_code(written) if notation.is_code else to_text(written)


def _parameter(operation: Operation) -> Address:
    unit, entry = operation.unit or 0, operation.entry or 0
    if operation.is_bias:
        return Address(Q.BIAS, operation.layer, (unit,))
    return Address(Q.WEIGHT, operation.layer, (unit, entry))


def _delta_words(operation: Operation, notation: Notation) -> str:
    is_output = operation.layer == notation.spec.network.depth
    if is_output and notation.spec.is_matched_pair:
        return "answer − target"
    if notation.spec.network.layer(operation.layer).activation is ActivationName.SOFTMAX:
        return "sum over all paths"
    return "error × slope" if is_output else "sum × slope"


def _slope(operation: Operation, notation: Notation) -> str:
    if notation.is_code:
        return _own(operation, notation)
    return to_text(notation.slope_expression(operation.layer, operation.unit or 0, operation.sample))


def _product(operation: Operation, notation: Notation) -> str:
    layer, unit, entry = operation.layer, operation.unit or 0, operation.entry or 0
    pairs = {
        K.MULTIPLY_ADD: (Address(Q.WEIGHT, layer, (unit, entry)), Address(Q.ACTIVATION, layer - 1, (entry,))),
        K.ERROR_MULTIPLY_ADD: (Address(Q.WEIGHT, layer + 1, (entry, unit)), Address(Q.DELTA, layer + 1, (entry,))),
        K.JACOBIAN_MULTIPLY_ADD: (Address(Q.SLOPE, layer, (unit, entry)), Address(Q.ERROR, layer, (entry,))),
    }
    factors = [script_text(notation.symbol(address, operation.sample)) for address in pairs[operation.kind]]
    if notation.has_error_first and operation.kind is not K.JACOBIAN_MULTIPLY_ADD:
        factors.reverse()
    return (" * " if notation.is_code else "·").join(factors)


def block_label(level: Level, operation: Operation, notation: Notation) -> str:
    """What a block of ``level`` that holds ``operation`` is called."""
    match level:
        case Level.EPOCH:
            return f"epoch {operation.epoch}"
        case Level.ITERATION:
            return f"iteration {operation.iteration}"
        case Level.SAMPLE:
            return _sample_label(operation, notation)
        case Level.PASS:
            return PASS_WORDS[operation.pass_]
        case Level.LAYER:
            return _layer_label(operation, notation)
        case Level.UNIT:
            return _unit_label(operation, notation)
        case Level.OPERATION:
            return operation_label(operation, notation)
        case unreachable:
            assert_never(unreachable)


def _sample_label(operation: Operation, notation: Notation) -> str:
    training = notation.spec.training
    is_tail = operation.pass_ in (Pass.REDUCE, Pass.UPDATE)
    if training.update is UpdateRule.OUTPUT_FIRST and (is_tail or operation.pass_ is Pass.BACKWARD):
        return "backward pass and update"
    if is_tail or operation.sample is None:
        return "reduction and update"
    if training.order is Order.LAYER_MAJOR:
        return "all samples"
    return notation.sample_name(operation.sample)


def _layer_label(operation: Operation, notation: Notation) -> str:
    if operation.layer == 0:
        return "loss of the batch" if operation.pass_ is Pass.REDUCE else "length of the gradient"
    if operation.pass_ is Pass.LOSS:
        return "all outputs"
    return layer_label(operation.layer, notation)


def layer_label(layer: int, notation: Notation) -> str:
    """``layer 2 (hidden, sigmoid)``."""
    name, network = notation.layer_name(layer), notation.spec.network
    if layer == 0:
        return name if "input" in name else f"{name} (input)"
    activation = ACTIVATION_WORDS[network.layer(layer).activation]
    role = "output" if layer == network.depth else "hidden"
    return f"{name} ({activation})" if role in name else f"{name} ({role}, {activation})"


def _unit_label(operation: Operation, notation: Notation) -> str:
    if operation.pass_ is Pass.LOSS and operation.unit is not None:
        return f"output {notation.print_index(operation.unit)}"
    if operation.unit is not None and operation.layer > 0:
        name = notation.unit_name(operation.layer, operation.unit)
        is_softmax = notation.spec.network.layer(operation.layer).activation is ActivationName.SOFTMAX
        return f"{name}: quotient" if is_softmax and operation.kind is K.ACTIVATE else name
    match operation.kind:
        case K.SOFTMAX_SHIFT | K.SOFTMAX_EXPONENTIAL | K.SOFTMAX_SUM:
            return "softmax of the layer"
        case K.SAMPLE_LOSS:
            return "sum over the outputs"
        case K.CLIP_NORM:
            return "length of the gradient"
        case _:
            return "loss of the batch"
