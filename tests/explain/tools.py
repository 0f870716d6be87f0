"""Ways to tell one operation or quantity of an example in any notation."""

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.formulas import Formula, formula
from bpstudio.explain.narration import narrate
from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session

FOUR_DIGITS = NumberFormat(4)


def position(
    session: Session,
    pass_: Pass,
    layer: int,
    kind: OperationKind,
    unit: int = 0,
    entry: int | None = None,
    sample: int = 0,
) -> int:
    """Where an operation is; it must exist."""
    found = session.program.position_of(session.iteration, pass_, layer, kind, sample=sample, unit=unit, entry=entry)
    assert found is not None
    return found


def formula_at(session: Session, at: int, name: NotationName = NotationName.THETA) -> Formula:
    """The formula of the operation at a position of the session's iteration."""
    operation = session.program.operation(at)
    return formula(evaluate(operation, session.tape, session.program), session.tape, notation(name, session.spec))


def told(session: Session, at: int, name: NotationName = NotationName.THETA) -> tuple[str, str]:
    """Symbols and numbers of the operation at a position."""
    found = formula_at(session, at, name)
    show = to_code if name is NotationName.CODE else to_text
    return show(found.symbols, FOUR_DIGITS), show(found.equation, FOUR_DIGITS)


def sentence(session: Session, at: int, name: NotationName = NotationName.THETA) -> str:
    """The plain sentence of the operation at a position."""
    evaluation = evaluate(session.program.operation(at), session.tape, session.program)
    return narrate(evaluation, session.tape, notation(name, session.spec))
