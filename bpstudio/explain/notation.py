"""The four notations: theta, matrix, nielsen and code."""

from dataclasses import replace
from typing import assert_never

from bpstudio.explain.expression import Call, Expression, Glyphs, Known, Symbol
from bpstudio.explain.notation_rules import Notation, Written, joined
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, NotationName, RunSpec

Q = Quantity

_BIASES = (Q.BIAS, Q.BIAS_GRADIENT, Q.SAMPLE_BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS_STATE)


MOST_KEPT = 3
"""Notations that are kept: that of the window, that of code, and one beside them."""

_kept: list[Notation] = []


def notation(name: NotationName, spec: RunSpec) -> Notation:
    """The notation called ``name`` for a run; it remembers its symbols, and is itself remembered until others are asked for."""
    found = next((kept for kept in _kept if kept.spec is spec and kept.name is name), None)
    if found is None:
        found = _made(name, spec)
        _kept[:] = [found, *_kept[: MOST_KEPT - 1]]
    return found


def _made(name: NotationName, spec: RunSpec) -> Notation:
    match name:
        case NotationName.THETA:
            return ThetaNotation(spec)
        case NotationName.MATRIX:
            return MatrixNotation(spec)
        case NotationName.NIELSEN:
            return NielsenNotation(spec)
        case NotationName.CODE:
            return CodeNotation(spec)
        case unreachable:
            assert_never(unreachable)


_STATES = {"velocity": "v", "mean": "m", "square": "s"}

_THETA = {
    Q.ACTIVATION: "a",
    Q.PRE_ACTIVATION: "z",
    Q.SLOPE: "g′",
    Q.ERROR: "e",
    Q.DELTA: "δ",
    Q.WEIGHT: "Θ",
    Q.BIAS: "Θ",
    Q.WEIGHT_GRADIENT: "D",
    Q.BIAS_GRADIENT: "D",
    Q.SAMPLE_WEIGHT_GRADIENT: "d",
    Q.SAMPLE_BIAS_GRADIENT: "d",
    Q.WEIGHT_STEP: "ΔΘ",
    Q.BIAS_STEP: "ΔΘ",
    Q.SAMPLE_LOSS: "cost",
    Q.LOSS: "J",
    Q.DATA_LOSS: "J",
    Q.PENALTY: "R",
}


class ThetaNotation(Notation):
    """Layers and units from 1, the input is layer 1; Θ⁽ˡ⁾ⱼᵢ leads from layer l into l+1, its column 0 is the bias."""

    name = NotationName.THETA

    def write(self, address: Address, indices: tuple[str, ...], sample: int | None) -> Written:
        quantity = address.quantity
        stem = _STATES[address.slot] if address.slot is not None else _THETA[quantity]
        if quantity is Q.SLOPE and len(indices) == 2:
            stem = "∂a/∂z"
        if quantity.is_scalar:
            of_sample = quantity is Q.SAMPLE_LOSS and sample is not None and self.spec.batch_size > 1
            number = f"({self.print_index(sample or 0)})" if of_sample else ""
            return Written(stem, number, "data" if quantity is Q.DATA_LOSS else "")
        layer = address.layer or 0
        is_between = quantity.is_weight_shaped or quantity in _BIASES
        if quantity in _BIASES and indices:
            indices = (*indices, "0")
        return Written(stem, f"({layer if is_between else layer + 1})", joined(indices))

    def layer_name(self, layer: int) -> str:
        return f"layer {layer + 1}"

    def learning_rate(self) -> Glyphs:
        return Glyphs("α")

    def sample_loss_term(self) -> Glyphs:
        """cost⁽ᵗ⁾."""
        return Glyphs("cost", "(t)")

    def accumulated(self, address: Address, value: float | None = None) -> Expression:
        """Δ."""
        return Symbol(replace(self.symbol(address), stem="Δ", address=None), value)

    def written_target(self, index: str, sample: int | None) -> Glyphs:
        return Glyphs("y", "", index)

    def activation_function(self, layer: int) -> Glyphs:
        return Glyphs("softmax" if self.spec.network.layer(layer).activation is ActivationName.SOFTMAX else "g")

    def shape(self, address: Address) -> tuple[int, ...]:
        """As Θ with its column of biases."""
        shape = super().shape(address)
        has_bias = address.layer and self.spec.network.layer(address.layer).bias.present
        return (shape[0], shape[1] + 1) if address.quantity.is_weight_shaped and has_bias else shape


_NIELSEN = {
    Q.ACTIVATION: "a",
    Q.PRE_ACTIVATION: "z",
    Q.SLOPE: "σ′",
    Q.ERROR: "∂C/∂a",
    Q.DELTA: "δ",
    Q.WEIGHT: "w",
    Q.BIAS: "b",
    Q.WEIGHT_GRADIENT: "∂C/∂w",
    Q.BIAS_GRADIENT: "∂C/∂b",
    Q.SAMPLE_WEIGHT_GRADIENT: "∂Cₓ/∂w",
    Q.SAMPLE_BIAS_GRADIENT: "∂Cₓ/∂b",
    Q.WEIGHT_STEP: "Δw",
    Q.BIAS_STEP: "Δb",
    Q.SAMPLE_LOSS: "Cₓ",
    Q.LOSS: "C",
    Q.DATA_LOSS: "C₀",
    Q.PENALTY: "R",
}


