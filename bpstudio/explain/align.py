"""A formula as the rows of LaTeX's ``align``: left side and symbols first, the numbers with the result below.

Rows too wide for a page are broken before a sign of the sum and before the result.
"""

import re
from collections.abc import Iterator

from bpstudio.explain.expression import Expression, Number, Relation
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.number_format import NumberFormat

LONGEST = 54
"""Letters, roughly, that fit behind the relation in a line of LaTeX's article."""
_NARROW = re.compile(r"\\(left|right|mathrm|text|mathit|hat|,|quad)|[{}\s]|&")
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_SCRIPT = re.compile(r"[\^_](\{[^{}]*\}|.)")
_SIGNS = {"←": r"\leftarrow", "≈": r"\approx", "≤": r"\leq"}


def equations_of(found: Formula) -> tuple[Expression, ...]:
    """Symbols, then numbers; once is enough where nothing is computed."""
    if isinstance(found.symbols.right, Number) and isinstance(found.equation, Number):
        return (found.symbols,)
    return (found.symbols, found.equation)


def align_rows(found: Formula, numbers: NumberFormat, longest: int = LONGEST) -> Iterator[str]:
    """The rows without the breaks between them; each holds one ``&``, at its relation."""
    for row in _whole_rows(found, numbers):
        yield from broken(row, longest)


def broken(row: str, longest: int = LONGEST) -> Iterator[str]:
    """A row in pieces of at most ``longest`` letters, where its sum can be broken; each has its ``&``."""
    left, mark, rest = row.partition("&")
    if not mark or _length(rest) <= longest:
        yield row
        return
    head, terms = f"{left}&", _parts(rest)
    line = terms[0]
    for term in terms[1:]:
        is_result = term.startswith("= ")
        if is_result or _length(line) + _length(term) > longest:
            yield head + line
            head, line = ("&", term) if is_result else (r"&\quad ", "{}" + term)
        else:
            line += f" {term}"
    yield head + line


def _parts(rest: str) -> list[str]:
    """A right side cut before each sign between terms and before the result, outside of all braces and parentheses."""
    cuts, depth = [0], 0
    for match in re.finditer(r"\\left|\\right|\\begin|\\end|[{}]| (?=[+=-] )", rest):
        token = match.group()
        if token in ("{", "\\left", "\\begin"):
            depth += 1
        elif token in ("}", "\\right", "\\end"):
            depth -= 1
        elif depth == 0 and match.start() > 2:
            cuts.append(match.start() + 1)
    return [rest[start:end].strip() for start, end in zip(cuts, [*cuts[1:], len(rest)], strict=True)]


def _length(text: str) -> int:
    """How many letters wide a piece of mathematics is, roughly: scripts are half as wide."""
    scripts = sum(len(_NARROW.sub("", script)) for script in _SCRIPT.findall(text))
    plain = _COMMAND.sub("x", _NARROW.sub("", _SCRIPT.sub("", text)))
    return len(plain) + 2 * len(re.findall(r" [+=-] ", text)) + scripts // 2


def _whole_rows(found: Formula, numbers: NumberFormat) -> Iterator[str]:
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
