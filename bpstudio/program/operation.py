"""Operation: the smallest step of a run, with the address it writes."""

from enum import StrEnum

from bpstudio.model.address import Address, Quantity
from bpstudio.records import dataclass


class Pass(StrEnum):
    """The parts of an iteration, in the order they run under the simultaneous update."""

    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    REDUCE = "reduce"
    UPDATE = "update"


class OperationKind(StrEnum):
    """What one operation does. Sums run over `entry`; the first multiply-add starts the sum."""

    MULTIPLY_ADD = "multiply_add"  # s ← s + w[l][j,i]·a[l−1][i]
    ADD_BIAS = "add_bias"  # s ← s + b[l][j]
    PRE_ACTIVATION = "pre_activation"  # z[l][j] ← s
    ACTIVATE = "activate"  # a[l][j] ← g(z[l][j]); softmax: exponential / sum
    SOFTMAX_SHIFT = "softmax_shift"  # c ← max z[l]
    SOFTMAX_EXPONENTIAL = "softmax_exponential"  # u_k ← exp(z[l][k] − c)
    SOFTMAX_SUM = "softmax_sum"  # S ← S + u_k
    LOSS_TERM = "loss_term"  # one output's share of the sample loss, added to the running sum
    SAMPLE_LOSS = "sample_loss"  # sample_loss ← the sum of its terms
    ERROR_MULTIPLY_ADD = "error_multiply_add"  # s ← s + w[l+1][k,j]·delta[l+1][k]
    ERROR = "error"  # e[l][j] ← s; at the output ∂loss/∂a
    SLOPE = "slope"  # slope[l][j] ← g′(z[l][j])
    JACOBIAN_MULTIPLY_ADD = "jacobian_multiply_add"  # s ← s + slope[l][j,k]·e[l][k] (softmax)
    DELTA_PRODUCT = "delta_product"  # e·slope of a matched pair, unfolded, before it cancels to a − y
    DELTA = "delta"  # delta[l][j] ← e·slope; matched pair: a − y
    GRADIENT = "gradient"  # sample_dw[l][j,i] ← delta·a, landing in the batch's sum
    BIAS_GRADIENT = "bias_gradient"  # sample_db[l][j] ← delta, landing in the batch's sum
    DATA_LOSS = "data_loss"  # the reduced loss of the batch, before the penalty
    PENALTY = "penalty"  # l2·Σw² + l1·Σ|w|
    TOTAL_LOSS = "total_loss"  # loss ← data loss + penalty
    REDUCE = "reduce"  # the batch's sum becomes mean or sum
    PENALIZE = "penalize"  # dw ← dw + 2·l2·w + l1·sign(w)
    CLIP_NORM = "clip_norm"  # the norm of the whole gradient and the factor that follows
    CLIP = "clip"  # the gradient entry times that factor
    DECAY = "decay"  # weight decay: of the gradient (adam) or of the weight (adamw)
    VELOCITY = "velocity"  # state.velocity
    MEAN = "mean"  # state.mean
    SQUARE = "square"  # state.square
    MEAN_CORRECTED = "mean_corrected"  # mean/(1 − β₁ᵗ)
    SQUARE_CORRECTED = "square_corrected"  # square/(1 − β₂ᵗ)
    STEP = "step"  # step_w: the change
    UPDATE = "update"  # w ← w + step_w


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, located.

    ``sample`` is the index in the batch (None after the batch's passes); ``layer`` is 0 for what concerns the whole
    network; ``unit`` is None for what a whole layer shares. ``entry`` is the index of the term, of the incoming
    edge i, or, when equal to the number of incoming edges in reduce and update, the bias.
    """

    position: int
    iteration: int
    epoch: int
    sample: int | None
    pass_: Pass
    layer: int
    kind: OperationKind
    unit: int | None
    entry: int | None
    is_bias: bool = False

    @property
    def address(self) -> Address | None:
        """What it writes, or adds to on the way there; None for the norm of the whole gradient."""
        return _written(self)


_LAYER_WIDE = {
    OperationKind.SOFTMAX_SHIFT: Quantity.ACTIVATION,
    OperationKind.SOFTMAX_SUM: Quantity.ACTIVATION,
}
_UNIT = {
    OperationKind.MULTIPLY_ADD: Quantity.PRE_ACTIVATION,
    OperationKind.ADD_BIAS: Quantity.PRE_ACTIVATION,
    OperationKind.PRE_ACTIVATION: Quantity.PRE_ACTIVATION,
    OperationKind.ACTIVATE: Quantity.ACTIVATION,
    OperationKind.ERROR_MULTIPLY_ADD: Quantity.ERROR,
    OperationKind.ERROR: Quantity.ERROR,
    OperationKind.SLOPE: Quantity.SLOPE,
    OperationKind.JACOBIAN_MULTIPLY_ADD: Quantity.DELTA,
    OperationKind.DELTA_PRODUCT: Quantity.DELTA,
    OperationKind.DELTA: Quantity.DELTA,
    OperationKind.BIAS_GRADIENT: Quantity.SAMPLE_BIAS_GRADIENT,
}
_SCALAR = {
    OperationKind.LOSS_TERM: Quantity.SAMPLE_LOSS,
    OperationKind.SAMPLE_LOSS: Quantity.SAMPLE_LOSS,
    OperationKind.DATA_LOSS: Quantity.DATA_LOSS,
    OperationKind.PENALTY: Quantity.PENALTY,
    OperationKind.TOTAL_LOSS: Quantity.LOSS,
}
_PARAMETER = {
    OperationKind.REDUCE: (Quantity.WEIGHT_GRADIENT, Quantity.BIAS_GRADIENT),
    OperationKind.PENALIZE: (Quantity.WEIGHT_GRADIENT, Quantity.BIAS_GRADIENT),
    OperationKind.CLIP: (Quantity.WEIGHT_GRADIENT, Quantity.BIAS_GRADIENT),
    OperationKind.DECAY: (Quantity.WEIGHT_STEP, Quantity.BIAS_STEP),
    OperationKind.MEAN_CORRECTED: (Quantity.WEIGHT_STEP, Quantity.BIAS_STEP),
    OperationKind.SQUARE_CORRECTED: (Quantity.WEIGHT_STEP, Quantity.BIAS_STEP),
    OperationKind.STEP: (Quantity.WEIGHT_STEP, Quantity.BIAS_STEP),
    OperationKind.UPDATE: (Quantity.WEIGHT, Quantity.BIAS),
}
_STATE = (OperationKind.VELOCITY, OperationKind.MEAN, OperationKind.SQUARE)


def _written(operation: Operation) -> Address | None:
    kind, layer, unit, entry = operation.kind, operation.layer, operation.unit, operation.entry
    if kind in _SCALAR:
        return Address(_SCALAR[kind])
    if kind in _LAYER_WIDE:
        return Address(_LAYER_WIDE[kind], layer)
    if kind is OperationKind.SOFTMAX_EXPONENTIAL and entry is not None:
        return Address(Quantity.ACTIVATION, layer, (entry,))
    if unit is None:
        return None
    if kind in _UNIT:
        return Address(_UNIT[kind], layer, (unit,))
    if kind is OperationKind.GRADIENT and entry is not None:
        return Address(Quantity.SAMPLE_WEIGHT_GRADIENT, layer, (unit, entry))
    return _written_parameter(kind, layer, unit, entry, operation.is_bias)


def _written_parameter(kind: OperationKind, layer: int, unit: int, entry: int | None, is_bias: bool) -> Address | None:
    if kind in _STATE:
        pair, slot = (Quantity.WEIGHT_STATE, Quantity.BIAS_STATE), kind.value
    elif kind in _PARAMETER:
        pair, slot = _PARAMETER[kind], None
    else:
        return None
    if is_bias or entry is None:
        return Address(pair[1], layer, (unit,), slot)
    return Address(pair[0], layer, (unit, entry), slot)
