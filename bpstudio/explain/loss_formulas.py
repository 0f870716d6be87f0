"""Formulas of the loss: each output's share, the sample's loss, the batch's loss, the penalty."""

import numpy as np

from bpstudio.explain.expression import (
    Absolute,
    BigSum,
    Cases,
    Expression,
    Fraction,
    Glyphs,
    Known,
    Negative,
    Number,
    Power,
    Relation,
    Symbol,
    add,
    call,
    multiply,
    shortened,
    subtract,
)
from bpstudio.explain.formula_writer import Formula, FormulaWriter
from bpstudio.explain.forward_formulas import ONE, ZERO
from bpstudio.model.address import Address, Quantity
from bpstudio.model.losses import HUBER_THRESHOLD
from bpstudio.model.spec import LossName, LossSpec, Reduction
from bpstudio.program.operation import OperationKind

K = OperationKind
Q = Quantity
L = LossName

HALF = Number(0.5)
TWO = Number(2.0)


def write_loss(writer: FormulaWriter) -> Formula:
    """LOSS_TERM, SAMPLE_LOSS, DATA_LOSS, PENALTY, TOTAL_LOSS."""
    match writer.operation.kind:
        case K.LOSS_TERM:
            return _term(writer)
        case K.SAMPLE_LOSS:
            return _sample_loss(writer)
        case K.PENALTY:
            return _penalty(writer)
        case K.TOTAL_LOSS if writer.spec.penalty.is_active:
            total = add(writer.symbol(Q.DATA_LOSS), writer.symbol(Q.PENALTY))
            return writer.formula(writer.bare(Q.LOSS), total)
        case K.TOTAL_LOSS:
            return _batch_loss(writer, Q.LOSS)
        case _:
            return _batch_loss(writer, Q.DATA_LOSS)


def _term(writer: FormulaWriter) -> Formula:
    depth, unit = writer.spec.network.depth, writer.unit
    term = loss_term(writer.spec.loss, writer.symbol(Q.ACTIVATION, depth, unit), writer.target(unit), _distance(writer))
    left = writer.bare(Q.SAMPLE_LOSS)
    if "previous" not in writer.parts:
        return writer.formula(left, term, "←")
    return writer.formula(left, add(writer.valued(writer.parts["previous"], Q.SAMPLE_LOSS), term), "←")


def _distance(writer: FormulaWriter) -> float:
    return abs(writer.parts["a"] - writer.parts["target"])


def loss_term(loss: LossSpec, a: Expression, target: Expression, distance: float) -> Expression:
    """One output's share of the sample loss; cross-entropies carry their leading minus."""
    factor, off = Number(loss.factor), subtract(a, target)
    match loss.name:
        case L.SQUARED_ERROR:
            share: Expression = Power(off, TWO)
        case L.ABSOLUTE_ERROR:
            share = Absolute(off)
        case L.HUBER:
            near, far = multiply(HALF, Power(off, TWO)), subtract(Absolute(off), HALF)
            is_near = Relation(Absolute(off), "≤", Number(HUBER_THRESHOLD))
            share = Cases(((near, is_near), (far, None)), 0 if distance <= HUBER_THRESHOLD else 1)
        case L.BINARY_CROSS_ENTROPY:
            on = multiply(target, call("ln", a))
            rest = multiply(subtract(ONE, target), call("ln", subtract(ONE, a)))
            inner = add(on, rest)
            return Negative(inner if loss.factor == 1.0 else multiply(factor, inner))
        case L.CROSS_ENTROPY:
            inner = multiply(target, call("ln", a))
            return Negative(inner if loss.factor == 1.0 else multiply(factor, target, call("ln", a)))
        case L.OUTPUT_SUM:
            share = a
    return share if loss.factor == 1.0 else multiply(factor, share)


