"""One tree, four looks: parentheses by precedence, LaTeX that compiles, boxes that keep their links."""

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import (
    Absolute,
    BigSum,
    Call,
    Cases,
    Dots,
    Expression,
    Fraction,
    Glyphs,
    Known,
    Negative,
    Number,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Symbol,
    call,
    shortened,
    with_numbers,
)
from bpstudio.explain.formulas import formula
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.notation import notation
from bpstudio.explain.pieces import Fenced, Figure, Lit, Mark, Piece, Raised, Row, Stacked, Word, to_pieces
from bpstudio.explain.scripts import script_text
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName, RunSpec
from bpstudio.session.session import Session
from tests.support.specs import run_specs

A, B, C = (Symbol(Glyphs(letter)) for letter in "abc")
TWO = Number(2.0)


@pytest.mark.parametrize(
    ("expression", "text", "latex"),
    [
        (Product((Sum((A, B)), C)), "(a + b)·c", r"\left(a + b\right) \cdot c"),
        (Sum((Product((A, B)), C)), "a·b + c", r"a \cdot b + c"),
        (Sum((A, Negative(Sum((B, C))))), "a − (b + c)", r"a - \left(b + c\right)"),
        (Sum((A, Negative(B), C)), "a − b + c", "a - b + c"),
        (Product((Number(-1.5), Number(-2.0))), "−1.5·(−2)", r"-1.5 \cdot \left(-2\right)"),
        (Sum((A, Number(-2.0))), "a + (−2)", r"a + \left(-2\right)"),
        (Sum((A, Product((Number(-2.0), B)))), "a + (−2)·b", r"a + \left(-2\right) \cdot b"),
        (Negative(Number(-2.0)), "−(−2)", r"-\left(-2\right)"),
        (Negative(Sum((A, B))), "−(a + b)", r"-\left(a + b\right)"),
        (Negative(Product((A, B))), "−a·b", r"-a \cdot b"),
        (Power(Number(-3.0), TWO), "(−3)²", r"{\left(-3\right)}^{2}"),
        (Power(Sum((A, B)), TWO), "(a + b)²", r"{\left(a + b\right)}^{2}"),
        (Power(Symbol(Glyphs("a", "(2)", "1")), TWO), "(a⁽²⁾₁)²", r"{\left(a^{(2)}_{1}\right)}^{2}"),
        (Power(A, TWO), "a²", "{a}^{2}"),
        (Fraction(Sum((A, B)), C), "(a + b) / c", r"\frac{a + b}{c}"),
        (Fraction(A, Product((B, C))), "a / (b·c)", r"\frac{a}{b \cdot c}"),
        (Product((A, Fraction(B, C))), "a·(b / c)", r"a \cdot \frac{b}{c}"),
        (Root(Sum((A, B))), "√(a + b)", r"\sqrt{a + b}"),
        (Root(A), "√a", r"\sqrt{a}"),
        (call("exp", Negative(A)), "exp(−a)", "e^{-a}"),
        (call("max", A, B), "max(a, b)", r"\max\left(a, b\right)"),
        (Absolute(Sum((A, Negative(B)))), "|a − b|", r"\left|a - b\right|"),
        (Product((BigSum("k", Product((A, B))), C)), "(Σₖ a·b)·c", r"\left(\sum_{k} a \cdot b\right) \cdot c"),
        (Relation(A, "←", Sum((A, B))), "a ← a + b", r"a \leftarrow a + b"),
        (
            Cases(((A, Relation(A, ">", B)), (C, None)), 0),
            "{a if a > b, c otherwise}",
            r"\begin{cases} a & a > b \\ c & \text{otherwise} \end{cases}",
        ),
        (Sum((A, Dots(), C)), "a + … + c", r"a + \cdots + c"),
        (Number(1.5e-7), "1.5e−7", r"1.5 \cdot 10^{-7}"),
        (Number(float("inf")), "∞", r"\infty"),
        (Number(float("nan")), "NaN", r"\mathrm{NaN}"),
    ],
)
def test_parentheses_and_signs(expression: Expression, text: str, latex: str) -> None:
    assert to_text(expression) == text
    assert to_latex(expression) == latex


def test_numbers_take_the_place_of_symbols_and_known_parts() -> None:
    total = Known(Sum((A, B)), 0.5, Address(Quantity.ERROR, 1, (0,)), 2)
    expression = Product((total, Symbol(Glyphs("c"), -2.0), Symbol(Glyphs("g"))))
    assert to_text(expression) == "(a + b)·c·g"
    assert to_text(with_numbers(expression)) == "0.5·(−2)·g"


def test_only_the_case_that_applies_is_shown_with_numbers() -> None:
    expression = Cases(((A, Relation(A, ">", B)), (Symbol(Glyphs("c"), 3.0), None)), 1)
    assert with_numbers(expression) == Number(3.0)


def test_a_sum_is_shortened_in_the_middle() -> None:
    assert to_text(shortened([Number(float(n)) for n in range(9)])) == "0 + 1 + 2 + … + 8"


