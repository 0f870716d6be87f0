"""What a sentence about an operation needs: its numbers as text, and names for layers, units and symbols."""

from bpstudio.explain.labels import ACTIVATION_WORDS
from bpstudio.explain.notation import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.reading import Evaluation
from bpstudio.explain.scripts import script_text
from bpstudio.model.address import Address, Quantity
from bpstudio.program.operation import OperationKind


class Story:
    """One operation, ready to be told."""

    def __init__(self, evaluation: Evaluation, notation: Notation, number_format: NumberFormat) -> None:
        self.evaluation = evaluation
        self.operation = evaluation.operation
        self.notation = notation
        self.spec = notation.spec
        self.number_format = number_format

    @property
    def kind(self) -> OperationKind:
        """The operation's kind."""
        return self.operation.kind

    @property
    def result(self) -> str:
        """The result as text."""
        return self.number_format.format(self.evaluation.result)

    @property
    def is_first(self) -> bool:
        """Whether the operation starts a sum."""
        return "previous" not in self.evaluation.parts

    @property
    def is_output(self) -> bool:
        """Whether the operation belongs to the output layer."""
        return self.operation.layer == self.spec.network.depth

    @property
    def is_batch(self) -> bool:
        """Whether there is more than one sample in a batch."""
        return self.spec.batch_size > 1

    def number(self, part: str) -> str:
        """A part of the evaluation as text."""
        return self.number_format.format(self.evaluation.parts[part])

    def symbol(self, quantity: Quantity, *indices: int, layer: int | None = None) -> str:
        """A quantity of the operation's layer as text."""
        number = self.operation.layer if layer is None else layer
        return script_text(self.notation.symbol(Address(quantity, number, indices), self.operation.sample))

    @property
    def unit(self) -> str:
        """``unit 1 of layer 2``; where rows are samples, with the row."""
        name = self.unit_of(self.operation.layer, self.operation.unit or 0)
        if self.notation.has_error_first and self.operation.sample is not None:
            return f"{name}, {self.notation.sample_name(self.operation.sample)}"
        return name

    @property
    def delta(self) -> str:
        """The letter of δ: δ, E, delta."""
        return self.notation.array_symbol(Address(Quantity.DELTA, 1)).stem.partition("[")[0]

    @property
    def slope_factor(self) -> str:
        """``g′(z)``, ``R′(Z)``, ``σ′(z)``."""
        z = self.notation.array_symbol(Address(Quantity.PRE_ACTIVATION, 1)).stem.partition("[")[0]
        return f"{self.notation.slope_function(self.operation.layer).stem}({z})"

    def unit_of(self, layer: int, unit: int) -> str:
        """A unit with its layer."""
        return f"{self.notation.unit_name(layer, unit)} of {self.notation.layer_name(layer)}"

    @property
    def activation(self) -> str:
        """The layer's activation function in words."""
        return ACTIVATION_WORDS[self.spec.network.layer(self.operation.layer).activation]

    @property
    def entry(self) -> str:
        """The incoming edge or term, as printed."""
        return self.notation.print_index(self.operation.entry or 0)

    @property
    def parameter(self) -> str:
        """The weight or bias of a reduce or update operation."""
        layer, unit, entry = self.operation.layer, self.operation.unit or 0, self.operation.entry or 0
        if self.operation.is_bias:
            return "bias " + script_text(self.notation.symbol(Address(Quantity.BIAS, layer, (unit,))))
        return "weight " + script_text(self.notation.symbol(Address(Quantity.WEIGHT, layer, (unit, entry))))
