"""Matrix names: what a whole array is called and how large it is, as each notation writes it.

Entries have names in :mod:`bpstudio.explain.notation`; here are those of the arrays: Θ⁽¹⁾ (2, 3), X (3, 1), ``w[1]`` (2, 2).
"""

from dataclasses import replace

from bpstudio.explain.expression import Call, Expression, Fraction, Symbol
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.scripts import script_text
from bpstudio.explain.text_style import to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, LossName, NotationName, OptimizerName, Reduction

Q = Quantity

_BIAS_OF = {
    Q.WEIGHT: Q.BIAS,
    Q.WEIGHT_GRADIENT: Q.BIAS_GRADIENT,
    Q.SAMPLE_WEIGHT_GRADIENT: Q.SAMPLE_BIAS_GRADIENT,
    Q.WEIGHT_STEP: Q.BIAS_STEP,
    Q.WEIGHT_STATE: Q.BIAS_STATE,
}
_GRADIENTS = {
    Q.WEIGHT_GRADIENT: Q.WEIGHT,
    Q.SAMPLE_WEIGHT_GRADIENT: Q.WEIGHT,
    Q.BIAS_GRADIENT: Q.BIAS,
    Q.SAMPLE_BIAS_GRADIENT: Q.BIAS,
}


def bias_of(address: Address) -> Address:
    """The array of biases that goes with an array of weights: `db[1]` with `dw[1]`."""
    return replace(address, quantity=_BIAS_OF[address.quantity], indices=())


def has_bias_column(names: Notation, address: Address) -> bool:
    """Whether the biases are column 0 of this array of weights, as in Θ."""
    is_theta = names.name is NotationName.THETA and address.quantity.is_weight_shaped
    return is_theta and names.spec.network.layer(address.layer or 1).bias.present


def array_name(names: Notation, address: Address, sample: int | None = None) -> str:
    """What the whole array is called: ``Θ⁽¹⁾``, ``Wₕ``, ``C′(Wₕ)``, ``g′(z⁽²⁾)``, ``w[1]``."""
    return to_text(array_expression(names, address, sample)).replace(" / ", "/")


def array_expression(names: Notation, address: Address, sample: int | None = None) -> Expression:
    """The name of the whole array as an expression, to be written in any style."""
    whole = replace(address, indices=())
    if not names.is_code:
        if address.quantity is Q.SLOPE:
            return _slope_expression(names, whole)
        if names.name is NotationName.MATRIX and address.quantity in _GRADIENTS:
            parameter = names.symbol(replace(whole, quantity=_GRADIENTS[address.quantity]))
            own = sample if address.quantity.is_per_sample else None
            raised = "" if own is None else f"({names.print_index(own)})"
            derivative = replace(names.symbol(whole), stem="C′", superscript=raised, subscript="")
            return Call(derivative, (Symbol(parameter),))
    return Symbol(names.symbol(whole, sample))


def _slope_expression(names: Notation, address: Address) -> Expression:
    layer = address.layer or 1
    z = names.array_symbol(Address(Q.PRE_ACTIVATION, layer))
    if names.spec.network.layer(layer).activation is ActivationName.SOFTMAX:
        a = names.array_symbol(Address(Q.ACTIVATION, layer))
        upper, lower = (Symbol(replace(glyphs, stem=f"∂{glyphs.stem}")) for glyphs in (a, z))
        return Fraction(upper, lower)
    return Call(names.slope_function(layer), (Symbol(z),))


def target_name(names: Notation) -> str:
    """What the wanted outputs are called."""
    return script_text(names.written_target("", None))


def array_shape(names: Notation, address: Address, samples: int | None = None) -> tuple[int, ...]:
    """The shape as the notation has it; ``samples`` rows where rows are samples (the batch size unless given).

    Vectors of one sample are columns, except in `code`, where they have one axis.
    """
    shape = names.shape(replace(address, indices=()))
    if names.name is NotationName.MATRIX:
        return _row_shape(names, address, shape, samples)
    return shape if names.is_code or len(shape) != 1 else (shape[0], 1)


