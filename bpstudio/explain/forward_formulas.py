"""Formulas of the forward pass: weighted sums, activations, softmax step by step."""

import math

from bpstudio.explain.expression import (
    LONGEST_SUM,
    Call,
    Cases,
    Expression,
    Fraction,
    Glyphs,
    Known,
    Negative,
    Number,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    add,
    call,
    multiply,
    shortened,
    subtract,
)
from bpstudio.explain.formula_writer import Formula, FormulaWriter
from bpstudio.explain.notation_rules import CONSTANTS
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, LayerSpec
from bpstudio.program.operation import OperationKind

A = ActivationName
K = OperationKind
Q = Quantity

ONE = Number(1.0)
ZERO = Number(0.0)


def write_forward(writer: FormulaWriter) -> Formula:
    """MULTIPLY_ADD, ADD_BIAS, PRE_ACTIVATION, ACTIVATE."""
    layer, unit = writer.layer, writer.unit
    z = writer.bare(Q.PRE_ACTIVATION, layer, unit)
    match writer.operation.kind:
        case K.MULTIPLY_ADD:
            term = weighted_term(writer, writer.entry)
            return writer.formula(z, _after_previous(writer, term, Q.PRE_ACTIVATION), "←")
        case K.ADD_BIAS:
            bias = writer.symbol(Q.BIAS, layer, unit)
            return writer.formula(z, _after_previous(writer, bias, Q.PRE_ACTIVATION), "←")
        case K.PRE_ACTIVATION:
            return writer.formula(z, _weighted_sum(writer))
        case _:
            return _activate(writer)


def _after_previous(writer: FormulaWriter, term: Expression, quantity: Quantity) -> Expression:
    """previous + term, or the term that starts the sum."""
    if "previous" not in writer.parts:
        return term
    return add(writer.valued(writer.parts["previous"], quantity, writer.layer, writer.unit), term)


def weighted_term(writer: FormulaWriter, source: int) -> Product:
    """One product of a weighted sum: weight·activation, in the order of the notation."""
    weight = writer.symbol(Q.WEIGHT, writer.layer, writer.unit, source)
    activation = writer.symbol(Q.ACTIVATION, writer.layer - 1, source)
    pair = (activation, weight) if writer.notation.has_error_first else (weight, activation)
    return Product(pair)


def _weighted_sum(writer: FormulaWriter) -> Expression:
    layer, unit, spec = writer.layer, writer.unit, writer.spec
    sources = spec.network.sizes[layer - 1]
    bias = [writer.symbol(Q.BIAS, layer, unit)] if spec.network.layer(layer).bias.present else []
    if writer.notation.is_code and sources > LONGEST_SUM:
        row, below = f"w[{layer}][{unit}]", f"a[{layer - 1}]"
        product = Product((Symbol(Glyphs(row)), Symbol(Glyphs(below))), "@")
        return Known(add(product, *bias), writer.parts["sum"])
    shown = range(sources) if sources <= LONGEST_SUM else [*range(LONGEST_SUM), sources - 1]
    terms: list[Expression] = [weighted_term(writer, source) for source in shown]
    return shortened(
        [*terms, *bias], max(LONGEST_SUM, len(shown) + len(bias)) if sources <= LONGEST_SUM else LONGEST_SUM
    )


def _activate(writer: FormulaWriter) -> Formula:
    layer, unit, notation = writer.layer, writer.unit, writer.notation
    left = writer.bare(Q.ACTIVATION, layer, unit)
    layer_spec = writer.spec.network.layer(layer)
    if layer_spec.activation is A.SOFTMAX:
        return writer.formula(left, Fraction(_exponential(writer, unit), writer.part("total")))
    z = writer.symbol(Q.PRE_ACTIVATION, layer, unit)
    definition = activation_expression(layer_spec, z, writer.parts["z"])
    if notation.is_code:
        return writer.formula(left, definition)
    return writer.formula(left, Call(notation.activation_function(layer), (z,)), numbers=definition)


def _exponential(writer: FormulaWriter, unit: int) -> Expression:
    """exp(z − c), written out, for its letter u is made long before the quotient; in code the array that keeps it."""
    value = writer.parts["exponential"]
    if writer.notation.is_code:
        return exponential_symbol(writer, unit, value)
    z = writer.bare(Q.PRE_ACTIVATION, writer.layer, unit)
    return Known(call("exp", subtract(z, writer.notation.constant("shift"))), value)


