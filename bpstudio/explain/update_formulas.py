"""Formulas of reduction and update: mean or sum, penalty, clipping, the optimizer's rule, the new weight."""

from bpstudio.explain.expression import (
    Absolute,
    BigSum,
    Expression,
    Fraction,
    Glyphs,
    Known,
    Negative,
    Number,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Symbol,
    add,
    call,
    multiply,
    subtract,
    with_numbers,
)
from bpstudio.explain.formula_writer import Formula, FormulaWriter
from bpstudio.explain.forward_formulas import ONE
from bpstudio.explain.loss_formulas import TWO
from bpstudio.model.address import Address, Quantity
from bpstudio.model.optimizers import has_gradient_decay
from bpstudio.model.spec import EpsilonPlace, MomentumForm, OptimizerName, Reduction
from bpstudio.program.operation import OperationKind

K = OperationKind
O = OptimizerName
Q = Quantity


class UpdateWriter:
    """Formulas of one parameter entry."""

    def __init__(self, writer: FormulaWriter) -> None:
        self.writer = writer
        self.notation = writer.notation
        self.parts = writer.parts
        self.spec = writer.spec.optimizer
        self.is_bias = writer.operation.is_bias
        self.indices = (writer.unit,) if self.is_bias else (writer.unit, writer.entry)

    def address(self, of_weight: Quantity, of_bias: Quantity, slot: str | None = None) -> Address:
        """The entry's address for a pair of quantities."""
        return Address(of_bias if self.is_bias else of_weight, self.writer.layer, self.indices, slot)

    @property
    def parameter(self) -> Address:
        """The weight or bias itself."""
        return self.address(Q.WEIGHT, Q.BIAS)

    def written(self, address: Address, value: float | None = None) -> Expression:
        """A quantity of the entry."""
        return self.notation.expression(address, None, value)

    def raw_gradient(self, value: float | None = None) -> Expression:
        """The reduced gradient."""
        return self.written(self.address(Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT), value)

    @property
    def gradient(self) -> Expression:
        """The gradient as the rule sees it: clipped and decayed where it is."""
        if has_gradient_decay(self.spec):
            return self.notation.inner(self.parameter, "decay", self.parts["decay"])
        return self.clipped

    @property
    def clipped(self) -> Expression:
        """The gradient after clipping."""
        if self.spec.clip_norm is None:
            return self.raw_gradient(self.parts["gradient"])
        return self.notation.inner(self.parameter, "gradient", self.parts["gradient"])

    def slot(self, name: str, value: float | None = None) -> Expression:
        """An optimizer state of the entry."""
        return self.written(self.address(Q.WEIGHT_STATE, Q.BIAS_STATE, name), value)

    def old(self, name: str) -> Expression:
        """A state before the update."""
        return self.slot(name, self.parts[f"old_{name}"])

    def new(self, name: str) -> Expression:
        """A state after the update."""
        return self.slot(name, self.parts[name])

    def constant(self, name: str) -> Symbol:
        """A constant of the optimizer."""
        return self.notation.constant(name, float(getattr(self.spec, name)))

    @property
    def rate(self) -> Symbol:
        """α at this iteration."""
        return Symbol(self.notation.learning_rate(), self.parts["learning_rate"])

    def corrected(self, name: str, value: float | None = None) -> Symbol:
        """m̂ or ŝ."""
        return self.notation.inner(self.parameter, f"{name}_corrected", value)


