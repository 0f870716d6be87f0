"""Formulas of the backward pass: errors, slopes, δ, and the gradient entries they give."""

from bpstudio.explain.expression import (
    BigSum,
    Expression,
    Known,
    Number,
    Product,
    Relation,
    Sum,
    Symbol,
    add,
    multiply,
    shortened,
    subtract,
    with_numbers,
)
from bpstudio.explain.formula_writer import Formula, FormulaWriter
from bpstudio.explain.forward_formulas import slope_definition
from bpstudio.explain.loss_formulas import error_expression
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, LossName
from bpstudio.program.operation import OperationKind

K = OperationKind
Q = Quantity

LONGEST_WRITTEN_OUT = 3
"""Most terms a back-propagated sum inside a δ is written out with; longer ones are a Σ."""


def write_backward(writer: FormulaWriter) -> Formula:
    """ERROR_MULTIPLY_ADD, ERROR, SLOPE, JACOBIAN_MULTIPLY_ADD, DELTA_PRODUCT, DELTA, GRADIENT, BIAS_GRADIENT."""
    match writer.operation.kind:
        case K.ERROR_MULTIPLY_ADD:
            return _running(writer, Q.ERROR, weighted_delta(writer, writer.entry))
        case K.ERROR:
            return _error(writer)
        case K.SLOPE:
            return _slope(writer)
        case K.JACOBIAN_MULTIPLY_ADD:
            return _running(writer, Q.DELTA, jacobian_term(writer, writer.entry))
        case K.DELTA_PRODUCT:
            return _product(writer)
        case K.DELTA:
            return _delta(writer)
        case _:
            return _gradient(writer)


def _running(writer: FormulaWriter, quantity: Quantity, term: Expression) -> Formula:
    layer, unit = writer.layer, writer.unit
    left = writer.bare(quantity, layer, unit)
    if "previous" not in writer.parts:
        return writer.formula(left, term, "←")
    return writer.formula(left, add(writer.valued(writer.parts["previous"], quantity, layer, unit), term), "←")


def weighted_delta(writer: FormulaWriter, above: int) -> Product:
    """One product of a back-propagated sum: weight·δ, in the order of the notation."""
    weight = writer.new_weight(writer.layer + 1, above, writer.unit)
    return writer.backward_product(weight, writer.symbol(Q.DELTA, writer.layer + 1, above))


def jacobian_term(writer: FormulaWriter, other: int) -> Product:
    """One product of a softmax δ: an entry of the Jacobian times an error."""
    slope = writer.symbol(Q.SLOPE, writer.layer, writer.unit, other)
    return Product((slope, writer.symbol(Q.ERROR, writer.layer, other)))


def _error(writer: FormulaWriter) -> Formula:
    layer, unit = writer.layer, writer.unit
    left = writer.bare(Q.ERROR, layer, unit)
    if layer == writer.spec.network.depth:
        a, target = writer.symbol(Q.ACTIVATION, layer, unit), writer.target(unit)
        distance = abs(writer.parts["a"] - writer.parts["target"])
        return writer.formula(left, error_expression(writer, a, target, distance))
    size = writer.spec.network.sizes[layer + 1]
    if writer.notation.is_code and size > LONGEST_WRITTEN_OUT:
        return writer.formula(left, Known(_code_sum(writer), writer.evaluation.result))
    return writer.formula(left, shortened([weighted_delta(writer, above) for above in _some(size)]))


def _some(size: int) -> list[int]:
    """All indices, or enough of them for a shortened sum."""
    return list(range(size)) if size <= 8 else [0, 1, 2, 3, 4, size - 1]


def _code_sum(writer: FormulaWriter) -> Expression:
    weights = writer.notation.array_symbol(Address(Q.WEIGHT, writer.layer + 1)).stem
    deltas = writer.notation.array_symbol(Address(Q.DELTA, writer.layer + 1))
    column = writer.notation.indexed(Address(Q.WEIGHT, writer.layer + 1), (":", str(writer.unit)))
    return Product((Symbol(column), Symbol(deltas)), "@") if weights else Symbol(deltas)


def error_sum(writer: FormulaWriter) -> Expression:
    """The back-propagated sum of a hidden unit: written out when short, else Σₖ."""
    layer, unit, notation = writer.layer, writer.unit, writer.notation
    size = writer.spec.network.sizes[layer + 1]
    if size <= LONGEST_WRITTEN_OUT:
        return add(*(weighted_delta(writer, above) for above in range(size)))
    if notation.is_code:
        return _code_sum(writer)
    weight = Symbol(notation.indexed(Address(Q.WEIGHT, layer + 1), ("k", notation.print_index(unit))))
    delta = Symbol(notation.indexed(Address(Q.DELTA, layer + 1), ("k",), writer.sample))
    return BigSum("k", writer.backward_product(weight, delta))