def exponential_symbol(writer: FormulaWriter, unit: int, value: float | None) -> Symbol:
    """u, the exponential of one unit's shifted z, softmax's numerator."""
    if writer.notation.is_code:
        return Symbol(Glyphs(f"exponentials[{unit}]"), value)
    address = Address(Q.ACTIVATION, writer.layer, (unit,))
    z = writer.notation.symbol(address, writer.sample)
    return Symbol(Glyphs(CONSTANTS["exponential"], z.superscript, z.subscript), value)


def write_softmax(writer: FormulaWriter) -> Formula:
    """SOFTMAX_SHIFT, SOFTMAX_EXPONENTIAL, SOFTMAX_SUM."""
    layer, notation = writer.layer, writer.notation
    if writer.operation.kind is K.SOFTMAX_SHIFT:
        return _shift(writer)
    exponential = exponential_symbol(writer, writer.entry, writer.parts["exponential"])
    if writer.operation.kind is K.SOFTMAX_EXPONENTIAL:
        z = writer.symbol(Q.PRE_ACTIVATION, layer, writer.entry)
        right = call("exp", subtract(z, writer.part("shift")))
        return writer.formula(Symbol(exponential.glyphs), right)
    total = notation.constant("total")
    if "previous" not in writer.parts:
        return writer.formula(total, exponential, "←")
    return writer.formula(total, add(notation.constant("total", writer.parts["previous"]), exponential), "←")


def _shift(writer: FormulaWriter) -> Formula:
    layer, size = writer.layer, writer.spec.network.sizes[writer.layer]
    left = writer.notation.constant("shift")
    if size > LONGEST_SUM:
        whole = writer.notation.array_symbol(Address(Q.PRE_ACTIVATION, layer))
        return writer.formula(left, call("max", Symbol(whole)), numbers=Number(writer.evaluation.result))
    zs = [writer.symbol(Q.PRE_ACTIVATION, layer, unit) for unit in range(size)]
    return writer.formula(left, call("max", *zs) if size > 1 else zs[0])


def activation_expression(layer: LayerSpec, z: Expression, value: float) -> Expression:
    """g(z) written out; ``value`` of z chooses the branch of a function with a kink."""
    alpha = Number(layer.alpha)
    above = 0 if value > 0.0 else 1
    match layer.activation:
        case A.IDENTITY:
            return z
        case A.SIGMOID:
            return sigmoid(z)
        case A.TANH:
            return call("tanh", z)
        case A.RELU:
            return call("max", ZERO, z)
        case A.LEAKY_RELU:
            return Cases(((z, Relation(z, ">", ZERO)), (multiply(alpha, z), None)), above)
        case A.ELU:
            bent = multiply(alpha, subtract(call("exp", z), ONE))
            return Cases(((z, Relation(z, ">", ZERO)), (bent, None)), above)
        case A.SOFTPLUS:
            return call("ln", add(ONE, call("exp", z)))
        case A.GELU:
            return multiply(z, call("Φ", z))
        case A.SILU:
            return Fraction(z, add(ONE, call("exp", Negative(z))))
        case A.SOFTMAX:
            return call("softmax", z)


def sigmoid(z: Expression) -> Expression:
    """1/(1 + exp(−z))."""
    return Fraction(ONE, add(ONE, call("exp", Negative(z))))


def slope_definition(layer: LayerSpec, z: Expression, a: Expression, value: float) -> Expression:
    """g′(z) written out, in terms of ``a`` where that is usual; ``value`` of z chooses the branch."""
    above = 0 if value > 0.0 else 1
    positive = Relation(z, ">", ZERO)
    match layer.activation:
        case A.IDENTITY:
            return ONE
        case A.SIGMOID:
            return multiply(a, subtract(ONE, a))
        case A.TANH:
            return subtract(ONE, Power(a, Number(2.0)))
        case A.RELU:
            return Cases(((ONE, positive), (ZERO, None)), above if not math.isnan(value) else 0)
        case A.LEAKY_RELU:
            return Cases(((ONE, positive), (Number(layer.alpha), None)), above)
        case A.ELU:
            return Cases(((ONE, positive), (multiply(Number(layer.alpha), call("exp", z)), None)), above)
        case A.SOFTPLUS:
            return sigmoid(z)
        case A.GELU:
            return add(call("Φ", z), multiply(z, call("φ", z)))
        case A.SILU:
            share = call("sigmoid", z)
            return multiply(share, Sum((ONE, multiply(z, subtract(ONE, share)))))
        case A.SOFTMAX:
            return call("softmax", z)
