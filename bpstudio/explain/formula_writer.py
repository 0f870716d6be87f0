"""Formula, and the writer that looks up symbols together with their values."""

from bpstudio.explain.expression import Expression, Number, Product, Relation, Symbol, multiply, with_numbers
from bpstudio.explain.notation import Notation
from bpstudio.explain.reading import Evaluation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import UpdateRule
from bpstudio.model.tape import Tape
from bpstudio.records import dataclass

Q = Quantity


@dataclass(frozen=True, slots=True)
class Formula:
    """What is computed: in symbols, the right side with numbers in place, and the result.

    ``landing`` is the second thing the same operation does, e.g. a sample's gradient landing in the batch's sum.
    """

    symbols: Relation
    numbers: Expression
    result: Number
    landing: "Formula | None" = None

    @property
    def equation(self) -> Expression:
        """numbers = result; the result alone where there is nothing to compute."""
        if isinstance(self.numbers, Number) and str(self.numbers.value) == str(self.result.value):
            return self.result
        return Relation(self.numbers, "=", self.result)


class FormulaWriter:
    """Builds formulas of one operation: symbols carry the values the operation reads."""

    def __init__(self, evaluation: Evaluation, tape: Tape, notation: Notation) -> None:
        self.evaluation = evaluation
        self.operation = evaluation.operation
        self.parts = evaluation.parts
        self.tape = tape
        self.notation = notation
        self.spec = tape.spec
        self.layer = evaluation.operation.layer
        self.unit = evaluation.operation.unit or 0
        self.entry = evaluation.operation.entry or 0
        self.sample = evaluation.operation.sample

    def symbol(
        self, quantity: Quantity, layer: int | None = None, *indices: int, slot: str | None = None
    ) -> Expression:
        """A quantity with its value on the tape."""
        return self.valued(
            self.tape.value(Address(quantity, layer, indices, slot), self.sample or 0), quantity, layer, *indices
        )

    def valued(self, value: float | None, quantity: Quantity, layer: int | None = None, *indices: int) -> Expression:
        """A quantity with a value other than the completed one: a running sum on its way."""
        return self.notation.expression(Address(quantity, layer, indices), self.sample, value)

    def bare(self, quantity: Quantity, layer: int | None = None, *indices: int) -> Expression:
        """A quantity as the left side of a relation."""
        return self.valued(None, quantity, layer, *indices)

    def part(self, name: str) -> Symbol:
        """A constant or inner number that the evaluation found."""
        return self.notation.constant(name, self.parts[name])

    def target(self, unit: int) -> Symbol:
        """The wanted output."""
        return Symbol(self.notation.target(unit, self.sample), float(self.tape.targets[unit, self.sample or 0]))

    def new_weight(self, layer: int, unit: int, source: int) -> Expression:
        """A weight as the backward pass sees it."""
        if self.spec.training.update is UpdateRule.SIMULTANEOUS:
            return self.symbol(Q.WEIGHT, layer, unit, source)
        address = Address(Q.WEIGHT, layer, (unit, source))
        return self.notation.expression(address, None, float(self.tape.after(address)))

    def backward_product(self, weight: Expression, error: Expression) -> Product:
        """weight·δ, or error × weight where samples are rows."""
        pair = (error, weight) if self.notation.has_error_first else (weight, error)
        return Product(pair)

    def scaled(self, factor: float, expression: Expression) -> Expression:
        """factor·expression; a factor of 1 is not written."""
        return expression if factor == 1.0 else multiply(Number(factor), expression)

    def formula(
        self,
        left: Expression,
        right: Expression,
        sign: str = "=",
        numbers: Expression | None = None,
        landing: Formula | None = None,
    ) -> Formula:
        """The formula of the operation's result."""
        result = Number(self.evaluation.result, self.operation.address, self.sample)
        shown = with_numbers(right) if numbers is None else with_numbers(numbers)
        return Formula(Relation(left, sign, right), shown, result, landing)
