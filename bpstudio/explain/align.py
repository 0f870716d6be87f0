"""A formula as the rows of LaTeX's ``align``: left side and symbols first, the numbers with the result below."""

from collections.abc import Iterator

from bpstudio.explain.expression import Expression, Number, Relation
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.number_format import NumberFormat

_SIGNS = {"←": r"\leftarrow", "≈": r"\approx", "≤": r"\leq"}


def equations_of(found: Formula) -> tuple[Expression, ...]:
    """Symbols, then numbers; once is enough where nothing is computed."""
    if isinstance(found.symbols.right, Number) and isinstance(found.equation, Number):
        return (found.symbols,)
    return (found.symbols, found.equation)


def align_rows(found: Formula, numbers: NumberFormat) -> Iterator[str]:
    """The rows without the breaks between them; each holds one ``&``, at its relation."""
    relation = found.symbols
    yield f"{to_latex(relation.left, numbers)} &{_sign(relation)} {to_latex(relation.right, numbers)}"
    if len(equations_of(found)) == 1:
        return
    equation = found.equation
    if isinstance(equation, Relation):
        yield f"&= {to_latex(equation.left, numbers)} {_sign(equation)} {to_latex(equation.right, numbers)}"
    else:
        yield f"&= {to_latex(equation, numbers)}"


def _sign(relation: Relation) -> str:
    return _SIGNS.get(relation.sign, relation.sign)
