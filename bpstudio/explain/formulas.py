"""Formulas: what an operation or a quantity is, in symbols, with numbers in place, and the result."""

from typing import assert_never

from bpstudio.explain.backward_formulas import write_backward
from bpstudio.explain.formula_writer import Formula, FormulaWriter
from bpstudio.explain.forward_formulas import write_forward, write_softmax
from bpstudio.explain.loss_formulas import write_loss
from bpstudio.explain.notation import Notation
from bpstudio.explain.reading import Evaluation
from bpstudio.explain.update_formulas import write_update
from bpstudio.model.tape import Tape
from bpstudio.program.operation import OperationKind

K = OperationKind


def formula(evaluation: Evaluation, tape: Tape, notation: Notation) -> Formula:
    """Return the formula of the evaluated operation; ``tape`` is the one of its iteration."""
    writer = FormulaWriter(evaluation, tape, notation)
    match evaluation.operation.kind:
        case K.MULTIPLY_ADD | K.ADD_BIAS | K.PRE_ACTIVATION | K.ACTIVATE:
            return write_forward(writer)
        case K.SOFTMAX_SHIFT | K.SOFTMAX_EXPONENTIAL | K.SOFTMAX_SUM:
            return write_softmax(writer)
        case K.LOSS_TERM | K.SAMPLE_LOSS | K.DATA_LOSS | K.PENALTY | K.TOTAL_LOSS:
            return write_loss(writer)
        case (
            K.ERROR_MULTIPLY_ADD
            | K.ERROR
            | K.SLOPE
            | K.JACOBIAN_MULTIPLY_ADD
            | K.DELTA_PRODUCT
            | K.DELTA
            | K.GRADIENT
            | K.BIAS_GRADIENT
        ):
            return write_backward(writer)
        case (
            K.REDUCE
            | K.PENALIZE
            | K.CLIP_NORM
            | K.CLIP
            | K.DECAY
            | K.VELOCITY
            | K.MEAN
            | K.SQUARE
            | K.MEAN_CORRECTED
            | K.SQUARE_CORRECTED
            | K.STEP
            | K.UPDATE
        ):
            return write_update(writer)
        case unreachable:
            assert_never(unreachable)


__all__ = ["Formula", "formula"]