@pytest.mark.parametrize(
    ("glyphs", "text"),
    [
        (Glyphs("Θ", "(1)", "12"), "Θ⁽¹⁾₁₂"),
        (Glyphs("Θ", "(1)", "10,2"), "Θ⁽¹⁾₁₀,₂"),
        (Glyphs("Z", "", "h"), "Zₕ"),
        (Glyphs("M", "", "Wo,11"), "M_Wo,11"),
        (Glyphs("w", "3", "k1"), "w³ₖ₁"),
    ],
)
def test_scripts_are_unicode_where_unicode_has_them(glyphs: Glyphs, text: str) -> None:
    assert script_text(glyphs) == text


def test_boxes_keep_the_link_to_their_number() -> None:
    address = Address(Quantity.DELTA, 1, (0,))
    symbol = Glyphs("δ", "(2)", "1", Quantity.DELTA, address, 3)
    number = Number(0.25, address, 3)
    boxes = to_pieces(Relation(Symbol(symbol), "=", Fraction(number, Sum((A, B)))))
    assert boxes == Row(
        (
            Mark(symbol),
            Word(" = "),
            Stacked(Figure("0.25", number), Row((Mark(Glyphs("a")), Word(" + "), Mark(Glyphs("b"))))),
        )
    )


def test_boxes_raise_e_to_a_power() -> None:
    assert to_pieces(call("exp", A)) == Raised(Word("e"), Mark(Glyphs("a")))


def test_boxes_fence_what_precedence_asks_for() -> None:
    fenced = Fenced("(", Row((Mark(Glyphs("a")), Word(" + "), Mark(Glyphs("b")))), ")")
    assert to_pieces(Product((Sum((A, B)), C))) == Row((fenced, Word("·"), Mark(Glyphs("c"))))


def line_of(piece: Piece) -> str:
    """The pieces of a line of code, read from left to right."""
    match piece:
        case Word(text) | Figure(text, _):
            return text
        case Mark(glyphs):
            return glyphs.stem
        case Row(pieces):
            return "".join(map(line_of, pieces))
        case Lit(inner, _):
            return line_of(inner)
        case other:
            raise AssertionError(other)


def test_a_line_of_code_keeps_its_symbols() -> None:
    expression = Relation(Symbol(Glyphs("z")), "←", Sum((Symbol(Glyphs("z")), Product((A, B)))))
    piece = to_pieces(expression, is_code=True)
    assert line_of(piece) == "z += a * b"
    assert isinstance(piece, Row)
    assert piece.pieces[0] == Mark(Glyphs("z"))


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Relation(A, "←", Sum((A, Negative(B)))), "a -= b"),
        (Relation(A, "←", Sum((B, A))), "a = b + a"),
        (Power(A, TWO), "a ** 2"),
        (call("max", A, B), "np.maximum(a, b)"),
        (call("max", A, B, C), "np.max([a, b, c])"),
        (Number(float("nan")), "np.nan"),
        (Number(float("-inf")), "-np.inf"),
        (Product((A, B), "@"), "a @ b"),
        (BigSum("", A), "np.sum(a)"),
    ],
)
def test_code(expression: Expression, code: str) -> None:
    assert to_code(expression) == code
    assert line_of(to_pieces(expression, is_code=True)) == code
    assert line_of(to_pieces(expression, is_code=True)) == code


SCRIPTED_TWICE = re.compile(r"(\^\{[^{}]*\}){2}|(_\{[^{}]*\}){2}")


def require_latex(text: str) -> None:
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right") + text.count(r"\leftarrow")
    assert text.count(r"\begin{cases}") == text.count(r"\end{cases}")
    assert not SCRIPTED_TWICE.search(text), text
    assert text.isascii(), {unicodedata.name(letter) for letter in text if not letter.isascii()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    run_specs(most_units=4, most_samples=2),
    st.sampled_from([NotationName.THETA, NotationName.MATRIX, NotationName.NIELSEN]),
    st.booleans(),
)
def test_latex_of_any_run_is_well_formed(spec: RunSpec, name: NotationName, is_unfolded: bool) -> None:
    session = Session(spec, is_unfolded=is_unfolded)
    written = notation(name, spec)
    for position in range(session.program.iteration_start(1)):
        evaluation = evaluate(session.program.operation(position), session.tape, session.program)
        found = formula(evaluation, session.tape, written)
        for expression in (found.symbols, found.equation):
            require_latex(to_latex(expression))
            to_pieces(expression)


def test_a_function_may_be_scripted() -> None:
    derivative = Call(Glyphs("C′", "(3)"), (Symbol(Glyphs("W", "", "o,12")),))
    assert to_latex(derivative) == r"C'^{(3)}\left(W_{o,12}\right)"


def test_every_line_of_code_reads_the_same_in_pieces() -> None:
    """Of whole iterations with many kinds of operations."""
    for example in ("two-layer-deltas", "iris", "mazur"):
        session = Session(open_run(example))
        written = notation(NotationName.CODE, session.spec)
        for position in range(min(600, session.program.iteration_start(1))):
            evaluation = evaluate(session.program.operation(position), session.tape, session.program)
            found = formula(evaluation, session.tape, written)
            for expression in (found.symbols, found.equation):
                assert line_of(to_pieces(expression, is_code=True)) == to_code(expression)