class NielsenNotation(Notation):
    """wˡⱼₖ leads from unit k of layer l−1 to unit j of layer l; layers from 1, the input is layer 1."""

    name = NotationName.NIELSEN

    def write(self, address: Address, indices: tuple[str, ...], sample: int | None) -> Written:
        stem = _STATES[address.slot] if address.slot is not None else _NIELSEN[address.quantity]
        if address.quantity is Q.SLOPE and len(indices) == 2:
            stem = "∂a/∂z"
        if address.quantity.is_scalar:
            return Written(stem)
        return Written(stem, str((address.layer or 0) + 1), joined(indices))

    def layer_name(self, layer: int) -> str:
        return f"layer {layer + 1}"

    def learning_rate(self) -> Glyphs:
        return Glyphs("η")

    def written_target(self, index: str, sample: int | None) -> Glyphs:
        return Glyphs("y", "", index)

    def activation_function(self, layer: int) -> Glyphs:
        return Glyphs("softmax" if self.spec.network.layer(layer).activation is ActivationName.SOFTMAX else "σ")


_MATRIX = {
    Q.PRE_ACTIVATION: "Z",
    Q.ERROR: "D",
    Q.DELTA: "E",
    Q.WEIGHT: "W",
    Q.BIAS: "B",
    Q.WEIGHT_GRADIENT: "C′",
    Q.BIAS_GRADIENT: "C′",
    Q.SAMPLE_WEIGHT_GRADIENT: "C′",
    Q.SAMPLE_BIAS_GRADIENT: "C′",
    Q.WEIGHT_STEP: "ΔW",
    Q.BIAS_STEP: "ΔB",
    Q.SAMPLE_LOSS: "C",
    Q.LOSS: "C",
    Q.DATA_LOSS: "C",
    Q.PENALTY: "P",
}
_MATRIX_STATES = {"velocity": "V", "mean": "M", "square": "Q"}
_OF_PARAMETER = (
    Q.WEIGHT_GRADIENT,
    Q.BIAS_GRADIENT,
    Q.SAMPLE_WEIGHT_GRADIENT,
    Q.SAMPLE_BIAS_GRADIENT,
    Q.WEIGHT_STATE,
    Q.BIAS_STATE,
)
_LETTERS = {
    ActivationName.IDENTITY: "I",
    ActivationName.SIGMOID: "S",
    ActivationName.TANH: "T",
    ActivationName.RELU: "R",
    ActivationName.LEAKY_RELU: "L",
    ActivationName.ELU: "ELU",
    ActivationName.SOFTPLUS: "Softplus",
    ActivationName.GELU: "GELU",
    ActivationName.SILU: "SiLU",
    ActivationName.SOFTMAX: "Softmax",
}


