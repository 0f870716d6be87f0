"""The guide's page of notations is true: each symbol it names is written by the app, in the example it is said to stand in."""

import re
import unicodedata

import pytest

from bpstudio import resources
from bpstudio.explain.notation import notation
from bpstudio.viewstate.card import operation_card
from bpstudio.viewstate.matrices_state import build_matrices_state
from bpstudio.viewstate.selection import Selection, ViewOptions
from tests.panels.states import session_of

PAGE = resources.path("help", "notations.md").read_text(encoding="utf-8")
PARTS = {
    "two-layer-deltas": [
        "J = (Σₜ cost⁽ᵗ⁾) / m",
        "cost⁽¹⁾",
        "Θ⁽¹⁾",
        "Θ⁽²⁾",
        "Θ⁽³⁾",
        "g′(z⁽³⁾₁) = a⁽³⁾₁·(1 − a⁽³⁾₁)",
        "δ⁽⁴⁾₁ = a⁽⁴⁾₁ − y₁",
        "e⁽³⁾ = (Θ⁽³⁾)ᵀ·δ⁽⁴⁾",
        "δ⁽³⁾ = e⁽³⁾ ∘ g′(z⁽³⁾)",
        "D⁽¹⁾₁₁ = Δ⁽¹⁾₁₁ / m",
        "ΔΘ⁽¹⁾₁₁ = −α·D⁽¹⁾₁₁",
    ],
    "matrix-form": [
        "ŷ = R(R(X·Wₕ + Bₕ)·Wₒ + Bₒ)",
        "H₁₁ = R(Zₕ,₁₁)",
        "R′(Zₕ,₁₁)",
        "Dₒ,₁₁ = ŷ₁₁ − y₁₁",
        "Eₒ = Dₒ ∘ R′(Zₒ)",
        "Dₕ = Eₒ·Wₒᵀ",
        "Eₕ = Dₕ ∘ R′(Zₕ)",
        "C′(Wₕ) = Xᵀ·Eₕ",
        "C′⁽¹⁾(Wₕ,₁₁) = X₁₁·Eₕ,₁₁",
        "Wₕ ← Wₕ + ΔWₕ",
        "row 1 of X × column 1 of Wₕ",
    ],
}


def said_by_the_app(example: str) -> str:
    """Everything written in one iteration: formulas of all operations, arrays of all layers, products."""
    session = session_of(example)
    options, lines = ViewOptions(notation=session.spec.notation), []
    for position in range(1, session.program.iteration_start(1)):
        session.seek(position=position)
        lines.append(operation_card(session, session.program.operation(position - 1), options).plain)
        state = build_matrices_state(session, Selection(), options)
        lines += [] if state.product is None else [state.product.title]
        lines += [section.formula for section in state.sections]
        lines += [matrix.name for matrix in state.matrices]
    lines.append("".join(part.text for part in state.nesting))
    lines += [f"{row.name} {row.shape}" for row in state.shapes]
    return "\n".join(lines)


@pytest.mark.parametrize("example", list(PARTS))
def test_every_symbol_is_written_in_its_example(example: str) -> None:
    said = said_by_the_app(example)
    assert [part for part in PARTS[example] if part not in said] == []


def table_of(heading: str) -> list[tuple[str, str]]:
    part = PAGE.split(f"### {heading}")[1].split("\n#")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", part, re.MULTILINE)
    return [row for row in rows if not set(row[0]) <= set("-| ") and row[0] != "in the text"]


def test_the_page_names_every_symbol_of_the_two_texts() -> None:
    theta = "\n".join(" ".join(row) for row in table_of("What the theta text writes"))
    matrix = "\n".join(" ".join(row) for row in table_of("What the matrix text writes"))
    assert [
        s for s in ("J", "Θ⁽ˡ⁾", "a⁽ˡ⁾", "z⁽ˡ⁾", "g′", "δ⁽ˡ⁾", "δ⁽ᴸ⁾", "λ", "m", "α", "a − y", "Δ") if s not in theta
    ] == []
    wanted = ("X", "Wₕ", "Bₕ", "Zₕ", "H", "Wₒ", "Bₒ", "Zₒ", "ŷ", "Eₒ", "Eₕ", "R", "R′", "C′")
    plain = unicodedata.normalize("NFC", matrix)
    assert [symbol for symbol in wanted if unicodedata.normalize("NFC", symbol) not in plain] == []


def test_the_order_of_the_table_of_shapes_is_the_one_the_page_tells() -> None:
    session = session_of("matrix-form")
    names = notation(session.spec.notation, session.spec)
    assert names.name.value == "matrix"
    state = build_matrices_state(session, Selection(), ViewOptions(notation=session.spec.notation))
    told = next(right for left, right in table_of("What the matrix text writes") if left.startswith("X (3,1)"))
    shown = [row.name for row in state.shapes][:9]
    assert told.startswith(" ".join(shown))
