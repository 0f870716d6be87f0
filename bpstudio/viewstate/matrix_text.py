"""An array as text to take along: tab-separated, as NumPy, as LaTeX."""

from enum import StrEnum

import numpy as np

from bpstudio.explain.expression import Number
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.matrix_names import array_expression
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.model.spec import NotationName
from bpstudio.viewstate.matrix_cells import Axis, MatrixState
from bpstudio.viewstate.matrix_marks import TARGETS


class MatrixTextForm(StrEnum):
    """How an array is copied."""

    TSV = "tsv"
    NUMPY = "numpy"
    LATEX = "latex"


MISSING = "np.nan"


def matrix_text(matrix: MatrixState, form: MatrixTextForm, names: Notation, numbers: NumberFormat) -> str:
    """The whole array as shown: rows and columns as the notation has them, entries not computed yet left open.

    TSV and NumPy hold every digit; LaTeX is for reading and has those on the screen.
    """
    match form:
        case MatrixTextForm.TSV:
            return "\n".join("\t".join("" if v is None else full(v) for v in row) for row in _rows(matrix))
        case MatrixTextForm.NUMPY:
            return _numpy(matrix)
        case MatrixTextForm.LATEX:
            return _latex(matrix, names, numbers)


def _rows(matrix: MatrixState) -> list[list[float | None]]:
    values, exists = matrix.window(slice(0, matrix.rows), slice(0, matrix.columns))
    return [
        [value if is_there else None for value, is_there in zip(row, there, strict=True)]
        for row, there in zip(values.tolist(), exists.tolist(), strict=True)
    ]


def is_vector(matrix: MatrixState) -> bool:
    """Whether the array has one axis, as vectors in code have."""
    layout = matrix.layout
    return layout.row_axis is Axis.ONE and layout.first_row == 0


def _numpy(matrix: MatrixState) -> str:
    rows = [f"[{', '.join(map(_literal, row))}]" for row in _rows(matrix)]
    inner = rows[0] if is_vector(matrix) else f"[{(',' + chr(10) + ' ' * 10).join(rows)}]"
    text = f"np.array({inner})"
    is_partial = not bool(np.all(matrix.window(slice(0, matrix.rows), slice(0, matrix.columns))[1]))
    return f"{text}  # {MISSING}: not computed yet" if is_partial else text


def _literal(value: float | None) -> str:
    if value is None or np.isnan(value):
        return MISSING
    if np.isinf(value):
        return "np.inf" if value > 0.0 else "-np.inf"
    return repr(value)


def _latex(matrix: MatrixState, names: Notation, numbers: NumberFormat) -> str:
    rows = [
        " & ".join("" if value is None else to_latex(Number(value), numbers) for value in row) for row in _rows(matrix)
    ]
    body = " \\\\\n  ".join(rows)
    return f"{_latex_name(matrix, names)} = \\begin{{bmatrix}}\n  {body}\n\\end{{bmatrix}}"


def _latex_name(matrix: MatrixState, names: Notation) -> str:
    address = matrix.layout.address
    if names.name is NotationName.CODE:
        return rf"\mathtt{{{matrix.name.replace('_', chr(92) + '_')}}}"
    if address is None or address == TARGETS:
        return "y"
    return to_latex(array_expression(names, address, matrix.layout.sample))
