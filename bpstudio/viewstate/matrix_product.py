"""The product at work: row × column, term by term, with the running sum."""

from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import MINUS, NumberFormat
from bpstudio.explain.reading import Evaluation
from bpstudio.explain.scripts import script_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array, NotationName, Reduction, UpdateRule
from bpstudio.model.tape import Tape
from bpstudio.program.operation import Operation, OperationKind
from bpstudio.records import dataclass
from bpstudio.viewstate.matrix_cells import MatrixState, line_words
from bpstudio.viewstate.matrix_marks import Place, line_places, resolve

K = OperationKind
Q = Quantity
MOST_TERMS = 7
"""Most terms written out: those around the one at work; the others are counted."""


@dataclass(frozen=True, slots=True)
class ProductState:
    """``title`` names row and column, ``terms`` some of the products with the one at work at ``current`` (None: all done).

    ``before`` and ``after`` are how many terms are left out on either side; ``total`` what the sum is now.
    """

    title: str
    terms: tuple[str, ...]
    current: int | None
    before: int
    after: int
    total: str
    count: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """Factors of each term, and how many terms are added; ``extra`` is a last term without a factor (the bias)."""

    left: Array
    right: Array
    extra: float | None
    done: int
    is_complete: bool

    @property
    def count(self) -> int:
        return len(self.left) + (self.extra is not None)


def product_of(
    operation: Operation,
    evaluation: Evaluation,
    tape: Tape,
    names: Notation,
    numbers: NumberFormat,
    shown: tuple[MatrixState, ...],
) -> ProductState | None:
    """The product of the operation just executed; None for one that is no sum of products."""
    terms = _terms(operation, tape, names)
    if terms is None or terms.count == 0:
        return None
    first = min(max(0, terms.done - 1 - MOST_TERMS // 2), max(0, terms.count - MOST_TERMS))
    last = min(terms.count, first + MOST_TERMS)
    return ProductState(
        _title(operation, names, shown),
        tuple(_term(terms, index, numbers) for index in range(first, last)),
        None if terms.is_complete else terms.done - 1 - first,
        first,
        terms.count - last,
        numbers.format(_total(operation, evaluation)),
        "" if terms.is_complete else f"{terms.done} of {terms.count}",
    )


def _total(operation: Operation, evaluation: Evaluation) -> float:
    return evaluation.parts["accumulated"] if operation.kind is K.GRADIENT else evaluation.result


def _terms(operation: Operation, tape: Tape, names: Notation) -> _Terms | None:
    spec, layer, unit = tape.spec, operation.layer, operation.unit or 0
    entry, sample = operation.entry or 0, operation.sample or 0
    if not line_places(operation, spec):
        return None
    match operation.kind:
        case K.MULTIPLY_ADD | K.ADD_BIAS | K.PRE_ACTIVATION:
            weights, source = (
                tape.array(Address(Q.WEIGHT, layer))[unit],
                tape.array(Address(Q.ACTIVATION, layer - 1), sample),
            )
            bias = tape.value(Address(Q.BIAS, layer, (unit,))) if spec.network.layer(layer).bias.present else None
            done = entry + 1 if operation.kind is K.MULTIPLY_ADD else len(source) + (bias is not None)
            return _ordered(weights, source, bias, done, operation.kind is K.PRE_ACTIVATION, names)
        case K.ERROR_MULTIPLY_ADD | K.ERROR:
            whole = Address(Q.WEIGHT, layer + 1)
            is_replaced = spec.training.update is UpdateRule.OUTPUT_FIRST
            column = (tape.after(whole) if is_replaced else tape.array(whole))[:, unit]
            above = tape.array(Address(Q.DELTA, layer + 1), sample)
            is_complete = operation.kind is K.ERROR
            return _ordered(column, above, None, len(above) if is_complete else entry + 1, is_complete, names)
        case K.JACOBIAN_MULTIPLY_ADD | K.DELTA:
            row, errors = tape.array(Address(Q.SLOPE, layer), sample)[unit], tape.array(Address(Q.ERROR, layer), sample)
            is_complete = operation.kind is K.DELTA
            return _ordered(row, errors, None, len(row) if is_complete else entry + 1, is_complete, names)
        case K.GRADIENT | K.REDUCE if not operation.is_bias:
            return _gradient_terms(operation, tape, names)
        case _:
            return None


def _ordered(first: Array, second: Array, extra: float | None, done: int, is_complete: bool, names: Notation) -> _Terms:
    """Factors in the order the notation writes them."""
    left, right = (second, first) if names.has_error_first else (first, second)
    return _Terms(left, right, extra, done, is_complete)


def _gradient_terms(operation: Operation, tape: Tape, names: Notation) -> _Terms | None:
    """One term for each sample of the batch; the mean of them is told by the title."""
    layer, unit, entry = operation.layer, operation.unit or 0, operation.entry or 0
    if operation.kind is K.REDUCE and tape.spec.loss.reduction is Reduction.MEAN and tape.batch > 1:
        return None
    deltas, sources = tape.layers[layer - 1].delta[unit], tape.layers[layer - 1].source[entry]
    is_complete = operation.kind is K.REDUCE
    done = tape.batch if is_complete else (operation.sample or 0) + 1
    return _ordered(deltas, sources, None, done, is_complete, names)


def _term(terms: _Terms, index: int, numbers: NumberFormat) -> str:
    if terms.extra is not None and index == len(terms.left):
        return numbers.format(terms.extra)
    left, right = (numbers.format(float(side[index])) for side in (terms.left, terms.right))
    return f"{left}·({right})" if right.startswith(MINUS) else f"{left}·{right}"


def _title(operation: Operation, names: Notation, shown: tuple[MatrixState, ...]) -> str:
    """``row 1 of X × column 2 of Wₕ``."""
    if operation.kind in (K.GRADIENT, K.REDUCE) and names.name is not NotationName.MATRIX:
        return _gradient_title(operation, names)
    places = line_places(operation, names.spec)
    if not names.has_error_first:
        places = places[::-1]
    words = [found for place in places if (found := _words(place, shown))]
    return " × ".join(words)


def _gradient_title(operation: Operation, names: Notation) -> str:
    """``δ⁽²⁾₁·a⁽¹⁾₂, added up over the samples``: where columns are samples of their own, no row meets a column."""
    layer = operation.layer
    factors = (
        Address(Q.DELTA, layer, (operation.unit or 0,)),
        Address(Q.ACTIVATION, layer - 1, (operation.entry or 0,)),
    )
    product = (" * " if names.is_code else "·").join(script_text(names.symbol(factor)) for factor in factors)
    return f"{product}, added up over the samples" if names.spec.batch_size > 1 else product


def _words(place: Place, shown: tuple[MatrixState, ...]) -> str:
    for matrix in shown:
        found = resolve(place, matrix.layout)
        if found is not None:
            return line_words(matrix, found[0], None if found[0] is not None else found[1])
    return ""


__all__ = ["MOST_TERMS", "ProductState", "product_of"]