def write_update(writer: FormulaWriter) -> Formula:
    """REDUCE, PENALIZE, CLIP_NORM, and every kind of the optimizer."""
    if writer.operation.kind is K.CLIP_NORM:
        return _clip_norm(writer)
    entry = UpdateWriter(writer)
    match writer.operation.kind:
        case K.REDUCE:
            return _reduce(entry)
        case K.PENALIZE:
            return _penalize(entry)
        case K.CLIP:
            left = entry.notation.inner(entry.parameter, "gradient")
            clip = entry.notation.constant("clip_factor", entry.parts["clip_factor"])
            return writer.formula(left, multiply(clip, entry.raw_gradient(entry.parts["raw_gradient"])))
        case K.DECAY:
            return _decay(entry)
        case K.VELOCITY:
            return writer.formula(entry.slot("velocity"), _velocity(entry), "←")
        case K.MEAN:
            return writer.formula(entry.slot("mean"), _average(entry, "mean", "beta1", entry.gradient), "←")
        case K.SQUARE:
            return writer.formula(entry.slot("square"), _square(entry), "←")
        case K.MEAN_CORRECTED:
            return writer.formula(entry.corrected("mean"), _correction(entry, "mean", "beta1"))
        case K.SQUARE_CORRECTED:
            return writer.formula(entry.corrected("square"), _correction(entry, "square", "beta2"))
        case K.STEP:
            return writer.formula(entry.written(entry.address(Q.WEIGHT_STEP, Q.BIAS_STEP)), _step(entry))
        case _:
            step = entry.written(entry.address(Q.WEIGHT_STEP, Q.BIAS_STEP), entry.parts["step"])
            old = entry.written(entry.parameter, entry.parts["parameter"])
            return writer.formula(entry.written(entry.parameter), add(old, step), "←")


def _reduce(entry: UpdateWriter) -> Formula:
    writer = entry.writer
    left = entry.raw_gradient()
    if writer.tape.batch == 1:
        own = entry.address(Q.SAMPLE_WEIGHT_GRADIENT, Q.SAMPLE_BIAS_GRADIENT)
        return writer.formula(left, entry.notation.expression(own, 0, entry.parts["sum"]))
    address = entry.address(Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT)
    total = entry.notation.accumulated(address, entry.parts["sum"])
    if writer.spec.loss.reduction is Reduction.SUM:
        return writer.formula(left, total)
    count = Symbol(entry.notation.batch_size(), float(writer.tape.batch))
    return writer.formula(left, Fraction(total, count))


def _penalize(entry: UpdateWriter) -> Formula:
    """D ← D + 2·λ₂·w + λ₁·sign(w)."""
    penalty, parts = entry.writer.spec.penalty, entry.parts
    weight = entry.written(entry.parameter, parts["weight"])
    terms: list[Expression] = []
    if penalty.l2 != 0.0:
        terms.append(multiply(TWO, entry.notation.constant("l2", penalty.l2), weight))
    if penalty.l1 != 0.0:
        terms.append(multiply(entry.notation.constant("l1", penalty.l1), call("sign", weight)))
    return entry.writer.formula(entry.raw_gradient(), add(entry.raw_gradient(parts["reduced"]), *terms), "←")


def _clip_norm(writer: FormulaWriter) -> Formula:
    """‖g‖ = √Σg², and the factor min(1, limit/‖g‖)."""
    notation, limit = writer.notation, writer.spec.optimizer.clip_norm or 0.0
    if notation.is_code:
        norm: Expression = notation.constant("norm")
        squares: Expression = Symbol(Glyphs("sum(np.sum(np.square(g)) for g in (*dw[1:], *db[1:]))"))
    else:
        loss = notation.array_symbol(Address(Q.LOSS)).stem
        gradient = notation.array_symbol(Address(Q.WEIGHT_GRADIENT, 1)).stem
        norm = Absolute(Symbol(Glyphs(f"∇{loss}")), is_norm=True)
        squares = BigSum("", Power(Symbol(Glyphs(gradient)), TWO))
    bound = notation.constant("clip_norm", limit)
    ratio = call("min", ONE, Fraction(bound, Known(norm, writer.parts["norm"])))
    landing = Formula(
        Relation(notation.constant("clip_factor"), "=", ratio),
        with_numbers(ratio),
        Number(writer.parts["clip_factor"]),
    )
    return writer.formula(norm, Root(squares), numbers=Number(writer.parts["norm"]), landing=landing)


