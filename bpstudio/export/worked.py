"""The worked solution of some steps: each operation with symbols, numbers and a sentence, by pass, layer and unit. No Qt.

It is a stream of what is given, headings and operations; :func:`markdown`, :func:`latex` and ``worked_page`` write each part.
"""

from collections.abc import Iterator

from bpstudio.explain.align import align_rows, equations_of
from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import Expression
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.formulas import formula
from bpstudio.explain.labels import PASS_WORDS, operation_label
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.narration import narrate
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.export.given import Given, GivenRow, given
from bpstudio.export.latex_text import latex_comment, latex_text
from bpstudio.program.operation import Operation, Pass
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions

WIDE = 78
"""Letters of a formula that fit into a line of a handout: its margins are narrow."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``depth`` 0 is an iteration, 1 a sample or what the whole batch shares, 2 a pass, 3 a layer, 4 a unit."""

    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class WorkedOperation:
    """One operation: what it does in a few words, its formulas (the second is where its result lands), and a sentence."""

    position: int
    label: str
    formulas: tuple[Formula, ...]
    sentence: str
    is_backward: bool

    @property
    def equations(self) -> tuple[Expression, ...]:
        """Symbols, then numbers, of each formula; once where nothing is computed."""
        return tuple(expression for found in self.formulas for expression in equations_of(found))


Item = Given | Heading | WorkedOperation


class Worker:
    """Works the operations out one by one; remembers the headings that are open."""

    def __init__(self, session: Session, view: ViewOptions) -> None:
        self.session = session
        self.names: Notation = notation(view.notation, session.spec)
        self.numbers = view.numbers
        self.depth = view.depth
        self._open: tuple[str, ...] = ()

    def items(self, operation: Operation) -> Iterator[Item]:
        """Once what is given, then the headings that change, then the operation. The session must stand in its iteration."""
        tape = self.session.tape
        if not self._open:
            yield given(tape, self.session.spec, self.names, self.numbers)
        path = self._path(operation)
        for depth, text in enumerate(path):
            if text and self._open[: depth + 1] != path[: depth + 1]:
                yield Heading(depth, text)
        self._open = path
        evaluation = evaluate(operation, tape, self.session.program)
        found = formula(evaluation, tape, self.names)
        formulas = (found,) if found.landing is None else (found, found.landing)
        sentence = narrate(evaluation, tape, self.names, self.depth, self.numbers)
        is_backward = operation.pass_ not in (Pass.FORWARD, Pass.LOSS)
        yield WorkedOperation(
            operation.position, operation_label(operation, self.names), formulas, sentence, is_backward
        )

    def _path(self, operation: Operation) -> tuple[str, ...]:
        """Iteration, sample, pass, layer and unit of an operation, in words; nothing where it has none."""
        names, layer, unit = self.names, operation.layer, operation.unit
        sample = (
            "" if operation.sample is None else f"{names.sample_name(operation.sample)} of {self.session.tape.batch}"
        )
        has_unit = unit is not None and layer > 0 and operation.pass_ is not Pass.LOSS
        return (
            f"Iteration {operation.iteration}",
            sample or "whole batch",
            PASS_WORDS[operation.pass_],
            names.layer_name(layer) if layer > 0 and operation.pass_ is not Pass.LOSS else "",
            names.unit_name(layer, unit) if has_unit and unit is not None else "",
        )


def title_of(session: Session) -> str:
    """What stands above a handout."""
    return session.spec.title or "Worked solution"


def texts_of(item: Item) -> tuple[str, ...]:
    """What is set as text of a part."""
    match item:
        case Given(_, rows):
            return tuple(row.words for row in rows)
        case Heading(_, text):
            return (text,)
        case WorkedOperation():
            return item.label, item.sentence


def capital(text: str) -> str:
    """The text as it begins a line."""
    return text[:1].upper() + text[1:]


# Markdown.


def markdown_head(title: str) -> str:
    """What a handout in Markdown begins with."""
    return f"# {_markdown_text(title)}\n"


