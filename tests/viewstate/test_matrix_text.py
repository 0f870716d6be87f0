"""Arrays as text: NumPy reads back the same bits, a spreadsheet gets every digit, LaTeX the ones on the screen."""

import ast

import numpy as np
import pytest

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import NotationName
from bpstudio.viewstate.matrices_state import MatricesState, build_matrices_state
from bpstudio.viewstate.matrix_cells import MatrixState
from bpstudio.viewstate.matrix_text import MatrixTextForm, matrix_text
from bpstudio.viewstate.selection import Selection, ViewOptions
from tests.panels.states import session_of

F = MatrixTextForm


def state_of(example: str, name: NotationName, position: int = 60) -> MatricesState:
    return build_matrices_state(session_of(example, position), Selection(), ViewOptions(notation=name))


def text_of(state: MatricesState, found: MatrixState, form: MatrixTextForm) -> str:
    return matrix_text(found, form, state.names, state.numbers)


def whole(state: MatricesState) -> list[MatrixState]:
    return [m for m in state.matrices if m.window(slice(0, m.rows), slice(0, m.columns))[1].all()]


@pytest.mark.parametrize("name", list(NotationName))
def test_numpy_reads_back_the_same_bits(name: NotationName) -> None:
    state = state_of("two-layer-deltas", name)
    assert len(whole(state)) > 4
    for found in whole(state):
        text = text_of(state, found, F.NUMPY)
        read = np.array(ast.literal_eval(text.removeprefix("np.array(").removesuffix(")")))
        values = found.window(slice(0, found.rows), slice(0, found.columns))[0]
        assert read.tobytes() == values.tobytes()
        assert str(read.shape) == found.shape or found.layout.lead_rows


def test_tab_separated_text_holds_every_digit_and_leaves_open_what_is_not_computed() -> None:
    state = state_of("matrix-form", NotationName.MATRIX, 9)
    by_name = {found.name: found for found in state.matrices}
    assert text_of(state, by_name["X"], F.TSV) == "1.0\n2.0\n3.0"
    assert text_of(state, by_name["Zₕ"], F.TSV) == "0.6\t0.5\n\t\n\t"
    assert text_of(state, by_name["Zₕ"], F.NUMPY).endswith("# np.nan: not computed yet")


def test_latex_has_the_name_and_the_digits_shown() -> None:
    state = state_of("two-layer-deltas", NotationName.THETA)
    theta = state.matrices[0]
    text = matrix_text(theta, F.LATEX, state.names, NumberFormat(3, decimal_comma=True))
    lines = text.splitlines()
    assert lines[0].replace(" ", "").startswith(r"\Theta^{(")
    assert lines[-1] == r"\end{bmatrix}"
    assert len(lines) == theta.rows + 2
    assert lines[1].count("&") == theta.columns - 1
    assert "{,}" in text


def test_latex_of_code_escapes_what_latex_reads() -> None:
    state = state_of("mazur", NotationName.CODE)
    own = next(found for found in state.matrices if found.key.startswith("sample_dw"))
    assert text_of(state, own, F.LATEX).startswith(r"\mathtt{sample\_dw[")
