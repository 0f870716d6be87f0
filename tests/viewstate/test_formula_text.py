"""Formulas to take along: NumPy lines run and give the number, LaTeX is balanced, text is what the inspector shows."""

import re

import numpy as np
import pytest

from bpstudio.explain.number_format import full
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.card import operation_card
from bpstudio.viewstate.formula_text import FormulaForm, formula_text
from bpstudio.viewstate.selection import ViewOptions
from tests.panels.states import session_of

F = FormulaForm
Q = Quantity


def options_of(name: NotationName) -> ViewOptions:
    return ViewOptions(notation=name)


def moments(example: str) -> list[int]:
    session = session_of(example)
    return list(range(1, session.program.iteration_start(1), 3))


@pytest.mark.parametrize("name", list(NotationName))
@pytest.mark.parametrize("example", ["two-layer-deltas", "iris"])
def test_plain_text_is_what_the_inspector_shows(example: str, name: NotationName) -> None:
    session = session_of(example)
    for position in moments(example)[:60]:
        session.seek(position=position)
        operation = executed_operation(session)
        assert operation is not None
        card = operation_card(session, operation, options_of(name))
        assert formula_text(session, options_of(name), F.TEXT) == card.plain


@pytest.mark.parametrize("name", list(NotationName))
def test_latex_is_balanced_and_has_no_letter_that_latex_lacks(name: NotationName) -> None:
    session = session_of("two-layer-deltas")
    for position in moments("two-layer-deltas"):
        session.seek(position=position)
        text = formula_text(session, options_of(name), F.LATEX)
        assert text.count("{") == text.count("}")
        assert text.count(r"\left(") == text.count(r"\right)")
        assert text.isascii(), text
        assert all("&" in line for line in text.splitlines()[1:-1])


def arrays_of(session: Session) -> dict[str, object]:
    tape, depth = session.tape, session.spec.network.depth
    sample = session.progress.sample

    def layers(quantity: Quantity, first: int) -> list[object]:
        found: list[object] = [None] * first
        return found + [np.array(tape.array(Address(quantity, layer), sample)) for layer in range(first, depth + 1)]

    return {
        "np": np,
        "w": layers(Q.WEIGHT, 1),
        "b": layers(Q.BIAS, 1),
        "a": layers(Q.ACTIVATION, 0),
        "z": layers(Q.PRE_ACTIVATION, 1),
        "e": layers(Q.ERROR, 1),
        "slope": layers(Q.SLOPE, 1),
        "delta": layers(Q.DELTA, 1),
        "y": np.array(tape.targets[:, sample]),
    }


def test_numpy_lines_run_and_give_the_number() -> None:
    """Each weighted sum, activation, slope and δ of the forward and backward pass, computed by the copied line."""
    session, checked = session_of("two-layer-deltas"), 0
    for position in range(1, session.program.iteration_start(1)):
        session.seek(position=position)
        operation = executed_operation(session)
        assert operation is not None
        address = operation.address
        is_whole = address is not None and address.quantity in (Q.PRE_ACTIVATION, Q.ACTIVATION, Q.SLOPE, Q.DELTA)
        if not is_whole or operation.pass_ not in (Pass.FORWARD, Pass.BACKWARD) or operation.entry is not None:
            continue
        line = formula_text(session, options_of(NotationName.THETA), F.NUMPY).splitlines()[0]
        left, _, right = line.partition(" = ")
        if not right or left.endswith("+"):
            continue
        assert left == str(address).replace(",", ", ")
        names = arrays_of(session)
        value = eval(right, {"__builtins__": {}}, names)
        assert float(value) == pytest.approx(session.value(str(address)), rel=1e-12)
        checked += 1
    assert checked > 15


def test_numpy_has_every_digit_in_its_comment() -> None:
    session = session_of("mazur", 4)
    text = formula_text(session, options_of(NotationName.THETA), F.NUMPY)
    value = session.value("z[1][0]")
    assert value is not None
    assert text.splitlines()[-1].endswith(full(value))


def test_a_running_sum_is_one_statement() -> None:
    session = session_of("mazur", 2)
    text = formula_text(session, options_of(NotationName.CODE), F.NUMPY)
    assert re.findall(r"^z\[1\]\[0\].*", text, re.MULTILINE) == ["z[1][0] += w[1][0, 1] * a[0][1]"]


def test_a_selected_number_has_its_own_formula_and_none_before_it_is_computed() -> None:
    session = session_of("mazur", 5)
    z, a = Address(Q.PRE_ACTIVATION, 1, (0,)), Address(Q.ACTIVATION, 2, (0,))
    assert formula_text(session, options_of(NotationName.CODE), F.TEXT, z).startswith("z[1][0] = ")
    assert formula_text(session, options_of(NotationName.CODE), F.TEXT, a) == ""
