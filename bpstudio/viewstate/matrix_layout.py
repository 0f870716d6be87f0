"""Which arrays belong to a layer, and how the chosen notation lays each out: rows, columns, and the order entries come in."""

from bpstudio.explain.matrix_names import (
    bias_of,
    delta_formula,
    gradient_formula,
    has_bias_column,
    layer_formula,
    update_formula,
)
from bpstudio.explain.notation_rules import Notation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, NotationName
from bpstudio.records import dataclass
from bpstudio.viewstate.matrix_cells import Axis, CellLayout, Lead
from bpstudio.viewstate.matrix_marks import TARGETS

Q = Quantity
FORWARD = "Forward"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a layer's work: its title, its formula in arrays, and the arrays in the order of the formula."""

    title: str
    formula: str
    arrays: tuple[Address, ...]


def chapters_of(names: Notation, layer: int, is_unfolded: bool, slots: tuple[str, ...]) -> tuple[Chapter, ...]:
    """The arrays of a layer in the order they come about."""
    return (
        Chapter(FORWARD, layer_formula(names, layer), _forward(names, layer)),
        Chapter("Backward", delta_formula(names, layer), _backward(names, layer, is_unfolded)),
        Chapter("Gradient", gradient_formula(names, layer), _gradients(names, layer)),
        Chapter("Update", update_formula(names, layer), _updates(names, layer, slots)),
    )


def _has_own_bias(names: Notation, layer: int) -> bool:
    """Whether the biases are an array of their own."""
    is_present = names.spec.network.layer(layer).bias.present
    return is_present and not has_bias_column(names, Address(Q.WEIGHT, layer))


def _with_bias(names: Notation, weights: Address, is_learned: bool = True) -> tuple[Address, ...]:
    layer = weights.layer or 1
    is_shown = _has_own_bias(names, layer)
    if is_learned:
        is_shown = is_shown and names.spec.network.layer(layer).bias.trainable
    return (weights, bias_of(weights)) if is_shown else (weights,)


def _forward(names: Notation, layer: int) -> tuple[Address, ...]:
    weights, source = Address(Q.WEIGHT, layer), Address(Q.ACTIVATION, layer - 1)
    first, *biases = _with_bias(names, weights, is_learned=False)
    product = (source, first) if names.name is NotationName.MATRIX else (first, source)
    return (*product, *biases, Address(Q.PRE_ACTIVATION, layer), Address(Q.ACTIVATION, layer))


def _backward(names: Notation, layer: int, is_unfolded: bool) -> tuple[Address, ...]:
    """A matched pair that is not unfolded has neither ∂loss/∂a nor slope of its own."""
    is_output = layer == names.spec.network.depth
    delta = Address(Q.DELTA, layer)
    if is_output and names.spec.is_matched_pair and not is_unfolded:
        return (Address(Q.ACTIVATION, layer), TARGETS, delta)
    if is_output:
        passed = (Address(Q.ACTIVATION, layer), TARGETS)
    else:
        passed = (Address(Q.WEIGHT, layer + 1), Address(Q.DELTA, layer + 1))
        passed = passed[::-1] if names.has_error_first else passed
    return (*passed, Address(Q.ERROR, layer), Address(Q.SLOPE, layer), delta)


def _gradients(names: Notation, layer: int) -> tuple[Address, ...]:
    own, whole = Address(Q.SAMPLE_WEIGHT_GRADIENT, layer), Address(Q.WEIGHT_GRADIENT, layer)
    return (*_with_bias(names, own), *_with_bias(names, whole))


def _updates(names: Notation, layer: int, slots: tuple[str, ...]) -> tuple[Address, ...]:
    states = [found for slot in slots for found in _with_bias(names, Address(Q.WEIGHT_STATE, layer, (), slot))]
    return (*states, *_with_bias(names, Address(Q.WEIGHT_STEP, layer)))


def layout_of(names: Notation, address: Address, sample: int, samples: int, is_read: bool = False) -> CellLayout:
    """How ``address`` is laid out; ``is_read`` for activations multiplied by Θ, which begin with the constant 1."""
    quantity, layer, sizes = address.quantity, address.layer or 0, names.spec.network.sizes
    if address == TARGETS:
        return _vector(names, address, sizes[-1], sample, samples)
    if quantity.is_weight_shaped:
        return _weights(names, address, sizes[layer], sizes[layer - 1], sample)
    if quantity is Q.SLOPE and names.spec.network.layer(layer).activation is ActivationName.SOFTMAX:
        first, size = names.first_index, sizes[layer]
        axes = (Axis.UNIT, Axis.SOURCE, size, 1)
        return CellLayout(address, (size, size), *axes, sample=sample, first_row=first, first_column=first)
    if not quantity.is_per_sample or quantity is Q.SAMPLE_BIAS_GRADIENT:
        return _biases(names, address, sizes[layer], sample)
    if is_read and quantity is Q.ACTIVATION and has_bias_column(names, Address(Q.WEIGHT, layer + 1)):
        bias, shape = Address(Q.BIAS, layer + 1), (sizes[layer] + 1, 1)
        return CellLayout(address, shape, Axis.UNIT, Axis.ONE, 1, 1, Lead.ONE_ROW, bias, sample, first_row=0)
    return _vector(names, address, sizes[layer], sample, samples)


def _weights(names: Notation, address: Address, units: int, sources: int, sample: int) -> CellLayout:
    first = names.first_index
    own = sample if address.quantity.is_per_sample else None
    if names.name is NotationName.MATRIX:
        return CellLayout(address, (sources, units), Axis.SOURCE, Axis.UNIT, 1, sources, sample=own)
    if has_bias_column(names, address):
        lead = (Lead.BIAS_COLUMN, bias_of(address), own)
        shape = (units, sources + 1)
        return CellLayout(address, shape, Axis.UNIT, Axis.SOURCE, sources, 1, *lead, first_column=0)
    axes = (Axis.UNIT, Axis.SOURCE, sources, 1)
    return CellLayout(address, (units, sources), *axes, sample=own, first_row=first, first_column=first)


def _vector(names: Notation, address: Address, size: int, sample: int, samples: int) -> CellLayout:
    if names.name is NotationName.MATRIX:
        return CellLayout(address, (samples, size), Axis.SAMPLE, Axis.UNIT, size, 1)
    return _line(names, address, size, sample)


def _biases(names: Notation, address: Address, size: int, sample: int) -> CellLayout:
    own = sample if address.quantity.is_per_sample else None
    if names.name is NotationName.MATRIX:
        return CellLayout(address, (1, size), Axis.ONE, Axis.UNIT, size, 1, sample=own)
    return _line(names, address, size, own)


def _line(names: Notation, address: Address, size: int, sample: int | None) -> CellLayout:
    """A column; a row in code, as NumPy prints a vector."""
    if names.is_code:
        axes = (Axis.ONE, Axis.UNIT, size, 1)
        return CellLayout(address, (1, size), *axes, sample=sample, first_row=0, first_column=0)
    return CellLayout(address, (size, 1), Axis.UNIT, Axis.ONE, 1, 1, sample=sample)