class MatrixNotation(Notation):
    """X, W_h, B_h, Z_h, H, W_o, ŷ, E_o, R′: rows are samples, W is (inputs, outputs), entries are row and column from 1."""

    name = NotationName.MATRIX

    def letter(self, layer: int) -> str:
        """h or h1, h2, … for hidden layers, o for the output."""
        depth = self.spec.network.depth
        if layer == depth:
            return "o"
        return "h" if depth == 2 else f"h{layer}"

    def write(self, address: Address, indices: tuple[str, ...], sample: int | None) -> Written:
        quantity, layer = address.quantity, address.layer or 0
        if quantity.is_scalar:
            row = self.print_index(sample) if quantity is Q.SAMPLE_LOSS and sample is not None else ""
            return Written(_MATRIX[quantity], "", "data" if quantity is Q.DATA_LOSS else row)
        if quantity.is_weight_shaped:
            indices = indices[::-1]
        elif quantity.is_per_sample and indices and sample is not None and quantity is not Q.SAMPLE_BIAS_GRADIENT:
            indices = (self.print_index(sample), *indices)
        place = joined(indices)
        if quantity is Q.ACTIVATION:
            return self._activation(layer, place)
        letter = self.letter(layer)
        if quantity in _OF_PARAMETER:
            letter = ("B" if quantity in _BIASES else "W") + letter
        raised = f"({self.print_index(sample)})" if quantity in _SAMPLE_GRADIENTS and sample is not None else ""
        return Written(self._stem(address), raised, f"{letter},{place}" if place else letter)

    def _stem(self, address: Address) -> str:
        if address.slot is not None:
            return _MATRIX_STATES[address.slot]
        if address.quantity is Q.SLOPE:
            if len(address.indices) == 2:
                return "∂ŷ/∂Z" if address.layer == self.spec.network.depth else "∂H/∂Z"
            return self.slope_function(address.layer or 1).stem
        return _MATRIX[address.quantity]

    def _activation(self, layer: int, place: str) -> Written:
        if layer == 0:
            return Written("X", "", place)
        if layer == self.spec.network.depth:
            return Written("ŷ", "", place)
        if self.spec.network.depth == 2:
            return Written("H", "", place)
        return Written("H", "", f"{layer},{place}" if place else str(layer))

    def expression(self, address: Address, sample: int | None = None, value: float | None = None) -> Expression:
        """Gradients are written C′(w), one sample's own with its row."""
        if address.quantity not in _GRADIENTS or not address.indices:
            return super().expression(address, sample, value)
        own = sample if address.quantity.is_per_sample else None
        raised = "" if own is None else f"({self.print_index(own)})"
        written = self._derivative(Glyphs("C′", raised, "", address.quantity, address, own), address)
        return written if value is None else Known(written, value, address, own)

    def _derivative(self, function: Glyphs, address: Address) -> Call:
        is_bias = address.quantity in _BIASES
        parameter = replace(address, quantity=Q.BIAS if is_bias else Q.WEIGHT)
        return Call(function, (Symbol(self.symbol(parameter)),))

    def accumulated(self, address: Address, value: float | None = None) -> Expression:
        """ΣC′(w)."""
        written = self._derivative(Glyphs("ΣC′"), address)
        return written if value is None else Known(written, value)

    def sample_loss_term(self) -> Glyphs:
        """C of row t."""
        return Glyphs("C", "", "t")

    def layer_name(self, layer: int) -> str:
        depth = self.spec.network.depth
        if layer in (0, depth):
            return "input X" if layer == 0 else "output layer o"
        return f"hidden layer {self.letter(layer)}"

    def unit_name(self, layer: int, unit: int) -> str:
        return f"column {unit + 1}"

    def sample_name(self, sample: int) -> str:
        return f"row {sample + 1}"

    def learning_rate(self) -> Glyphs:
        return Glyphs("α")

    def written_target(self, index: str, sample: int | None) -> Glyphs:
        row = () if sample is None else (self.print_index(sample),)
        return Glyphs("y", "", joined((*row, index)))

    def activation_function(self, layer: int) -> Glyphs:
        return Glyphs(_LETTERS[self.spec.network.layer(layer).activation])

    def shape(self, address: Address) -> tuple[int, ...]:
        """Rows are samples; W is (inputs, outputs); biases are one row."""
        shape = super().shape(address)
        if address.quantity.is_scalar:
            return shape
        if address.quantity.is_weight_shaped:
            return shape[::-1]
        is_row = address.quantity in _BIASES
        return (1 if is_row else self.spec.batch_size, *shape)


_SAMPLE_GRADIENTS = (Q.SAMPLE_WEIGHT_GRADIENT, Q.SAMPLE_BIAS_GRADIENT)
_GRADIENTS = (Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT, *_SAMPLE_GRADIENTS)

_CODE_FUNCTIONS = {ActivationName.TANH: "np.tanh"}


class CodeNotation(Notation):
    """NumPy names from 0: lists of arrays by layer, one sample at a time."""

    name = NotationName.CODE
    first_index = 0

    def write(self, address: Address, indices: tuple[str, ...], sample: int | None) -> Written:
        name = address.quantity.value
        if address.slot is not None:
            name = f"{address.slot}_{name[-1]}"
        layer = "" if address.layer is None else f"[{address.layer}]"
        return Written(name + layer + (f"[{', '.join(indices)}]" if indices else ""))

    def constant(self, name: str, value: float | None = None) -> Symbol:
        """By its own name."""
        return Symbol(Glyphs(name), value)

    def inner(self, address: Address, name: str, value: float | None = None) -> Symbol:
        """By its own name: these are locals of one entry's update."""
        return Symbol(Glyphs(_CODE_INNER.get(name, name)), value)

    def layer_name(self, layer: int) -> str:
        return f"layer {layer}"

    def sample_loss_term(self) -> Glyphs:
        """The array of all samples' losses."""
        return Glyphs("sample_losses")

    def learning_rate(self) -> Glyphs:
        return Glyphs("learning_rate")

    def batch_size(self) -> Glyphs:
        return Glyphs("batch_size")

    def written_target(self, index: str, sample: int | None) -> Glyphs:
        return Glyphs(f"y[{index}]" if index else "y")

    def accumulated(self, address: Address, value: float | None = None) -> Expression:
        """In place: the array of gradients holds the sum until it is reduced."""
        return Symbol(self.symbol(address), value)

    def activation_function(self, layer: int) -> Glyphs:
        activation = self.spec.network.layer(layer).activation
        return Glyphs(_CODE_FUNCTIONS.get(activation, activation.value))

    def slope_function(self, layer: int) -> Glyphs:
        return Glyphs(f"{self.spec.network.layer(layer).activation.value}_slope")


_CODE_INNER = {"gradient": "clipped_gradient", "decay": "decayed_gradient", "shrinkage": "decay_step"}

__all__ = ["CodeNotation", "MatrixNotation", "NielsenNotation", "Notation", "ThetaNotation", "notation"]