def _row_shape(names: Notation, address: Address, shape: tuple[int, ...], samples: int | None) -> tuple[int, ...]:
    if address.quantity is Q.SAMPLE_BIAS_GRADIENT:
        return (1, shape[-1])
    if len(shape) == 3:
        return shape[1:]  # softmax's Jacobian has a page for each sample; one is shown
    is_batch = address.quantity.is_per_sample and not address.quantity.is_weight_shaped
    return (samples, *shape[1:]) if is_batch and samples is not None else shape


def shape_text(shape: tuple[int, ...]) -> str:
    """``(3, 1)``; ``(2,)`` for one axis."""
    return str(tuple(int(size) for size in shape))


_ROLES = {
    Q.PRE_ACTIVATION: "weighted sums",
    Q.ERROR: "∂loss/∂activation",
    Q.SLOPE: "slopes",
    Q.DELTA: "errors δ",
    Q.WEIGHT: "weights",
    Q.BIAS: "biases",
    Q.WEIGHT_GRADIENT: "gradient of the weights",
    Q.BIAS_GRADIENT: "gradient of the biases",
    Q.SAMPLE_WEIGHT_GRADIENT: "one sample's gradient",
    Q.SAMPLE_BIAS_GRADIENT: "one sample's bias gradient",
    Q.WEIGHT_STEP: "change of the weights",
    Q.BIAS_STEP: "change of the biases",
}


def array_role(names: Notation, address: Address) -> str:
    """What the array is for, in a few words."""
    if address.quantity is Q.ACTIVATION:
        depth = names.spec.network.depth
        return {0: "inputs", depth: "outputs"}.get(address.layer or 0, "activations")
    if address.slot is not None:
        return f"optimizer's {address.slot}" + (" of the biases" if address.quantity is Q.BIAS_STATE else "")
    role = _ROLES[address.quantity]
    return f"{role} and biases" if has_bias_column(names, address) and address.quantity is Q.WEIGHT else role


def layer_formula(names: Notation, layer: int) -> str:
    """The forward pass of a layer in one line of arrays: ``Zₕ = X·Wₕ + Bₕ,  H = R(Zₕ)``."""
    z, a, below = (
        array_name(names, Address(quantity, at))
        for quantity, at in ((Q.PRE_ACTIVATION, layer), (Q.ACTIVATION, layer), (Q.ACTIVATION, layer - 1))
    )
    w = array_name(names, Address(Q.WEIGHT, layer))
    sign = " @ " if names.is_code else "·"
    product = f"{below}{sign}{w}" if names.name is NotationName.MATRIX else f"{w}{sign}{below}"
    has_bias = names.spec.network.layer(layer).bias.present
    if has_bias and not has_bias_column(names, Address(Q.WEIGHT, layer)):
        product += f" + {array_name(names, Address(Q.BIAS, layer))}"
    function = script_text(names.activation_function(layer))
    gap = "; " if names.is_code else ",  "
    return f"{z} = {product}{gap}{a} = {function}({z})"


def nesting(names: Notation) -> tuple[tuple[str, int], ...]:
    """The whole forward pass as functions inside each other, in parts with the layer each belongs to.

    ``ŷ = R(R(X·Wₕ + Bₕ)·Wₒ + Bₒ)``: the output's name (layer 0), what opens from the outermost layer inwards, the input
    (layer 0), what closes from the innermost outwards.
    """
    depth = names.spec.network.depth
    output, source = (array_name(names, Address(Q.ACTIVATION, layer)) for layer in (depth, 0))
    sign = " @ " if names.is_code else "·"
    opening: list[tuple[str, int]] = []
    closing: list[tuple[str, int]] = []
    for layer in range(1, depth + 1):
        w = array_name(names, Address(Q.WEIGHT, layer))
        has_bias = names.spec.network.layer(layer).bias.present
        is_own = has_bias and not has_bias_column(names, Address(Q.WEIGHT, layer))
        bias = f" + {array_name(names, Address(Q.BIAS, layer))}" if is_own else ""
        function = script_text(names.activation_function(layer))
        is_right = names.name is NotationName.MATRIX
        opening.insert(0, (f"{function}(" if is_right else f"{function}({w}{sign}", layer))
        closing.append((f"{sign}{w}{bias})" if is_right else f"{bias})", layer))
    return ((f"{output} = ", 0), *opening, (source, 0), *closing)


