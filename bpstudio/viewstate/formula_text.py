"""The formula of an operation or a number as text to take along: for LaTeX, as plain text, as lines of NumPy."""

from enum import StrEnum

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import Expression, Relation
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.formulas import formula
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import FULL_PRECISION, NumberFormat
from bpstudio.explain.quantities import quantity_formula
from bpstudio.explain.sum_in_progress import sum_in_progress
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address
from bpstudio.model.spec import NotationName
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.card import formula_lines, is_shown
from bpstudio.viewstate.selection import ViewOptions


class FormulaForm(StrEnum):
    """How a formula is copied."""

    LATEX = "latex"
    TEXT = "text"
    NUMPY = "numpy"


def formula_text(
    session: Session, options: ViewOptions, form: FormulaForm, address: Address | None = None, sample: int | None = None
) -> str:
    """The formula of the operation just executed, or of the number at ``address``; empty where there is none.

    LaTeX and plain text are as shown, in the chosen notation and digits; NumPy is in `code` and has every digit.
    """
    names = notation(NotationName.CODE if form is FormulaForm.NUMPY else options.notation, session.spec)
    lines = _lines(session, names, address, sample, is_code_to_run=form is FormulaForm.NUMPY)
    if not lines:
        return ""
    match form:
        case FormulaForm.LATEX:
            return _latex(lines, names, options.numbers)
        case FormulaForm.TEXT:
            show = to_code if names.is_code else to_text
            return "\n".join(show(line, options.numbers) for line in lines)
        case FormulaForm.NUMPY:
            return _numpy(lines)


def _lines(
    session: Session, names: Notation, address: Address | None, sample: int | None, is_code_to_run: bool
) -> list[Expression]:
    tape = session.tape
    if address is not None:
        at = session.progress.sample if sample is None or sample >= tape.batch else sample
        if not is_shown(session, address, at):
            return []
        return _of_formula(quantity_formula(address, at, tape, session.program, names))
    executed = executed_operation(session)
    if executed is None:
        return []
    evaluation = evaluate(executed, tape, session.program)
    # As code the whole sum and the step that adds to it would add twice.
    whole = () if is_code_to_run else sum_in_progress(evaluation, tape, names) or ()
    return [*whole, *_of_formula(formula(evaluation, tape, names))]


def _of_formula(found: Formula) -> list[Expression]:
    return [line for part in (found, found.landing) if part is not None for line in formula_lines(part)]


def _latex(lines: list[Expression], names: Notation, numbers: NumberFormat) -> str:
    """Lines aligned at their relation; code is set in typewriter letters."""
    if names.is_code:
        shown = [rf"& \texttt{{{_escaped(to_code(line, numbers))}}}" for line in lines]
    else:
        shown = [_aligned(line, numbers) for line in lines]
    body = " \\\\\n  ".join(shown)
    return f"\\begin{{aligned}}\n  {body}\n\\end{{aligned}}"


def _aligned(line: Expression, numbers: NumberFormat) -> str:
    if not isinstance(line, Relation):
        return f"&= {to_latex(line, numbers)}"
    text = to_latex(line, numbers)
    left = to_latex(line.left, numbers)
    is_symbolic = text.startswith(left)
    return f"{left} &{text[len(left) :].lstrip()}" if is_symbolic and not _is_numeric(line) else f"&= {text}"


def _is_numeric(line: Relation) -> bool:
    """Whether it is a line of numbers, whose left side goes on from the line above."""
    return line.sign == "=" and not any(letter.isalpha() for letter in to_text(line.left).replace("e−", ""))


def _escaped(code: str) -> str:
    return code.replace("\\", r"\textbackslash{}").replace("_", r"\_").replace("#", r"\#").replace("&", r"\&")


def _numpy(lines: list[Expression]) -> str:
    """Statements as they run; lines of numbers as comments."""
    shown = []
    for line in lines:
        text = to_code(line, FULL_PRECISION)
        is_statement = isinstance(line, Relation) and not _is_numeric(line)
        shown.append(text if is_statement else f"# {text}")
    return "\n".join(shown)
