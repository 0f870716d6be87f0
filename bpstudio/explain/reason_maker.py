"""ReasonMaker: makes reasons of one iteration's numbers: value, symbol, words, and the operation that wrote each."""

from dataclasses import replace

from bpstudio.explain.expression import Expression, Glyphs, Symbol
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.reason import GIVEN, Combination, Reason
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.tape import Tape
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress

Q = Quantity


class ReasonMaker:
    """Reads one tape; ``names`` says how everything is written."""

    def __init__(self, tape: Tape, program: Program, names: Notation) -> None:
        self.tape = tape
        self.program = program
        self.names = names
        self.spec = tape.spec
        self.iteration = tape.iteration
        self._progress: dict[int, Progress] = {}

    def text(self, expression: Expression) -> str:
        """An expression on one line."""
        return to_code(expression) if self.names.is_code else to_text(expression)

    def symbol(self, address: Address, sample: int | None = None) -> str:
        """How the number at ``address`` is written."""
        if self.names.is_code:
            return self.text(Symbol(self.names.symbol(address, sample)))
        return self.text(self.names.expression(address, sample))

    def glyphs(self, glyphs: Glyphs) -> str:
        """A symbol without a number of its own."""
        return self.text(Symbol(glyphs))

    def product_symbol(self, *factors: Reason) -> str:
        """The factors side by side."""
        return (" * " if self.names.is_code else "·").join(factor.symbol for factor in factors)

    # Numbers with an address.

    def read(self, address: Address, sample: int | None = None, *, key: str = "", words: str = "") -> Reason:
        """A number as this iteration's operations read it: parameters and state before the update."""
        if address.quantity.is_parameter:
            return self.parameter(address, self.iteration - 1, self.tape.value(address), key)
        at = sample if address.quantity.is_per_sample else None
        if address.quantity is Q.ACTIVATION and address.layer == 0:
            return self._given(address, at, self.tape.value(address, at or 0), key, words or "input")
        return Reason(
            key or str(address),
            self.symbol(address, at),
            self.tape.value(address, at or 0),
            words or _WORDS.get(address.quantity, ""),
            address,
            at,
            self.iteration,
            self.position(address, at, self.iteration),
        )

    def written(self, address: Address) -> Reason:
        """A parameter or state as this iteration's update leaves it."""
        return self.parameter(address, self.iteration, float(self.tape.after(address)))

    def parameter(self, address: Address, iteration: int, value: float, key: str = "") -> Reason:
        """A parameter or state that the update of ``iteration`` wrote; −1: as it was at the start."""
        is_bias = address.quantity is Q.BIAS
        if is_bias and not self.spec.network.layer(address.layer or 1).bias.trainable:
            return self._given(address, None, value, key, "a bias that is not trained")
        if iteration == GIVEN:
            start = "state at the start" if address.slot else f"initial {'bias' if is_bias else 'weight'}"
            return self._given(address, None, value, key, start)
        position = self.position(address, None, iteration)
        words = f"since the update of iteration {iteration:,}"
        name = key or str(address)
        return Reason(name, self.symbol(address), value, words, address, None, iteration, position)

    def seen_by_backward(self, address: Address) -> Reason:
        """A weight as the error passes it: with output-first updates already replaced."""
        if self.spec.training.update == "output_first":
            return self.written(address)
        return self.read(address)

    def position(self, address: Address, sample: int | None, iteration: int) -> int | None:
        """Position of the operation that writes a number in an iteration."""
        if iteration not in self._progress:
            self._progress[iteration] = Progress(self.program, self.program.iteration_start(iteration))
        return self._progress[iteration].position_writing(address, sample)

    def _given(self, address: Address, sample: int | None, value: float, key: str, words: str) -> Reason:
        return Reason(key or str(address), self.symbol(address, sample), value, words, address, sample)

    # Numbers without one.

    def target(self, unit: int, sample: int) -> Reason:
        """What the output should be."""
        glyphs = self.names.target(unit, sample)
        value = float(self.tape.targets[unit, sample])
        return Reason(f"target {unit}", self.glyphs(glyphs), value, "target")

    def constant(self, key: str, symbol: str, value: float, words: str) -> Reason:
        """A number of the run file."""
        return Reason(key, symbol, value, words)

    def product(
        self, key: str, value: float, factors: tuple[Reason, ...], position: int | None, words: str = ""
    ) -> Reason:
        """A term of a sum: the product of ``factors``, whose ``value`` has the bits of the tape."""
        symbol = self.product_symbol(*factors)
        return Reason(
            key, symbol, value, words, position=position, combination=Combination.PRODUCT, parts=factors,
            iteration=self.iteration,
        )  # fmt: skip

    def group(
        self, key: str, symbol: str, value: float, parts: tuple[Reason, ...], combination: Combination, words: str
    ) -> Reason:
        """An inner number of an update that has no address."""
        position = max((part.position for part in parts if part.position is not None), default=None)
        return Reason(
            key, symbol, value, words, position=position, combination=combination, parts=parts, iteration=self.iteration
        )

    def operation_position(
        self, pass_: Pass, layer: int, kind: OperationKind, sample: int, unit: int, entry: int | None = None
    ) -> int | None:
        """Position of one operation of this iteration."""
        return self.program.position_of(
            self.iteration, pass_, layer, kind, sample=sample, unit=unit, entry=entry
        )  # fmt: skip


def negative(reason: Reason) -> Reason:
    """The same number subtracted."""
    return replace(reason, symbol=f"−{reason.symbol}", value=-reason.value)


_WORDS = {
    Q.ACTIVATION: "activation",
    Q.PRE_ACTIVATION: "weighted sum",
    Q.SLOPE: "slope",
    Q.ERROR: "error passed back",
    Q.DELTA: "the unit's share of the error",
    Q.WEIGHT_GRADIENT: "gradient",
    Q.BIAS_GRADIENT: "gradient",
    Q.SAMPLE_WEIGHT_GRADIENT: "the sample's own gradient",
    Q.SAMPLE_BIAS_GRADIENT: "the sample's own gradient",
    Q.WEIGHT_STEP: "change",
    Q.BIAS_STEP: "change",
    Q.SAMPLE_LOSS: "loss of the sample",
    Q.LOSS: "loss of the batch",
    Q.DATA_LOSS: "loss without penalty",
    Q.PENALTY: "penalty",
}
