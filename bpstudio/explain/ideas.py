"""The four ideas of backpropagation, and which of them an operation shows."""

from enum import StrEnum

from bpstudio.model.spec import RunSpec
from bpstudio.program.operation import Operation, OperationKind

K = OperationKind


class Idea(StrEnum):
    """What each backward operation is an example of; the value is the phrase its sentence contains."""

    CHAIN_RULE = "chain rule"
    FLOW = "flow from output to input"
    WEIGHTED = "weighted by the connections"
    MODULATED = "modulated by the slope"


def idea_of(operation: Operation, spec: RunSpec) -> Idea | None:
    """The idea the operation shows; None outside of the backward pass."""
    match operation.kind:
        case K.ERROR_MULTIPLY_ADD:
            return Idea.WEIGHTED
        case K.ERROR:
            return Idea.FLOW
        case K.SLOPE:
            return Idea.MODULATED
        case K.DELTA:
            is_output = operation.layer == spec.network.depth
            is_product = spec.network.layer(operation.layer).activation != "softmax"
            return Idea.CHAIN_RULE if is_output or not is_product else Idea.MODULATED
        case K.DELTA_PRODUCT | K.JACOBIAN_MULTIPLY_ADD | K.GRADIENT | K.BIAS_GRADIENT:
            return Idea.CHAIN_RULE
        case _:
            return None