def _sample_loss(writer: FormulaWriter) -> Formula:
    """Σ over outputs; a single output needs none."""
    depth, outputs = writer.spec.network.depth, writer.spec.network.sizes[-1]
    terms = writer.tape.losses.terms[:, writer.sample or 0].tolist()
    left = writer.bare(Q.SAMPLE_LOSS)
    if outputs == 1:
        distance = abs(
            float(writer.tape.targets[0, writer.sample or 0]) - writer.tape.value(f"a[{depth}][0]", writer.sample or 0)
        )
        return writer.formula(
            left, loss_term(writer.spec.loss, writer.symbol(Q.ACTIVATION, depth, 0), writer.target(0), distance)
        )
    index = "" if writer.notation.is_code else "k"
    address = Address(Q.ACTIVATION, depth)
    output = Symbol(writer.notation.indexed(address, (index,) if index else (), writer.sample))
    target = Symbol(writer.notation.written_target(index, None if writer.notation.is_code else writer.sample))
    body = loss_term(writer.spec.loss, output, target, 0.0)
    numbers = shortened([Number(term) for term in terms])
    total = Negative(BigSum(index, body.operand)) if isinstance(body, Negative) else BigSum(index, body)
    return writer.formula(left, total, numbers=numbers)


def _batch_loss(writer: FormulaWriter, quantity: Quantity) -> Formula:
    """Mean or sum of the sample losses."""
    losses = writer.tape.losses.samples.tolist()
    sample_loss = Address(Q.SAMPLE_LOSS)
    left = writer.bare(quantity)
    if len(losses) == 1:
        return writer.formula(left, writer.notation.expression(sample_loss, 0, losses[0]))
    body = Symbol(writer.notation.sample_loss_term())
    total: Expression = BigSum("" if writer.notation.is_code else "t", body)
    numbers = shortened([Number(loss, sample_loss, sample) for sample, loss in enumerate(losses)])
    if writer.spec.loss.reduction is Reduction.SUM:
        return writer.formula(left, total, numbers=numbers)
    count = Symbol(writer.notation.batch_size(), float(len(losses)))
    return writer.formula(left, Fraction(total, count), numbers=Fraction(numbers, count))


def _penalty(writer: FormulaWriter) -> Formula:
    """λ₂·Σw² + λ₁·Σ|w| over weights; biases take no part."""
    penalty, tape = writer.spec.penalty, writer.tape
    layers = range(1, writer.spec.network.depth + 1)
    flat = np.concatenate([tape.array(Address(Q.WEIGHT, layer)).reshape(-1) for layer in layers])
    weight = Symbol(Glyphs(writer.notation.symbol(Address(Q.WEIGHT, 1)).stem))
    parts: list[Expression] = []
    if penalty.l2 != 0.0:
        squares = _over_all(writer, Power(weight, TWO), "np.square")
        parts.append(multiply(writer.notation.constant("l2", penalty.l2), Known(squares, _total(writer, flat * flat))))
    if penalty.l1 != 0.0:
        sizes = _over_all(writer, Absolute(weight), "np.abs")
        parts.append(multiply(writer.notation.constant("l1", penalty.l1), Known(sizes, _total(writer, np.abs(flat)))))
    return writer.formula(writer.bare(Q.PENALTY), add(*parts))


def _total(writer: FormulaWriter, terms: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(writer.tape.running(terms)[-1])


def _over_all(writer: FormulaWriter, body: Expression, function: str) -> Expression:
    if writer.notation.is_code:
        return Symbol(Glyphs(f"sum(np.sum({function}(weights)) for weights in w[1:])"))
    return BigSum("", body)


def error_expression(writer: FormulaWriter, a: Expression, target: Expression, distance: float) -> Expression:
    """∂(sample loss)/∂a at the output."""
    loss = writer.spec.loss
    off = subtract(a, target)
    match loss.name:
        case L.SQUARED_ERROR:
            return writer.scaled(2.0 * loss.factor, off)
        case L.ABSOLUTE_ERROR:
            return writer.scaled(loss.factor, call("sign", off))
        case L.HUBER:
            is_near = Relation(Absolute(off), "≤", Number(HUBER_THRESHOLD))
            bounded = Cases(((off, is_near), (call("sign", off), None)), 0 if distance <= HUBER_THRESHOLD else 1)
            return writer.scaled(loss.factor, bounded)
        case L.BINARY_CROSS_ENTROPY:
            off_share = Fraction(subtract(ONE, target), subtract(ONE, a))
            return writer.scaled(loss.factor, subtract(off_share, Fraction(target, a)))
        case L.CROSS_ENTROPY:
            share = Fraction(target, a)
            return Negative(share if loss.factor == 1.0 else multiply(Number(loss.factor), share))
        case L.OUTPUT_SUM:
            return Number(loss.factor)


__all__ = ["ZERO", "error_expression", "loss_term", "write_loss"]