def _decay(entry: UpdateWriter) -> Formula:
    """Adam: added to the gradient; AdamW: a share of the weight, taken off the step."""
    weight = entry.written(entry.parameter, entry.parts["parameter"])
    decay = entry.constant("weight_decay")
    if has_gradient_decay(entry.spec):
        left = entry.notation.inner(entry.parameter, "decay")
        return entry.writer.formula(left, add(entry.clipped, multiply(decay, weight)), "←")
    left = entry.notation.inner(entry.parameter, "shrinkage")
    return entry.writer.formula(left, Negative(multiply(entry.rate, decay, weight)))


def _velocity(entry: UpdateWriter) -> Expression:
    kept = multiply(entry.constant("beta"), entry.old("velocity"))
    match entry.spec.form:
        case MomentumForm.AVERAGE:
            return _average(entry, "velocity", "beta", entry.gradient)
        case MomentumForm.VELOCITY:
            return subtract(kept, multiply(entry.rate, entry.gradient))
        case MomentumForm.CLASSIC | MomentumForm.NESTEROV:
            return add(kept, entry.gradient)


def _average(entry: UpdateWriter, slot: str, weight: str, term: Expression) -> Expression:
    """β·old + (1 − β)·term."""
    share = entry.constant(weight)
    return add(multiply(share, entry.old(slot)), multiply(subtract(ONE, share), term))


def _square(entry: UpdateWriter) -> Expression:
    squared = Power(entry.gradient, TWO)
    match entry.spec.name:
        case O.ADAGRAD:
            return add(entry.old("square"), squared)
        case O.RMSPROP:
            return _average(entry, "square", "gamma", squared)
        case _:
            return _average(entry, "square", "beta2", squared)


def _correction(entry: UpdateWriter, slot: str, weight: str) -> Expression:
    """m/(1 − βᵗ), t counting updates from 1."""
    count = Number(float(entry.writer.tape.iteration + 1))
    return Fraction(entry.new(slot), subtract(ONE, Power(entry.constant(weight), count)))


def _step(entry: UpdateWriter) -> Expression:
    """The change, new − old."""
    match entry.spec.name:
        case O.SGD:
            return Negative(multiply(entry.rate, entry.gradient))
        case O.MOMENTUM:
            return _momentum_step(entry)
        case O.ADAGRAD | O.RMSPROP:
            return Negative(Fraction(multiply(entry.rate, entry.gradient), _root(entry)))
        case O.ADAM | O.ADAMW:
            return _adam_step(entry)


def _momentum_step(entry: UpdateWriter) -> Expression:
    match entry.spec.form:
        case MomentumForm.VELOCITY:
            return entry.new("velocity")
        case MomentumForm.NESTEROV:
            ahead = Sum((entry.gradient, multiply(entry.constant("beta"), entry.new("velocity"))))
            return Negative(Product((entry.rate, ahead)))
        case MomentumForm.CLASSIC | MomentumForm.AVERAGE:
            return Negative(multiply(entry.rate, entry.new("velocity")))


def _root(entry: UpdateWriter) -> Expression:
    epsilon = entry.constant("epsilon")
    is_inside = entry.spec.name is O.RMSPROP and entry.spec.epsilon_place is EpsilonPlace.INSIDE
    if is_inside:
        return Root(add(entry.new("square"), epsilon))
    return add(Root(entry.new("square")), epsilon)


def _adam_step(entry: UpdateWriter) -> Expression:
    mean = entry.corrected("mean", entry.parts["mean_corrected"])
    square = entry.corrected("square", entry.parts["square_corrected"])
    quotient = Fraction(multiply(entry.rate, mean), add(Root(square), entry.constant("epsilon")))
    if entry.spec.name is O.ADAM:
        return Negative(quotient)
    return subtract(entry.notation.inner(entry.parameter, "shrinkage", entry.parts["decay"]), quotient)