def _slope(writer: FormulaWriter) -> Formula:
    layer, unit = writer.layer, writer.unit
    z, a = writer.symbol(Q.PRE_ACTIVATION, layer, unit), writer.symbol(Q.ACTIVATION, layer, unit)
    definition = slope_definition(writer.spec.network.layer(layer), z, a, writer.parts["z"])
    if writer.notation.is_code:
        return writer.formula(writer.bare(Q.SLOPE, layer, unit), definition)
    return writer.formula(writer.notation.slope_expression(layer, unit, writer.sample), definition)


def _slope_factor(writer: FormulaWriter) -> Expression:
    layer, unit = writer.layer, writer.unit
    if writer.notation.is_code:
        return writer.symbol(Q.SLOPE, layer, unit)
    written = writer.notation.slope_expression(layer, unit, writer.sample)
    return Known(written, writer.parts["slope"], Address(Q.SLOPE, layer, (unit,)), writer.sample)


def _product(writer: FormulaWriter) -> Formula:
    layer, unit = writer.layer, writer.unit
    factors = (writer.symbol(Q.ERROR, layer, unit), _slope_factor(writer))
    return writer.formula(writer.bare(Q.DELTA, layer, unit), Product(factors), numbers=Product(factors, "×"))


def _delta(writer: FormulaWriter) -> Formula:
    layer, unit, spec = writer.layer, writer.unit, writer.spec
    left = writer.bare(Q.DELTA, layer, unit)
    is_output = layer == spec.network.depth
    if is_output and spec.is_matched_pair:
        return writer.formula(left, _matched(writer))
    if spec.network.layer(layer).activation is ActivationName.SOFTMAX:
        return _softmax_delta(writer, left)
    if is_output or writer.notation.is_code:
        return _product(writer)
    error_address = Address(Q.ERROR, layer, (unit,))
    total = Known(error_sum(writer), writer.parts["error"], error_address, writer.sample)
    factors = (total, _slope_factor(writer))
    return writer.formula(left, Product(factors), numbers=Product(factors, "×"))


def _matched(writer: FormulaWriter) -> Expression:
    """a − y times 2·factor or factor; softmax with targets that do not sum to 1: a·Σy − y."""
    layer, unit, loss = writer.layer, writer.unit, writer.spec.loss
    a, target = writer.symbol(Q.ACTIVATION, layer, unit), writer.target(unit)
    scale = 2.0 * loss.factor if loss.name is LossName.SQUARED_ERROR else loss.factor
    total = writer.parts["target_sum"]
    if writer.spec.network.layer(layer).activation is ActivationName.SOFTMAX and total != 1.0:
        index = "" if writer.notation.is_code else "k"
        wanted = Symbol(writer.notation.written_target(index, None if writer.notation.is_code else writer.sample))
        return writer.scaled(scale, subtract(multiply(a, Known(BigSum(index, wanted), total)), target))
    return writer.scaled(scale, subtract(a, target))


def _softmax_delta(writer: FormulaWriter, left: Expression) -> Formula:
    size = writer.spec.network.sizes[writer.layer]
    if writer.notation.is_code and size > LONGEST_WRITTEN_OUT:
        row = writer.notation.indexed(Address(Q.SLOPE, writer.layer), (str(writer.unit),))
        errors = writer.notation.array_symbol(Address(Q.ERROR, writer.layer))
        right = Known(Product((Symbol(row), Symbol(errors)), "@"), writer.evaluation.result)
        return writer.formula(left, right)
    return writer.formula(left, shortened([jacobian_term(writer, other) for other in _some(size)]))


def _gradient(writer: FormulaWriter) -> Formula:
    """One sample's own gradient, and how it lands in the batch's sum."""
    layer, unit, is_bias = writer.layer, writer.unit, writer.operation.kind is K.BIAS_GRADIENT
    delta = writer.symbol(Q.DELTA, layer, unit)
    if is_bias:
        left, right = writer.bare(Q.SAMPLE_BIAS_GRADIENT, layer, unit), delta
        address = Address(Q.BIAS_GRADIENT, layer, (unit,))
    else:
        left = writer.bare(Q.SAMPLE_WEIGHT_GRADIENT, layer, unit, writer.entry)
        source = writer.symbol(Q.ACTIVATION, layer - 1, writer.entry)
        pair = (source, delta) if writer.notation.has_error_first else (delta, source)
        right = Product(pair)
        address = Address(Q.WEIGHT_GRADIENT, layer, (unit, writer.entry))
    landing = _landing(writer, address) if writer.tape.batch > 1 else None
    return writer.formula(left, right, landing=landing)


def _landing(writer: FormulaWriter, address: Address) -> Formula:
    """Δ ← Δ + this sample's."""
    own = Q.SAMPLE_BIAS_GRADIENT if address.quantity is Q.BIAS_GRADIENT else Q.SAMPLE_WEIGHT_GRADIENT
    right = writer.valued(writer.evaluation.result, own, address.layer, *address.indices)
    left = writer.notation.accumulated(address)
    if "before" in writer.parts:
        right = Sum((writer.notation.accumulated(address, writer.parts["before"]), right))
    return Formula(Relation(left, "←", right), with_numbers(right), Number(writer.parts["accumulated"]))
