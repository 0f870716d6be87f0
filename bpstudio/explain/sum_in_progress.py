"""The sum that a multiply-add belongs to, written out: what is added, the term at work, what is still to come."""

from collections.abc import Callable

from bpstudio.explain.backward_formulas import jacobian_term, weighted_delta
from bpstudio.explain.expression import Dots, Emphasis, Expression, Marked, Relation, add, with_numbers
from bpstudio.explain.formula_writer import FormulaWriter
from bpstudio.explain.forward_formulas import weighted_term
from bpstudio.explain.notation import Notation
from bpstudio.explain.reading import Evaluation
from bpstudio.model.address import Quantity
from bpstudio.model.tape import Tape
from bpstudio.program.operation import OperationKind

K = OperationKind
Q = Quantity
MOST_TERMS = 6
"""Longer sums show their first term, those beside the one at work, and the last."""


def sum_in_progress(evaluation: Evaluation, tape: Tape, notation: Notation) -> tuple[Relation, Expression] | None:
    """The whole sum in symbols, and its right side with numbers; None for an operation that adds no term to one.

    The term just added is marked NOW, later ones AHEAD: their factors are known, they are only not added yet.
    """
    writer = FormulaWriter(evaluation, tape, notation)
    layer, unit, spec = writer.layer, writer.unit, writer.spec
    match writer.operation.kind:
        case K.MULTIPLY_ADD | K.ADD_BIAS:
            count = spec.network.sizes[layer - 1]
            bias = [writer.symbol(Q.BIAS, layer, unit)] if spec.network.layer(layer).bias.present else []
            at = writer.entry if writer.operation.kind is K.MULTIPLY_ADD else count
            left = writer.bare(Q.PRE_ACTIVATION, layer, unit)
            terms = _marked(lambda source: weighted_term(writer, source), count, at, bias)
        case K.ERROR_MULTIPLY_ADD:
            left = writer.bare(Q.ERROR, layer, unit)
            count = spec.network.sizes[layer + 1]
            terms = _marked(lambda above: weighted_delta(writer, above), count, writer.entry, [])
        case K.JACOBIAN_MULTIPLY_ADD:
            left = writer.bare(Q.DELTA, layer, unit)
            count = spec.network.sizes[layer]
            terms = _marked(lambda other: jacobian_term(writer, other), count, writer.entry, [])
        case _:
            return None
    if len(terms) < 2:
        return None
    right = add(*terms)
    return Relation(left, "=", right), with_numbers(right)


def _marked(term: Callable[[int], Expression], count: int, at: int, extra: list[Expression]) -> list[Expression]:
    """The terms shown, in order; ``extra`` (the bias) is the last."""
    last = count + len(extra) - 1
    shown = range(last + 1) if last < MOST_TERMS else sorted({0, at - 1, at, at + 1, last} & set(range(last + 1)))
    terms: list[Expression] = []
    before = -1
    for index in shown:
        if index > before + 1:
            terms.append(Dots() if index <= at else Marked(Dots(), Emphasis.AHEAD))
        written = extra[0] if index == count else term(index)
        if index == at:
            written = Marked(written, Emphasis.NOW)
        elif index > at:
            written = Marked(written, Emphasis.AHEAD)
        terms.append(written)
        before = index
    return terms
