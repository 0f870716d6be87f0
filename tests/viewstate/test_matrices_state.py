"""The matrices as data: shapes as the textbooks print them, which cells are read and written, the product at work."""

import numpy as np
import pytest

from bpstudio.explain.number_format import NumberStyle
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.matrices_state import MatricesState, build_matrices_state
from bpstudio.viewstate.matrix_cells import MatrixState
from bpstudio.viewstate.selection import Selection, ViewOptions
from tests.panels.states import session_of

K = OperationKind
Q = Quantity


def state_of(session: Session, layer: int | None = None, selection: Selection | None = None) -> MatricesState:
    options = ViewOptions(notation=session.spec.notation)
    return build_matrices_state(session, selection or Selection(), options, layer)


def matrix(state: MatricesState, key: str) -> MatrixState:
    return next(found for found in state.matrices if found.key == key)


def shown(found: MatrixState) -> list[list[float | None]]:
    return [[found.value(row, column) for column in range(found.columns)] for row in range(found.rows)]


def position_behind(session: Session, pass_: Pass, layer: int, kind: OperationKind, **where: int) -> int:
    found = session.program.position_of(session.iteration, pass_, layer, kind, **where)
    assert found is not None
    return found + 1


# Shapes.


def test_the_table_of_shapes_of_the_matrix_text() -> None:
    """X (3,1), Wh (1,2), Bh, Zh, H, Wo, Bo, Zo, ŷ: three samples as rows, one input, two hidden units, two outputs."""
    rows = state_of(session_of("matrix-form")).shapes
    assert [(row.name, row.shape) for row in rows[:10]] == [
        ("X", "(3, 1)"),
        ("Wₕ", "(1, 2)"),
        ("Bₕ", "(1, 2)"),
        ("Zₕ", "(3, 2)"),
        ("H", "(3, 2)"),
        ("Wₒ", "(2, 2)"),
        ("Bₒ", "(1, 2)"),
        ("Zₒ", "(3, 2)"),
        ("ŷ", "(3, 2)"),
        ("y", "(3, 2)"),
    ]
    assert {"Eₒ", "Eₕ", "C′(Wₒ)", "C′(Wₕ)"} <= {row.name for row in rows}


def test_theta_holds_the_biases_in_its_first_column() -> None:
    """Θ⁽ˡ⁾ is (units above) × (units below + 1)."""
    session = session_of("two-layer-deltas")
    rows = {row.name: row.shape for row in state_of(session).shapes}
    assert (rows["Θ⁽¹⁾"], rows["Θ⁽²⁾"], rows["Θ⁽³⁾"]) == ("(2, 3)", "(2, 3)", "(1, 3)")
    theta = matrix(state_of(session), "w[1]")
    expected = np.column_stack([session.array("b[1]"), session.array("w[1]")])
    assert np.array_equal(np.array(shown(theta), dtype=float), expected)


@pytest.mark.parametrize("name", list(NotationName))
@pytest.mark.parametrize("example", ["two-layer-deltas", "matrix-form", "mazur"])
def test_every_shape_is_that_of_what_is_shown(example: str, name: NotationName) -> None:
    session = session_of(example)
    options = ViewOptions(notation=name)
    rows = {row.key: row for row in build_matrices_state(session, Selection(), options).shapes}
    for layer in range(1, session.spec.network.depth + 1):
        for found in build_matrices_state(session, Selection(), options, layer).matrices:
            # A factor of Θ is shown with the constant 1 that the table of shapes leaves out, as the texts do.
            if found.key in rows and found.layout.lead_rows == 0:
                assert rows[found.key].shape == found.shape


# Numbers.


def test_weights_of_the_matrix_notation_are_transposed() -> None:
    session = session_of("matrix-form")
    assert shown(matrix(state_of(session, 2), "w[2]")) == session.array("w[2]").T.tolist()


def test_cells_appear_as_operations_write_them() -> None:
    session = session_of("matrix-form")
    counts = []
    while session.iteration == 0:
        state = state_of(session, 1)
        counts.append(sum(value is not None for row in shown(matrix(state, "z[1]")) for value in row))
        written = state_of(session).written
        address = session.program.operation(session.position - 1).address if session.position else None
        if written is not None:
            assert str(address).startswith(written)
        session.step(Level.OPERATION)
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 6)


def test_a_cell_holds_the_number_its_address_has() -> None:
    session = session_of("two-layer-deltas")
    session.seek(position=position_behind(session, Pass.BACKWARD, 1, K.DELTA))
    for layer in (1, 2, 3):
        for found in state_of(session, layer).matrices:
            for row in range(found.rows):
                for column in range(found.columns):
                    at = found.layout.address_at(row, column) if found.key != "y" else None
                    value = found.value(row, column)
                    if at is not None and value is not None:
                        assert value == session.value(str(at[0])), f"{found.name} {row} {column}"