def delta_formula(names: Notation, layer: int) -> str:
    """How the δ of a layer comes about, in arrays: ``Eₕ = (Eₒ·Wₒᵀ) ∘ R′(Zₕ)``."""
    delta, error, slope = (array_name(names, Address(quantity, layer)) for quantity in (Q.DELTA, Q.ERROR, Q.SLOPE))
    is_output = layer == names.spec.network.depth
    if is_output and names.spec.is_matched_pair:
        return f"{delta} = {_matched(names)}"
    is_softmax = names.spec.network.layer(layer).activation is ActivationName.SOFTMAX
    times = (" @ " if names.is_code else "·") if is_softmax else (" * " if names.is_code else " ∘ ")
    is_jacobian_first = is_softmax and names.name is not NotationName.MATRIX
    factors = (slope, error) if is_jacobian_first else (error, slope)
    if is_output:
        return f"{delta} = {times.join(factors)}"
    passed = _passed_back(names, layer)
    return f"{error} = {passed}{'; ' if names.is_code else ',  '}{delta} = {times.join(factors)}"


def _passed_back(names: Notation, layer: int) -> str:
    above, w = array_name(names, Address(Q.DELTA, layer + 1)), array_name(names, Address(Q.WEIGHT, layer + 1))
    if names.is_code:
        return f"{w}.T @ {above}"
    if names.name is NotationName.MATRIX:
        return f"{above}·{w}ᵀ"
    return f"({w})ᵀ·{above}"


def _matched(names: Notation) -> str:
    """a − y with its factor; softmax with targets that do not sum to 1: a·Σy − y."""
    loss, spec = names.spec.loss, names.spec
    a, y = array_name(names, Address(Q.ACTIVATION, spec.network.depth)), target_name(names)
    is_softmax = spec.network.layers[-1].activation is ActivationName.SOFTMAX
    if is_softmax and not bool((spec.dataset.targets.sum(axis=1) == 1.0).all()):
        a = f"{a} * y.sum()" if names.is_code else f"{a}·Σ{y}"
    difference = f"{a} - {y}" if names.is_code else f"{a} − {y}"
    scale = 2.0 * loss.factor if loss.name is LossName.SQUARED_ERROR else loss.factor
    if scale == 1.0:
        return difference
    number = NumberFormat().format(scale)
    return f"{number} * ({difference})" if names.is_code else f"{number}·({difference})"


def gradient_formula(names: Notation, layer: int) -> str:
    """The gradient of the weights in arrays: ``C′(Wₕ) = Xᵀ·Eₕ``; of one sample where rows are not samples."""
    delta, below = array_name(names, Address(Q.DELTA, layer)), array_name(names, Address(Q.ACTIVATION, layer - 1))
    if names.name is NotationName.MATRIX:
        is_mean = names.spec.loss.reduction is Reduction.MEAN and names.spec.batch_size > 1
        penalty = " + penalty" if names.spec.penalty.is_active else ""
        mean = f" / {names.batch_size().stem}" if is_mean else ""
        return f"{array_name(names, Address(Q.WEIGHT_GRADIENT, layer))} = {below}ᵀ·{delta}{mean}{penalty}"
    own = array_name(names, Address(Q.SAMPLE_WEIGHT_GRADIENT, layer))
    return f"{own} = np.outer({delta}, {below})" if names.is_code else f"{own} = {delta}·({below})ᵀ"


def update_formula(names: Notation, layer: int) -> str:
    """What becomes of the weights: ``Wₕ ← Wₕ + ΔWₕ``, and for plain descent what the change is."""
    w, step, gradient = (
        array_name(names, Address(quantity, layer)) for quantity in (Q.WEIGHT, Q.WEIGHT_STEP, Q.WEIGHT_GRADIENT)
    )
    optimizer, rate = names.spec.optimizer, script_text(names.learning_rate())
    is_plain = optimizer.name is OptimizerName.SGD and optimizer.clip_norm is None
    if names.is_code:
        return (f"{step} = -{rate} * {gradient}; " if is_plain else "") + f"{w} += {step}"
    return (f"{step} = −{rate}·{gradient},  " if is_plain else "") + f"{w} ← {w} + {step}"
