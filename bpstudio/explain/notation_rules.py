"""Notation: how quantities are written. Switching it changes no number.

Addresses count from 0; `theta`, `nielsen` and `matrix` print from 1. The concrete notations are in
:mod:`bpstudio.explain.notation`.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TypeVar
from unicodedata import normalize

from bpstudio.explain.expression import Call, Expression, Glyphs, Symbol
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, NotationName, RunSpec
from bpstudio.records import dataclass

Q = Quantity


@dataclass(frozen=True, slots=True)
class Written:
    """A stem and its scripts."""

    stem: str
    superscript: str = ""
    subscript: str = ""


CONSTANTS = {
    "beta": "β",
    "beta1": "β₁",
    "beta2": "β₂",
    "gamma": "γ",
    "epsilon": "ε",
    "weight_decay": "λ",
    "l1": "λ₁",
    "l2": "λ₂",
    "factor": "f",
    "alpha": "α",
    "clip_factor": "c",
    "clip_norm": "c₀",
    "shift": "c",
    "total": "S",
    "exponential": "u",
}
"""The usual letters of constants and inner numbers, by the name they have in code."""


MOST_REMEMBERED = 4096
"""Symbols that a notation remembers: those of a small network in all its iterations, or what a screen shows of a large one."""


Key = TypeVar("Key")


def _remembered(memory: dict[Key, Glyphs], key: Key, made: Glyphs) -> Glyphs:
    """What was made, kept for the next time; all is forgotten where it became too much."""
    if len(memory) >= MOST_REMEMBERED:
        memory.clear()
    memory[key] = made
    return made


class Notation(ABC):
    """One way of writing the quantities of a run.

    Everything that names a number takes an :class:`Address` and the sample it belongs to, both counted from 0.
    """

    name: NotationName
    first_index = 1
    """What the first unit, row or layer is printed as."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self._symbols: dict[tuple[Address, int | None], Glyphs] = {}
        self._targets: dict[tuple[int, int | None], Glyphs] = {}

    @abstractmethod
    def write(self, address: Address, indices: tuple[str, ...], sample: int | None) -> Written:
        """The address with printed ``indices`` (which may be letters) in place of its own."""

    @abstractmethod
    def layer_name(self, layer: int) -> str:
        """What layer ``layer`` (0 is the input) is called."""

    @abstractmethod
    def learning_rate(self) -> Glyphs:
        """α, η, …"""

    @abstractmethod
    def written_target(self, index: str, sample: int | None) -> Glyphs:
        """The wanted output with a printed index (which may be a letter)."""

    def target(self, unit: int, sample: int | None) -> Glyphs:
        """The wanted output of one unit. The same object when asked again."""
        key = (unit, sample)
        found = self._targets.get(key)
        if found is None:
            found = _remembered(self._targets, key, self.written_target(self.print_index(unit), sample))
        return found

    @property
    def is_code(self) -> bool:
        """Whether formulas are lines of a program."""
        return self.name is NotationName.CODE

    @property
    def has_error_first(self) -> bool:
        """Whether back-propagated products are written error × weight and input × error, as with rows of samples."""
        return self.name is NotationName.MATRIX

    @abstractmethod
    def activation_function(self, layer: int) -> Glyphs:
        """g, σ, R, … of a layer."""

    def symbol(self, address: Address, sample: int | None = None) -> Glyphs:
        """How the number at ``address`` is written; without indices, the whole array. The same object when asked again."""
        key = (address, sample)
        found = self._symbols.get(key)
        if found is None:
            indices = tuple(self.print_index(index) for index in address.indices)
            found = _remembered(self._symbols, key, self.indexed(address, indices, sample))
        return found

    def indexed(self, address: Address, indices: tuple[str, ...], sample: int | None = None) -> Glyphs:
        """Like :meth:`symbol`, with indices as printed: letters for the terms of a Σ."""
        written = self.write(address, indices, sample)
        own = sample if address.quantity.is_per_sample else None
        is_exact = indices == tuple(self.print_index(index) for index in address.indices)
        return Glyphs(
            written.stem,
            written.superscript,
            written.subscript,
            address.quantity,
            address if is_exact else None,
            own if is_exact else None,
        )

    def array_symbol(self, address: Address) -> Glyphs:
        """How the whole array is written."""
        return self.symbol(replace(address, indices=()))

    def expression(self, address: Address, sample: int | None = None, value: float | None = None) -> Expression:
        """The number at ``address`` in a formula, with its value where known."""
        return Symbol(self.symbol(address, sample), value)

    def slope_function(self, layer: int) -> Glyphs:
        """g′, σ′, R′, …"""
        return replace(self.activation_function(layer), stem=self.activation_function(layer).stem + "′")

    def slope_expression(self, layer: int, unit: int, sample: int | None) -> Expression:
        """g′(z) of one unit."""
        z = Symbol(self.symbol(Address(Q.PRE_ACTIVATION, layer, (unit,)), sample))
        return Call(self.slope_function(layer), (z,))

    def constant(self, name: str, value: float | None = None) -> Symbol:
        """A constant or inner number by its name in code (`beta1`, `clip_factor`)."""
        return Symbol(Glyphs(CONSTANTS[name]), value)

    def sample_loss_term(self) -> Glyphs:
        """The loss of sample t in a sum over samples."""
        return self.symbol(Address(Q.SAMPLE_LOSS))

    def accumulated(self, address: Address, value: float | None = None) -> Expression:
        """The batch's sum of the samples' own gradients at ``address``, on the way to the reduced one."""
        glyphs = self.symbol(address)
        return Symbol(replace(glyphs, stem="Σ" + glyphs.stem, address=None), value)

    def inner(self, address: Address, name: str, value: float | None = None) -> Symbol:
        """An inner number of an entry's update: `mean_corrected`, `square_corrected`, `gradient`, `decay`, `shrinkage`."""
        glyphs = self._inner_glyphs(address, name)
        return Symbol(replace(glyphs, quantity=None, address=None), value)

    def _inner_glyphs(self, address: Address, name: str) -> Glyphs:
        is_bias = address.quantity in (Q.BIAS, Q.BIAS_STATE, Q.BIAS_STEP, Q.BIAS_GRADIENT)
        if name == "shrinkage":
            glyphs = self.symbol(replace(address, quantity=Q.BIAS_STEP if is_bias else Q.WEIGHT_STEP, slot=None))
            return replace(glyphs, stem="r")
        if name in ("gradient", "decay"):
            glyphs = self.symbol(
                replace(address, quantity=Q.BIAS_GRADIENT if is_bias else Q.WEIGHT_GRADIENT, slot=None)
            )
            return replace(glyphs, stem="G")
        slot = name.removesuffix("_corrected")
        state = Address(Q.BIAS_STATE if is_bias else Q.WEIGHT_STATE, address.layer, address.indices, slot)
        glyphs = self.symbol(state)
        return replace(glyphs, stem=normalize("NFC", glyphs.stem + "\u0302"))

    def batch_size(self) -> Glyphs:
        """How many samples a batch has."""
        return Glyphs("m")

    def unit_name(self, layer: int, unit: int) -> str:
        """What a unit is called among those of its layer."""
        return f"unit {unit + self.first_index}"

    def sample_name(self, sample: int) -> str:
        """What a sample of the batch is called."""
        return f"sample {sample + self.first_index}"

    def print_index(self, index: int) -> str:
        """An index as printed."""
        return str(index + self.first_index)

    def shape(self, address: Address) -> tuple[int, ...]:
        """The shape of the whole array as this notation has it; per-sample quantities for one sample."""
        if address.quantity.is_scalar:
            return ()
        sizes, layer = self.spec.network.sizes, address.layer or 0
        if address.quantity.is_weight_shaped:
            return (sizes[layer], sizes[layer - 1])
        if address.quantity is Q.SLOPE and self.spec.network.layer(layer).activation is ActivationName.SOFTMAX:
            return (sizes[layer], sizes[layer])
        return (sizes[layer],)


def joined(indices: tuple[str, ...]) -> str:
    """Indices side by side, with a comma where one has two digits."""
    return ("" if all(len(index) == 1 for index in indices) else ",").join(indices)
