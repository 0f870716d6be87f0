"""Card: an operation or a quantity explained: symbols, numbers, a sentence, and where its numbers come from."""

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import Expression, Number
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.formulas import formula
from bpstudio.explain.labels import operation_label
from bpstudio.explain.narration import narrate
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.pieces import Piece, to_pieces
from bpstudio.explain.quantities import quantity_evaluation, quantity_formula
from bpstudio.explain.reading import Evaluation
from bpstudio.explain.scripts import script_text
from bpstudio.explain.sum_in_progress import sum_in_progress
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.program.operation import Operation, OperationKind
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions

Q = Quantity
MOST_PARENTS = 24
"""Most numbers a card lists; a unit with 784 inputs has read 1,569."""


@dataclass(frozen=True, slots=True)
class ParentRow:
    """A number that was read: its symbol, its value, and its address to go on from."""

    symbol: str
    text: str
    address: Address
    sample: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """What to show about one operation or quantity. ``pieces`` are its equations, ``plain`` the same as text."""

    title: str
    pieces: tuple[Piece, ...]
    plain: str
    sentence: str
    result: str
    full_result: str
    parents: tuple[ParentRow, ...]


def operation_card(session: Session, operation: Operation, options: ViewOptions) -> Card:
    """The card of an operation of the session's current iteration."""
    tape, names = session.tape, notation(options.notation, session.spec)
    numbers = options.numbers
    evaluation = evaluate(operation, tape, session.program)
    found = formula(evaluation, tape, names)
    sentence = narrate(evaluation, tape, names, options.depth, numbers)
    whole = sum_in_progress(evaluation, tape, names)
    return _card(operation_label(operation, names), found, sentence, evaluation, names, numbers, whole or ())


def quantity_card(
    session: Session, address: Address, options: ViewOptions, chosen_sample: int | None = None
) -> Card | None:
    """The card of a unit, edge or bias as it stands at the session's position; None while it is not computed.

    Of the sample at work, unless another one of the batch is chosen.
    """
    names, numbers = notation(options.notation, session.spec), options.numbers
    is_in_batch = chosen_sample is not None and chosen_sample < session.tape.batch
    sample = chosen_sample if chosen_sample is not None and is_in_batch else session.progress.sample
    if not is_shown(session, address, sample):
        return None
    found = quantity_formula(address, sample, session.tape, session.program, names)
    evaluation = quantity_evaluation(address, sample, session.tape, session.program)
    is_parameter = address.quantity.is_parameter
    if is_parameter and not session.progress.is_done(address):
        found = Formula(found.symbols, found.numbers, found.result)
        evaluation = None
    title = script_text(names.symbol(address, sample if address.quantity.is_per_sample else None))
    return _card(title, found, "", evaluation, names, numbers)


def is_shown(session: Session, address: Address, sample: int) -> bool:
    """Whether the number is computed at the session's position."""
    return session.value(address, sample if address.quantity.is_per_sample else None) is not None


def _card(
    title: str,
    found: Formula,
    sentence: str,
    evaluation: Evaluation | None,
    names: Notation,
    numbers: NumberFormat,
    whole: tuple[Expression, ...] = (),
) -> Card:
    """``whole`` are lines before the formula: the sum that an operation adds a term to."""
    pieces: list[Piece] = []
    words: list[str] = []
    lines = [*whole, *(line for part in (found, found.landing) if part is not None for line in formula_lines(part))]
    for expression in lines:
        words.append(to_code(expression, numbers) if names.is_code else to_text(expression, numbers))
        pieces.append(to_pieces(expression, numbers, is_code=names.is_code))
    is_moved = (
        found.landing is not None and evaluation is not None and evaluation.operation.kind is OperationKind.UPDATE
    )
    result = found.landing.result.value if found.landing is not None and is_moved else found.result.value
    read = () if evaluation is None else evaluation.first_parents(MOST_PARENTS)
    parents = tuple(_parent(row, names, numbers) for row in read)
    return Card(
        title,
        tuple(pieces),
        "\n".join(words),
        sentence,
        numbers.format(result),
        numbers.in_full.format(result),
        parents,
    )


def formula_lines(part: Formula) -> tuple[Expression, ...]:
    """Symbols, then numbers; once is enough where nothing is computed."""
    if isinstance(part.symbols.right, Number) and isinstance(part.equation, Number):
        return (part.symbols,)
    return (part.symbols, part.equation)


def _parent(parent: "tuple[Address, float, int | None]", names: Notation, numbers: NumberFormat) -> ParentRow:
    address, value, sample = parent
    symbol = (
        to_text(names.expression(address, sample)) if not names.is_code else script_text(names.symbol(address, sample))
    )
    return ParentRow(symbol, numbers.format(value), address, sample)
