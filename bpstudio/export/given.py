"""What a worked solution starts from: inputs, targets, parameters, learning rate and loss at an iteration's start. No Qt."""

from collections.abc import Iterator

from bpstudio.explain.expression import Expression, Glyphs, Number, Relation, Symbol
from bpstudio.explain.labels import ACTIVATION_WORDS, counted
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.address import Address, Quantity
from bpstudio.model.optimizers import learning_rate_at
from bpstudio.model.spec import LossSpec, OptimizerName, RunSpec
from bpstudio.model.tape import Tape
from bpstudio.records import dataclass

Q = Quantity
MOST_NUMBERS = 24
"""Of so many numbers each is listed; of more it is said how many there are."""
MOST_SAMPLES = 8
MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A few words and the numbers that they stand for, each as ``symbol = number``; or the words alone."""

    words: str
    equations: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before the first operation of an iteration."""

    iteration: int
    rows: tuple[GivenRow, ...]

    @property
    def title(self) -> str:
        """What stands above it."""
        return f"Given at the start of iteration {self.iteration}"


def given(tape: Tape, spec: RunSpec, names: Notation, numbers: NumberFormat) -> Given:
    """What the iteration on the tape starts from."""
    rows = (*_samples(tape, spec, names), *_parameters(tape, spec, names), *_training(tape, spec, names, numbers))
    return Given(tape.iteration, (GivenRow(_network(spec, names)), *rows))


def _network(spec: RunSpec, names: Notation) -> str:
    layers = (
        f"{names.layer_name(number)}: {counted(layer.units, 'unit')}, {ACTIVATION_WORDS[layer.activation]}"
        for number, layer in enumerate(spec.network.layers, start=1)
    )
    return "; ".join((f"{names.layer_name(0)}: {counted(spec.network.inputs, 'input')}", *layers))


def _samples(tape: Tape, spec: RunSpec, names: Notation) -> Iterator[GivenRow]:
    data, last = spec.dataset, spec.network.sizes[-1]
    for sample in range(min(tape.batch, MOST_SAMPLES)):
        inputs = [
            _equation(names.symbol(Address(Q.ACTIVATION, 0, (unit,)), sample), value)
            for unit, value in enumerate(tape.array(Address(Q.ACTIVATION, 0), sample).tolist())
        ]
        targets = [_equation(names.target(unit, sample), float(tape.targets[unit, sample])) for unit in range(last)]
        yield _row(f"inputs of {names.sample_name(sample)}", inputs, data.input_names if sample == 0 else ())
        yield _row(f"targets of {names.sample_name(sample)}", targets, data.target_names if sample == 0 else ())
    if tape.batch > MOST_SAMPLES:
        yield GivenRow(f"{counted(tape.batch - MOST_SAMPLES, 'further sample')}, not listed here")


def _parameters(tape: Tape, spec: RunSpec, names: Notation) -> Iterator[GivenRow]:
    for number, layer in enumerate(spec.network.layers, start=1):
        weights = tape.array(Address(Q.WEIGHT, number))
        yield _row(
            f"weights of {names.layer_name(number)}",
            [
                _equation(names.symbol(Address(Q.WEIGHT, number, (unit, source))), float(weights[unit, source]))
                for unit in range(weights.shape[0])
                for source in range(weights.shape[1])
            ],
        )
        if layer.bias.present:
            biases = tape.array(Address(Q.BIAS, number)).tolist()
            equations = [
                _equation(names.symbol(Address(Q.BIAS, number, (unit,))), value) for unit, value in enumerate(biases)
            ]
            yield _row(f"biases of {names.layer_name(number)}", equations)


def _training(tape: Tape, spec: RunSpec, names: Notation, numbers: NumberFormat) -> Iterator[GivenRow]:
    rate = learning_rate_at(spec.optimizer, tape.iteration)
    yield GivenRow("learning rate", (_equation(names.learning_rate(), rate),))
    if spec.optimizer.name is not OptimizerName.SGD:
        yield GivenRow(f"optimizer: {spec.optimizer.name.value}")
    yield GivenRow(f"loss: {_loss(spec.loss, tape.batch, numbers)}")
    if spec.penalty.is_active:
        parts = [
            f"{numbers.format(factor)} × {words}"
            for factor, words in ((spec.penalty.l2, "sum of squared weights"), (spec.penalty.l1, "sum of |weights|"))
            if factor != 0.0
        ]
        yield GivenRow(f"penalty: {' + '.join(parts)}")


def _loss(loss: LossSpec, batch: int, numbers: NumberFormat) -> str:
    words = loss.name.value.replace("_", " ")
    if loss.factor != 1.0:
        words = f"{numbers.format(loss.factor)} × {words}"
    return f"{words}, {loss.reduction.value} over the samples" if batch > 1 else words


def _equation(glyphs: Glyphs, value: float) -> Expression:
    return Relation(Symbol(glyphs), "=", Number(value))


def _row(words: str, equations: list[Expression], labels: tuple[str, ...] = ()) -> GivenRow:
    if len(equations) > MOST_NUMBERS:
        return GivenRow(f"{words}: {len(equations)} numbers, not listed here")
    if len(labels) == len(equations) <= MOST_NAMES:
        words += f" ({', '.join(labels)})"
    return GivenRow(words, tuple(equations))