def test_the_state_is_the_same_with_and_without_the_one_before() -> None:
    session = session_of("mazur")
    options, before = ViewOptions(notation=NotationName.NIELSEN), None
    for position in range(0, 60, 3):
        session.seek(position=position)
        before = build_matrices_state(session, Selection(), options, None, before)
        assert before == build_matrices_state(session, Selection(), options)


def test_numbers_follow_the_chosen_format() -> None:
    options = ViewOptions(digits=2, number_style=NumberStyle.FIXED, decimal_comma=True)
    state = build_matrices_state(session_of("mazur", 2), Selection(), options)
    assert state.numbers.format(-0.5) == "−0,50"
    assert state.product is not None
    assert state.product.terms[0] == "0,15·0,05"


# What is read and written.


def test_a_multiply_add_reads_a_row_and_a_column_and_their_cells() -> None:
    """The term X₂₁·Wₕ,₁₁ of Zₕ,₂₁."""
    session = session_of("matrix-form")
    session.seek(position=position_behind(session, Pass.FORWARD, 1, K.MULTIPLY_ADD, sample=1, unit=0, entry=0))
    state = state_of(session)
    x, w, z = matrix(state, "a[0]"), matrix(state, "w[1]"), matrix(state, "z[1]")
    assert (x.marks.rows, x.marks.cells) == ((1,), ((1, 0),))
    assert (w.marks.columns, w.marks.cells) == ((0,), ((0, 0),))
    assert (z.marks.written, z.marks.running) == ((1, 0), 2.0 * 0.5)
    assert state.product is not None
    assert state.product.title == "row 2 of X × column 1 of Wₕ"
    assert (state.product.terms, state.product.current) == (("2·0.5", "0.1"), 0)


def test_a_delta_passed_back_reads_a_column_of_theta_without_its_bias() -> None:
    """Ng's Θᵀδ: the bias column of Θ takes no part."""
    session = session_of("two-layer-deltas")
    session.seek(position=position_behind(session, Pass.BACKWARD, 1, K.ERROR_MULTIPLY_ADD, sample=0, unit=0, entry=1))
    theta = next(m for m in state_of(session).matrices if m.key == "w[2]")
    assert theta.marks.columns == (1,)
    assert theta.marks.cells == ((1, 1),)
    assert theta.marks.rows == ()


def test_a_selected_number_of_another_sample_is_marked_in_its_row() -> None:
    session = session_of("matrix-form", 10)
    selection = Selection(selected=Address(Q.ACTIVATION, 0, (0,)), sample=2)
    assert matrix(state_of(session, None, selection), "a[0]").marks.selected == (2, 0)
    here = Selection(selected=Address(Q.ACTIVATION, 0, (0,)))
    assert matrix(state_of(session, None, here), "a[0]").marks.selected == (session.progress.sample, 0)


def test_the_page_follows_the_operation_unless_a_layer_is_chosen() -> None:
    session = session_of("two-layer-deltas", 2)
    assert state_of(session).layer == 1
    session.seek(position=position_behind(session, Pass.FORWARD, 3, K.MULTIPLY_ADD))
    assert state_of(session).layer == 3
    assert state_of(session, 2).layer == 2


def test_the_forward_pass_is_shown_as_nested_functions_with_the_layer_marked() -> None:
    """A(A(X·Wh)·Wo), with the biases of the table of shapes."""
    state = state_of(session_of("matrix-form"), 2)
    assert "".join(part.text for part in state.nesting) == "ŷ = R(R(X·Wₕ + Bₕ)·Wₒ + Bₒ)"
    assert [part.text for part in state.nesting if part.is_active] == ["R(", "·Wₒ + Bₒ)"]
    theta = state_of(session_of("two-layer-deltas"), 1)
    assert "".join(part.text for part in theta.nesting) == "a⁽⁴⁾ = g(Θ⁽³⁾·g(Θ⁽²⁾·g(Θ⁽¹⁾·a⁽¹⁾)))"


def test_the_nested_functions_of_code_run() -> None:
    session = session_of("mazur", 60)
    options = ViewOptions(notation=NotationName.CODE)
    text = "".join(part.text for part in build_matrices_state(session, Selection(), options).nesting)
    left, _, right = text.partition(" = ")
    tape = session.tape
    names = {
        "w": [None, *(tape.array(Address(Q.WEIGHT, layer)) for layer in (1, 2))],
        "b": [None, *(tape.array(Address(Q.BIAS, layer)) for layer in (1, 2))],
        "a": [tape.array(Address(Q.ACTIVATION, 0), 0)],
        "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    }
    value = eval(right, {"__builtins__": {}}, names)
    assert left == "a[2]"
    assert np.allclose(value, tape.array(Address(Q.ACTIVATION, 2), 0), rtol=1e-12)
