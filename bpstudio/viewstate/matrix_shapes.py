"""The table of shapes: every array of the network with its name, its shape and its role, as textbooks print it."""

from bpstudio.explain.labels import layer_label
from bpstudio.explain.matrix_names import (
    array_name,
    array_role,
    array_shape,
    bias_of,
    has_bias_column,
    shape_text,
    target_name,
)
from bpstudio.explain.notation_rules import Notation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.records import dataclass

Q = Quantity


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """One array; ``layer`` is the one whose matrices show it, ``key`` its key there."""

    key: str
    layer: int
    name: str
    shape: str
    role: str
    place: str


def shape_rows(names: Notation) -> tuple[ShapeRow, ...]:
    """Forward from the input to the outputs and targets, then back: X, Wₕ, Bₕ, Zₕ, H, …, ŷ, y, Eₒ, C′(Wₒ), …"""
    depth = names.spec.network.depth
    rows = [_row(names, Address(Q.ACTIVATION, 0))]
    for layer in range(1, depth + 1):
        weights = Address(Q.WEIGHT, layer)
        found = [*_pair(names, weights), Address(Q.PRE_ACTIVATION, layer), Address(Q.ACTIVATION, layer)]
        rows += [_row(names, address) for address in found]
    rows.append(_targets(names))
    for layer in range(depth, 0, -1):
        found = [Address(Q.DELTA, layer), *_pair(names, Address(Q.WEIGHT_GRADIENT, layer))]
        rows += [_row(names, address) for address in found]
    return tuple(rows)


def _pair(names: Notation, weights: Address) -> list[Address]:
    """Weights, and biases where they are an array of their own."""
    bias = names.spec.network.layer(weights.layer or 1).bias
    is_shown = bias.present and not has_bias_column(names, weights)
    is_shown = is_shown and (weights.quantity is Q.WEIGHT or bias.trainable)
    return [weights, bias_of(weights)] if is_shown else [weights]


def _row(names: Notation, address: Address) -> ShapeRow:
    layer = address.layer or 0
    shape = shape_text(array_shape(names, address))
    role, place = array_role(names, address), layer_label(layer, names)
    return ShapeRow(str(address), max(1, layer), array_name(names, address), shape, role, place)


def _targets(names: Notation) -> ShapeRow:
    depth = names.spec.network.depth
    shape = array_shape(names, Address(Q.ACTIVATION, depth))
    is_named = names.name is NotationName.MATRIX
    role = "targets, a row per sample" if is_named else "targets"
    return ShapeRow("y", depth, target_name(names), shape_text(shape), role, layer_label(depth, names))