def markdown(item: Item, names: Notation, numbers: NumberFormat) -> str:
    """A part of a handout in Markdown: equations between ``$$``, as GitHub, Jupyter and pandoc take them; code as code."""
    if isinstance(item, Heading):
        return f"\n{'#' * (item.depth + 2)} {_markdown_text(capital(item.text))}\n"
    if isinstance(item, Given):
        lines = "".join(f"- {_markdown_row(row, names, numbers)}\n" for row in item.rows)
        return f"\n## {_markdown_text(item.title)}\n\n{lines}"
    head = f"\n**{item.position}** · {_markdown_text(item.label)}\n\n"
    if names.is_code:
        lines = "\n".join(to_code(expression, numbers) for expression in item.equations)
        equations = f"```python\n{lines}\n```\n\n"
    else:
        equations = "".join(f"$$\n{_aligned(found, numbers)}\n$$\n\n" for found in item.formulas)
    return f"{head}{equations}{_markdown_text(item.sentence)}\n"


def _markdown_row(row: GivenRow, names: Notation, numbers: NumberFormat) -> str:
    equations = (
        f"`{to_code(each, numbers)}`" if names.is_code else f"${to_latex(each, numbers)}$" for each in row.equations
    )
    return _markdown_text(capital(row.words)) + (": " if row.equations else "") + ", ".join(equations)


def _aligned(found: Formula, numbers: NumberFormat) -> str:
    rows = " \\\\\n".join(align_rows(found, numbers, WIDE))
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


_MARKED = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>#|$~"})


def _markdown_text(text: str) -> str:
    """The text with what Markdown would take for marks escaped."""
    return " ".join(text.split()).translate(_MARKED)


# LaTeX.


_SECTIONS = ("section", "subsection", "subsubsection", "layer", "unit")
_PREAMBLE = r"""
\documentclass[10pt,a4paper]{article}
\usepackage[margin=22mm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\setcounter{secnumdepth}{0}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\newcommand{\layer}[1]{\par\bigskip{\large\bfseries #1}\nopagebreak\par}
\newcommand{\unit}[1]{\par\medskip{\itshape #1}\nopagebreak\par}
\newcommand{\operation}[2]{\par\smallskip\textbf{#1}\enspace #2\nopagebreak}
"""


def latex_head(title: str, lost: tuple[str, ...] = ()) -> str:
    """What a handout for pdfLaTeX begins with; letters of its texts that pdfLaTeX lacks are named in ``lost``."""
    set_title = f"\\title{{{latex_text(title)}}}\n\\author{{}}\n\\date{{}}\n"
    begin = "\\begin{document}\n\\maketitle\n\\vspace{-4em}\n"
    return "\n".join((latex_comment("made by bpstudio"), *lost)) + _PREAMBLE + set_title + begin


LATEX_TAIL = "\\end{document}\n"


def latex(item: Item, names: Notation, numbers: NumberFormat) -> str:
    """A part of a handout for pdfLaTeX: an ``align*`` for each operation, its sentence below; code as it is written."""
    if isinstance(item, Heading):
        return f"\n\\{_SECTIONS[item.depth]}{{{latex_text(capital(item.text))}}}\n"
    if isinstance(item, Given):
        given_rows = "".join(f"\\par {_latex_row(row, names, numbers)}\n" for row in item.rows)
        return f"\n\\section{{{latex_text(item.title)}}}\n{given_rows}"
    head = f"\n\\operation{{{item.position}}}{{{latex_text(item.label)}}}\n"
    if names.is_code:
        lines = (f"\\\\\\texttt{{{latex_text(to_code(e, numbers))}}}\n" for e in item.equations)
        return f"{head}{''.join(lines)}\\par {latex_text(item.sentence)}\n"
    rows = " \\\\\n".join(row for found in item.formulas for row in align_rows(found, numbers, WIDE))
    return f"{head}\\begin{{align*}}\n{rows}\n\\end{{align*}}\n{latex_text(item.sentence)}\n"


def _latex_row(row: GivenRow, names: Notation, numbers: NumberFormat) -> str:
    equations = (
        rf"\texttt{{{latex_text(to_code(each, numbers))}}}" if names.is_code else f"${to_latex(each, numbers)}$"
        for each in row.equations
    )
    return latex_text(capital(row.words)) + (": " if row.equations else "") + ", ".join(equations)


def plain(expression: Expression, names: Notation, numbers: NumberFormat) -> str:
    """The equation as one line of text."""
    return to_code(expression, numbers) if names.is_code else to_text(expression, numbers)
